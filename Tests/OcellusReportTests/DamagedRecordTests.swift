// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusEvidence
import OcellusReport
import OcellusTensor
import OcellusTestSupport
import Testing

/// Records with one value changed, as a slip of the hand or a hostile file may have it: each is refused with the name of
/// the value or becomes a text and a page.
@Suite("Damaged records") struct DamagedRecordTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    private static func file(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
    }

    @Test("of a comparison, a real one") func comparison() throws {
        try check(try Self.file("Tests/Fixtures/a5205c5/compare-record.json"), ComparisonRecord.self, 250) {
            _ = ComparisonText.rendered($0, style: TerminalStyle(columns: 80))
            _ = ReportPage.html(for: $0)
        }
    }

    @Test("of a comparison with pictures") func pictures() throws {
        let record = try MadeUpRecord(classes: ["cat", "dog"], seeds: [0, 1]).made()
        try check(try CanonicalJSON.encode(record), ComparisonRecord.self, 250) {
            _ = ComparisonText.rendered($0, style: TerminalStyle(columns: 80))
            _ = ReportPage.html(for: $0)
        }
    }

    @Test("of an evidence run, a real one") func evidence() throws {
        try check(try Self.file("docs/results/cifar-10/record.json"), EvidenceRecord.self, 100) {
            _ = EvidenceText.rendered($0, style: TerminalStyle(columns: 80))
            _ = ReportPage.html(for: $0)
        }
    }

    private func check<Record: Decodable>(
        _ text: String, _ type: Record.Type, _ tries: Int, _ render: (Record) throws -> Void
    ) throws {
        try render(try CanonicalJSON.decodeRecord(type, from: text, what: "record.json"))
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let (numbers, lists) = JSONPlace.all(in: value)
        var random = CounterRandom(seed: 1, purpose: .test)
        let replacements: [(name: String, value: Any)] = [
            ("2^63-1", Int.max), ("-2^63", Int.min), ("1e308", 1e308), ("2^53", 1 << 53), ("-1", -1), ("0", 0),
        ]
        for _ in 0..<tries {
            let (path, name, changed): ([JSONPlace.Step], String, Any)
            if random.nextIndex(below: 4) == 0 {
                path = lists[random.nextIndex(below: lists.count)]
                name = "without its last entry"
                changed = JSONPlace.changed(value, path[...]) { ($0 as? [Any]).map { Array($0.dropLast()) } ?? $0 }
            } else {
                let replacement = replacements[random.nextIndex(below: replacements.count)]
                path = numbers[random.nextIndex(below: numbers.count)]
                name = replacement.name
                changed = JSONPlace.changed(value, path[...]) { _ in replacement.value }
            }
            let words = path.map(\.description).joined() + " " + name
            let json = String(decoding: try JSONSerialization.data(withJSONObject: changed), as: UTF8.self)
            do {
                try render(try CanonicalJSON.decodeRecord(type, from: json, what: "record.json"))
                let isExempt = words.contains(".seed")
                #expect(isExempt || !["2^63-1", "-2^63", "1e308"].contains(name), "\(words) was accepted")
            } catch let error as any OcellusError {
                #expect([.data, .usage].contains(error.exitClass), "\(words): \(error.rendered)")
                if ["2^63-1", "-2^63", "1e308"].contains(name), !words.contains(".seed") {
                    #expect(error.summary.contains(JSONPlace.name(path)), "\(words): \(error.rendered)")
                    #expect(error.exitClass == .data)
                }
            }
        }
    }
}
