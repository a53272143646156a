// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusData
import OcellusTensor
import OcellusTraining
import Testing

@Suite("Held-out photos and the head that they choose") struct HeldOutPhotosTests {
    /// Images of one pixel in two classes; equal values are copies.
    private static func images(_ values: [UInt8], labels: [UInt16], groups: [Int]? = nil) throws -> ImageSet {
        try ImageSet(classes: ["a", "b"], shape: [1, 1, 1], labels: labels, pixels: values, groups: groups)
    }

    private static func alternating(_ count: Int) -> [UInt16] { (0..<count).map { UInt16($0 % 2) } }

    @Test("hold out each photo once, every class on both sides") func once() throws {
        let images = try Self.images((0..<23).map { UInt8($0) }, labels: Self.alternating(23))
        let heldOut = try HeldOutPhotos(images, validation: nil, folds: 5, seed: 3)
        #expect(heldOut.description == "5 folds" && heldOut.notes.isEmpty)
        #expect(heldOut.splits.flatMap(\.heldOut).sorted() == Array(0..<23))
        for split in heldOut.splits {
            #expect((split.train + split.heldOut).sorted() == Array(0..<23))
            for side in [split.train, split.heldOut] { #expect(Set(side.map { $0 % 2 }).count == 2) }
        }
    }

    @Test("copies and groups stay together") func together() throws {
        // 0 and 6 are copies; 1 and 3 are one group.
        let values: [UInt8] = [9, 1, 2, 3, 4, 5, 9, 7, 8, 10]
        let groups = [0, 50, 2, 50, 4, 5, 6, 7, 8, 9]
        let images = try Self.images(values, labels: Self.alternating(10), groups: groups)
        let heldOut = try HeldOutPhotos(images, validation: nil, folds: 3, seed: 0)
        for split in heldOut.splits {
            for pair in [(0, 6), (1, 3)] {
                #expect(split.heldOut.contains(pair.0) == split.heldOut.contains(pair.1))
            }
        }
        #expect(heldOut.notes == ["photos of one group, and copies of one photo, share a fold"])
    }

    @Test("few photos make fewer folds; one of a class is an error") func few() throws {
        let images = try Self.images([0, 1, 2, 3, 4, 5], labels: [0, 1, 0, 1, 0, 0])
        let heldOut = try HeldOutPhotos(images, validation: nil, folds: 5, seed: 0)
        #expect(heldOut.splits.count == 2)
        #expect(heldOut.notes == ["2 folds instead of 5: the smallest class has 2 different photos"])
        let single = try Self.images([0, 1, 2], labels: [0, 0, 1])
        let error = #expect(throws: TrainingError.self) {
            try HeldOutPhotos(single, validation: nil, folds: 5, seed: 0)
        }
        #expect(error?.kind == .noImages && error?.received == "\"b\" has 1")
        let copies = try Self.images([0, 1, 7, 7], labels: [0, 0, 1, 1])
        let twins = #expect(throws: TrainingError.self) {
            try HeldOutPhotos(copies, validation: nil, folds: 5, seed: 0)
        }
        #expect(twins?.summary.contains("\"b\"") == true)
    }

    @Test("validation photos of the data's own are the ones held out") func own() throws {
        let train = try Self.images([0, 1, 2, 3], labels: Self.alternating(4))
        let validation = try Self.images([8, 9], labels: [0, 1])
        let heldOut = try HeldOutPhotos(train, validation: validation, folds: 5, seed: 0)
        #expect(heldOut.description == "the 2 validation photos")
        #expect(heldOut.splits.count == 1)
        #expect(heldOut.splits[0].train == [0, 1, 2, 3] && heldOut.splits[0].heldOut == [4, 5])
    }

    // One feature tells the classes apart, three are noise; the third class is rare.
    @Test("the best strength has the least loss, and rare classes count as much") func head() async throws {
        var random = CounterRandom(seed: 5, purpose: .test)
        let labels = (0..<60).map { $0 % 10 == 9 ? 2 : $0 % 2 }
        var scalars: [Float] = []
        for label in labels {
            scalars.append(Float(label) + Float(random.nextIndex(below: 100)) / 400)
            for _ in 0..<3 { scalars.append(Float(random.nextIndex(below: 100)) / 100) }
        }
        let images = try ImageSet(
            classes: ["a", "b", "c"], shape: [1, 1, 1], labels: labels.map(UInt16.init),
            pixels: (0..<60).map { UInt8($0) })
        let heldOut = try HeldOutPhotos(images, validation: nil, folds: 3, seed: 0)
        let trainer = HeadTrainer(
            features: FeatureMatrix(scalars, width: 4), labels: labels, rows: (0..<60).map { [Int32($0)] }, classes: 3,
            trainCount: 60, balance: .automatic)
        let result = try await trainer.train(strengths: [10, 1, 0.1, 0.01], heldOut: heldOut)
        #expect(result.trials.map(\.loss).min() == result.trials.first { $0.strength == result.strength }?.loss)
        #expect(result.trials.allSatisfy { $0.count == 60 })
        #expect(result.heldOut.count == 60 && result.logits.shape == [60, 3])
        // 30, 24 and 6 photos: 20 divided by each.
        let weights = try #require(result.classWeights)
        #expect(abs(weights[2] - 20.0 / 6) < 1e-12 && abs(weights[0] - 20.0 / Double(labels.count { $0 == 0 })) < 1e-12)
        #expect(result.trials.contains { $0.correct >= 57 })
    }
}
