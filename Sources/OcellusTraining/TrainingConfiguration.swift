// SPDX-License-Identifier: Apache-2.0

package import OcellusFiles
public import OcellusGraph
public import OcellusModel
import OcellusTensor

/// Everything that decides a training besides the network and the images, with every default spelled out.
public struct TrainingConfiguration: Hashable, Codable, Sendable {
    /// Passes over the training images.
    public var epochs: Int
    /// Updates behind which the training ends within an epoch, which counts as the last one; `nil` for whole epochs.
    public var steps: Int?
    /// Images of one update; the last batch of an epoch holds what remains.
    public var batchSize: Int
    public var optimizer: Optimizer
    public var schedule: Schedule
    public var loss: Loss
    /// Joint norm to which gradients are scaled down; `nil` leaves them.
    public var maximumGradientNorm: Double?
    /// Decides initial weights, order of images, augmentation and dropout.
    public var seed: UInt64
    /// How training images are changed at random; `nil` leaves them.
    public var augmentation: Augmentation?
    /// Which images an epoch shows; `nil` for each of them once.
    public var sampling: Sampling?
    /// Stop when the validation accuracy has not risen for this many epochs; `nil` never stops early.
    public var patience: Int?
    /// Which epoch's weights are the result.
    public var result: Result
    /// Parameters that train otherwise than the rest.
    public var parameterGroups: [ParameterGroup]
    /// First weights of the first convolution from the training images; `nil` for its own rule.
    public var whitening: Whitening?
    /// Whether images that are left at the end of an epoch and do not fill a batch are left out.
    public var dropsLastBatch: Bool
    /// Slow weights that replace the trained ones every few steps; `nil` for none.
    public var lookahead: Lookahead?
    /// Averages the weights over the updates for validation, test and result; `nil` takes them as they are.
    public var averaging: WeightAveraging?

    /// Which images an epoch shows, when it is not each of them once.
    public enum Sampling: String, Codable, Sendable, Hashable {
        /// As many images of each class as of any other, and as many in all as there are: those of small classes several
        /// times, those of large ones not all, other ones in each epoch.
        case balanced
    }

    /// Which epoch's weights are the result of a training.
    public enum Result: String, Codable, Sendable, Hashable {
        /// Highest validation accuracy; of equals the lowest validation loss, of those the earliest.
        case best
        case last
    }

    public init(
        epochs: Int = 10, steps: Int? = nil, batchSize: Int = 32, optimizer: Optimizer = .adam(),
        schedule: Schedule = .constant,
        loss: Loss = Loss(), maximumGradientNorm: Double? = nil, seed: UInt64 = 0, patience: Int? = nil,
        result: Result = .best, augmentation: Augmentation? = nil, sampling: Sampling? = nil,
        parameterGroups: [ParameterGroup] = [], lookahead: Lookahead? = nil,
        averaging: WeightAveraging? = nil, whitening: Whitening? = nil, dropsLastBatch: Bool = false
    ) {
        self.epochs = epochs
        self.steps = steps
        self.batchSize = batchSize
        self.optimizer = optimizer
        self.schedule = schedule
        self.loss = loss
        self.maximumGradientNorm = maximumGradientNorm
        self.seed = seed
        self.patience = patience
        self.result = result
        self.augmentation = augmentation
        self.sampling = sampling
        self.parameterGroups = parameterGroups
        self.lookahead = lookahead
        self.averaging = averaging
        self.whitening = whitening
        self.dropsLastBatch = dropsLastBatch
    }

    /// Throws ``ModelError`` for the first setting that is out of range.
    public func validate(classes: Int) throws(ModelError) {
        guard (1...1_000_000).contains(epochs) else {
            throw ModelError(
                .outOfRange, "the number of epochs is out of range.", needs: "1 to 1000000", received: "\(epochs)")
        }
        if let steps, steps < 1 {
            throw ModelError(
                .outOfRange, "the number of steps is out of range.", needs: "at least 1", received: "\(steps)")
        }
        guard (1...1 << 20).contains(batchSize) else {
            throw ModelError(
                .outOfRange, "the batch size is out of range.", needs: "1 to 1048576", received: "\(batchSize)")
        }
        if let patience, patience < 1 {
            throw ModelError(
                .outOfRange, "the patience is out of range.", needs: "at least 1 epoch", received: "\(patience)")
        }
        try optimizer.validate()
        try schedule.validate(epochs: epochs)
        try loss.validate(classes: classes)
        try augmentation?.validate()
        for group in parameterGroups { try group.validate() }
        try lookahead?.validate()
        try averaging?.validate()
    }
}

