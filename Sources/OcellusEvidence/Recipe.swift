// SPDX-License-Identifier: Apache-2.0

import OcellusImages
public import OcellusModel
public import OcellusTensor
public import OcellusTraining

/// How the networks of a comparison are trained: what is held equal and what is not.
public enum Recipe: String, Codable, Sendable, CaseIterable {
    /// The common CIFAR-10 tutorial: each network with its own optimiser and number of epochs.
    case tutorial
    /// One optimiser, schedule, batch size, number of epochs and augmentation for all; the learning rate of each is the
    /// best of one fixed grid.
    case matched

    /// Share of the training images held out for validation; 0 for none.
    public var validationFraction: Double {
        switch self {
        case .tutorial: 0
        case .matched: 0.1
        }
    }

    /// Learning rates that every network tries, ascending; empty when nothing is tuned.
    public var learningRates: [Double] {
        switch self {
        case .tutorial: []
        case .matched: [0.0001, 0.0003, 0.001, 0.003, 0.01]
        }
    }

    /// Pixels divided by 255 and nothing else, or `nil` for the mean and deviation of the training split.
    ///
    /// - Parameters:
    ///   - image: `[C, H, W]`
    ///   - fit: How images of another aspect ratio were fitted.
    ///   - resampling: By which filter they were resized.
    public func preprocessing(
        for image: Shape, fit: Preprocessing.Fit, resampling: Preprocessing.Resampling = .bilinear
    ) -> Preprocessing? {
        switch self {
        case .tutorial:
            Preprocessing(width: image[2], height: image[1], channels: image[0], fit: fit, resampling: resampling)
        case .matched: nil
        }
    }

    /// Everything that decides one training.
    ///
    /// - Parameters:
    ///   - epochs: Replaces the recipe's number when given.
    ///   - learningRate: Replaces the recipe's; tuned recipes need it.
    ///   - augmentation: The same for every network; the recipes have none of their own.
    public func configuration(
        for network: Network, seed: UInt64, epochs: Int? = nil, learningRate: Double? = nil,
        augmentation: Augmentation? = nil
    ) -> TrainingConfiguration {
        var configuration: TrainingConfiguration
        switch self {
        case .tutorial:
            configuration =
                network.hasConvolution
                ? TrainingConfiguration(epochs: 10, optimizer: .adam(learningRate: 0.001), result: .last)
                : TrainingConfiguration(epochs: 5, optimizer: .sgd(learningRate: 0.01), result: .last)
        case .matched:
            configuration = TrainingConfiguration(
                epochs: 10, optimizer: .adam(), schedule: Schedule(.cosine()), result: .best)
        }
        configuration.seed = seed
        if let epochs { configuration.epochs = epochs }
        configuration.augmentation = augmentation
        if let learningRate { configuration.optimizer.learningRate = learningRate }
        return configuration
    }

    /// What the recipe holds equal and what it does not, one sentence each.
    public func notes(epochs: Int?, augmentation: Augmentation? = nil) -> [String] {
        let changes = augmentation.map { "augmentation \($0.text)" } ?? "no augmentation"
        return switch self {
        case .tutorial:
            [
                "Glorot uniform weights, zero biases unless a network says otherwise; pixels divided by 255, no mean or "
                    + "deviation; \(changes).",
                "All training images train: no validation, no early stopping; the last epoch's weights are tested.",
                "Batches of 32. Networks with convolutions train with Adam at 0.001 for \(epochs ?? 10) epochs, others "
                    + "with SGD at 0.01 for \(epochs ?? 5) epochs"
                    + (epochs == nil
                        ? ": optimiser and epochs are not held equal." : ": the optimiser is not held equal."),
                "Size and depth are not held equal: see parameters and multiply-adds.",
                "Without validation images there is no time to a validation accuracy.",
            ]
        case .matched:
            [
                "Adam, cosine schedule to 0, batches of 32, \(epochs ?? 10) epochs, \(changes), pixels scaled by the "
                    + "training split's mean and deviation: the same for every network.",
                "The learning rate of each network is the best of \(learningRates.map { "\($0)" }.joined(separator: ", ")) on "
                    + "the validation images of the first seed: as many trials for each.",
                "A tenth of every class validates; it varies by seed and is the same for every network, and so is the "
                    + "order of the images. The epoch that validates best is tested.",
                "Size and depth are not held equal: see parameters and multiply-adds.",
            ]
        }
    }
}

extension Network {
    /// Whether a layer, or one inside a composite, looks at neighbourhoods with weights.
    package var hasConvolution: Bool {
        func has(_ layers: [NamedLayer]) -> Bool {
            layers.contains { layer in
                switch layer.kind {
                case .conv2D, .locallyConnected2D: true
                case .residual(let residual): has(residual.body) || has(residual.shortcut)
                case .concatenate(let joined): joined.branches.contains(where: has)
                default: false
                }
            }
        }
        return has(layers)
    }
}
