// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusModel

/// Points of a recipe's search in words.
package enum TrialText {
    /// `learning rate 0.001, weight decay 0.01, augmentation padcrop 3, dropout 0.2`; what is off is left out.
    package static func settings(_ settings: TrialSettings) -> String {
        words(
            settings.learningRate, weightDecay: settings.weightDecay, augmentation: settings.augmentation?.text,
            dropout: settings.dropout)
    }

    /// The same of a record.
    static func settings(_ trial: ComparisonRecord.TuningTrial) -> String {
        words(
            trial.learningRate, weightDecay: trial.weightDecay ?? 0, augmentation: trial.augmentation,
            dropout: trial.dropout ?? 0)
    }

    private static func words(
        _ learningRate: Double, weightDecay: Double, augmentation: String?, dropout: Double
    ) -> String {
        [
            "learning rate \(learningRate)", weightDecay > 0 ? "weight decay \(weightDecay)" : nil,
            augmentation.map { "augmentation \($0)" }, dropout > 0 ? "dropout \(dropout)" : nil,
        ].compactMap { $0 }.joined(separator: ", ")
    }

    /// All trials of a network with the accuracy that they gave, as one sentence.
    static func tuning(_ trials: [ComparisonRecord.TuningTrial]) -> String {
        guard !trials.isEmpty else { return "Nothing was tuned." }
        let isRateOnly = trials.allSatisfy {
            $0.weightDecay == nil && $0.augmentation == trials[0].augmentation && $0.dropout == nil
        }
        let tried = trials.map { trial in
            (isRateOnly ? "\(trial.learningRate)" : settings(trial)) + ": "
                + (trial.failure == nil ? NumberText.percent(trial.validationAccuracy) : "diverged")
                + (trial.chosen ? " (chosen)" : "")
        }
        return (isRateOnly ? "Learning rates tried" : "Settings tried")
            + ", with the validation accuracy they gave: \(tried.joined(separator: isRateOnly ? ", " : "; "))."
    }
}
