// SPDX-License-Identifier: Apache-2.0

import OcellusData
public import OcellusModel
package import OcellusPlan
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A finished training.
public struct TrainingRun: Sendable {
    public let network: Network
    public let configuration: TrainingConfiguration
    public let preprocessing: Preprocessing
    public let classes: [String]
    public let history: [EpochRecord]
    /// Epoch whose weights these are, 1-based; 0 where no epoch validated better than the weights that it began with.
    public let epoch: Int
    /// Validation of the weights that it began with, where they may be the result.
    package let start: EpochRecord?
    public let weights: Weights
    /// Weights after the last step, which are ``weights`` unless an earlier epoch validated better.
    public let lastWeights: Weights
    /// Bytes that the training held.
    public let memory: Int
    package let choices: [String: String]
    /// What was chosen by measuring, also for the batches of inference.
    package let algorithms: AlgorithmTable?
    /// Whether random crops were cut out of the files' own pixels.
    package let cropsFiles: Bool
    package let data: DataIdentity
    /// Whose weights it began with; `nil` when they were drawn.
    package let continuedFrom: EarlierModel?
    /// Images that trained.
    package let trainCount: Int
    /// 0 without a validation split.
    package let validationCount: Int
    /// With the choices of this training and no others.
    package let backend: any Backend

    /// - Parameter network: As it was given; the session's parameters may rest.
    init(
        _ session: TrainingSession, _ network: Network, _ parts: TrainingParts,
        _ result: (weights: Weights, epoch: Int),
        last: Weights, continuedFrom: EarlierModel? = nil
    ) {
        let state = session.state
        self.network = network
        configuration = state.configuration
        preprocessing = parts.preprocessing
        classes = parts.train.classes
        history = state.history
        start = state.start
        epoch = result.epoch
        weights = result.weights
        lastWeights = last
        memory = session.memory
        choices = state.choices
        algorithms = state.algorithms
        cropsFiles = state.cropsFiles
        data = parts.data
        self.continuedFrom = continuedFrom
        trainCount = parts.train.count
        validationCount = parts.validation?.count ?? 0
        backend = session.inferenceBackend
    }

    /// Training time without evaluation.
    public var seconds: Double { history.reduce(0) { $0 + $1.seconds } }

    /// What was measured after an epoch, 1-based, or of the start.
    package func validated(epoch: Int) -> EpochRecord? {
        epoch == 0 ? start : history.first { $0.epoch == epoch }
    }

    /// What a model file says of the weights after an epoch; the test score is the caller's to add.
    ///
    /// - Parameter epoch: 1-based; 0 for the weights that it began with.
    package func record(epoch: Int) -> TrainingRecord {
        let accuracy = validated(epoch: epoch)?.validationAccuracy
        var record = TrainingRecord(
            optimizer: configuration.optimizer, schedule: configuration.schedule, loss: configuration.loss,
            maximumGradientNorm: configuration.maximumGradientNorm, epochs: configuration.epochs,
            steps: configuration.steps, epoch: epoch,
            batchSize: configuration.batchSize, seed: configuration.seed, augmentation: configuration.augmentation,
            crops: cropsFiles ? "files" : nil, sampling: configuration.sampling?.rawValue,
            data: data, continuedFrom: continuedFrom,
            validation: accuracy.map {
                TrainingRecord.Score(
                    correct: Int(($0 * Double(validationCount)).rounded()), count: validationCount)
            },
            backend: backend.name, precision: backend.precision, choices: choices,
            algorithms: algorithms, ocellusVersion: OcellusVersion.current,
            date: Date.now.formatted(.iso8601))
        record.images = trainCount
        return record
    }
}
