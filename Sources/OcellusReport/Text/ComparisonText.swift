// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusMetrics
import OcellusModel

/// The result of `ocellus compare` as it stands on standard output.
package enum ComparisonText {
    /// - Parameters:
    ///   - report: Path of the page, as the reader can open it; `nil` when none was written.
    package static func rendered(
        _ record: ComparisonRecord, style: TerminalStyle, report: String? = nil
    ) -> String {
        let findings = Findings(record)
        var sections = [heading(findings, style), networks(findings, style), costs(findings, style)]
        if !record.pairs.isEmpty || findings.seeds.count > 1 { sections.append(seeds(findings, style)) }
        sections.append(verdict(findings, style))
        if !record.data.classes.isEmpty { sections.append(classes(findings, style)) }
        sections.append(
            title("Checklist", style) + list(findings.checklist.map { ($0.name, $0.text) }, style))
        sections.append(
            title(findings.variesSplit ? "Splits by seed, SHA-256" : "Split of all seeds, SHA-256", style)
                + list(findings.splitHashes.map { ($0.seed.map { "\($0)" } ?? "all", $0.sha256) }, style))
        if let report { sections.append(list([("Report", report)], style)) }
        return sections.joined(separator: "\n")
    }

    private static func heading(_ findings: Findings, _ style: TerminalStyle) -> String {
        let data = findings.record.data
        let environment = findings.record.environment
        let validation = data.validationCount > 0 ? "\(NumberText.integer(data.validationCount)) validation, " : ""
        return list(
            [
                (
                    "Data",
                    "\(data.name): \(counted(data.classes.count, "class", plural: "classes")), images of "
                        + "\(NumberText.size(data.shape)); \(NumberText.integer(data.trainCount)) training, "
                        + validation + "\(NumberText.integer(data.testCount)) test"
                ),
                ("Recipe", findings.record.recipe),
                (
                    "Machine",
                    "\(environment.processor), \(counted(environment.threads, "thread")), \(environment.backendDetails), "
                        + environment.precision
                ),
            ], style)
    }

    private static func networks(_ findings: Findings, _ style: TerminalStyle) -> String {
        let hasValidation = findings.record.data.validationCount > 0
        var columns: [TextTable.Column] = [
            .init("network", .left, shrinks: true)
        ]
        columns += (findings.accuracyHeads + ["parameters", "multiply-adds", "memory", "training", "images/s"])
            .map { .init($0) }
        let first = findings.record.networks.first?.name ?? ""
        if hasValidation { columns.append(.init("to \(first)'s best")) }
        let rows = findings.record.networks.map { network in
            var row = [network.name] + findings.accuracyCells(network)
            row += [
                NumberText.integer(network.summary.parameters), NumberText.short(network.summary.multiplyAdds),
                NumberText.bytes(network.trainingMemory),
                NumberText.seconds(findings.trainingSeconds(network) ?? .nan),
                NumberText.rate(findings.imagesPerSecond(network) ?? .nan),
            ]
            if hasValidation { row.append(findings.secondsToFirstBest(network)) }
            return row
        }
        let note =
            "Accuracy: mean ± standard deviation over seeds. Multiply-adds of one image forward; memory of the training "
            + "plan; training and images/s: median over seeds."
        let uneven = findings.imbalanceNote.map { wrapped(style.shown($0), to: style.columns) + "\n" }
        return title("Networks", style) + TextTable(columns, rows: rows).rendered(style) + (uneven ?? "")
            + style.dim(wrapped(style.shown(note), to: style.columns)) + "\n"
    }

    private static func costs(_ findings: Findings, _ style: TerminalStyle) -> String {
        let columns = [TextTable.Column("network", .left, shrinks: true)] + Findings.costHeads.map { .init($0) }
        let rows = zip(findings.record.networks, findings.costCells).map { [$0.name] + $1 }
        return title("Match", style) + wrapped(style.shown(findings.matchSentence), to: style.columns) + "\n"
            + TextTable(columns, rows: rows).rendered(style)
            + style.dim(wrapped(Findings.costNote, to: style.columns)) + "\n"
    }

    private static func seeds(_ findings: Findings, _ style: TerminalStyle) -> String {
        let record = findings.record
        var columns: [TextTable.Column] = [.init("seed")]
        for network in record.networks { columns += [.init(network.name), .init("95 % interval", .left)] }
        let methods = Set(record.pairs.map(\.method))
        if let pair = findings.pair, !record.pairs.isEmpty {
            columns += [
                .init("difference"), .init("only \(pair.first)"), .init("only \(pair.second)"),
                .init(methods.count == 1 ? "p, McNemar \(record.pairs[0].method)" : "p, McNemar"),
            ]
        }
        let rows = findings.seeds.map { seed in
            var row = ["\(seed)"]
            for network in record.networks {
                guard let run = network.runs.first(where: { $0.seed == seed }) else {
                    row += ["–", "–"]
                    continue
                }
                let score = findings.seedScore(run)
                row += [
                    NumberText.percent(score.share),
                    "\(NumberText.decimal(100 * score.interval.lower, 1)) – "
                        + NumberText.decimal(100 * score.interval.upper, 1),
                ]
            }
            if let index = record.pairs.firstIndex(where: { $0.seed == seed }) {
                let pair = record.pairs[index]
                row += [
                    NumberText.points(findings.seedDifference(index)), NumberText.integer(pair.onlyFirstCorrect),
                    NumberText.integer(pair.onlySecondCorrect),
                    NumberText.pValue(pair.pValue) + (methods.count == 1 ? "" : " \(pair.method)"),
                ]
            }
            return row
        }
        let note = findings.pair.map { "\"only \($0.first)\": test images that only \($0.first) classified correctly." }
        let measure = findings.seedMeasure.prefix(1).uppercased() + findings.seedMeasure.dropFirst()
        return title("\(measure) by seed, \(NumberText.integer(record.data.testCount)) images", style)
            + TextTable(columns, rows: rows).rendered(style)
            + (note.map { style.dim(wrapped(style.shown($0), to: style.columns)) + "\n" } ?? "")
    }

    private static func verdict(_ findings: Findings, _ style: TerminalStyle) -> String {
        let sentences = [
            findings.unfinished, findings.matchWarning, findings.inequality, findings.unfinishedLearning,
            findings.verdictReason, findings.visibility,
            AccuracyWords.testNote(findings.imbalance, measure: findings.record.difference?.measure),
        ].compactMap { $0 }
        return title("Verdict", style) + style.bold(style.shown(findings.verdict)) + "\n"
            + sentences.map { wrapped(style.shown($0), to: style.columns) + "\n" }.joined()
    }

    private static func classes(_ findings: Findings, _ style: TerminalStyle) -> String {
        let record = findings.record
        var columns: [TextTable.Column] = [.init("class", .left, shrinks: true), .init("images")]
        for network in record.networks {
            columns += [.init("\(network.name) precision"), .init("recall"), .init("F1")]
        }
        let rows = record.data.classes.indices.map { label in
            var row = [
                record.data.classes[label],
                record.data.testCounts.indices.contains(label)
                    ? NumberText.integer(record.data.testCounts[label]) : "–",
            ]
            for network in record.networks {
                let scores = findings.scores(network, label: label)
                row += [scores.precision, scores.recall, scores.f1].map {
                    NumberText.decimal(100 * ($0 ?? .nan), 1)
                }
            }
            return row
        }
        let seeds = findings.seeds.count == 1 ? "" : ", mean over \(counted(findings.seeds.count, "seed"))"
        return title("Classes, in percent\(seeds)", style) + TextTable(columns, rows: rows).rendered(style)
    }

    private static func title(_ text: String, _ style: TerminalStyle) -> String { style.bold(style.shown(text)) + "\n" }

    /// Names and texts in two columns; a long text continues below itself.
    static func list(_ items: [(String, String)], _ style: TerminalStyle) -> String {
        let items = items.map { (style.shown($0.0), $0.1) }
        let width = items.reduce(0) { max($0, displayWidth($1.0)) } + 2
        return items.map { name, text in
            style.dim(name) + String(repeating: " ", count: width - displayWidth(name))
                + wrapped(style.shown(text), to: style.columns, indent: width) + "\n"
        }.joined()
    }
}
