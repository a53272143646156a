// SPDX-License-Identifier: Apache-2.0

public import OcellusEvidence

extension ReportPage {
    /// The page of an evidence record; nothing is computed that the record does not hold.
    public static func html(for record: EvidenceRecord) -> String { EvidenceView(record).html }
}

extension EvidenceView {
    /// The whole file.
    fileprivate var html: String {
        Page(kicker: "Ocellus evidence", title: title, facts: facts, style: evidenceStyle).html {
            summarySection
            for claim in claims { claimSection(claim) }
            section(.id("method")) {
                h2 { "How verdicts come about" }
                sentences(notes)
                h4 { "Networks" }
                list(networks, style: "pairs long")
            }
            section(.id("environment")) {
                h2 { "Repeat it" }
                commandLine(command)
                origin(dataFacts, environmentFacts, notes: dataNotes)
            }
        } footer: {
            p { "Seeds share one test set: the intervals speak of training again, on these test images." }
            writtenBy(version, from: "run", created: created)
        }
    }

    private var summarySection: Markup {
        section(.id("summary"), .class("verdict")) {
            p(.class("kicker")) { "Claims" }
            p(.class("word long")) { count }
            if let progress { note(progress) }
            div(.class("scroll")) { claimTable }
        }
    }

    private var claimTable: Markup {
        table(.class("claims")) {
            thead {
                tr {
                    th(.column) { "claim" }
                    th(.class("left"), .column) { "verdict" }
                    th(.class("left"), .column) { "decided by" }
                }
            }
            tbody {
                for claim in claims {
                    tr {
                        th(.row) { a(.link(to: claim.anchor)) { claim.title } }
                        td { badge(claim.kind, claim.verdict) }
                        td { claim.brief }
                    }
                }
            }
        }
    }

    private func badge(_ kind: String, _ verdict: String) -> Markup { span(.class("badge \(kind)")) { verdict } }

    private func claimSection(_ claim: ClaimView) -> Markup {
        section(.id(claim.anchor)) {
            h2 {
                claim.title
                " "
                badge(claim.kind, claim.verdict)
            }
            p(.class("statement")) { claim.statement }
            note(claim.method)
            claim.look.map { note($0) }
            for group in claim.findings {
                h4 { group.title }
                div(.class("scroll")) { findingTable(group.rows) }
            }
            figures((claim.judgement.map { [$0] } ?? []) + claim.figures)
            for table in claim.tables {
                h3 { table.caption }
                numberTable([""] + table.columns, table.rows)
                if let words = table.note { note(words) }
            }
            claim.filterSheet.map(PicturesView.drawn)
            claim.mapSheet.map(PicturesView.drawn)
            h4 { "Caveats and source" }
            sentences(claim.caveats)
            note(claim.source)
            note("Repeat it: \(claim.repetition)")
        }
    }

    private func findingTable(_ rows: [FindingRow]) -> Markup {
        table(.class("findings")) {
            thead {
                tr {
                    for head in ["measured", "mean"] + intervalHeads + ["claimed", "seeds"] { th(.column) { head } }
                    th(.class("left"), .column) { "verdict" }
                }
            }
            tbody {
                for finding in rows {
                    tr(.title(finding.hover)) {
                        td(.class("text")) { finding.finding }
                        for value in finding.values { td { value } }
                        td(.class("left")) { badge(finding.kind, finding.verdict) }
                    }
                }
            }
        }
    }
}

/// What the evidence page needs beyond the common style.
private let evidenceStyle: StaticString = """

    .verdict .word.long { font-size: 28px; }
    table.claims td, table.claims th { white-space: normal; vertical-align: top; }
    table.claims td { text-align: left; }
    table.findings td.text, table.findings th { white-space: normal; }
    table.findings td.text { text-align: left; min-width: 15em; }
    .badge { display: inline-block; white-space: nowrap; font-size: 13px; font-weight: 620; padding: 1px 9px; border-radius: 999px; border: 1.5px solid var(--c); color: var(--c); }
    .badge.yes { --c: var(--c2); } .badge.no { --c: var(--c0); } .badge.open { --c: var(--c5); border-style: dashed; }
    .plot text.cell { font-size: 11px; fill: var(--ink); }
    h2 .badge { font-size: 14px; vertical-align: 3px; margin-left: 8px; }
    section > * + h3 { margin-top: 26px; }
    p.statement { font-size: 18px; max-width: 66ch; }
    """
