// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusMetrics
import OcellusTensor
import OcellusTestSupport
import OcellusTraining
import Testing

@testable import OcellusEvidence

/// Cells of published runs with one value changed. A run reads them when it goes on, so each is refused with the name of the
/// value or can be computed with.
@Suite("Damaged cells") struct DamagedCellTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let evidence = "docs/results/cifar-10/cells/"
    static let cells = [
        "train-dense-permuted-seed-2", "shift-convolutional-none-seed-0", "warp-convolutional-rotated-seed-0",
    ]

    @Test("of an evidence run", arguments: cells) func evidence(name: String) throws {
        try check(Self.evidence + name + ".json", CellFile.self) { file in
            switch file.result {
            case .training(let result):
                #expect(result.testAccuracy <= 1 && result.trainAccuracy <= 1)
            case .shift(let result):
                _ = (result.along(result.accuracy), result.along(result.consistency), result.loss(at: 4))
            case .warp(let result):
                _ = (result.accuracy(factor: 1), result.accuracy(angles: 0...45))
            default: break
            }
        }
    }

    @Test("of a comparison") func comparison() throws {
        try check("Tests/Fixtures/a5205c5/compare/seed-0/0-network-1/cell.json", ComparisonCell.self) { cell in
            _ = (cell.run.confusion.balancedAccuracy, cell.run.confusion.imbalance)
            _ = cell.configuration.imagesSeen(in: cell.run.history.count, of: cell.trainCount)
            for prediction in cell.predictions { _ = cell.run.confusion.counts[prediction] }
        }
    }

    @Test("a count that contradicts another is named") func contradictions() throws {
        let text = try Self.text(Self.evidence + "shift-convolutional-none-seed-0.json")
        let cut = text.replacing(#""shifts":[-16,"#, with: #""shifts":["#)
        let shift = #expect(throws: ArchiveError.self) {
            try CanonicalJSON.decodeRecord(CellFile.self, from: cut, what: "shift.json")
        }
        #expect(shift?.summary == "result.accuracy in shift.json is out of range.")
        #expect(shift?.needs == "10 entries" && shift?.received == "11")
        #expect(shift?.exitClass == .data)

        let training = try Self.text(Self.evidence + "train-dense-permuted-seed-2.json")
        let many = training.replacing(#""testCorrect":4754"#, with: #""testCorrect":10001"#)
        let correct = #expect(throws: ArchiveError.self) {
            try CanonicalJSON.decodeRecord(CellFile.self, from: many, what: "train.json")
        }
        #expect(correct?.summary == "result.testCorrect in train.json is out of range.")
        #expect(correct?.needs == "0 to 10000" && correct?.received == "10001")
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
    }

    private func check<Cell: Decodable>(_ path: String, _ type: Cell.Type, _ use: (Cell) throws -> Void) throws {
        let text = try Self.text(path)
        try use(try CanonicalJSON.decodeRecord(type, from: text, what: path))
        let value = try JSONSerialization.jsonObject(with: Data(text.utf8))
        let (numbers, lists) = JSONPlace.all(in: value)
        var changes: [(words: String, key: String?, value: Any)] = []
        for place in numbers.prefix(150) where JSONPlace.name(place) != "seed" {
            let words = place.map(\.description).joined()
            let key = JSONPlace.name(place)
            changes.append((words + " 2^63-1", key, JSONPlace.changed(value, place[...]) { _ in Int.max }))
            changes.append((words + " 1e308", key, JSONPlace.changed(value, place[...]) { _ in 1e308 }))
            changes.append((words + " 2^53", nil, JSONPlace.changed(value, place[...]) { _ in 1 << 53 }))
            changes.append((words + " -1", nil, JSONPlace.changed(value, place[...]) { _ in -1 }))
        }
        for place in lists {
            let shorter = JSONPlace.changed(value, place[...]) { ($0 as? [Any]).map { Array($0.dropLast()) } ?? $0 }
            changes.append((place.map(\.description).joined() + " cut", nil, shorter))
        }
        for change in changes {
            let json = String(decoding: try JSONSerialization.data(withJSONObject: change.value), as: UTF8.self)
            do {
                try use(try CanonicalJSON.decodeRecord(type, from: json, what: "cell.json"))
                #expect(change.key == nil, "\(change.words) was accepted")
            } catch let error as any OcellusError {
                #expect([.data, .usage].contains(error.exitClass), "\(change.words): \(error.rendered)")
                if let key = change.key { #expect(error.summary.contains(key), "\(change.words): \(error.rendered)") }
            }
        }
    }
}
