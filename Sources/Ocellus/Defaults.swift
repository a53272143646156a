// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import OcellusInference
public import OcellusModel
import OcellusPlan
import OcellusTensor
public import OcellusTraining

extension Trainer {
    /// Trains on the default engine with as many threads as `OCELLUS_THREADS`, else `OMP_NUM_THREADS`, else the control
    /// group's quota or the number of cores says. For losses, clipping or early stopping change ``configuration``.
    ///
    /// - Parameters:
    ///   - network: Ends in one logit for each class of the images.
    ///   - optimizer: With its learning rate.
    ///   - schedule: Course of the learning rate over the epochs.
    ///   - batchSize: Images of one update.
    ///   - seed: Decides initial weights, order, dropout and, where the data have no validation images, the split.
    ///   - validationFraction: Share of the training images held out where the data have no validation images.
    ///   - precision: What products are computed in.
    /// - Throws: An error of code `configuration.invalid` when one of those variables is no number of threads, of code
    ///   `plan.unsupported` for a precision that the processor does not compute in.
    public init(
        _ network: Network, optimizer: Optimizer = .adam(), schedule: Schedule = .constant, batchSize: Int = 32,
        seed: UInt64 = 0, validationFraction: Double = 0.1, precision: Precision = .float32
    ) throws {
        self.init(
            network,
            configuration: TrainingConfiguration(
                batchSize: batchSize, optimizer: optimizer, schedule: schedule, seed: seed),
            validationFraction: validationFraction, backend: try EngineChoice.onednn.make(precision: precision))
    }
}

extension TrainingRun {
    /// The result as a value that classifies, evaluates and saves itself.
    ///
    ///     let run = try await Trainer(cnn).fit(images)
    ///     try run.classifier.save(to: file)
    ///
    /// - Throws: ``ModelError`` or ``ArchiveError`` when the parts do not fit each other, which training has checked.
    public var classifier: Classifier {
        get throws { try classifier(weights, epoch: epoch) }
    }

    /// As ``classifier`` with the weights after the last step.
    package var lastClassifier: Classifier {
        get throws { try classifier(lastWeights, epoch: history.count) }
    }

    private func classifier(_ weights: Weights, epoch: Int) throws -> Classifier {
        try Classifier(
            network: network, weights: weights, classes: classes, preprocessing: preprocessing,
            record: record(epoch: epoch), backend: backend)
    }
}

extension Classifier {
    /// Reads a model file, for the default engine, and runs its self-test.
    ///
    /// - Parameters:
    ///   - file: A model file.
    ///   - precision: What products are computed in; a file of either can be read in either.
    ///   - catalog: The layers that the file may name: those of the library, and one's own.
    /// - Throws: ``ArchiveError`` when the file cannot be used or gives other logits here than where it was written,
    ///   ``ModelError`` for the network in it, ``InferenceError`` when it needs more memory than there is.
    public init(
        contentsOf file: URL, precision: Precision = .float32, catalog: LayerCatalog = .standard
    ) throws {
        try self.init(
            contentsOf: file, catalog: catalog, backend: try EngineChoice.onednn.make(precision: precision))
    }
}
