// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

// Defocus, glass, motion and zoom blur.

extension LevelPlanes {
    /// Averages over a disk of whole pixels whose edge is smoothed by a small Gaussian.
    ///
    /// - Parameters:
    ///   - radius: In pixels.
    ///   - alias: Standard deviation of the smoothing; 3×3 weights, 5×5 above a radius of 8.
    mutating func defocus(radius: Double, alias: Double) {
        let reach = Int(radius)
        let smoothing = radius <= 8 ? 1 : 2
        let weights = (-smoothing...smoothing).map { Double.exp(-Double($0 * $0) / (2 * alias * alias)) }
        let total = weights.reduce(0, +)
        let disk = (-reach...reach).flatMap { row in
            (-reach...reach).filter { Double(row * row + $0 * $0) <= radius * radius }.map { (row, $0) }
        }
        let extent = reach + smoothing
        var taps: [(down: Int, right: Int, weight: Double)] = []
        for down in -extent...extent {
            for right in -extent...extent {
                let weight = disk.reduce(0.0) { sum, place in
                    let (row, column) = (down - place.0 + smoothing, right - place.1 + smoothing)
                    guard weights.indices.contains(row), weights.indices.contains(column) else { return sum }
                    return sum + weights[row] * weights[column]
                }
                if weight > 0 { taps.append((down, right, weight / (total * total * Double(disk.count)))) }
            }
        }
        sum(taps, .mirror)
    }

    /// Blurs, lets pixels take the place of near ones, blurs again.
    ///
    /// The published code means to swap two pixels; it copies the one to the other, and so does this.
    ///
    /// - Parameter distance: Pixels that are taken lie up to so far above and to the left, or one less below and to the
    ///   right.
    mutating func lookThroughGlass(
        deviation: Double, distance: Int, rounds: Int, _ random: inout CounterRandom
    ) {
        blur(deviation: deviation, border: .nearest)
        quantize(.down)
        for _ in 0..<rounds {
            for row in stride(from: height - distance, to: distance, by: -1) {
                for column in stride(from: width - distance, to: distance, by: -1) {
                    let right = random.nextIndex(below: 2 * distance) - distance
                    let down = random.nextIndex(below: 2 * distance) - distance
                    for channel in 0..<channels {
                        let start = channel * plane
                        values[start + row * width + column] = values[start + (row + down) * width + column + right]
                    }
                }
            }
        }
        blur(deviation: deviation, border: .nearest)
    }

    /// Blurs along a line to one side, with the weights of half a Gaussian, as ImageMagick does it; levels are rounded.
    ///
    /// - Parameter degrees: 0 to the right, 90 down.
    mutating func blurAlong(degrees: Double, radius: Double, deviation: Double) {
        let count = 2 * Int(radius.rounded(.up)) + 1
        let weights = (0..<count).map { Double.exp(-Double($0 * $0) / (2 * deviation * deviation)) }
        let total = weights.reduce(0, +)
        let (sine, cosine) = (Double.sin(degrees * .pi / 180), Double.cos(degrees * .pi / 180))
        let taps = weights.enumerated().map { step, weight in
            (
                down: Int((Double(step) * sine - 0.5).rounded(.up)),
                right: Int((Double(step) * cosine - 0.5).rounded(.up)), weight: weight / total
            )
        }
        sum(taps, .nearest)
        quantize(.toNearestOrAwayFromZero)
    }

    /// The mean of the image and of `count` enlargements by 1, 1.01, 1.02 and so on.
    mutating func blurByZooming(count: Int) {
        var sum = values
        for step in 0..<count {
            // Steps of NumPy's arange(1, …, 0.01): the published sizes depend on the last bit.
            let larger = enlarged(1 + Double(step) * (1.01 - 1)).values
            for index in sum.indices { sum[index] += larger[index] }
        }
        values = sum.map { $0 / Double(count + 1) }
    }
}
