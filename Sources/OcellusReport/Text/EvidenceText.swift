// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusMetrics

/// The result of `ocellus evidence` as it stands on standard output.
package enum EvidenceText {
    /// - Parameter report: Path of the page, as the reader can open it; `nil` when none was written.
    package static func rendered(
        _ record: EvidenceRecord, style: TerminalStyle, report: String? = nil
    ) -> String {
        var sections = [ComparisonText.list(EvidenceWords.facts(record).map { ($0.name, $0.text) }, style)]
        sections.append(
            title("Claims", style)
                + TextTable(
                    [
                        .init("claim", .left, shrinks: true), .init("name", .left), .init("verdict", .left),
                    ],
                    rows: record.claims.map {
                        [$0.title, $0.name, EvidenceWords.verdict($0.verdict)]
                    }
                ).rendered(style))
        sections += record.claims.map { claim($0, style) }
        sections.append(
            title("How verdicts come about", style)
                + (record.plan.notes + [EvidenceWords.intervalNote]).map {
                    wrapped(style.shown($0), to: style.columns) + "\n"
                }.joined())
        if let report { sections.append(ComparisonText.list([("Report", report)], style)) }
        return sections.joined(separator: "\n")
    }

    private static func claim(_ claim: ClaimRecord, _ style: TerminalStyle) -> String {
        let groups = EvidenceWords.groups(claim).map { group in
            style.dim(style.shown(group.title)) + "\n"
                + ComparisonText.list(group.findings.map { ("\($0.position + 1)", $0.finding.text) }, style)
                + table(group.findings).rendered(style)
        }
        return title("\(claim.title): \(EvidenceWords.verdict(claim.verdict))", style)
            + wrapped(style.shown(claim.statement), to: style.columns) + "\n"
            + wrapped(
                style.shown("\(EvidenceWords.decides(claim)) \(EvidenceWords.decisive(claim))."), to: style.columns)
            + "\n"
            + (EvidenceWords.look(claim).map { wrapped(style.shown($0), to: style.columns) + "\n" } ?? "")
            + groups.joined()
            + style.dim(
                claim.caveats.map { wrapped(style.shown("Caveat: \($0)"), to: style.columns) + "\n" }.joined())
    }

    private static func table(_ findings: [(position: Int, finding: Finding)]) -> TextTable {
        TextTable(
            [
                .init("", .left), .init("verdict", .left), .init("mean"), .init("claimed", .left),
            ] + EvidenceWords.intervalHeads.map { .init($0) } + [
                .init("seeds")
            ],
            rows: findings.map { position, finding in
                [
                    "\(position + 1)", finding.judgement.verdict.rawValue,
                    EvidenceWords.value(finding.judgement.mean, finding.unit), EvidenceWords.margin(finding),
                    EvidenceWords.intervalAlone(finding), EvidenceWords.interval(finding),
                    "\(finding.isExact ? "–" : NumberText.integer(finding.points.count))",
                ]
            })
    }

    private static func title(_ text: String, _ style: TerminalStyle) -> String { style.bold(style.shown(text)) + "\n" }
}
