// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// An image in numbers, 0 black and 1 full, while it is corrupted.
struct LevelPlanes {
    /// How an image goes on beyond its border.
    enum Border {
        /// a a | a b c | c c
        case nearest
        /// b a | a b c | c b
        case symmetric
        /// c b | a b c | b a
        case mirror

        /// The pixel of a row of `count` that stands at a place, which may lie outside.
        func position(_ place: Int, _ count: Int) -> Int {
            switch self {
            case .nearest: return min(max(place, 0), count - 1)
            case .symmetric:
                let turn = ((place % (2 * count)) + 2 * count) % (2 * count)
                return turn < count ? turn : 2 * count - 1 - turn
            case .mirror:
                guard count > 1 else { return 0 }
                let period = 2 * count - 2
                let turn = ((place % period) + period) % period
                return turn < count ? turn : period - turn
            }
        }
    }

    let channels: Int
    let height: Int
    let width: Int
    /// `[C, H, W]`
    var values: [Double]

    var plane: Int { height * width }

    init(_ pixels: [UInt8], _ shape: Shape) {
        (channels, height, width) = (shape[0], shape[1], shape[2])
        values = pixels.map { Double($0) / 255 }
    }

    /// One plane of a value.
    init(height: Int, width: Int, values: [Double]) {
        (channels, self.height, self.width) = (1, height, width)
        self.values = values
    }

    /// Levels 0…255, what is between them cut off. What misses a level by rounding only keeps it.
    func bytes() -> [UInt8] { values.map { UInt8(min(max($0, 0), 1) * 255 + 1e-6) } }

    /// Levels between 0 and 255 as a file of 8 bits would keep them.
    mutating func quantize(_ rule: FloatingPointRoundingRule) {
        for index in values.indices {
            values[index] = (min(max(values[index], 0), 1) * 255 + 1e-6).rounded(rule) / 255
        }
    }

    /// Luma of a pixel (ITU-R BT.601), or its only value.
    func luma(_ pixel: Int) -> Double {
        channels == 3
            ? 0.299 * values[pixel] + 0.587 * values[plane + pixel] + 0.114 * values[2 * plane + pixel]
            : values[pixel]
    }

    // MARK: Filters

    /// Convolves with a Gaussian along both axes.
    ///
    /// - Parameter truncate: Standard deviations where it is cut off.
    mutating func blur(deviation: Double, border: Border, truncate: Double = 4) {
        let radius = Int(truncate * deviation + 0.5)
        guard radius > 0 else { return }
        let weights = (-radius...radius).map { Double.exp(-Double($0 * $0) / (2 * deviation * deviation)) }
        let sum = weights.reduce(0, +)
        let taps = weights.map { $0 / sum }
        convolve(taps, border, count: height, step: width, lines: width, lineStep: 1)
        convolve(taps, border, count: width, step: 1, lines: height, lineStep: width)
    }

    /// Convolves the lines of every plane: `lines` of them, `lineStep` apart, each of `count` values `step` apart.
    private mutating func convolve(
        _ taps: [Double], _ border: Border, count: Int, step: Int, lines: Int, lineStep: Int
    ) {
        let radius = taps.count / 2
        let from = (-radius..<count + radius).map { border.position($0, count) * step }
        var line = [Double](repeating: 0, count: count + 2 * radius)
        let plane = plane
        values.withUnsafeMutableBufferPointer { values in
            for start in (0..<channels).flatMap({ channel in (0..<lines).map { channel * plane + $0 * lineStep } }) {
                for (place, offset) in from.enumerated() { line[place] = values[start + offset] }
                for place in 0..<count {
                    var sum = 0.0
                    for tap in taps.indices { sum += taps[tap] * line[place + tap] }
                    values[start + place * step] = sum
                }
            }
        }
    }

    /// Sums copies of the image that are moved by whole pixels: `y[i, j] = Σ weight · x[i + down, j + right]`.
    mutating func sum(_ taps: [(down: Int, right: Int, weight: Double)], _ border: Border) {
        var result = [Double](repeating: 0, count: values.count)
        for tap in taps {
            let columns = (0..<width).map { border.position($0 + tap.right, width) }
            for row in 0..<height {
                let from = border.position(row + tap.down, height) * width
                for channel in 0..<channels {
                    let (source, target) = (channel * plane + from, channel * plane + row * width)
                    for column in 0..<width {
                        result[target + column] += tap.weight * values[source + columns[column]]
                    }
                }
            }
        }
        values = result
    }

    // MARK: Resampling

    /// The bilinear value between pixel centres, row and column from 0.
    func value(_ channel: Int, _ row: Double, _ column: Double, _ border: Border) -> Double {
        let (top, left) = (row.rounded(.down), column.rounded(.down))
        let (down, right) = (row - top, column - left)
        let rows = (border.position(Int(top), height) * width, border.position(Int(top) + 1, height) * width)
        let columns = (border.position(Int(left), width), border.position(Int(left) + 1, width))
        let start = channel * plane
        return (1 - down)
            * ((1 - right) * values[start + rows.0 + columns.0] + right * values[start + rows.0 + columns.1])
            + down * ((1 - right) * values[start + rows.1 + columns.0] + right * values[start + rows.1 + columns.1])
    }

    /// The middle of the image enlarged to the whole, bilinearly, its outermost pixels staying outermost before what is
    /// too much is cut off.
    ///
    /// - Parameter factor: At least 1.
    func enlarged(_ factor: Double) -> LevelPlanes {
        let rows = Self.places(height, factor)
        let columns = Self.places(width, factor)
        var result = self
        for channel in 0..<channels {
            for (row, y) in rows.enumerated() {
                for (column, x) in columns.enumerated() {
                    result.values[channel * plane + row * width + column] = value(channel, y, x, .nearest)
                }
            }
        }
        return result
    }

    /// Where the pixels of an enlarged axis are taken from.
    private static func places(_ count: Int, _ factor: Double) -> [Double] {
        let cropped = Int((Double(count) / factor).rounded(.up))
        let enlarged = max(count, Int((Double(cropped) * factor).rounded(.toNearestOrEven)))
        let (start, trim) = ((count - cropped) / 2, (enlarged - count) / 2)
        let step = enlarged > 1 ? Double(cropped - 1) / Double(enlarged - 1) : 0
        return (0..<count).map { Double(start) + Double($0 + trim) * step }
    }
}
