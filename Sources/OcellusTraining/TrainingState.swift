// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusFiles
package import OcellusModel
package import OcellusPlan
import OcellusTensor

/// Everything besides tensors that a training needs to go on exactly where it was.
///
/// Random numbers need no state: they are functions of the seed, the epoch and the step.
package struct TrainingState: Codable, Sendable, Equatable {
    package var version = 2
    package var network: Network
    package var preprocessing: Preprocessing
    package var configuration: TrainingConfiguration
    /// SHA-256 of the training and validation images and labels: a resume on other images is refused.
    package var dataSha256: String
    /// 0-based epoch under way, and steps already made in it.
    package var epoch = 0
    package var step = 0
    /// Updates since the start.
    package var updates = 0
    package var history: [EpochRecord] = []
    /// Validation of the weights that it began with, where they may be the result: epoch 0, whose other numbers are 0.
    package var start: EpochRecord?
    /// Sums of the epoch under way.
    package var lossSum = 0.0
    package var weightSum = 0.0
    package var correct = 0
    package var seen = 0
    package var epochSeconds = 0.0
    package var lastLearningRate = 0.0
    /// 1-based; 0 before the first validation, and where no epoch is better than ``start``.
    package var bestEpoch = 0
    package var bestAccuracy = -1.0
    /// Whether the lower loss decides between epochs of equal accuracy; absent in states of programs that took the earlier.
    package var breaksTiesByLoss: Bool?
    package var stoppedEarly = false
    /// What decided the bits, e.g. the algorithm of each convolution.
    package var choices: [String: String] = [:]
    /// What was chosen by measuring, for the resume; absent where a rule of the shapes chose.
    package var algorithms: AlgorithmTable?
    /// Whether random crops are cut out of the files' own pixels.
    package var cropsFiles: Bool
    /// Its algorithms are in ``choices`` and ``algorithms``.
    package var engine: EngineSettings

    /// Everything that was validated: the start where it counts, and the epochs.
    package var validated: [EpochRecord] { [start].compactMap(\.self) + history }

    /// Whether every planned step was made, or the training stopped early.
    package var isFinished: Bool {
        stoppedEarly || epoch >= configuration.epochs || configuration.steps.map { updates >= $0 } ?? false
    }
}

extension TrainingState {
    /// Compares the numbers with what they can be for any images.
    func check() throws(NumberOutOfRange) {
        do { try configuration.checkNumbers() } catch { throw error.inside("configuration") }
        try NumberOutOfRange.check("epoch", epoch, in: 0...configuration.epochs)
        try NumberOutOfRange.check("bestEpoch", bestEpoch, in: 0...epoch)
        try NumberOutOfRange.check("bestAccuracy", bestAccuracy, in: -1...1)
        try NumberOutOfRange.check("history.count", history.count, in: epoch...epoch)
        for (name, number) in [("step", step), ("updates", updates), ("seen", seen)] {
            try NumberOutOfRange.check(name, number, in: 0...Int.max)
        }
        try NumberOutOfRange.check("correct", correct, in: 0...seen)
        // Rounding may make the loss of a perfect answer negative.
        let largest = Double.greatestFiniteMagnitude
        for (name, sum) in [("lossSum", lossSum), ("weightSum", weightSum), ("epochSeconds", epochSeconds)] {
            try NumberOutOfRange.check(name, sum, in: -largest...largest)
        }
        for record in history { try record.check(epochs: configuration.epochs) }
        try NumberOutOfRange.check("start.validationAccuracy", start?.validationAccuracy ?? 0, in: 0...1)
    }

    /// Compares the numbers with what they can be for so many training images, at least 1.
    ///
    /// Between two steps an epoch is never whole, because its last step ends it. The updates follow from epoch and step,
    /// unless the configuration's number of steps cut the last epoch short.
    func check(images: Int) throws(NumberOutOfRange) {
        let perEpoch = configuration.stepsPerEpoch(of: images)
        try NumberOutOfRange.check("step", step, in: 0...perEpoch - 1)
        let made = min(configuration.steps ?? .max, epoch * perEpoch + step)
        try NumberOutOfRange.check("updates", updates, in: made...made)
        try NumberOutOfRange.check("seen", seen, in: 0...configuration.imagesPerEpoch(of: images))
    }

    func corrupt(_ number: NumberOutOfRange) -> ArchiveError {
        ArchiveError(
            .corrupt, "the number \"\(number.name)\" in the checkpoint is out of range.", needs: number.needs,
            received: number.received,
            advice: "a run's own checkpoint, unchanged")
    }
}

extension EpochRecord {
    /// Compares the numbers with what an epoch can measure; scores are counted again from their shares.
    fileprivate func check(epochs: Int) throws(NumberOutOfRange) {
        try NumberOutOfRange.check("history.epoch", epoch, in: 1...epochs)
        try NumberOutOfRange.check("history.trainAccuracy", trainAccuracy, in: 0...1)
        try NumberOutOfRange.check("history.validationAccuracy", validationAccuracy ?? 0, in: 0...1)
    }
}
