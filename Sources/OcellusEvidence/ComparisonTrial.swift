// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusTensor

/// One point of a recipe's search tried, as `trial.json`.
struct ComparisonTrial: Codable, Sendable {
    var network: String
    var settings: TrialSettings
    /// Best over the epochs; 0 when the training diverged.
    var validationAccuracy: Double
    /// Why the training ended early, when it diverged.
    var failure: String?
    var wallSeconds: Double

    /// Highest accuracy, the earlier among equals; `nil` when all diverged.
    static func best(_ trials: some Sequence<ComparisonTrial>) -> ComparisonTrial? {
        var best: ComparisonTrial?
        for trial in trials where trial.failure == nil {
            if trial.validationAccuracy > best?.validationAccuracy ?? -1 { best = trial }
        }
        return best
    }

    /// The best of a network's trials.
    ///
    /// - Throws: ``EvidenceError/Code/diverged`` when there is none.
    static func chosen(_ trials: [ComparisonTrial]) throws -> ComparisonTrial {
        if let best = best(trials) { return best }
        throw EvidenceError(
            .diverged, "the network \(trials.first?.network ?? "") diverged in every trial.",
            needs: "a finite loss with one of the learning rates "
                + rates(trials).map { "\($0)" }.joined(separator: ", "),
            because: trials.first?.failure, advice: "batch normalisation, or other initial weights")
    }

    /// The trials as the record has them, the best one marked.
    static func marked(_ trials: [ComparisonTrial]) throws -> [ComparisonRecord.TuningTrial] {
        guard !trials.isEmpty else { return [] }
        let chosen = try chosen(trials).settings
        return trials.map { $0.recorded(chosen: $0.settings == chosen) }
    }

    func recorded(chosen: Bool) -> ComparisonRecord.TuningTrial {
        ComparisonRecord.TuningTrial(
            learningRate: settings.learningRate, validationAccuracy: validationAccuracy, chosen: chosen,
            failure: failure, weightDecay: settings.weightDecay > 0 ? settings.weightDecay : nil,
            augmentation: settings.augmentation?.text, dropout: settings.dropout > 0 ? settings.dropout : nil)
    }

    /// A sentence when the best rate is the smallest or the largest tried, so that a better one may lie outside.
    static func edgeNote(_ trials: [ComparisonTrial]) -> String? {
        let rates = rates(trials)
        guard rates.count > 1, let best = best(trials),
            best.settings.learningRate == rates.first || best.settings.learningRate == rates.last
        else { return nil }
        let isSmallest = best.settings.learningRate == rates.first
        return "\(best.network) did best with the \(isSmallest ? "smallest" : "largest") learning rate tried: "
            + "one outside might do better."
    }

    /// Ascending, each once.
    private static func rates(_ trials: [ComparisonTrial]) -> [Double] {
        Set(trials.map(\.settings.learningRate)).sorted()
    }
}
