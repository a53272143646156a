// SPDX-License-Identifier: Apache-2.0

public import OcellusData
import OcellusModel
import OcellusPlan
import OcellusTensor

/// A training that its caller drives, one update at a time.
///
///     let training = try trainer.steps(on: images)
///     while let step = try await training.step() { print(step.loss) }
///     let run = try await training.run()
///
/// The updates are those of ``Trainer/fit(_:epochs:report:)``, bit for bit. It may be used from any task; calls take turns.
public final class TrainingSteps: Sendable {
    private let session: DeviceOwned<TrainingSession>
    private let trainer: Trainer
    private let parts: TrainingParts

    /// What one update started from. Means are over its batch, before the update.
    public struct Step: Sendable, Equatable {
        /// 1-based.
        public var epoch: Int
        /// Updates since the start, this one included.
        public var updates: Int
        /// Mean loss, with class weights where the configuration has them.
        public var loss: Double
        public var accuracy: Double
        /// Images of the batch.
        public var count: Int
        public var learningRate: Double
    }

    init(_ trainer: Trainer, _ parts: TrainingParts, beforeUpdate: (@Sendable (Gradients) throws -> Void)?) {
        self.trainer = trainer
        self.parts = parts
        session = DeviceOwned(trainer.backend.thread) {
            try TrainingSession(
                network: trainer.network, configuration: trainer.configuration, preprocessing: parts.preprocessing,
                train: parts.train, validation: parts.validation, backend: trainer.backend, beforeUpdate: beforeUpdate)
        }
    }

    /// Makes the next update; the last one of an epoch is followed by the epoch's validation.
    ///
    /// - Returns: `nil` when the configuration's epochs are over or the training stopped early.
    /// - Throws: ``ModelError``, ``TrainingError``, ``DataError``, what `beforeUpdate` throws. After an error of a file the
    ///   same update may be tried again.
    public func step() async throws -> Step? {
        try await session.run { session in
            let epoch = session.state.epoch + 1
            guard let sums = try session.advance() else { return nil }
            return Step(
                epoch: epoch, updates: session.state.updates, loss: sums.lossSum / sums.weightSum,
                accuracy: Double(sums.correct) / Double(max(1, sums.count)), count: sums.count,
                learningRate: session.state.lastLearningRate)
        }
    }

    /// The training so far as a result: its history, the weights of the best epoch or of the last update.
    public func run() async throws -> TrainingRun {
        try await session.run { [trainer, parts] in
            TrainingRun($0, trainer.network, parts, try $0.result, last: try $0.lastWeights)
        }
    }
}

extension Trainer {
    /// As ``fit(_:epochs:report:)``, driven by the caller.
    ///
    /// - Parameters:
    ///   - images: Training images and perhaps a validation split; test images are not read.
    ///   - beforeUpdate: Gets the gradients of each batch between backward pass and update, on the device's thread, and may
    ///     replace them; they are clipped after that.
    /// - Throws: ``DataError``.
    public func steps(
        on images: ImageDataset, beforeUpdate: (@Sendable (Gradients) throws -> Void)? = nil
    ) throws -> TrainingSteps {
        let parts = try TrainingParts(
            images, validationFraction: validationFraction, seed: configuration.seed, preprocessing: preprocessing)
        return TrainingSteps(self, parts, beforeUpdate: beforeUpdate)
    }
}
