// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusImages
import OcellusTensor

/// A picture made of weighted sums of another picture's pixels: the same for every image of a size, so it is worked out once.
///
/// Shifts, rotations, scalings and permutations are all of this kind. What comes in from outside is black unless a border
/// is reflected.
struct PixelMap: Sendable {
    enum Border: String, Codable, Sendable {
        case zero, reflected
    }

    /// `[H·W · taps]` source positions within a plane; −1 for black.
    private let sources: [Int32]
    /// `[H·W · taps]` in units of 1/65536; those of one pixel add up to 65536 where all its sources are inside.
    private let weights: [Int32]
    private let taps: Int

    /// Every pixel from one place, e.g. a shift by whole pixels: exact.
    private init(height: Int, width: Int, source: (_ row: Int, _ column: Int) -> (row: Int, column: Int)?) {
        taps = 1
        var sources: [Int32] = []
        for row in 0..<height {
            for column in 0..<width {
                let place = source(row, column)
                sources.append(place.map { Int32($0.row * width + $0.column) } ?? -1)
            }
        }
        self.sources = sources
        weights = Array(repeating: 1 << 16, count: sources.count)
    }

    /// Every pixel bilinear between the four pixels around a place, given in pixels from the upper left pixel's centre.
    private init(
        height: Int, width: Int, place: (_ row: Double, _ column: Double) -> (row: Double, column: Double)
    ) {
        taps = 4
        var (sources, weights): ([Int32], [Int32]) = ([], [])
        for row in 0..<height {
            for column in 0..<width {
                let (y, x) = place(Double(row), Double(column))
                // Whole numbers to within rounding are whole: a turn by 90° must not blur.
                let (top, left) = ((y + 1e-9).rounded(.down), (x + 1e-9).rounded(.down))
                let (down, right) = (max(0, y - top), max(0, x - left))
                for (dy, dx, share) in [
                    (0.0, 0.0, (1 - down) * (1 - right)), (0, 1, (1 - down) * right), (1, 0, down * (1 - right)),
                    (1, 1, down * right),
                ] {
                    let (sourceRow, sourceColumn) = (top + dy, left + dx)
                    let isInside =
                        sourceRow >= 0 && sourceRow < Double(height) && sourceColumn >= 0
                        && sourceColumn < Double(width)
                    sources.append(isInside ? Int32(sourceRow) * Int32(width) + Int32(sourceColumn) : -1)
                    weights.append(Int32((share * 65536).rounded()))
                }
            }
        }
        self.sources = sources
        self.weights = weights
    }

    // MARK: Kinds

    /// Whole pixels down and to the right (negative: up, left).
    static func shift(_ shape: Shape, down: Int, right: Int, border: Border = .zero) -> PixelMap {
        let (height, width) = (shape[1], shape[2])
        return PixelMap(height: height, width: width) { row, column in
            let (y, x) = (row - down, column - right)
            switch border {
            case .zero: return (0..<height).contains(y) && (0..<width).contains(x) ? (y, x) : nil
            case .reflected: return (reflected(y, height), reflected(x, width))
            }
        }
    }

    /// A fraction of a pixel, bilinear.
    static func shift(_ shape: Shape, down: Double, right: Double) -> PixelMap {
        PixelMap(height: shape[1], width: shape[2]) { ($0 - down, $1 - right) }
    }

    /// About the centre, counter-clockwise as seen, bilinear.
    static func rotation(_ shape: Shape, degrees: Double) -> PixelMap {
        let (cos, sin) = (cosine(degrees), cosine(degrees - 90))
        let (cy, cx) = (Double(shape[1] - 1) / 2, Double(shape[2] - 1) / 2)
        return PixelMap(height: shape[1], width: shape[2]) { row, column in
            let (y, x) = (row - cy, column - cx)
            return (cy + cos * y + sin * x, cx + cos * x - sin * y)
        }
    }

    /// Larger about the centre by the factor, bilinear; below 1 smaller, which skips pixels without smoothing.
    static func scaling(_ shape: Shape, factor: Double) -> PixelMap {
        let (cy, cx) = (Double(shape[1] - 1) / 2, Double(shape[2] - 1) / 2)
        return PixelMap(height: shape[1], width: shape[2]) { (cy + ($0 - cy) / factor, cx + ($1 - cx) / factor) }
    }

    /// One fixed random order of the pixels, the same for every image and channel.
    static func permutation(_ shape: Shape, seed: UInt64) -> PixelMap {
        var random = CounterRandom(seed: seed, purpose: .permutation)
        let order = random.permutation(of: shape[1] * shape[2])
        let width = shape[2]
        return PixelMap(height: shape[1], width: width) { row, column in
            let source = order[row * width + column]
            return (source / width, source % width)
        }
    }

    private static func reflected(_ index: Int, _ count: Int) -> Int {
        guard count > 1 else { return 0 }
        let period = 2 * (count - 1)
        let place = ((index % period) + period) % period
        return place < count ? place : period - place
    }

    /// Exact at multiples of 90°.
    private static func cosine(_ degrees: Double) -> Double {
        let turn = degrees.truncatingRemainder(dividingBy: 360)
        switch abs(turn) {
        case 0: return 1
        case 90, 270: return 0
        case 180: return -1
        default: return cos(turn * Double.pi / 180)
        }
    }

    // MARK: Use

    /// The images through the map.
    func applied(to images: ImageSet) throws -> ImageSet {
        try Self.applied(to: images) { _ in self }
    }

    /// Each image through a map of its own.
    static func applied(to images: ImageSet, map: (_ index: Int) -> PixelMap) throws -> ImageSet {
        let (channels, plane) = (images.shape[0], images.shape[1] * images.shape[2])
        let size = channels * plane
        let pixels = [UInt8](unsafeUninitializedCapacity: images.count * size) { buffer, count in
            for index in 0..<images.count {
                let map = map(index)
                images.withPixels(at: index) { source in
                    for channel in 0..<channels {
                        map.apply(
                            UnsafeBufferPointer(rebasing: source[channel * plane..<(channel + 1) * plane]),
                            UnsafeMutableBufferPointer(
                                rebasing: buffer[index * size + channel * plane..<index * size + (channel + 1) * plane])
                        )
                    }
                }
            }
            count = images.count * size
        }
        return try ImageSet(classes: images.classes, shape: images.shape, labels: images.labels, pixels: pixels)
    }

    private func apply(_ source: UnsafeBufferPointer<UInt8>, _ target: UnsafeMutableBufferPointer<UInt8>) {
        sources.withUnsafeBufferPointer { sources in
            if taps == 1 {
                for position in target.indices {
                    let from = sources[position]
                    target[position] = from < 0 ? 0 : source[Int(from)]
                }
                return
            }
            weights.withUnsafeBufferPointer { weights in
                for position in target.indices {
                    var sum: Int32 = 1 << 15
                    for tap in 4 * position..<4 * position + 4 where sources[tap] >= 0 {
                        sum &+= weights[tap] &* Int32(source[Int(sources[tap])])
                    }
                    target[position] = UInt8(truncatingIfNeeded: min(255, sum >> 16))
                }
            }
        }
    }
}
