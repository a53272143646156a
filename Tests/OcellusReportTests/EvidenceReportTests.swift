// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusEvidence
import OcellusReport
import Testing

@Suite("The report of an evidence run") struct EvidenceReportTests {
    @Test("the page is whole, alone and accessible", arguments: [1, 3, 5]) func structure(seeds: Int) throws {
        let html = try ReportPage.html(for: try MadeUpEvidence.record(seeds: seeds))
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
        let text = PageStructure(try ReportPage.html(for: try MadeUpEvidence.record())).text
        for part in [
            "1 supported, 2 not supported", "counted <thing>", "44.0 times", "< 0.000001", "above 2.00 times",
            "within ±1.0", "+7.2", "CNN & co", "ocellus evidence --data 'a b'",
        ] { #expect(text.replacing("\u{A0}", with: " ").contains(part), "\(part)") }
        #expect(!text.contains("nan") && !text.contains("inf") && !text.contains("Optional"))
    }

    @Test("names from outside stay text") func hostile() throws {
        let html = try ReportPage.html(for: try MadeUpEvidence.record(name: "<script>alert(1)</script>\""))
        #expect(!html.contains("<script") && PageStructure(html).problem == nil)
    }

    @Test("what is not done yet is said") func incomplete() throws {
        let record = try MadeUpEvidence.record(isComplete: false)
        #expect(PageStructure(try ReportPage.html(for: record)).text.contains("7 of 40 planned cells are done"))
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
