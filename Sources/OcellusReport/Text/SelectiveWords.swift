// SPDX-License-Identifier: Apache-2.0

package import OcellusMetrics
package import OcellusModel

/// What a model knows of what it does not know, in the words of every command.
package enum SelectiveWords {
    /// The answer of a model that gives none.
    package static let noAnswer = "don't know"

    /// What no calibration can say.
    package static let caveat =
        "This promises nothing about pictures of another kind: ocellus evaluate --others DIR measures how often those are answered."

    /// `temperature 1.31, from 400 images that nothing else used: loss 0.4713 before, 0.4410 after`
    package static func temperature(_ calibration: Calibration) -> String {
        "temperature \(NumberText.decimal(calibration.temperature, 2)), from \(NumberText.integer(calibration.images)) "
            + (calibration.source == .heldOut
                ? "images that nothing else used"
                : "training images, each judged by a head that had not seen it (approximate)")
            + ": loss \(NumberText.decimal(calibration.lossBefore, 4)) before, \(NumberText.decimal(calibration.lossAfter, 4)) after"
    }

    /// What a rule promises, and what it was shown by.
    package static func rule(_ rule: SelectiveRule, source: Calibration.Source) -> String {
        let approximate = source == .heldOut ? "" : ", approximately"
        return
            "at most \(share(rule.error)) of its answers to new images of this kind are wrong\(approximate), with a confidence of "
            + "\(share(rule.confidence)): it answered \(NumberText.percent(rule.coverage)) of the \(NumberText.integer(rule.count)) "
            + "images, \(NumberText.integer(rule.wrong)) of \(NumberText.integer(rule.answered)) wrong, and says \"\(noAnswer)\" to "
            + "the others. \(caveat)"
    }

    /// Why a model that was asked for an error always answers.
    ///
    /// - Parameter calibration: `nil` where there were too few images for one.
    package static func unmet(_ error: Double, _ calibration: Calibration?) -> String {
        let least = (try? SelectiveRisk.leastAnswers(error: error)) ?? 0
        let needed =
            "at least \(NumberText.integer(least)) images answered without a mistake are needed, and more with any"
        guard let calibration else {
            return
                "no error of at most \(share(error)) can be promised: too few images for a calibration. "
                + "\(NumberText.integer(Calibration.leastImages)) are needed for one; \(needed). The model always answers."
        }
        let surest = zip(calibration.answered, calibration.wrong).first { $0.0 >= least }
        let found =
            surest.map { "\($0.1) of the surest \($0.0) of \(calibration.images) images are answered wrong" }
            ?? "\(calibration.images) images are too few"
        return "no error of at most \(share(error)) can be promised: \(found); \(needed). The model always answers."
    }

    /// What a rule did on labelled images.
    ///
    /// - Parameters:
    ///   - answered: Images that it answered.
    ///   - wrong: Wrong answers among them.
    ///   - count: All images.
    package static func score(
        _ rule: SelectiveRule, answered: Int, wrong: Int, of count: Int, coverage: Interval, error: Interval?
    ) -> String {
        func range(_ interval: Interval) -> String {
            "95 % interval \(NumberText.percent(interval.lower)) to \(NumberText.percent(interval.upper))"
        }
        let errors =
            error.map {
                "\(NumberText.integer(wrong)) of them wrong, \(NumberText.percent(Double(wrong) / Double(max(1, answered)))) (\(range($0)))"
            } ?? "no answer could be wrong"
        return
            "answered \(NumberText.integer(answered)) of \(NumberText.integer(count)) images, "
            + "\(NumberText.percent(Double(answered) / Double(max(1, count)))) (\(range(coverage))); \(errors); asked for: at most "
            + share(rule.error)
    }

    /// How often pictures of another kind were answered, each of them a mistake.
    package static func others(answered: Int, of count: Int, _ interval: Interval) -> String {
        "pictures of another kind: \(NumberText.integer(answered)) of \(NumberText.integer(count)) were answered, "
            + "\(NumberText.percent(Double(answered) / Double(max(1, count)))) (95 % interval \(NumberText.percent(interval.lower)) "
            + "to \(NumberText.percent(interval.upper))); right would be \"\(noAnswer)\" to all of them. A folder of such pictures "
            + "among the training images makes them a class of their own"
    }

    /// `5 %`, `0.5 %`
    package static func share(_ value: Double) -> String {
        let percent = (value * 1e5).rounded() / 1e3
        return (percent == percent.rounded() ? "\(Int(percent))" : "\(percent)") + " %"
    }
}
