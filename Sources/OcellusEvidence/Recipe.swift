// SPDX-License-Identifier: Apache-2.0

import OcellusData
public import OcellusModel
public import OcellusTraining

/// How the networks of a comparison are trained: what is held equal and what is not.
public enum Recipe: String, Codable, Sendable, CaseIterable {
    /// The common CIFAR-10 tutorial: each network with its own optimiser and number of epochs.
    case tutorial
    /// One optimiser, schedule, batch size, number of epochs and augmentation for all; the learning rate of each is the
    /// best of one fixed grid.
    case matched
    /// As matched, but each network gets the best of a small search over learning rate, weight decay, augmentation and
    /// dropout: as many trials for each.
    case bestEffort = "best-effort"

    /// Share of the training images held out for validation; 0 for none.
    public var validationFraction: Double {
        switch self {
        case .tutorial: 0
        case .matched, .bestEffort: 0.1
        }
    }

    /// Learning rates that every network tries, ascending; empty when nothing is tuned.
    public var learningRates: [Double] {
        switch self {
        case .tutorial: []
        case .matched, .bestEffort: [0.0001, 0.0003, 0.001, 0.003, 0.01]
        }
    }

    /// Pixels divided by 255 and nothing else, or `nil` for the mean and deviation of the training split.
    ///
    /// - Parameters:
    ///   - fitting: How the images got their size.
    ///   - channels: Of the images.
    public func preprocessing(for fitting: ImageFitting, channels: Int) -> Preprocessing? {
        switch self {
        case .tutorial: Preprocessing(fitting: fitting, channels: channels)
        case .matched, .bestEffort: nil
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
        case .bestEffort:
            configuration = TrainingConfiguration(
                epochs: 10, optimizer: .adamW(weightDecay: 0), schedule: Schedule(.cosine()), result: .best)
        }
        configuration.seed = seed
        if let epochs { configuration.epochs = epochs }
        configuration.augmentation = augmentation
        if let learningRate { configuration.optimizer.learningRate = learningRate }
        return configuration
    }
}
