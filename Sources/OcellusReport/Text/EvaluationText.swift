// SPDX-License-Identifier: Apache-2.0

package import OcellusMetrics

/// What `ocellus evaluate` prints.
package enum EvaluationText {
    /// The score, then one row for each class.
    ///
    /// - Parameters:
    ///   - classes: Class names, one for each row of the confusion matrix.
    ///   - loss: Mean cross-entropy in nats.
    ///   - brier: Brier score.
    ///   - calibration: Expected calibration error with bins of equal width and of equal mass.
    ///   - uncertainty: Of the first of the two.
    ///   - balancedInterval: Of the balanced accuracy.
    ///   - advice: Of ``ResultAdvice``.
    ///   - trust: What the model knows of its probabilities and of what it does not know, as sentences.
    ///   - recorded: Correct answers that the model file's record claims for these images; `nil` when it claims none.
    package static func rendered(
        classes: [String], confusion: ConfusionMatrix, interval: Interval, loss: Double, topFive: Double?,
        brier: Double, calibration: (equalWidth: Double, equalMass: Double),
        uncertainty: CalibrationUncertainty? = nil, balancedInterval: Interval? = nil, recorded: Int?,
        advice: [String] = [], trust: [String] = [],
        style: TerminalStyle
    ) -> String {
        let total = confusion.counts.joined().reduce(0, +)
        let imbalance = confusion.imbalance
        var line = AccuracyWords.score(
            correct: confusion.correct, of: total, interval: (interval.lower, interval.upper),
            balanced: confusion.balancedAccuracy, balancedInterval: balancedInterval, imbalance)
        if let topFive { line += ", top-5 \(NumberText.percent(topFive))" }
        line += ", loss \(NumberText.decimal(loss, 4))"
        let probabilities =
            "calibration error \(NumberText.percent(calibration.equalWidth)) ("
            + (uncertainty.map { CalibrationWords.interval($0) + "; " + CalibrationWords.chance($0) + "; " } ?? "")
            + "bins of equal mass: \(NumberText.percent(calibration.equalMass))), Brier score \(NumberText.decimal(brier, 4))"
        var record = ""
        if let recorded {
            record =
                recorded == confusion.correct
                ? "matches the record in the model file\n"
                : "the model file records \(recorded) of \(total): other images, or another machine\n"
        }
        let rows = classes.indices.map { index in
            [
                classes[index], NumberText.integer(confusion.counts[index].reduce(0, +)),
                NumberText.percent(confusion.precision(index)), NumberText.percent(confusion.recall(index)),
                NumberText.percent(confusion.f1(index)),
            ]
        }
        let table = TextTable(
            [.init("class", .left, shrinks: true), .init("images"), .init("precision"), .init("recall"), .init("F1")],
            rows: rows)
        let note = AccuracyWords.note(imbalance, classes: classes).map {
            style.dim(wrapped(style.shown($0), to: style.columns)) + "\n"
        }
        let words = advice.map { wrapped(style.shown($0), to: style.columns) + "\n" }.joined()
        return style.bold(wrapped(style.shown(line), to: style.columns)) + "\n" + words + (note ?? "")
            + (([probabilities] + trust).map { wrapped(style.shown($0), to: style.columns) + "\n" }).joined()
            + style.shownLines(record)
            + table.rendered(style)
    }
}
