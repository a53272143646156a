// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusEvidence
import OcellusMetrics
import OcellusReport
import Testing

@Suite("The report of an evidence run") struct EvidenceReportTests {
    @Test("the page is whole, alone and accessible", arguments: [1, 3, 5]) func structure(seeds: Int) throws {
        let html = ReportPage.html(for: try MadeUpEvidence.record(seeds: seeds))
        let page = PageStructure(html)
        try #require(page.problem == nil, "\(page.problem ?? "")")
        #expect(page.count("script") == 0 && page.count("link") == 0 && page.count("iframe") == 0)
        #expect(!html.contains("url(") && !html.contains("@import") && !html.contains("http"))
        let ids = page.attributes("id")
        #expect(Set(ids).count == ids.count)
        for target in page.attributes("href") { #expect(ids.contains(String(target.dropFirst())), "\(target)") }
        for labels in page.attributes("aria-labelledby") {
            #expect(labels.split(separator: " ").allSatisfy { ids.contains(String($0)) })
        }
        // Findings, curves and a map for each network; findings; one curve.
        #expect(page.elements.count { $0.name == "svg" } == 6)
        for id in ["summary", "permutation", "pooling", "computation", "method", "environment"] {
            #expect(ids.contains(id), "\(id)")
        }
    }

    @Test("the page shows verdicts, numbers and nothing undefined") func content() throws {
        let text = PageStructure(ReportPage.html(for: try MadeUpEvidence.record())).text
        for part in [
            "1 supported, 2 not supported", "counted <thing>", "44.0 times", "< 0.000001", "above 2.00 times",
            "within ±1.0", "+7.2", "CNN & co", "ocellus evidence --data 'a b'",
        ] { #expect(text.replacing("\u{A0}", with: " ").contains(part), "\(part)") }
        #expect(!text.contains("nan") && !text.contains("inf") && !text.contains("Optional"))
    }

    @Test("the row of the summary is the finding that decided") func decisive() throws {
        let record = try MadeUpEvidence.record()
        // Of three counted things the first holds, and one below decides against the claim.
        let computation = try #require(record.claims.last)
        #expect(computation.verdict == .notSupported && computation.findings[0].judgement.verdict == .supported)
        #expect(computation.decisive?.points == [0.2])
        // Where all must hold, the least certain one.
        var permutation = record.claims[0]
        permutation.findings = [permutation.findings[0], permutation.findings[0], permutation.findings[0]]
        permutation.findings[1].judgement.pValue = 0.04
        permutation.findings[2].isExact = true
        permutation.findings[2].judgement.pValue = 0.9
        #expect(permutation.verdict == .supported && permutation.decisive?.judgement.pValue == 0.04)
        for text in [
            PageStructure(ReportPage.html(for: record)).text.replacing("\u{A0}", with: " "),
            EvidenceText.rendered(record, style: TerminalStyle(columns: 250)),
        ] {
            #expect(text.contains("counted <thing>: 0.200, claimed below 0.00100"))
            #expect(!text.contains("counted <thing>: 44.0 times, claimed"))
            #expect(text.contains("measured thing 0: +7.2 ("))
        }
    }

    @Test("an interval says its level, and the usual one stands beside it") func levels() throws {
        let record = try MadeUpEvidence.record()
        let judgement = record.claims[0].findings[0].judgement
        #expect(judgement.interval?.level != 0.95 && judgement.intervalAlone?.level == 0.95)
        let text = EvidenceText.rendered(record, style: TerminalStyle(columns: 250))
        #expect(text.contains("95 %, alone  interval (level)") && text.contains("(98.33 %)"))
        #expect(text.contains("Caveat: A caveat."))
    }

    @Test("what was never measured is not reached, not undecided") func notReached() throws {
        var record = try MadeUpEvidence.record()
        for index in record.claims[0].findings.indices {
            record.claims[0].findings[index].points = []
            record.claims[0].findings[index].judgement = Judgement(
                mean: nil, interval: nil, pValue: 1, verdict: .notReached)
        }
        record.claims[0].findings[1].isExact = true
        record.claims[0].verdict = .notReached
        let text = EvidenceText.rendered(record, style: TerminalStyle(columns: 250))
        #expect(text.contains("not reached at this budget") && text.contains("measured thing 0: not measured"))
        #expect(
            PageStructure(ReportPage.html(for: record)).text.contains(
                "2 not supported, 1 not reached at this budget"))
        // A count that was not made is not exact.
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("2  not reached") }
        #expect(rows.count == 1 && !rows[0].contains("exact"))
    }

    @Test("names from outside stay text") func hostile() throws {
        let html = ReportPage.html(for: try MadeUpEvidence.record(name: "<script>alert(1)</script>\""))
        #expect(!html.contains("<script") && PageStructure(html).problem == nil)
    }

    @Test("what is not done yet is said") func incomplete() throws {
        let record = try MadeUpEvidence.record(isComplete: false)
        #expect(PageStructure(ReportPage.html(for: record)).text.contains("7 of 40 planned cells are done"))
        #expect(EvidenceText.rendered(record, style: TerminalStyle()).contains("7 of 40 cells done"))
    }

    @Test("the text has every claim with its findings, within the terminal") func text() throws {
        let text = EvidenceText.rendered(
            try MadeUpEvidence.record(), style: TerminalStyle(columns: 100), report: "runs/x/report.html")
        for part in ["Title of permutation: supported", "measured thing 0", "+7.2", "exact", "runs/x/report.html"] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(text.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= 100 })
        let ascii = EvidenceText.rendered(try MadeUpEvidence.record(), style: TerminalStyle(unicode: false))
        #expect(ascii.utf8.allSatisfy { $0 < 128 } && !ascii.contains("?"))
    }

    @Test("a record survives its file") func coding() throws {
        let record = try MadeUpEvidence.record()
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let data = try encoder.encode(record)
        #expect(try encoder.encode(JSONDecoder().decode(EvidenceRecord.self, from: data)) == data)
    }
}
