// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusMetrics

/// What `ocellus probe` prints.
package enum ProbeText {
    /// - Parameter report: Path of the page, as the reader can open it; `nil` when none was written.
    package static func rendered(_ record: ProbeRecord, style: TerminalStyle, report: String? = nil) -> String {
        let models = record.models
        guard let first = models.first else { return "" }
        let names = ProbeWords.names(record)
        var facts = [("Images", ProbeWords.images(record))]
        for (name, model) in zip(names, models) where name != model.name { facts.append((name, model.name)) }
        var sections = [ComparisonText.list(facts, style)]
        sections.append(
            table(
                "Probabilities", "model",
                ProbeWords.scoreHeads(record, isWide: false),
                zip(names, models).map { name, model in [name] + ProbeWords.scores(record, model, isWide: false) },
                style,
                note: (zip(names, models).map { ProbeWords.intervals($0, $1) }
                    + [
                        ProbeWords.chanceNote(record),
                        AccuracyWords.note(ProbeWords.imbalance(record), classes: record.classes),
                    ].compactMap(\.self)).joined(separator: " ")))
        sections.append(
            table(
                "Share answered at an error of at most", "model",
                first.abstaining.map { NumberText.percent($0.error, digits: 0) },
                zip(names, models).map { name, model in [name] + model.abstaining.map(ProbeWords.answers) }, style,
                note: ProbeWords.abstainingNote(record)))
        let shifts = first.shifts.map { NumberText.integer($0) }
        for (heading, places, values) in [
            ("Accuracy by shift, pixels", shifts, \ProbeRecord.Model.shiftAccuracy),
            ("Same class as unshifted", shifts, \.shiftConsistency),
            ("Accuracy by shift with reflected borders", shifts, \.shiftReflected),
        ] { sections.append(curve(heading, places, names, models.map { $0[keyPath: values] }, style)) }
        sections.append(
            table(
                "Half a pixel", "model", ["moved", "as smooth, not moved"],
                zip(names, models).map { name, model in
                    [name, NumberText.percent(model.halfPixelAccuracy), NumberText.percent(model.smoothedAccuracy)]
                }, style))
        sections.append(
            curve(
                "Accuracy by angle, degrees", first.angles.map { NumberText.decimal($0, 0) }, names,
                models.map(\.angleAccuracy), style))
        sections.append(
            curve(
                "Accuracy by size, times", first.factors.map { NumberText.significant($0) }, names,
                models.map(\.factorAccuracy), style))
        sections.append(
            curve(
                "Same class after a small change", first.perturbations.map(\.name), names,
                models.map { $0.perturbations.map(\.consistency) }, style))
        sections += corruptions(record, names, style)
        sections.append(classes(record, names, style))
        if let report { sections.append(ComparisonText.list([("Report", report)], style)) }
        return sections.joined(separator: "\n")
    }

    /// By severity for one model, means for several.
    private static func corruptions(_ record: ProbeRecord, _ names: [String], _ style: TerminalStyle) -> [String] {
        let models = record.models
        guard let first = models.first, !first.corruptions.isEmpty else { return [] }
        var rows: [[String]] = []
        for (index, corruption) in first.corruptions.enumerated() {
            rows.append(
                [ProbeWords.name(corruption)]
                    + (models.count == 1 ? corruption.accuracy.map { NumberText.percent($0) } : [])
                    + models.map { NumberText.percent($0.corruptions[index].meanAccuracy) })
        }
        let columns = models.count == 1 ? (1...5).map { "severity \($0)" } + ["mean"] : names
        return [
            table(
                models.count == 1
                    ? "Accuracy of corrupted images" : "Accuracy of corrupted images, mean over severities",
                "corruption", columns, rows, style),
            table(
                "Mean corruption error", "model",
                ["undisturbed", "corrupted"] + (models.count > 1 ? ["relative to the first"] : []),
                zip(names, models).map { name, model in
                    [
                        name, NumberText.percent(1 - model.undisturbedAccuracy),
                        NumberText.percent(model.meanCorruptionError),
                    ] + (models.count > 1 ? [NumberText.percent(model.relativeCorruptionError)] : [])
                }, style, note: ([ProbeWords.errorNote] + record.corruptionNotes).joined(separator: " ")),
        ]
    }

    private static func classes(_ record: ProbeRecord, _ names: [String], _ style: TerminalStyle) -> String {
        let shown = ProbeWords.shownClasses(record)
        let hasCorrupted = record.models.contains { $0.worstCorruptedClass != nil }
        let columns = names.flatMap { hasCorrupted ? [$0, "before", "after"] : [$0] }
        let rows = shown.map { index in
            [record.classes[index], NumberText.integer(record.models[0].classes[index].count)]
                + record.models.flatMap { model -> [String] in
                    let result = model.classes[index]
                    return [NumberText.percent(result.accuracy)]
                        + (hasCorrupted
                            ? [result.undisturbedAccuracy, result.corruptedAccuracy].map { NumberText.percent($0) }
                            : [])
                }
        }
        let words = zip(names, record.models).compactMap { ProbeWords.worst($0, $1) }
        let rest =
            shown.count < record.classes.count
            ? ["Shown are the \(shown.count) classes of \(record.classes.count) that the first model recognises least."]
            : []
        return table(
            "Recognised by class", "class", ["images"] + columns, rows, style,
            note: (words + (hasCorrupted ? [ProbeWords.classNote] : []) + rest).joined(separator: " "))
    }

    /// One row for each place, one column for each model.
    private static func curve(
        _ heading: String, _ places: [String], _ names: [String], _ values: [[Double]], _ style: TerminalStyle
    ) -> String {
        table(
            heading, "", names,
            places.enumerated().map { index, place in
                [place] + values.map { NumberText.percent(index < $0.count ? $0[index] : nil) }
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
