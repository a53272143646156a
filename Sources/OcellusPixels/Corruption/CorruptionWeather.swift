// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusTensor

// Snow, frost and fog.

/// How hard it snows.
struct Snowfall {
    /// Of the normal numbers that flakes are made of.
    var mean: Double
    var deviation: Double
    /// How many times the flakes are enlarged.
    var factor: Double
    /// What is darker is no flake.
    var threshold: Double
    /// Of the blur along their fall, in pixels of an image of 32×32.
    var radius: Double
    var blur: Double
    /// Share of the image that is not whitened.
    var kept: Double
}

extension Snowfall {
    /// By severity.
    static let published = [
        Snowfall(mean: 0.1, deviation: 0.2, factor: 1, threshold: 0.6, radius: 8, blur: 3, kept: 0.95),
        Snowfall(mean: 0.1, deviation: 0.2, factor: 1, threshold: 0.5, radius: 10, blur: 4, kept: 0.9),
        Snowfall(mean: 0.15, deviation: 0.3, factor: 1.75, threshold: 0.55, radius: 10, blur: 4, kept: 0.9),
        Snowfall(mean: 0.25, deviation: 0.3, factor: 2.25, threshold: 0.6, radius: 12, blur: 6, kept: 0.85),
        Snowfall(mean: 0.3, deviation: 0.3, factor: 1.25, threshold: 0.65, radius: 14, blur: 12, kept: 0.8),
    ]
}

extension LevelPlanes {
    /// Whitens the image and lets flakes fall through it, once upright and once turned by half.
    mutating func snow(_ snowfall: Snowfall, scale: Double, _ random: inout CounterRandom) {
        let noise = (0..<plane).map { _ in snowfall.mean + snowfall.deviation * random.nextNormal() }
        var flakes = LevelPlanes(height: height, width: width, values: noise).enlarged(snowfall.factor)
        for index in 0..<plane where flakes.values[index] < snowfall.threshold { flakes.values[index] = 0 }
        flakes.quantize(.down)
        let angle = random.uniform(in: -135 ... -45)
        flakes.blurAlong(degrees: angle, radius: snowfall.radius * scale, deviation: snowfall.blur * scale)
        let white = (0..<plane).map { 1.5 * luma($0) + 0.5 }
        for channel in 0..<channels {
            for pixel in 0..<plane {
                let value = values[channel * plane + pixel]
                values[channel * plane + pixel] =
                    snowfall.kept * value + (1 - snowfall.kept) * max(value, white[pixel])
                    + flakes.values[pixel] + flakes.values[plane - 1 - pixel]
            }
        }
    }

    /// Lays fog over the image: `(x + amount·plasma)·m / (m + amount)` with the image's largest value m.
    mutating func fog(amount: Double, decay: Double, _ random: inout CounterRandom) {
        let brightest = values.max() ?? 0
        let plasma = Self.plasma(height, width, decay: decay, &random)
        for index in values.indices {
            values[index] = (values[index] + amount * plasma[index % plane]) * brightest / (brightest + amount)
        }
    }

    /// Lays frost over the image. The published corruption blends one of five photographs of frosted windows; this one
    /// blends bright veins, the ridges of one plasma, over a soft haze, another, both bluish white.
    mutating func freeze(kept: Double, added: Double, _ random: inout CounterRandom) {
        let veins = Self.plasma(height, width, decay: 1.6, &random)
        let haze = Self.plasma(height, width, decay: 2.5, &random)
        let tint = channels == 3 ? [0.86, 0.94, 1] : [0.93]
        for index in values.indices {
            let ridge = 1 - abs(2 * veins[index % plane] - 1)
            let ice = min(1, 0.25 + 0.35 * haze[index % plane] + 0.6 * ridge * ridge * ridge)
            values[index] = kept * values[index] + added * tint[index / plane] * ice
        }
    }

    /// A random relief from 0 to 1 by the diamond-square algorithm (Fournier, Fussell and Carpenter 1982), which goes on
    /// at the opposite border.
    ///
    /// - Parameter decay: By how much the random part shrinks from each step to the next, which is half as wide.
    static func plasma(_ height: Int, _ width: Int, decay: Double, _ random: inout CounterRandom) -> [Double] {
        var side = 2
        while side < max(height, width) { side *= 2 }
        var map = [Double](repeating: 0, count: side * side)
        func at(_ row: Int, _ column: Int) -> Int { (row % side) * side + column % side }
        var (step, wobble) = (side, 100.0)
        while step >= 2 {
            let half = step / 2
            let reach = wobble * wobble
            // The centres of squares, then the middles of their upper edges, then those of their left edges.
            for row in stride(from: 0, to: side, by: step) {
                for column in stride(from: 0, to: side, by: step) {
                    let corners =
                        map[at(row, column)] + map[at(row + step, column)] + map[at(row, column + step)]
                        + map[at(row + step, column + step)]
                    map[at(row + half, column + half)] = corners / 4 + random.uniform(in: -reach...reach)
                }
            }
            for row in stride(from: 0, to: side, by: step) {
                for column in stride(from: 0, to: side, by: step) {
                    let around =
                        map[at(row + half, column + half)] + map[at(row + side - half, column + half)]
                        + map[at(row, column)] + map[at(row, column + step)]
                    map[at(row, column + half)] = around / 4 + random.uniform(in: -reach...reach)
                }
            }
            for row in stride(from: 0, to: side, by: step) {
                for column in stride(from: 0, to: side, by: step) {
                    let around =
                        map[at(row + half, column + half)] + map[at(row + half, column + side - half)]
                        + map[at(row, column)] + map[at(row + step, column)]
                    map[at(row + half, column)] = around / 4 + random.uniform(in: -reach...reach)
                }
            }
            step = half
            wobble /= decay
        }
        let low = map.min() ?? 0
        let range = max((map.max() ?? 1) - low, 1e-300)
        return (0..<height * width).map { (map[at($0 / width, $0 % width)] - low) / range }
    }
}
