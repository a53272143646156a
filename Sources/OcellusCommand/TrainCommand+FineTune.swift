// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusData
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusReport
import OcellusRuns
import OcellusTensor
import OcellusTraining

extension TrainCommand {
    /// What a fine-tuning would be; options that are given win over what it would take itself.
    func settings(
        fineTuning stages: StagesArgument
    ) async throws -> (settings: TrainingJob.Settings, images: ImageDataset) {
        let backbone = transfer.backbone ?? .lite0
        let fineTuning = FineTuning(
            head: TransferConfiguration(backbone: backbone, balance: balance, seed: training.seed),
            stages: stages.rates(of: backbone), featureCache: transfer.featureCache.place)
        try fineTuning.validate()
        let images = try await data.request.seen(by: backbone.preprocessing).open()
        guard images.validation != nil || training.fold != nil || training.validationFraction > 0 else {
            throw UsageError(
                summary: "--fine-tune needs photos that say when to stop, and --validation 0 holds none out.",
                needs: "validation photos", advice: "leave out --validation 0")
        }
        let parts = try TrainingParts.trainingImages(
            of: images, validationFraction: training.validationFraction, fold: training.fold?.fold, seed: training.seed)
        var configuration = try fineTuning.configuration(for: parts)
        TrainingFile.apply(try training.configuration(for: images), to: &configuration)
        try configuration.validate(classes: images.classes.count)
        let settings = try TrainingJob.Settings(
            fineTuning: fineTuning, with: data.request, command: Arguments.command, training: configuration,
            validationFraction: training.validationFraction, fold: training.fold?.fold,
            engine: engine.settings(of: try engine.make()))
        return (settings, images)
    }
}

extension FineTuning {
    /// What a person reads before it begins.
    var announcement: String {
        let origin = head.backbone.origin
        let count = head.backbone.stages.count
        return "first a new last layer on features of \(origin.name) (\(origin.license)), then "
            + (stages.trained == count ? "all \(count) stages" : "the last \(stages.trained) of \(count) stages")
            + " of that network"
    }
}

/// What `ocellus train` says of a fine-tuning beside its score.
struct FineTuningDocument: Encodable {
    /// Test images that the head on frozen features gets right, of ``count``.
    var headCorrect: Int
    var headAccuracy: Double
    var count: Int
    /// Test images that only the one or only the other gets right.
    var onlyHeadCorrect: Int
    var onlyTunedCorrect: Int
    var pValue: Double
    var method: String
    /// `gain`, `no gain` or `loss`: the sign of the difference at p < 0.05.
    var verdict: String
    /// Whether no epoch validated better than the head, so that the model is the head.
    var keptHead: Bool

    init(_ gain: FineTuningGain, of count: Int, epoch: Int) {
        (headCorrect, headAccuracy) = (gain.head.correct, gain.head.accuracy)
        self.count = count
        (onlyHeadCorrect, onlyTunedCorrect) = (gain.test.onlyFirstCorrect, gain.test.onlySecondCorrect)
        (pValue, method) = (gain.test.pValue, gain.test.method.rawValue)
        verdict = gain.verdict.rawValue
        keptHead = epoch == 0
    }

    var text: String {
        if keptHead {
            return "no epoch validated better than the head, so the model is the head: "
                + "fine-tuning is no gain for these photos"
        }
        let counts =
            "\(counted(onlyTunedCorrect, "test image")) right only since fine-tuning, \(onlyHeadCorrect) only before; "
            + "McNemar's test, p = \(NumberText.pValue(pValue))"
        let head = "the head alone gets \(headCorrect) of \(count) right"
        return switch verdict {
        case FineTuningGain.Verdict.gain.rawValue: "fine-tuning is a gain: \(head) (\(counts))"
        case FineTuningGain.Verdict.loss.rawValue:
            "fine-tuning is a loss: \(head) (\(counts)); head/model.safetensors is the better model"
        default: "fine-tuning shows no gain: \(head) (\(counts))"
        }
    }
}
