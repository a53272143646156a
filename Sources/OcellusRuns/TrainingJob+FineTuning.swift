// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
package import OcellusData
import OcellusFiles
public import OcellusInference
public import OcellusMetrics
import OcellusModel
package import OcellusPlan
import OcellusTensor
package import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension TrainingJob.Settings {
    /// To train a head on a backbone's features, and then the backbone itself.
    ///
    /// - Parameters:
    ///   - fineTuning: Which backbone, and which of its stages train.
    ///   - data: Which photos; they are fitted as the backbone needs them.
    ///   - training: Everything else that decides it; its parameter groups become those of the stages.
    ///   - validationFraction: Share of the training photos held out where the data have no validation photos.
    ///   - fold: Held out instead of the share.
    /// - Throws: ``ModelError/Code/outOfRange`` for impossible settings.
    package init(
        fineTuning: FineTuning, with data: DataRequest, command: [String] = [], training: TrainingConfiguration,
        validationFraction: Double = 0.1, fold: Fold? = nil, engine: EngineSettings
    ) throws {
        try fineTuning.validate()
        let backbone = fineTuning.head.backbone
        self.init(
            command: command, data: data.seen(by: backbone.preprocessing).absolute,
            name: "\(backbone.rawValue)-fine-tuned",
            // For two classes until the photos say how many there are.
            network: try fineTuning.network(classes: 2), training: training, validationFraction: validationFraction,
            fold: fold, preprocessing: backbone.preprocessing, engine: engine)
        self.training.parameterGroups = fineTuning.parameterGroups
        self.fineTuning = fineTuning
    }
}

/// What fine-tuning changed on test images, which neither the head nor the epochs were chosen by.
public struct FineTuningGain: Sendable {
    /// The head on frozen features, on the same images.
    public let head: Evaluation
    /// Images that only the head gets right, and that only the fine-tuned network gets right.
    public let test: McNemarTest

    /// What the test says at p < 0.05.
    public enum Verdict: String, Sendable, Codable {
        case gain
        case noGain = "no gain"
        case loss
    }

    public var verdict: Verdict {
        guard test.pValue < 0.05 else { return .noGain }
        return test.onlySecondCorrect > test.onlyFirstCorrect ? .gain : .loss
    }

    /// - Parameters:
    ///   - tuned: What the fine-tuned network said of the test images.
    ///   - head: What it began with, which says something of the same images.
    init(of tuned: AnsweredImages, over head: Classifier) throws {
        let before = try head.answers(to: tuned.images)
        func correct(_ answered: AnsweredImages) throws -> [Bool] {
            try zip(predictions(logits: answered.logits), answered.labels).map { $0 == $1 }
        }
        self.head = try Evaluation(before, classes: head.classes)
        test = try McNemarTest(firstCorrect: try correct(before), secondCorrect: try correct(tuned))
    }
}

extension TrainingJob {
    /// Of the head on frozen features: a run of its own within this one.
    var headFile: URL { directory.url.appending(path: "head/model.safetensors") }

    /// The head to start from: as the run holds it, else trained now, on the photos that train afterwards too.
    func head(
        _ fineTuning: FineTuning, on parts: TrainingParts, report: @escaping @Sendable (TransferJob.Event) -> Void,
        shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> Classifier {
        if !Path(headFile).exists {
            let images = try LabelledImages(
                training: parts.train, of: parts.data, fitting: fineTuning.head.backbone.preprocessing.fitting)
            let job = TransferJob(
                settings: TransferJob.Settings(
                    data: settings.data, transfer: fineTuning.head, featureCache: fineTuning.featureCache,
                    engine: settings.engine),
                images: images, directory: try directory.part("head"), backend: backend, isNew: false)
            do {
                _ = try await job.run(report: report, shouldStop: shouldStop)
            } catch var error as TrainingError where error.kind == .interrupted {
                error.advice = "--resume \(path) to go on: features that were computed are kept"
                throw error
            }
        }
        return try Classifier(contentsOf: headFile, backend: backend)
    }
}
