// SPDX-License-Identifier: Apache-2.0

import OcellusInference
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Runs a model on one input at a time and takes gradients back to it.
struct GradientReader {
    private let plan: Plan
    private let layer: String?
    private let name: String

    /// - Parameters:
    ///   - start: Path of the layer whose output the gradient is of; the logits when left out.
    ///   - layer: Path of a layer whose output and gradient are read too.
    /// - Throws: ``ModelError/Code/unknownLayer``.
    init(_ model: Classifier, from start: String? = nil, layer: String? = nil) throws {
        plan = try Plan(
            model.network, mode: .attribution(from: start, layers: layer.map { [$0] } ?? []), batchSize: 1,
            backend: model.backend)
        try plan.load(model.weights)
        self.layer = layer
        name = start ?? "logits"
    }

    /// `[1, classes]`, or the shape of the layer that it starts from.
    var startShape: Shape? { plan.program.outputGradient.map { plan.program[$0].shape } }

    /// Runs forward and backward.
    ///
    /// - Parameters:
    ///   - input: `[C, H, W]`, scaled as the network takes it.
    ///   - start: The gradient at the start, of ``startShape``.
    /// - Returns: The gradient of the input, `[1, C, H, W]`.
    /// - Throws: ``EvidenceError`` when it is not finite.
    func gradient(input: [Float], start: Tensor<Float>) throws -> Tensor<Float> {
        guard let id = plan.program.outputGradient, let result = plan.program.inputGradient else {
            throw EvidenceError(.cannotExplain, "the network's \(name) does not depend on its input.")
        }
        _ = plan.executable.withInput { $0.images.update(fromContentsOf: input) }
        try plan.set(id, to: start)
        try plan.executable.run(.forward)
        try plan.executable.run(.backward)
        return try finite(plan.tensor(result))
    }

    /// The output of the layer and its gradient in the last run, `[1, K, H, W]`; `nil` without a layer.
    func layerValues() throws -> (output: Tensor<Float>, gradient: Tensor<Float>)? {
        guard let layer, let output = plan.program.layerOutputs[layer],
            let gradient = plan.program.layerGradients[layer]
        else { return nil }
        return (try finite(plan.tensor(output)), try finite(plan.tensor(gradient)))
    }

    private func finite(_ tensor: Tensor<Float>) throws -> Tensor<Float> {
        guard tensor.scalars.allSatisfy(\.isFinite) else {
            throw EvidenceError(
                .cannotExplain, "a gradient of the model is not finite.", needs: "finite weights and activations",
                because: "its weights or activations overflow 32-bit floats", advice: "another model")
        }
        return tensor
    }
}
