// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusModel
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Balanced sampling") struct BalancedPositionsTests {
    /// 20 of the first class, 4 of the second, 1 of the third, none of the fourth.
    private func images() throws -> ImageSet {
        let labels = [UInt16](repeating: 0, count: 20) + [1, 1, 1, 1, 2]
        return try ImageSet(
            classes: ["a", "b", "c", "d"], shape: [1, 4, 4], labels: labels, pixels: randomBytes(25 * 16, seed: 1))
    }

    @Test("every class as often as any other, every epoch as long as the set") func counts() throws {
        let images = try images()
        var shown = Set<Int>()
        var totals = [0, 0, 0]
        for epoch in 0..<9 {
            let positions = images.balancedPositions(seed: 4, epoch: epoch)
            #expect(positions.count == 25 && Set(positions).count == 25)
            let counts = (0..<3).map { label in positions.count { Int(images.labels[$0 % 25]) == label } }
            #expect(counts.allSatisfy { $0 == 8 || $0 == 9 })
            for label in 0..<3 { totals[label] += counts[label] }
            // The only image of the third class, each time under a position of its own.
            #expect(positions.filter { $0 % 25 == 24 }.sorted() == (0..<counts[2]).map { 24 + 25 * $0 })
            // No image of the large class twice, all of the second class.
            #expect(positions.filter { $0 % 25 < 20 }.allSatisfy { $0 < 20 })
            #expect(Set(positions.filter { (20..<24).contains($0 % 25) }.map { $0 % 25 }).count == 4)
            shown.formUnion(positions.map { $0 % 25 })
        }
        #expect(totals == [75, 75, 75])
        #expect(shown.count == 25, "epochs show other images of a large class")
        #expect(images.balancedPositions(seed: 4, epoch: 0) != images.balancedPositions(seed: 5, epoch: 0))
        #expect(images.balancedPositions(seed: 4, epoch: 0) == images.balancedPositions(seed: 4, epoch: 0))
    }

    @Test("an image that is shown again in an epoch is changed anew") func repeats() throws {
        let images = try images()
        let augmenter = ImageAugmenter(Augmentation(.rotate(degrees: -90...90)), images: images, seed: 3)
        let first = try augmenter.augmented(24, epoch: 0)
        let second = try augmenter.augmented(24 + 25, epoch: 0)
        #expect(first.label == second.label && first.pixels != second.pixels)
        let plain = ImageAugmenter(.none, images: images, seed: 3)
        #expect(try plain.augmented(24 + 25, epoch: 0).pixels == images.pixels(at: 24))
    }
}
