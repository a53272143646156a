// SPDX-License-Identifier: Apache-2.0

package import OcellusMetrics

/// How accuracy and balanced accuracy are named, in the order that ``ClassImbalance`` decides.
package enum AccuracyWords {
    /// Says that the classes are uneven, what leads because of that and what chance would reach; `nil` where they are not.
    ///
    /// - Parameters:
    ///   - imbalance: Of the images that were scored.
    ///   - classes: Class names.
    package static func note(_ imbalance: ClassImbalance?, classes: [String]) -> String? {
        guard let imbalance, imbalance.isUneven else { return nil }
        let name =
            classes.indices.contains(imbalance.largestClass)
            ? classes[imbalance.largestClass] : "class \(imbalance.largestClass)"
        return
            "The classes are uneven: the largest has \(NumberText.decimal(imbalance.ratio, 2)) times the images of the "
            + "smallest (rule: above \(NumberText.decimal(ClassImbalance.rule, 1))), so balanced accuracy, the mean recall of "
            + "the classes, comes first. Always answering \(name) has a balanced accuracy of "
            + "\(NumberText.percent(1 / Double(imbalance.classes))) and an accuracy of "
            + "\(NumberText.percent(imbalance.majorityShare))."
    }

    /// What was compared where balanced accuracy comes first; `nil` where it does not.
    ///
    /// - Parameter measure: Of the verdict; `nil` in records that compare accuracy.
    package static func testNote(_ imbalance: ClassImbalance?, measure: PairedDifference.Measure?) -> String? {
        guard imbalance?.isUneven == true else { return nil }
        guard measure == .balancedAccuracy else {
            return "Verdict, intervals and paired tests are about accuracy, which counts every image alike."
        }
        return
            "Verdict and its intervals are about balanced accuracy; the paired tests of single seeds count every image alike."
    }

    /// The two kinds of accuracy in their order: the one of equal images alone where classes are equally large.
    package static func ordered<Element>(
        accuracy: Element, balanced: Element, _ imbalance: ClassImbalance?
    ) -> [Element] {
        imbalance?.isUneven == true ? [balanced, accuracy] : [accuracy, balanced]
    }

    /// `accuracy 84.1 % (1682 of 2000; 95 % Wilson interval 82.4 % to 85.6 %; always the largest class: 10.0 %), balanced
    /// accuracy 83.9 % (95 % interval 82.1 % to 85.4 %)`
    ///
    /// The balanced one is left out where classes are equally large and both are the same.
    package static func score(
        correct: Int, of total: Int, interval: (lower: Double, upper: Double), balanced: Double?,
        balancedInterval: Interval? = nil, _ imbalance: ClassImbalance?
    ) -> String {
        // One class cannot be told apart from any.
        let majority = imbalance.flatMap { $0.classes > 1 ? $0.majorityShare : nil }
        let accuracy =
            "accuracy \(NumberText.percent(Double(correct) / Double(total))) (\(correct) of \(total); 95 % Wilson interval "
            + "\(NumberText.percent(interval.lower)) to \(NumberText.percent(interval.upper))"
            + (majority.map { "; always the largest class: \(NumberText.percent($0))" } ?? "") + ")"
        guard let balanced, let imbalance, imbalance.ratio > 1 else { return accuracy }
        let range = balancedInterval.map {
            " (95 % interval \(NumberText.percent($0.lower)) to \(NumberText.percent($0.upper)))"
        }
        let balancedText = "balanced accuracy \(NumberText.percent(balanced))" + (range ?? "")
        return ordered(accuracy: accuracy, balanced: balancedText, imbalance)
            .joined(separator: ", ")
    }
}
