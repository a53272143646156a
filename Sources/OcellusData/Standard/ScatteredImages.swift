// SPDX-License-Identifier: Apache-2.0

import OcellusPixels
import OcellusTensor

/// Gray images placed anywhere on a larger picture, over a faint texture: what is to be told apart stays the same, where it
/// is does not.
///
/// Each training image is placed at ``copies`` places, which are one group, so that no split divides them; each test image
/// at one. The brighter of image and texture is seen. Places and texture are drawn from fixed numbers: the same settings
/// give the same images everywhere.
package struct ScatteredImages: Hashable, Sendable {
    /// Height and width of the pictures.
    let side: Int
    /// Pictures made of each training image.
    let copies: Int
    /// The texture's brightest possible level, of 255; 0 for black.
    let texture: Int
    /// As the set was asked for.
    private let name: String

    private static let sides = 29...256
    private static let mostCopies = 20
    private static let brightestTexture = 255
    private static let settings = ["side", "copies", "texture"]

    /// - Parameters:
    ///   - settings: `side=48,copies=3,texture=32`; what is not named has the values of this example, as `nil` has.
    ///   - name: The whole name, for messages and as the set's.
    /// - Throws: ``DataError/Code/outOfRange``.
    init(settings: String?, name: String) throws(DataError) {
        var values = ["side": 48, "copies": 3, "texture": 32]
        for setting in settings?.split(separator: ",", omittingEmptySubsequences: false) ?? [] {
            let words = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard words.count == 2, values[words[0]] != nil, let value = Int(words[1]) else {
                throw DataError(
                    .outOfRange, "\(name) has a setting that scattered images do not have.",
                    needs: "\(Self.settings.joined(separator: "=…, "))=…", received: String(setting),
                    advice: "scattered:side=64,copies=1")
            }
            values[words[0]] = value
        }
        func value(_ setting: String, in range: ClosedRange<Int>) throws(DataError) -> Int {
            let value = values[setting] ?? range.lowerBound
            guard range.contains(value) else {
                throw DataError(
                    .outOfRange, "\(name): \(setting) is out of range.",
                    needs: "\(range.lowerBound) to \(range.upperBound)", received: "\(value)")
            }
            return value
        }
        side = try value("side", in: Self.sides)
        copies = try value("copies", in: 1...Self.mostCopies)
        texture = try value("texture", in: 0...Self.brightestTexture)
        self.name = name.map { ":=,".contains($0) ? "-" : String($0) }.joined()
    }

    /// - Parameter images: Gray images, smaller than ``side``.
    func dataset(of images: ImageDataset) throws(DataError) -> ImageDataset {
        try ImageDataset(
            name: name, train: scattered(images.train, copies: copies, part: 0),
            test: scattered(images.test, copies: 1, part: 1))
    }

    private func scattered(_ images: ImageSet, copies: Int, part: Int) throws(DataError) -> ImageSet {
        let area = side * side
        var pixels = [UInt8](repeating: 0, count: images.count * copies * area)
        for copy in 0..<copies {
            for index in 0..<images.count {
                let number = copy * images.count + index
                var random = CounterRandom(seed: 0, purpose: .scattering, epoch: part, sample: number)
                var picture = background(&random)
                let top = random.nextIndex(below: side - images.shape[1] + 1)
                let left = random.nextIndex(below: side - images.shape[2] + 1)
                try images.withPixels(at: index) { pixels in
                    for y in 0..<images.shape[1] {
                        for x in 0..<images.shape[2] {
                            let place = (top + y) * side + left + x
                            picture[place] = max(picture[place], pixels[y * images.shape[2] + x])
                        }
                    }
                }
                pixels.replaceSubrange(number * area..<(number + 1) * area, with: picture)
            }
        }
        return try ImageSet(
            classes: images.classes, shape: [1, side, side],
            labels: (0..<copies).flatMap { _ in images.labels }, pixels: pixels,
            groups: copies == 1 ? nil : (0..<copies).flatMap { _ in 0..<images.count })
    }

    /// A texture without a direction: independent levels, each pixel the mean of its 3×3 neighbours, wrapped at the edges.
    private func background(_ random: inout CounterRandom) -> [UInt8] {
        guard texture > 0 else { return [UInt8](repeating: 0, count: side * side) }
        let noise = (0..<side * side).map { _ in random.nextIndex(below: texture + 1) }
        return (0..<side * side).map { place in
            let (y, x) = (place / side, place % side)
            var sum = 0
            for dy in [side - 1, 0, 1] {
                for dx in [side - 1, 0, 1] { sum += noise[(y + dy) % side * side + (x + dx) % side] }
            }
            return UInt8(sum / 9)
        }
    }
}
