// SPDX-License-Identifier: Apache-2.0

import OcellusImages
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
            secondsToFirstBest: nil, splitSha256: run.splitSha256, model: model)
        configuration = run.configuration
        preprocessing = run.preprocessing
        memory = run.memory
        trainCount = parts.train.count
        validationCount = parts.validation?.count ?? 0
        self.wallSeconds = wallSeconds
    }
}

/// One learning rate tried, as `trial.json`.
struct ComparisonTrial: Codable, Sendable {
    var network: String
    var learningRate: Double
    /// Best over the epochs; 0 when the training diverged.
    var validationAccuracy: Double
    /// Why the training ended early, when it diverged.
    var failure: String?
    var wallSeconds: Double

    /// The trials of one network with the chosen one marked: highest accuracy, the smaller rate among equals.
    static func choose(_ trials: [ComparisonTrial]) throws -> [ComparisonRecord.TuningTrial] {
        let sorted = trials.sorted { $0.learningRate < $1.learningRate }
        var best: ComparisonTrial?
        for trial in sorted where trial.failure == nil {
            if trial.validationAccuracy > best?.validationAccuracy ?? -1 { best = trial }
        }
        guard let best else {
            throw EvidenceError(
                .diverged, "the network \(trials.first?.network ?? "") diverged with every learning rate.",
                needs: "a finite loss with one of \(sorted.map { "\($0.learningRate)" }.joined(separator: ", "))",
                because: sorted.first?.failure, advice: "batch normalisation, or other initial weights")
        }
        return sorted.map {
            ComparisonRecord.TuningTrial(
                learningRate: $0.learningRate, validationAccuracy: $0.validationAccuracy,
                chosen: $0.learningRate == best.learningRate, failure: $0.failure)
        }
    }

    /// A sentence when the best rate is the smallest or the largest of the grid, so that a better one may lie outside.
    ///
    /// - Parameter trials: Ascending by rate; empty when nothing was tuned.
    static func edgeNote(_ trials: [ComparisonRecord.TuningTrial], network: String) -> String? {
        guard let chosen = trials.firstIndex(where: \.chosen), chosen == 0 || chosen == trials.count - 1 else {
            return nil
        }
        return "\(network) did best with the \(chosen == 0 ? "smallest" : "largest") learning rate of the grid: "
            + "one outside might do better."
    }
}
