// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// The difference of two networks over seeds, second less first, with two intervals: for other trainings tested on these
/// images, and for other trainings tested on other images of the same kind.
///
/// Write dᵢⱼ for −1, 0 or 1: whether in seed i only the first, both or neither, or only the second network is right about
/// image j. The difference of seed i is the mean of dᵢⱼ over images. Seeds share the images, so the spread between seeds
/// says nothing about other images; the spread of an image's mean over seeds, d̄ⱼ, does.
///
///     trainings:  m ± h₁,  h₁ = t·s/√n           s between the n seeds, t with n − 1 degrees of freedom
///     images:     m ± h,   h² = h₁² + h₂²,  h₂ = z·√(v/(N + 1))    v the variance of d̄ⱼ over images
///
/// The two parts are independent, and the square root of the sum of squares of their half-widths is Howe's (1974, Journal
/// of the Royal Statistical Society B 36:456; Zou and Donner 2008, Statistics in Medicine 27:1693). v counts one image
/// more than there are, half of it 1 and half −1, so that classifiers that never differ on few images are not taken to be
/// equal (as Bonett and Price 2012, Journal of Educational and Behavioral Statistics 37:479, add to each discordant
/// count). `docs/statistics.md` has the measured coverage of both.
///
/// For balanced accuracy, each class is a stratum of its own that weighs as much as the others.
public struct PairedDifference: Codable, Sendable, Hashable {
    /// What is compared.
    public enum Measure: String, Codable, Sendable {
        /// Every image counts the same.
        case accuracy
        /// Every class counts the same.
        case balancedAccuracy = "balanced accuracy"
    }

    public var measure: Measure
    /// One for each seed.
    public var points: [Double]
    public var mean: Double
    /// Over trainings, on these test images.
    public var trainings: Interval
    /// Over trainings and test images; never the shorter one.
    public var images: Interval
    /// Standard error of the mean over trainings, s/√n.
    public var trainingError: Double
    /// Standard error that other test images add, √(v/(N + 1)).
    public var imageError: Double

    /// Whether even the wider interval leaves 0 out.
    public var isClear: Bool { images.lower > 0 || images.upper < 0 }

    /// - Throws: ``MetricError/Code/empty`` for fewer than ``Judgement/leastPoints`` seeds or no images,
    ///   ``MetricError/Code/shapesDiffer`` for counts that do not belong together.
    public init(_ counts: PairedCounts, measure: Measure = .accuracy, level: Double = 0.95) throws(MetricError) {
        try requireLevel(level)
        let strata = try Stratum.of(counts, measure)
        let seeds = counts.seeds
        guard seeds >= Judgement.leastPoints else {
            throw MetricError(
                .empty, "an interval over seeds needs seeds.", needs: "at least \(Judgement.leastPoints)",
                received: "\(seeds)")
        }
        points = (0..<seeds).map { seed in strata.reduce(0) { $0 + $1.weight * Double($1.differences[seed]) } }
        let mean = points.reduce(0, +) / Double(seeds)
        let step = Double.sqrt(strata.reduce(0) { $0 + $1.weight * $1.weight } / Double(strata.count))
        let spread = deviation(of: points, resolution: step) ?? 0
        let variance = strata.reduce(0) { $0 + $1.variance(pseudoImages: 1 / Double(strata.count)) }
        trainingError = spread / Double.sqrt(Double(seeds))
        imageError = Double.sqrt(variance)
        let half = try studentTQuantile((1 + level) / 2, degrees: Double(seeds - 1)) * trainingError
        let z = try normalQuantile((1 + level) / 2)
        let whole = Double.sqrt(half * half + z * z * variance)
        self.measure = measure
        self.mean = mean
        trainings = Interval(lower: mean - half, upper: mean + half, level: level).cut(to: -1...1)
        images = Interval(lower: mean - whole, upper: mean + whole, level: level).cut(to: -1...1)
    }

    /// A difference that would get a verdict with about the chance `power`, were spread and disagreement as they are here:
    /// exact where either kind of chance is alone.
    ///
    /// - Throws: ``MetricError/Code/outOfRange``.
    public func likelyVisible(power: Double = 0.8) throws(MetricError) -> Double {
        let effect = try studentTNoncentrality(
            power: power, degrees: Double(points.count - 1), level: trainings.level)
        let normalEffect = (try normalQuantile((1 + trainings.level) / 2)) + (try normalQuantile(power))
        let (seeds, images) = (effect * trainingError, normalEffect * imageError)
        return min(1, Double.sqrt(seeds * seeds + images * images))
    }
}

/// Images that are drawn together: all of them for accuracy, those of a class for balanced accuracy.
private struct Stratum {
    /// What one image of it adds to the measure.
    var weight: Double
    var images: Int
    /// For each seed, images that only the second got right less those that only the first did.
    var differences: [Int]
    /// See ``PairedCounts/bySeeds``.
    var bySeeds: [Int]

    /// Of the stratum's part of the mean difference, when its images are drawn anew.
    func variance(pseudoImages: Double) -> Double {
        let seeds = Double(differences.count)
        var (sum, squares) = (0.0, 0.0)
        for (index, count) in bySeeds.enumerated() {
            let mean = (Double(index) - seeds) / seeds
            sum += Double(count) * mean
            squares += Double(count) * mean * mean
        }
        let total = Double(images) + pseudoImages
        let variance = (squares + pseudoImages) / total - (sum / total) * (sum / total)
        let share = weight * Double(images)
        return share * share * variance / total
    }

    static func of(_ counts: PairedCounts, _ measure: PairedDifference.Measure) throws(MetricError) -> [Stratum] {
        let (classes, seeds) = (counts.images.count, counts.seeds)
        let isWhole =
            counts.onlyFirst.count == classes && counts.onlySecond.count == classes && counts.bySeeds.count == classes
            && (counts.onlyFirst + counts.onlySecond).allSatisfy { $0.count == seeds && $0.allSatisfy { $0 >= 0 } }
            && zip(counts.bySeeds, counts.images).allSatisfy {
                $0.count == 2 * seeds + 1 && $0.allSatisfy { $0 >= 0 } && $0.reduce(0, +) == $1
            }
        guard isWhole else {
            throw MetricError(
                .shapesDiffer, "the counts of two networks do not belong together.",
                needs: "\(seeds) seeds for each of \(classes) classes, and every image once")
        }
        let occurring = counts.images.indices.filter { counts.images[$0] > 0 }
        guard !occurring.isEmpty else { throw MetricError(.empty, "there are no images.", needs: "at least one") }
        let strata = occurring.map { label in
            Stratum(
                weight: 1 / Double(occurring.count) / Double(counts.images[label]), images: counts.images[label],
                differences: zip(counts.onlySecond[label], counts.onlyFirst[label]).map { $0 - $1 },
                bySeeds: counts.bySeeds[label])
        }
        guard measure == .accuracy else { return strata }
        let total = counts.images.reduce(0, +)
        return [
            Stratum(
                weight: 1 / Double(total), images: total,
                differences: (0..<seeds).map { seed in strata.reduce(0) { $0 + $1.differences[seed] } },
                bySeeds: (0..<2 * seeds + 1).map { index in strata.reduce(0) { $0 + $1.bySeeds[index] } })
        ]
    }
}
