// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusMetrics

/// What `ocellus probe` prints.
package enum ProbeText {
    package static func rendered(_ record: ProbeRecord, style: TerminalStyle) -> String {
        let models = record.models
        guard let first = models.first else { return "" }
        var sections = [
            ComparisonText.list(
                [
                    (
                        "Images",
                        "\(NumberText.integer(record.count)) test images; \(NumberText.integer(record.disturbedCount)) of them "
                            + "moved, turned and scaled"
                    )
                ], style)
        ]
        sections.append(
            table(
                "Probabilities", "model",
                ["accuracy", "balanced", "loss", "Brier", "calibration error", "mean risk"],
                models.map { model in
                    [
                        model.name, NumberText.percent(model.accuracy),
                        NumberText.percent(model.balancedAccuracy), NumberText.decimal(model.loss, 4),
                        NumberText.decimal(model.brierScore, 4),
                        NumberText.percent(model.calibrationError), NumberText.percent(model.riskArea),
                    ]
                }, style))
        sections.append(
            table(
                "Answers that can be given at an error of", "model",
                first.abstaining.map { NumberText.percent($0.error, digits: 0) },
                models.map { model in
                    [model.name]
                        + model.abstaining.map { choice in
                            choice.point.map {
                                "\(NumberText.percent($0.coverage)) above \(NumberText.decimal($0.threshold, 3))"
                            } ?? "none"
                        }
                }, style, note: "Found on these images: on new ones the error is as large only within chance."))
        sections.append(
            curve(
                "Accuracy by shift, pixels", first.shifts.map { NumberText.integer($0) }, models, \.shiftAccuracy, style
            ))
        sections.append(
            curve(
                "Same class as unshifted", first.shifts.map { NumberText.integer($0) }, models, \.shiftConsistency,
                style))
        sections.append(
            curve(
                "Accuracy by shift with reflected borders", first.shifts.map { NumberText.integer($0) }, models,
                \.shiftReflected, style))
        sections.append(
            table(
                "Half a pixel", "model", ["moved", "as smooth, not moved"],
                models.map {
                    [$0.name, NumberText.percent($0.halfPixelAccuracy), NumberText.percent($0.smoothedAccuracy)]
                }, style))
        sections.append(
            curve(
                "Accuracy by angle, degrees", first.angles.map { NumberText.decimal($0, 0) }, models, \.angleAccuracy,
                style))
        sections.append(
            curve(
                "Accuracy by size, times", first.factors.map { NumberText.significant($0) }, models, \.factorAccuracy,
                style))
        return sections.joined(separator: "\n")
    }

    /// One row for each place, one column for each model.
    private static func curve(
        _ heading: String, _ places: [String], _ models: [ProbeRecord.Model], _ values: (ProbeRecord.Model) -> [Double],
        _ style: TerminalStyle
    ) -> String {
        table(
            heading, "", models.map(\.name),
            places.enumerated().map { index, place in
                [place] + models.map { NumberText.percent(index < values($0).count ? values($0)[index] : nil) }
            }, style)
    }

    private static func table(
        _ heading: String, _ first: String, _ columns: [String], _ rows: [[String]], _ style: TerminalStyle,
        note: String? = nil
    ) -> String {
        style.bold(style.shown(heading)) + "\n"
            + TextTable([.init(first, .left, shrinks: true)] + columns.map { .init($0) }, rows: rows).rendered(style)
            + (note.map { style.dim(wrapped(style.shown($0), to: style.columns)) + "\n" } ?? "")
    }
}
