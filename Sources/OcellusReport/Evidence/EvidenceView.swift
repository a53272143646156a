// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics
import OcellusTensor

/// What the evidence page shows; every number is text already.
struct EvidenceView {
    struct FindingRow {
        var finding: String
        var kind: String
        var verdict: String
        var values: [String]
        var hover: String
    }
    struct FindingGroup {
        var title: String
        var rows: [FindingRow]
    }
    struct Table {
        var caption: String
        var columns: [String]
        var rows: [Row]
        var note: String?
    }
    struct ClaimView {
        var anchor: String
        var title: String
        var kind: String
        var verdict: String
        var statement: String
        var method: String
        var source: String
        var caveats: [String]
        var findings: [FindingGroup]
        /// With how many seeds it was judged, and what would decide it.
        var look: String?
        var judgement: Figure?
        var figures: [Figure]
        var tables: [Table]
        var filterSheet: PicturesView.FilterSheetView?
        var mapSheet: PicturesView.MapSheetView?
        var repetition: String
        /// The finding that decided, in one line, for the summary.
        var brief: String
    }

    let title: String
    let facts: String
    let count: String
    let progress: String?
    let claims: [ClaimView]
    let intervalHeads = EvidenceWords.intervalHeads
    let notes: [String]
    let networks: [Pair]
    let command: String
    let dataFacts: [Pair]
    let environmentFacts: [Pair]
    let dataNotes: [String]
    let version: String
    let created: String

    init(_ record: EvidenceRecord) {
        let data = record.data
        title = "Evidence on " + data.name
        facts = [
            counted(data.classes.count, "class", plural: "classes"), "images of \(NumberText.size(data.shape))",
            "\(NumberText.integer(record.plan.trainImages)) of \(NumberText.integer(data.trainCount)) training images a seed",
            "\(NumberText.integer(data.testCount)) test images", counted(record.plan.seeds.count, "seed"),
            NumberText.seconds(record.seconds),
        ].joined(separator: " · ")
        count = EvidenceWords.count(record)
        progress =
            record.plan.cellsFinished < record.plan.cellsPlanned
            ? "\(NumberText.integer(record.plan.cellsFinished)) of \(NumberText.integer(record.plan.cellsPlanned)) planned "
                + "cells are done; the run can go on with --resume." : nil
        claims = record.claims.map { Self.claim($0, record) }
        notes = record.plan.notes + [EvidenceWords.intervalNote]
        networks = record.networks.map { Pair(term: $0.name, value: $0.network) }
        command = record.command.map(shellQuoted).joined(separator: " ")
        dataFacts =
            [
                Pair(term: "data", value: data.name),
                Pair(term: "training", value: NumberText.integer(data.trainCount)),
                Pair(term: "test", value: NumberText.integer(data.testCount)),
                Pair(term: "SHA-256", value: data.sha256),
                Pair(term: "test images scored", value: counted(record.testReadings, "time")),
                Pair(term: "SHA-256, test", value: data.testSha256),
            ]
        let environment = record.environment
        environmentFacts =
            environment.facts + [
                Pair(term: "cells", value: "\(record.plan.cellsFinished) of \(record.plan.cellsPlanned)"),
                Pair(term: "all cells", value: NumberText.seconds(record.seconds)),
            ]
        dataNotes = data.notes
        version = environment.ocellus
        created = record.created
    }

    private static func kind(_ verdict: Judgement.Verdict) -> String {
        switch verdict {
        case .supported: "yes"
        case .notSupported: "no"
        case .cannotTell, .notReached, .notJudged: "open"
        }
    }

