// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusModel
import OcellusTensor

/// Settings of a training that somebody published with its result.
public enum TrainingRecipe: String, Codable, Sendable, CaseIterable {
    /// airbench94 for CIFAR-10: 94 % after 9.9 epochs. Jordan 2024, arXiv:2404.00498.
    case cifar94

    /// The network that it was published with.
    public var networkName: String {
        switch self {
        case .cifar94: "cifar94"
        }
    }

    /// The network with the parameters frozen that the recipe leaves as they begin: here the whitened convolution's
    /// weight.
    ///
    /// - Throws: ``ModelError/Code/outOfRange`` when the network does not begin with a convolution that can be whitened.
    public func network(_ network: Network) throws(ModelError) -> Network {
        _ = try Whitening().layer(of: network)
        var network = network
        network.frozen.append(try network.parameters()[0].name)
        return network
    }

    /// Everything else that decides the training.
    ///
    /// SGD with Nesterov momentum 0.85; the paper's rate of 11.5 for 1024 examples and its decay of 0.0153 are for the sum
    /// of losses and free of the momentum, `1/(1 + 1/(1 − 0.85))` of 11.5 = 1.5 and 0.0153/11.5 in the terms of
    /// ``Optimizer``. Biases of batch norms are 64 times as fast; the bias of the whitened convolution trains for three
    /// epochs.
    ///
    /// - Parameters:
    ///   - images: Training images that are left after validation.
    ///   - epochs: Whole epochs instead of 9.9.
    public func configuration(
        for network: Network, images: Int, seed: UInt64, epochs: Int? = nil
    ) throws(ModelError) -> TrainingConfiguration {
        let names = try network.parameters().map(\.name)
        let statistics = try network.buffers().map(\.name)
        let biases = statistics.filter { $0.hasSuffix(".running_mean") }
            .map { $0.dropLast("running_mean".count) + "bias" }
        var groups = biases.isEmpty ? [] : [ParameterGroup(biases.map(String.init), rateFactor: 64)]
        let first = names[0].dropLast("weight".count) + "bias"
        if names.contains(String(first)) { groups.append(ParameterGroup([String(first)], epochs: 3)) }
        var configuration = TrainingConfiguration(
            epochs: epochs ?? 10, batchSize: 1024,
            optimizer: .sgd(
                learningRate: 11.5 / (1 + 1 / (1 - 0.85)), momentum: 0.85, nesterov: true, weightDecay: 0.0153 / 11.5),
            schedule: Schedule(.triangle(rise: 0.23, start: 0.2, final: 0.07)), loss: Loss(labelSmoothing: 0.2),
            seed: seed, result: .last, augmentation: try Augmentation(text: "altflip, padcrop 2, border reflect"),
            parameterGroups: groups, lookahead: Lookahead(), whitening: Whitening(), dropsLastBatch: true)
        if epochs == nil {
            let steps = configuration.stepsPerEpoch(of: images)
            configuration.steps = Int((Double(steps) * 9.9).rounded(.up))
        }
        return configuration
    }
}
