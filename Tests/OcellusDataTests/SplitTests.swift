// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusPixels
import OcellusTensor
import Testing

@Suite("Split") struct SplitTests {
    private static func labels(seed: UInt64) -> (labels: [UInt16], classes: [String]) {
        var random = CounterRandom(seed: seed, purpose: .test)
        let classes = 2 + random.nextIndex(below: 6)
        let labels = (0..<20 + random.nextIndex(below: 200)).map { _ in
            UInt16(min(random.nextIndex(below: classes), random.nextIndex(below: classes)))
        }
        return (labels, (0..<classes).map { "class \($0)" })
    }

    @Test("holds out the stated share of every class, every image once", arguments: 0..<30)
    func properties(seed: Int) throws {
        let (labels, classes) = Self.labels(seed: UInt64(seed))
        for fraction in [0.01, 0.1, 0.25, 0.5, 0.99] {
            let split = try Split.stratified(
                labels: labels, classes: classes, validationFraction: fraction, seed: UInt64(seed))
            #expect((split.train + split.validation).sorted() == Array(labels.indices))
            #expect(split.train == split.train.sorted() && split.validation == split.validation.sorted())
            for label in classes.indices {
                let total = labels.filter { Int($0) == label }.count
                let heldOut = split.validation.filter { Int(labels[$0]) == label }.count
                let wanted = total < 2 ? 0 : min(total - 1, max(1, Int((Double(total) * fraction).rounded())))
                #expect(heldOut == wanted, "seed \(seed), class \(label), \(total) images, fraction \(fraction)")
            }
        }
    }

    @Test("folds hold out every image once, and the same of every class", arguments: 0..<10)
    func folds(seed: Int) throws {
        let (labels, classes) = Self.labels(seed: UInt64(seed))
        for count in [2, 3, 5, 10] {
            let splits = try (0..<count).map { index in
                try Split.fold(
                    labels: labels, classes: classes, fold: #require(Fold(index, of: count)), seed: UInt64(seed))
            }
            #expect(splits.flatMap(\.validation).sorted() == Array(labels.indices))
            for split in splits { #expect((split.train + split.validation).sorted() == Array(labels.indices)) }
            let sizes = splits.map(\.validation.count)
            #expect((sizes.max() ?? 9) - (sizes.min() ?? 0) <= 1)
            for label in classes.indices {
                let held = splits.map { split in split.validation.count { Int(labels[$0]) == label } }
                #expect((held.max() ?? 9) - (held.min() ?? 0) <= 1, "class \(label): \(held)")
            }
        }
        let first = try #require(Fold(0, of: 2))
        let one = try Split.fold(labels: labels, classes: classes, fold: first, seed: 1)
        #expect(one.sha256 != (try Split.fold(labels: labels, classes: classes, fold: first, seed: 2).sha256))
        #expect(throws: DataError.self) {
            try Split.fold(labels: [0, 1], classes: classes, fold: #require(Fold(0, of: 3)), seed: 1)
        }
        #expect(Fold(0, of: 1) == nil && Fold(3, of: 3) == nil && Fold(-1, of: 3) == nil)
    }

    @Test("folds keep groups whole and the parts nearly equal", arguments: 0..<10) func groupedFolds(seed: Int) throws {
        let (labels, classes) = Self.labels(seed: UInt64(seed))
        var random = CounterRandom(seed: UInt64(seed), purpose: .test, epoch: 1)
        // Groups of about three.
        let groups = labels.map { _ in random.nextIndex(below: labels.count / 3 + 1) * 7 }
        for count in [2, 5] {
            let splits = try (0..<count).map { index in
                try Split.fold(
                    labels: labels, classes: classes, fold: #require(Fold(index, of: count)), seed: UInt64(seed),
                    groups: groups)
            }
            #expect(splits.flatMap(\.validation).sorted() == Array(labels.indices))
            for split in splits {
                #expect((split.train + split.validation).sorted() == Array(labels.indices))
                let inside = Set(split.validation.map { groups[$0] })
                #expect(inside.isDisjoint(with: split.train.map { groups[$0] }))
                // Within a group or two of the equal share.
                #expect(abs(split.validation.count - labels.count / count) <= max(8, labels.count / 5))
            }
        }
        // Everything in one group: nothing can be divided.
        let error = #expect(throws: DataError.self) {
            try Split.fold(
                labels: labels, classes: classes, fold: #require(Fold(1, of: 2)), seed: 1,
                groups: [Int](repeating: 4, count: labels.count))
        }
        #expect(error?.kind == .noImages && error?.received == "1")
    }

    @Test("the same seed gives the same split, another seed another") func seeds() throws {
        let (labels, classes) = Self.labels(seed: 3)
        func split(_ seed: UInt64) throws -> Split {
            try Split.stratified(labels: labels, classes: classes, validationFraction: 0.2, seed: seed)
        }
        #expect(try split(1) == split(1))
        #expect(try split(1).sha256 != split(2).sha256)
        #expect(try split(1).validation != split(2).validation)
    }

    @Test("what is held out of a class does not depend on the images of others") func independent() throws {
        let first = try Split.stratified(
            labels: Array(repeating: 0, count: 20), classes: ["a", "b"], validationFraction: 0.3, seed: 9)
        let second = try Split.stratified(
            labels: Array(repeating: 0, count: 20) + [1, 1, 1, 1], classes: ["a", "b"], validationFraction: 0.3, seed: 9
        )
        #expect(second.validation.filter { $0 < 20 } == first.validation)
        #expect(first.validation.count == 6)
    }

    // Computed by a Python program from the definitions of Philox, Fisher-Yates and Lemire. The split of a seed is part of what makes a run repeatable.
    @Test("the split of a seed never changes") func pinned() throws {
        let split = try Split.stratified(
            labels: [0, 1, 0, 1, 0, 1, 0, 1, 0, 1], classes: ["a", "b"], validationFraction: 0.4, seed: 42)
        #expect(split.validation == [0, 3, 8, 9])
    }

    @Test("a fraction, labels or counts that cannot be used are errors") func errors() {
        func error(_ labels: [UInt16], _ fraction: Double) -> DataError? {
            do {
                _ = try Split.stratified(labels: labels, classes: ["a", "b"], validationFraction: fraction, seed: 0)
                return nil
            } catch {
                return error
            }
        }
        for fraction in [0, 1, -0.5, 2, .nan, .infinity] {
            #expect(error([0, 0, 1, 1], fraction)?.kind == .outOfRange)
            #expect(error([0, 0, 1, 1], fraction)?.exitClass == .usage)
        }
        #expect(error([0, 2], 0.5)?.kind == .labelOutOfRange)
        #expect(error([0, 1], 0.5)?.kind == .noImages)
        #expect(error([], 0.5)?.kind == .noImages)
    }

    @Test("survives JSON, and tells when its indices were changed") func codable() throws {
        let split = try Split.stratified(
            labels: [0, 1, 0, 1, 0, 1], classes: ["a", "b"], validationFraction: 0.4, seed: 5)
        let text = try JSONEncoder().encode(split)
        #expect(try JSONDecoder().decode(Split.self, from: text) == split)
        var object = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        object["validation"] = [0]
        let changed = try JSONSerialization.data(withJSONObject: object)
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Split.self, from: changed) }
    }
}
