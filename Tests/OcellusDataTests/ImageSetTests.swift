// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusPixels
import OcellusTensor
import Testing

@Suite("ImageSet") struct ImageSetTests {
    /// Three images of 2 channels would be refused; these have 3 channels, 1×2 pixels.
    private let pixels: [UInt8] = [0, 255, 51, 102, 0, 0, 255, 255, 153, 204, 0, 0, 10, 20, 30, 40, 0, 0]

    private func set() throws -> ImageSet {
        try ImageSet(classes: ["a", "b"], shape: [3, 1, 2], labels: [0, 1, 1], pixels: pixels)
    }

    @Test("scales by (pixel / 255 − mean) / deviation, channel by channel") func scales() throws {
        var buffer = [Float](repeating: -1, count: 12)
        try buffer.withUnsafeMutableBufferPointer {
            try set().copyScaled([1, 0], mean: [0, 0.2, 0.5], standardDeviation: [1, 0.5, 2], into: $0)
        }
        let expected: [Float] = [1, 1, 0.8, 1.2, -0.25, -0.25, 0, 1, 0, 0.4, -0.25, -0.25]
        for (value, wanted) in zip(buffer, expected) { #expect(abs(value - wanted) <= 1e-6) }
        // Pixels divided by 255 are exact where the quotient is: 51 / 255 = 0.2 as a Float.
        try buffer.withUnsafeMutableBufferPointer {
            try set().copyScaled([0, 0], mean: [0, 0, 0], standardDeviation: [1, 1, 1], into: $0)
        }
        #expect(buffer[2] == 0.2 && buffer[1] == 1 && buffer[6..<12].elementsEqual(buffer[0..<6]))
    }

    @Test("many pixels are divided among a team, few are not; both give the same numbers") func team() throws {
        let (count, size) = (23, 3 * 32 * 32)
        let bytes = (0..<count * size).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 / 7) }
        let set = try ImageSet(
            classes: ["a"], shape: [3, 32, 32], labels: Array(repeating: 0, count: count), pixels: bytes)
        let scaling = PixelScaling(mean: [0.1, 0.2, 0.5], standardDeviation: [1, 0.5, 2])
        for images in [21, 22] {
            var (alone, divided) = ([Float](repeating: -1, count: images * size), [Float]())
            divided = alone
            try alone.withUnsafeMutableBufferPointer { try set.copyScaled(1..<1 + images, by: scaling, into: $0) }
            var runs = 0
            try divided.withUnsafeMutableBufferPointer {
                try set.copyScaled(1..<1 + images, by: scaling, into: $0) { body in
                    for thread in 0..<3 { body(thread, 3) }
                    runs += 1
                }
            }
            #expect(divided == alone && runs == (images * size < 1 << 16 ? 0 : 1))
        }
    }

    @Test("a subset keeps order, repeats and labels, and shares pixels") func subset() throws {
        let part = try set().subset([2, 0, 2])
        #expect(part.count == 3)
        #expect(part.labels == [1, 0, 1])
        #expect(try part.pixels(at: 0) == Array(pixels[12...]) && part.pixels(at: 1) == Array(pixels[..<6]))
        let again = part.subset([1])
        #expect(try again.pixels(at: 0) == Array(pixels[..<6]) && again.labels == [0])
        #expect(part.classCounts == [1, 2])
    }

    @Test("the digest depends on pixels, labels, order, shape and class names, not on how the set was made")
    func digest() throws {
        let set = try set()
        let others = [
            set.subset([0, 2, 1]), set.subset([0, 1]),
            try ImageSet(classes: ["a", "c"], shape: [3, 1, 2], labels: [0, 1, 1], pixels: pixels),
            try ImageSet(classes: ["a", "b"], shape: [3, 2, 1], labels: [0, 1, 1], pixels: pixels),
            try ImageSet(classes: ["a", "b"], shape: [3, 1, 2], labels: [1, 1, 1], pixels: pixels),
            try ImageSet(
                classes: ["a", "b"], shape: [3, 1, 2], labels: [0, 1, 1], pixels: [1] + pixels.dropFirst()),
        ]
        #expect(try Set(others.map { try $0.sha256 } + [set.sha256]).count == others.count + 1)
        #expect(try set.subset([0, 1, 2]).sha256 == set.sha256)
        #expect(try set.subset([1, 2, 0]).subset([2, 0, 1]).sha256 == set.sha256)
        #expect(try set.sha256.count == 64)
    }

    @Test("mean and deviation are those of the definition; a constant channel has deviation 1") func statistics() throws
    {
        let (mean, deviation) = try set().channelStatistics()
        // Channel 0 holds 0, 255, 255, 255, 10, 20.
        let values = [0, 255, 255, 255, 10, 20].map { Double($0) / 255 }
        let average = values.reduce(0, +) / 6
        let variance = values.map { ($0 - average) * ($0 - average) }.reduce(0, +) / 6
        #expect(abs(mean[0] - Float(average)) < 1e-6)
        #expect(abs(deviation[0] - Float(variance.squareRoot())) < 1e-6)
        #expect(mean[2] == 0 && deviation[2] == 1)
        let empty = try set().subset([]).channelStatistics()
        #expect(empty.mean == [0, 0, 0] && empty.standardDeviation == [1, 1, 1])
    }

    @Test("refuses parts that do not belong together") func refuses() {
        func code(_ classes: [String], _ shape: Shape, _ labels: [UInt16], _ pixels: [UInt8]) -> DataError.Code? {
            do {
                _ = try ImageSet(classes: classes, shape: shape, labels: labels, pixels: pixels)
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(code(["a"], [1, 1, 1], [0], [5]) == nil)
        #expect(code(["a"], [1, 1, 1], [0], [5, 6]) == .doNotMatch)
        #expect(code(["a"], [2, 1, 1], [0], [5, 6]) == .doNotMatch)
        #expect(code(["a"], [1, 1], [0], [5]) == .doNotMatch)
        #expect(code(["a"], [1, .max, .max], [0], [5]) == .doNotMatch)
        #expect(code(["a"], [1, 1, 1], [1], [5]) == .labelOutOfRange)
        #expect(code(["a", "a"], [1, 1, 1], [1], [5]) == .classNames)
        #expect(code(["a", ""], [1, 1, 1], [1], [5]) == .classNames)
        #expect(code([], [1, 1, 1], [], []) == .classNames)
    }

    @Test("sets joined keep the groups of those that have some; every other image is a group of its own")
    func joinedGroups() throws {
        func set(_ groups: [Int]?) throws -> ImageSet {
            try ImageSet(classes: ["a", "b"], shape: [1, 1, 1], labels: [0, 1], pixels: [1, 2], groups: groups)
        }
        #expect(try ImageSet.joined([set(nil), set([4, 4]), set(nil)]).groups == [5, 6, 4, 4, 7, 8])
        #expect(try ImageSet.joined([set([1, 0]), set([0, 2])]).groups == [1, 0, 0, 2])
        #expect(try ImageSet.joined([set(nil), set(nil)]).groups == nil)
    }

    @Test("a data set refuses splits of another kind, empty splits and a single class") func dataset() throws {
        let set = try set()
        let other = try ImageSet(classes: ["a", "c"], shape: [3, 1, 2], labels: [0, 1, 1], pixels: pixels)
        let one = try ImageSet(classes: ["a"], shape: [1, 1, 1], labels: [0], pixels: [5])
        #expect(try ImageDataset(name: "x", train: set, validation: set, test: set).classes == ["a", "b"])
        let error = #expect(throws: DataError.self) { try ImageDataset(name: "x", train: set, test: other) }
        #expect(error?.kind == .doNotMatch)
        #expect(error?.rendered.contains("the test images do not fit the training images") == true)
        #expect(throws: DataError(.noImages, "x has no test images.", needs: "at least one image")) {
            try ImageDataset(name: "x", train: set, test: set.subset([]))
        }
        let single = #expect(throws: DataError.self) { try ImageDataset(name: "x", train: one, test: one) }
        #expect(single?.kind == .tooFewClasses)
    }
}
