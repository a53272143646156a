// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

/// One network trained with one seed and tested, as `cell.json` beside its model: the record is made from these alone.
struct ComparisonCell: Codable, Sendable {
    var network: String
    var run: ComparisonRecord.RunRecord
    /// `[test images]`, the predicted class of each.
    var predictions: [Int]
    var configuration: TrainingConfiguration
    var preprocessing: Preprocessing
    /// Bytes that the training plan held.
    var memory: Int
    var trainCount: Int
    var validationCount: Int
    /// Wall time of the training and its test in the session that finished it.
    var wallSeconds: Double

    init(
        network: String, run: TrainingRun, logits: Tensor<Float>, labels: [Int],
        parts: TrainingParts,
        model: String, wallSeconds: Double
    ) throws {
        self.network = network
        predictions = try OcellusMetrics.predictions(logits: logits)
        let confusion = try ConfusionMatrix(
            labels: labels, predictions: predictions, classes: parts.train.classes.count)
        let seen = run.history.reduce(0) { $0 + $1.seconds * $1.imagesPerSecond }
        self.run = ComparisonRecord.RunRecord(
            seed: run.configuration.seed, history: run.history, testedEpoch: run.epoch, testCorrect: confusion.correct,
            testCount: labels.count, testAccuracy: Double(confusion.correct) / Double(labels.count),
            testInterval: try wilsonInterval(successes: confusion.correct, of: labels.count),
            testLoss: try negativeLogLikelihood(logits: logits, labels: labels),
            confusion: confusion, trainingSeconds: run.seconds, imagesPerSecond: seen / max(run.seconds, 1e-9),
            secondsToFirstBest: nil, splitSha256: run.data.splitSha256, model: model)
        configuration = run.configuration
        preprocessing = run.preprocessing
        memory = run.memory
        trainCount = parts.train.count
        validationCount = parts.validation?.count ?? 0
        self.wallSeconds = wallSeconds
    }
}
