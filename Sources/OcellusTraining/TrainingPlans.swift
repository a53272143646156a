// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// The plans of a training in an epoch: one for whole batches, one for a short last batch where images see each other.
struct TrainingPlans {
    /// Images of one update.
    let batchSize: Int
    /// For whole batches, or for equal parts of them where the backend wants that.
    let whole: Plan
    /// For the short last batch of networks with batch normalisation; others mask what is missing.
    let remainder: Plan?

    /// What is trained, with the parameters frozen that rest.
    let network: Network

    /// - Parameters:
    ///   - network: With the parameters frozen that rest.
    ///   - images: Training images.
    ///   - keepsGradients: Whether they can be read and changed before an update.
    init(
        _ network: Network, _ configuration: TrainingConfiguration, images: Int, backend: any Backend,
        keepsGradients: Bool = false
    ) throws {
        self.network = network
        batchSize = min(configuration.batchSize, images)
        let graph = try network.graph()
        let part =
            graph.usesBatchStatistics
            ? batchSize
            : try backend.trainingPart(ofBatch: batchSize, graph)
        let mode = PlanMode.training(
            configuration.loss, configuration.optimizer, maximumGradientNorm: configuration.maximumGradientNorm,
            sumsGradients: part < batchSize, keepsGradients: keepsGradients)
        whole = try Plan(network, mode: mode, batchSize: part, backend: backend)
        let remainder = images % batchSize
        guard remainder > 0, graph.usesBatchStatistics, !configuration.dropsLastBatch else {
            self.remainder = nil
            return
        }
        guard remainder > 1 else {
            throw TrainingError(
                .batchOfOne, "the last batch of an epoch would hold one image.",
                needs: "at least two images in each batch, because the network has batch normalisation",
                received: "\(images) images in batches of \(batchSize)",
                advice: "a batch size that does not leave one image, e.g. \(batchSize + 1)")
        }
        self.remainder = try Plan(network, mode: mode, batchSize: remainder, backend: backend)
    }

    /// Choices that decide the bits of the result.
    var choices: [String: String] {
        var choices = whole.executable.choices
        if whole.batchSize < batchSize { choices["batch"] = "parts of \(whole.batchSize)" }
        return choices
    }

    /// Bytes of both.
    var memory: Int { whole.executable.memory.total + (remainder?.executable.memory.total ?? 0) }

    /// Takes the state of a plan of the same network, but for parameters that rest now.
    func load(_ weights: Weights, optimizerStates: [[Tensor<Float>]]) throws {
        try whole.load(weights)
        try whole.load(
            optimizerStates: zip(whole.program.optimizerStates, optimizerStates).map { $0.isEmpty ? [] : $1 })
    }
}
