// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Common corruptions") struct CorruptionTests {
    /// The picture of Scripts/fixtures/corruptions.py.
    private func picture(_ shape: Shape) -> [UInt8] {
        let (height, width) = (shape[1], shape[2])
        return (0..<shape.count).map { index in
            let (c, y, x) = (index / (height * width), index / width % height, index % width)
            if y < 4, x < 4 { return UInt8(16 * y + x) }
            return UInt8((x * 5 + y * 3 + c * 40 + (x * y) % 11 * 6 + (x > y ? 60 : 0)) % 256)
        }
    }

    private func gray(_ level: UInt8, side: Int = 64) -> ([UInt8], Shape) {
        (Array(repeating: level, count: side * side), [1, side, side])
    }

    private func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let mean = values.reduce(0, +) / Double(values.count)
        let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (mean, square.squareRoot())
    }

    // Cut to whole levels, so that the last bits of a sum may decide about one of them.
    @Test("equals NumPy, SciPy, OpenCV and Pillow", arguments: CorruptionFixtures.cases)
    func outside(example: CorruptionFixtures.Case) throws {
        let corruption = try #require(Corruption(rawValue: example.name))
        let expected = [UInt8](try #require(Data(base64Encoded: example.expected)))
        let image = try corruption.corrupted(
            picture(example.shape), shape: example.shape, severity: example.severity, seed: 77, sample: 3)
        let taken = stride(from: 0, to: image.count, by: CorruptionFixtures.stride).map { image[$0] }
        try #require(taken.count == expected.count)
        let distances = zip(taken, expected).map { abs(Int($0) - Int($1)) }
        #expect((distances.max() ?? 0) <= 1)
        #expect(distances.count { $0 > 0 } * 100 <= distances.count, "\(distances.count { $0 > 0 }) differ")
    }

    @Test("Gaussian noise and speckles have the published deviations", arguments: Corruption.severities)
    func normal(severity: Int) throws {
        let (pixels, shape) = gray(128)
        let level = 128.0
        for (corruption, deviations) in [
            (Corruption.gaussianNoise, [0.04, 0.06, 0.08, 0.09, 0.1].map { $0 * 255 }),
            (.speckleNoise, [0.06, 0.1, 0.12, 0.16, 0.2].map { $0 * level }),
        ] {
            let image = try corruption.corrupted(pixels, shape: shape, severity: severity, seed: 1, sample: 0)
            let found = moments(image.map { Double($0) + 0.5 })
            let expected = deviations[severity - 1]
            // 4,096 values: standard errors are expected/64 and expected/90; five of them.
            #expect(abs(found.mean - level) < 5 * expected / 64, "\(corruption): \(found)")
            #expect(abs(found.deviation - expected) < 5 * expected / 90 + 0.1, "\(corruption): \(found)")
        }
    }

    @Test("shot noise has the variance of counted photons", arguments: [(26, 5), (128, 1), (128, 5), (240, 3)])
    func shot(level: Int, severity: Int) throws {
        let photons = [500.0, 250, 100, 75, 50][severity - 1]
        var random = CounterRandom(seed: 5, purpose: .test)
        let mean = Double(level) / 255 * photons
        let counts = moments((0..<20_000).map { _ in Double(random.nextPoisson(mean)) })
        // The variance of a sample variance of Poisson numbers is about (2·mean² + mean)/n.
        let spread = ((2 * mean * mean + mean) / 20_000).squareRoot()
        #expect(abs(counts.mean - mean) < 5 * (mean / 20_000).squareRoot(), "\(counts)")
        #expect(abs(counts.deviation * counts.deviation - mean) < 5 * spread, "\(counts)")
        let (pixels, shape) = gray(UInt8(level))
        let image = try Corruption.shotNoise.corrupted(pixels, shape: shape, severity: severity, seed: 1, sample: 0)
        // Every value is a whole number of photons, or full.
        #expect(
            Set(image).allSatisfy { value in
                value == 255 || (0...Int(photons)).contains { UInt8(Double($0) / photons * 255 + 1e-6) == value }
            })
    }

    @Test("impulses hit the published share, black as often as full", arguments: Corruption.severities)
    func impulses(severity: Int) throws {
        let (pixels, shape) = gray(100, side: 128)
        let image = try Corruption.impulseNoise.corrupted(pixels, shape: shape, severity: severity, seed: 2, sample: 0)
        let count = Double(image.count)
        let share = [0.01, 0.02, 0.03, 0.05, 0.07][severity - 1]
        let (black, full) = (image.count { $0 == 0 }, image.count { $0 == 255 })
        #expect(image.count { $0 == 100 || $0 == 99 } == image.count - black - full)
        for hits in [black, full] {
            #expect(abs(Double(hits) - share / 2 * count) < 5 * (share / 2 * count).squareRoot(), "\(hits)")
        }
    }

    @Test("frost brightens dark images, less is kept with severity") func frost() throws {
        let (black, shape) = gray(0, side: 32)
        let images = try Corruption.severities.map {
            try Corruption.frost.corrupted(black, shape: shape, severity: $0, seed: 3, sample: 0)
        }
        let means = images.map { moments($0.map(Double.init)).mean }
        #expect(means[0] > 10 && means[4] > means[0] && means[4] < 128, "\(means)")
        #expect(Set(images[2]).count > 20)
    }

    @Test("an image depends on seed, sample, severity and nothing else", arguments: Corruption.allCases)
    func draws(corruption: Corruption) throws {
        let shape: Shape = [3, 32, 32]
        let pixels = picture(shape)
        let images = try ImageSet(
            classes: ["a"], shape: shape, labels: Array(repeating: 0, count: 3), pixels: (0..<3).flatMap { _ in pixels }
        )
        let first = try images.corrupted(by: corruption, severity: 4, seed: 9)
        let again = try images.corrupted(by: corruption, severity: 4, seed: 9, threads: 3)
        #expect(try first.sha256 == again.sha256)
        let picked = try images.subset([2]).corrupted(by: corruption, severity: 4, seed: 9, samples: [2])
        #expect(try picked.pixels(at: 0) == first.pixels(at: 2))
        let isRandom = try first.pixels(at: 0) != first.pixels(at: 1)
        let other = try images.corrupted(by: corruption, severity: 4, seed: 10)
        #expect(try (other.sha256 != first.sha256) == isRandom)
        let fixed: Set<Corruption> = [
            .defocusBlur, .zoomBlur, .brightness, .contrast, .pixelate, .jpeg, .gaussianBlur, .saturate,
        ]
        #expect(isRandom != fixed.contains(corruption))
        #expect(try first.pixels(at: 0) != pixels && first.pixels(at: 0).count == pixels.count)
    }

    @Test("every size is taken", arguments: Corruption.allCases) func sizes(corruption: Corruption) throws {
        for shape: Shape in [[1, 1, 1], [3, 1, 5], [1, 2, 2], [3, 7, 3], [1, 40, 9], [3, 48, 65]] {
            for severity in [1, 5] {
                for level: UInt8 in [0, 255] {
                    let image = try corruption.corrupted(
                        Array(repeating: level, count: shape.count), shape: shape, severity: severity, seed: 0,
                        sample: 0)
                    #expect(image.count == shape.count)
                }
            }
        }
    }
}