    private static func claim(_ claim: ClaimRecord, _ record: EvidenceRecord) -> ClaimView {
        ClaimView(
            anchor: claim.name, title: claim.title, kind: kind(claim.verdict),
            verdict: EvidenceWords.verdict(claim.verdict), statement: claim.statement, method: claim.method,
            source: claim.source, caveats: claim.caveats,
            findings: EvidenceWords.groups(claim).map { group in
                FindingGroup(
                    title: group.title, rows: group.findings.map { row($0.finding, number: $0.position + 1) })
            }, look: EvidenceWords.look(claim),
            judgement: judgement(claim),
            figures: claim.figures.enumerated().flatMap {
                ClaimFigures.figures($0.element, id: "\(claim.name)-\($0.offset)")
            },
            tables: claim.tables.map { table in
                Table(
                    caption: table.heading, columns: table.columns.map(\.title),
                    rows: table.rows.map { row in
                        Row(
                            label: row.name,
                            cells: zip(row.values, table.columns).map { EvidenceWords.cell($0, $1.unit) })
                    }, note: table.note)
            },
            filterSheet: claim.filters.map {
                PicturesView.sheet($0, "Filters of layer \($0.layer)", source: "test images", isOpen: true)
            },
            mapSheet: claim.featureMaps.map {
                let name = record.data.classes[$0.label]
                return PicturesView.maps(
                    $0, of: name, words: "test image of class \(name)", classes: record.data.classes, isOpen: true
                ) {
                    "Layer \($0)"
                }
            },
            repetition: "ocellus evidence --claims \(claim.name)"
                + ", cells of \(NumberText.seconds(claim.seconds)), which claims share.",
            brief: EvidenceWords.decisive(claim))
    }

    private static func row(_ finding: Finding, number: Int) -> FindingRow {
        FindingRow(
            finding: "\(number). \(finding.text)", kind: kind(finding.judgement.verdict),
            verdict: EvidenceWords.verdict(finding.judgement.verdict),
            values: [
                EvidenceWords.value(finding.judgement.mean, finding.unit),
                EvidenceWords.intervalAlone(finding), EvidenceWords.interval(finding),
                EvidenceWords.margin(finding),
                finding.isExact ? "–" : NumberText.integer(finding.points.count),
            ],
            hover: finding.points.map { EvidenceWords.value($0, finding.unit) }.joined(separator: ", "))
    }

    /// The findings in points with their intervals against the margin; `nil` without any.
    private static func judgement(_ claim: ClaimRecord) -> Figure? {
        let shown = claim.findings.enumerated().filter {
            $0.element.unit == .points && $0.element.judgement.mean != nil
        }
        guard !shown.isEmpty else { return nil }
        var values: [Double] = [0]
        for (_, finding) in shown {
            values += finding.points
            if let interval = finding.judgement.interval { values += [interval.lower, interval.upper] }
            values += finding.expectation.boundaries
        }
        var frame = RowFrame(
            x: .linear("points of accuracy", covering: values) { value, decimals in
                (value > 1e-12 ? "+" : "") + NumberText.decimal(100 * value, max(0, decimals - 2))
            }, rows: shown.map { "\($0.offset + 1)" }, leftMargin: 34)
        var words: [String] = []
        for (row, entry) in shown.enumerated() {
            let finding = entry.element
            let series =
                [Judgement.Verdict.supported: 2, .notSupported: 0][finding.judgement.verdict] ?? 5
            for margin in finding.expectation.boundaries {
                let place = frame.xPlace(margin)
                frame.svg.line(
                    place, frame.rowPlace(row) - frame.rowHeight / 2, place, frame.rowPlace(row) + frame.rowHeight / 2,
                    "zero", title: "margin \(NumberText.points(margin))")
            }
            for point in finding.points {
                frame.svg.marker(
                    series, frame.xPlace(point), frame.rowPlace(row), radius: 2, title: NumberText.points(point))
            }
            let text =
                "\(entry.offset + 1), \(finding.text): \(NumberText.points(finding.judgement.mean ?? .nan)), interval "
                + "\(EvidenceWords.interval(finding)), \(EvidenceWords.verdict(finding.judgement.verdict))"
            frame.point(
                series, finding.judgement.mean ?? .nan, row: row,
                interval: finding.judgement.interval.map { ($0.lower, $0.upper) }, style: "interval s\(series)",
                title: text)
            words.append(text)
        }
        return Figure(
            svg: frame.svg.element(
                id: "\(claim.name)-findings", title: "Findings with their intervals",
                description: words.joined(separator: "; ") + "."),
            heading: "Findings against their margins",
            caption:
                "Numbers are those of the rows. Bars are the intervals that decide, small marks single seeds, "
                + "dotted lines the margins.")
    }
}