extension TrainingConfiguration {
    /// Groups and the last batch may be missing: runs of schema 1 leave them out where nothing was set.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            epochs: try values.decode(Int.self, forKey: .epochs),
            steps: try values.decodeIfPresent(Int.self, forKey: .steps),
            batchSize: try values.decode(Int.self, forKey: .batchSize),
            optimizer: try values.decode(Optimizer.self, forKey: .optimizer),
            schedule: try values.decode(Schedule.self, forKey: .schedule),
            loss: try values.decode(Loss.self, forKey: .loss),
            maximumGradientNorm: try values.decodeIfPresent(Double.self, forKey: .maximumGradientNorm),
            seed: try values.decode(UInt64.self, forKey: .seed),
            patience: try values.decodeIfPresent(Int.self, forKey: .patience),
            result: try values.decode(Result.self, forKey: .result),
            augmentation: try values.decodeIfPresent(Augmentation.self, forKey: .augmentation),
            sampling: try values.decodeIfPresent(Sampling.self, forKey: .sampling),
            parameterGroups: try values.decodeIfPresent([ParameterGroup].self, forKey: .parameterGroups) ?? [],
            lookahead: try values.decodeIfPresent(Lookahead.self, forKey: .lookahead),
            averaging: try values.decodeIfPresent(WeightAveraging.self, forKey: .averaging),
            whitening: try values.decodeIfPresent(Whitening.self, forKey: .whitening),
            dropsLastBatch: try values.decodeIfPresent(Bool.self, forKey: .dropsLastBatch) ?? false)
    }
}

extension TrainingConfiguration {
    /// Updates of one whole epoch.
    ///
    /// - Parameter images: Training images, at least 1.
    package func stepsPerEpoch(of images: Int) -> Int {
        let batchSize = min(batchSize, images)
        return dropsLastBatch ? images / batchSize : (images + batchSize - 1) / batchSize
    }

    /// Images that one whole epoch shows, repetitions included.
    ///
    /// - Parameter images: Training images, at least 1.
    package func imagesPerEpoch(of images: Int) -> Int {
        min(images, stepsPerEpoch(of: images) * min(batchSize, images))
    }

    /// Updates of the whole training unless it stops early.
    ///
    /// - Parameter images: Training images, at least 1.
    package func plannedSteps(of images: Int) -> Int {
        min(steps ?? .max, epochs * stepsPerEpoch(of: images))
    }

    /// Images shown within the first epochs, repetitions included.
    ///
    /// - Parameters:
    ///   - epochs: Those that were made, the one that was cut short included.
    ///   - images: Training images, at least 1.
    package func imagesSeen(in epochs: Int, of images: Int) -> Int {
        let perEpoch = stepsPerEpoch(of: images)
        let steps = min(epochs * perEpoch, plannedSteps(of: images))
        return steps / perEpoch * imagesPerEpoch(of: images) + min(images, steps % perEpoch * min(batchSize, images))
    }
}

/// What one epoch measured. Means are weighted by sample.
public struct EpochRecord: Hashable, Codable, Sendable {
    /// 1-based.
    public var epoch: Int
    /// Mean over the epoch while the weights changed.
    public var trainLoss: Double
    public var trainAccuracy: Double
    /// After the epoch; `nil` without a validation split.
    public var validationLoss: Double?
    public var validationAccuracy: Double?
    /// Of the epoch's last step.
    public var learningRate: Double
    /// Training alone, evaluation left out.
    public var seconds: Double
    public var imagesPerSecond: Double

    public init(
        epoch: Int, trainLoss: Double, trainAccuracy: Double, validationLoss: Double?, validationAccuracy: Double?,
        learningRate: Double, seconds: Double, imagesPerSecond: Double
    ) {
        self.epoch = epoch
        self.trainLoss = trainLoss
        self.trainAccuracy = trainAccuracy
        self.validationLoss = validationLoss
        self.validationAccuracy = validationAccuracy
        self.learningRate = learningRate
        self.seconds = seconds
        self.imagesPerSecond = imagesPerSecond
    }
}

extension TrainingConfiguration: CheckedNumbers {
    /// Compares what steps are counted by with what it can be.
    package func checkNumbers() throws(NumberOutOfRange) {
        try NumberOutOfRange.check("epochs", epochs, in: 1...1_000_000)
        try NumberOutOfRange.check("batchSize", batchSize, in: 1...1 << 20)
        if let steps { try NumberOutOfRange.check("steps", steps, in: 1...Int.max) }
    }
}
