// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusEvidence

@Suite("Maps of pixels") struct PixelMapTests {
    /// Two images of 2×3 gray pixels.
    private func images() throws -> ImageSet {
        try ImageSet(
            classes: ["a", "b"], shape: [1, 2, 3], labels: [0, 1], pixels: [10, 20, 30, 40, 50, 60, 1, 2, 3, 4, 5, 6])
    }

    private func applied(_ map: PixelMap, _ images: ImageSet) throws -> [[UInt8]] {
        let moved = try map.applied(to: images)
        #expect(moved.labels == images.labels && moved.classes == images.classes)
        return try (0..<moved.count).map(moved.pixels)
    }

    @Test("shifts by whole pixels, black or reflected") func shifts() throws {
        let images = try images()
        #expect(
            try applied(.shift(down: 0, right: 1), images)
                == [[0, 10, 20, 0, 40, 50], [0, 1, 2, 0, 4, 5]])
        #expect(try applied(.shift(down: -1, right: 0), images)[0] == [40, 50, 60, 0, 0, 0])
        #expect(try applied(.shift(down: 9, right: 0), images)[0] == [0, 0, 0, 0, 0, 0])
        // Reflected without repeating the edge.
        #expect(
            try applied(.shift(down: 0, right: 1, border: .reflect), images)[0]
                == [20, 10, 20, 50, 40, 50])
        #expect(
            try applied(.shift(down: 0, right: -2, border: .reflect), images)[0]
                == [30, 20, 10, 60, 50, 40])
    }

    @Test("half a pixel is the mean of neighbours") func halves() throws {
        #expect(try applied(.shift(down: 0, right: 0.5), images())[0] == [5, 15, 25, 20, 45, 55])
    }

    @Test("no turn, no scale and no shift leave every pixel") func identity() throws {
        let images = try images()
        let before = try (0..<2).map(images.pixels)
        #expect(try applied(.rotation(degrees: 0), images) == before)
        #expect(try applied(.scaling(factor: 1), images) == before)
        #expect(try applied(.shift(down: 0.0, right: 0.0), images) == before)
    }

    // 1 2 3      3 6 9
    // 4 5 6  →   2 5 8   a quarter counter-clockwise
    // 7 8 9      1 4 7
    @Test("quarter turns are exact") func quarters() throws {
        let image = try ImageSet(
            classes: ["a", "b"], shape: [1, 3, 3], labels: [0], pixels: [1, 2, 3, 4, 5, 6, 7, 8, 9])
        func turned(_ degrees: Double) throws -> [UInt8] {
            try applied(.rotation(degrees: degrees), image)[0]
        }
        #expect(try turned(90) == [3, 6, 9, 2, 5, 8, 1, 4, 7])
        #expect(try turned(180) == [9, 8, 7, 6, 5, 4, 3, 2, 1])
        #expect(try turned(-90) == [7, 4, 1, 8, 5, 2, 9, 6, 3])
        #expect(try turned(270) == turned(-90))
    }

    @Test("twice the size samples half as densely around the centre") func scaling() throws {
        let image = try ImageSet(classes: ["a", "b"], shape: [1, 1, 5], labels: [0], pixels: [0, 10, 20, 30, 40])
        #expect(try applied(.scaling(factor: 2), image)[0] == [10, 15, 20, 25, 30])
        // Half the size: the mean of places half a pixel to each side of every second one, black outside: 20 between 15
        // and 25, 27.5 between 35 and half of 40.
        let rows = try ImageSet(
            classes: ["a", "b"], shape: [1, 5, 5], labels: [0], pixels: (0..<25).map { UInt8($0 % 5 * 10) })
        let small = try applied(.scaling(factor: 0.5), rows)[0][10..<15].map(Int.init)
        #expect(small[0] == 0 && small[2] == 20 && small[4] == 0)
        #expect((2...3).contains(small[1]) && (27...28).contains(small[3]))
    }

    @Test("a permutation moves every pixel once, alike in images and channels") func permutation() throws {
        let count = 6 * 7
        let pixels = (0..<2).flatMap { _ in (0..<3).flatMap { channel in (0..<count).map { UInt8($0 + 50 * channel) } }
        }
        let images = try ImageSet(classes: ["a", "b"], shape: [3, 6, 7], labels: [0, 1], pixels: pixels)
        let moved = try applied(.permutation([3, 6, 7], seed: 1), images)
        #expect(moved[0] == moved[1])
        let plane = Array(moved[0][0..<count])
        #expect(plane.sorted() == (0..<count).map { UInt8($0) } && plane != plane.sorted())
        #expect(Array(moved[0][count..<2 * count]) == plane.map { $0 + 50 })
        #expect(try applied(.permutation([3, 6, 7], seed: 2), images)[0] != moved[0])
    }
}
