// SPDX-License-Identifier: Apache-2.0

public import OcellusInference
import OcellusModel
import OcellusTensor
public import OcellusTraining

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
