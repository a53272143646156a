// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusGraph
package import OcellusModel
import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// What a network really sees: training images as they are and as epochs show them, exactly the bytes of a training with
/// the same settings, before mean and deviation.
package struct DataPreview: Sendable {
    /// One image and what epochs make of it.
    package struct Row: Sendable {
        /// Its position in the training set.
        package var position: Int
        package var label: String
        /// Without augmentation.
        package var original: Tile
        /// One for each epoch.
        package var epochs: [Tile]
    }

    /// A picture and what the loss is told that it is.
    package struct Tile: Sendable {
        /// PNG.
        package var png: Data
        /// For example `cat`, or `cat 70 %, dog 30 %`.
        package var label: String
        fileprivate var image: DecodedImage
    }

    package var dataName: String
    /// Images that train, those for validation left out.
    package var trainCount: Int
    package var channels: Int
    package var fitting: ImageFitting
    package var augmentation: Augmentation
    package var seed: UInt64
    package var notes: [String]
    package var rows: [Row]

    package var width: Int { fitting.size.width }
    package var height: Int { fitting.size.height }

    /// - Parameters:
    ///   - count: Images, taken from the classes in turn.
    ///   - epochs: The first ones, at least one.
    package init(
        _ images: ImageDataset, parts: TrainingParts, augmentation: Augmentation, seed: UInt64, count: Int, epochs: Int
    ) throws {
        dataName = images.name
        let train = parts.train
        trainCount = train.count
        channels = train.shape[0]
        fitting = images.fitting
        self.augmentation = augmentation
        self.seed = seed
        notes = images.notes
        let augmenter = ImageAugmenter(augmentation, images: train, seed: seed)
        rows = []
        for position in Self.positions(of: train, count: count) {
            func tile(_ pixels: [UInt8], _ label: MixedLabel) throws -> Tile {
                let image = DecodedImage(width: width, height: height, channels: channels, planar: pixels)
                return Tile(png: try ImageEncoder.png(image), label: Self.text(label, train.classes), image: image)
            }
            let label = MixedLabel(train.labels[position])
            let shown = try (0..<epochs).map { epoch in
                let (pixels, label) = try augmenter.augmented(position, epoch: epoch)
                return try tile(pixels, label)
            }
            rows.append(
                Row(
                    position: position, label: train.classes[Int(label.label)],
                    original: try tile(train.pixels(at: position), label), epochs: shown))
        }
    }

    /// All tiles on one picture: a row for each image, the unchanged one first.
    package func sheet() throws -> Data {
        let gap = 2
        let columns = 1 + (rows.map(\.epochs.count).max() ?? 0)
        // Small pictures are enlarged by a whole factor.
        let factor = max(1, 64 / max(width, height))
        let (tileWidth, tileHeight) = (width * factor, height * factor)
        let (sheetWidth, sheetHeight) = (
            columns * (tileWidth + gap) + gap, rows.count * (tileHeight + gap) + gap
        )
        var pixels = [UInt8](repeating: 128, count: sheetWidth * sheetHeight * channels)
        for (row, line) in rows.enumerated() {
            for (column, tile) in ([line.original] + line.epochs).enumerated() {
                let (top, left) = (gap + row * (tileHeight + gap), gap + column * (tileWidth + gap))
                for y in 0..<tileHeight {
                    for x in 0..<tileWidth {
                        let from = ((y / factor) * width + x / factor) * channels
                        let to = ((top + y) * sheetWidth + left + x) * channels
                        for channel in 0..<channels { pixels[to + channel] = tile.image.pixels[from + channel] }
                    }
                }
            }
        }
        return try ImageEncoder.png(
            DecodedImage(width: sheetWidth, height: sheetHeight, channels: channels, pixels: pixels))
    }

    /// The first image of each class, then the second, and so on.
    private static func positions(of images: ImageSet, count: Int) -> [Int] {
        var members = [[Int]](repeating: [], count: images.classes.count)
        for (position, label) in images.labels.enumerated() { members[Int(label)].append(position) }
        var positions: [Int] = []
        var turn = 0
        while positions.count < min(count, images.count) {
            positions += members.compactMap { turn < $0.count ? $0[turn] : nil }
            turn += 1
        }
        return Array(positions.prefix(count))
    }

    private static func text(_ label: MixedLabel, _ classes: [String]) -> String {
        let first = classes[Int(label.label)]
        guard label.share < 1, label.other != label.label else { return first }
        let share = Int((100 * label.share).rounded())
        return "\(first) \(share) %, \(classes[Int(label.other)]) \(100 - share) %"
    }
}
