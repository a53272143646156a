// SPDX-License-Identifier: Apache-2.0

package import OcellusMetrics
import OcellusTensor

/// What a score and a training say beyond their numbers, and what to do next: sentences, none after a good run.
///
/// The rules are simple and fixed, and each is a statement about the numbers that stand beside it.
package enum ResultAdvice {
    /// Training accuracy this far above validation, and above its interval, is called memorising.
    package static let gap = 0.15
    /// Fewer validation images than these choose an epoch by chance.
    package static let fewImages = 100

    /// Whether a score is above what naming the largest class for every image reaches, beyond chance: whether its interval
    /// lies above that share.
    package static func isAboveMajority(_ interval: Interval, _ imbalance: ClassImbalance) -> Bool {
        interval.lower > imbalance.majorityShare
    }

    /// Of a score on labelled images.
    ///
    /// - Parameters:
    ///   - interval: Of the accuracy.
    ///   - classes: Class names.
    ///   - next: What to try, as part of a sentence.
    package static func onScore(
        interval: Interval, imbalance: ClassImbalance?, classes: [String], next: String
    ) -> [String] {
        guard let imbalance, !isAboveMajority(interval, imbalance) else { return [] }
        guard imbalance.classes > 1 else { return [] }
        let name =
            classes.indices.contains(imbalance.largestClass) ? classes[imbalance.largestClass] : "the largest class"
        return [
            "This is not better than always answering \(name), which reaches \(NumberText.percent(imbalance.majorityShare)): "
                + "\(next)."
        ]
    }

    /// Of a training's chosen epoch.
    ///
    /// - Parameters:
    ///   - train: Its training accuracy.
    ///   - validation: Correct answers to the validation images, and how many there are; `nil` without any.
    ///   - choosesEpoch: Whether validation decides which epoch is kept, of several.
    /// - Throws: ``MetricError`` for impossible counts.
    package static func onTraining(
        train: Double, validation: (correct: Int, count: Int)?, choosesEpoch: Bool
    ) throws(MetricError) -> [String] {
        guard let validation, validation.count > 0 else { return [] }
        let share = Double(validation.correct) / Double(validation.count)
        let interval = try wilsonInterval(successes: validation.correct, of: validation.count)
        var sentences: [String] = []
        if train - share > gap, train > interval.upper {
            sentences.append(
                "Training accuracy of \(NumberText.percent(train)) is far above the \(NumberText.percent(share)) of validation: "
                    + "the network knows its images by heart. More images, --augment, --weight-decay or a smaller network help."
            )
        }
        if choosesEpoch, validation.count < fewImages {
            sentences.append(
                "Only \(NumberText.integer(validation.count)) validation images chose the epoch, which fixes its accuracy to "
                    + "\(NumberText.percent(interval.lower)) to \(NumberText.percent(interval.upper)): a larger --validation, "
                    + "--fold, or --result last, which chooses none.")
        }
        return sentences
    }
}
