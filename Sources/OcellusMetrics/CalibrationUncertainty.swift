// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// How far the expected calibration error of some images can be believed.
///
/// The error is a mean of distances, so chance alone makes it larger than 0: also a model whose probabilities are right
/// gets one, the larger the fewer the images.
public struct CalibrationUncertainty: Codable, Sendable, Hashable {
    /// Percentile bootstrap over the images, bins kept. It shares the upward pull of the error itself.
    public var interval: Interval
    /// What a model would get on the mean that gives the same scores and is right exactly as often as they say.
    public var byChance: Double
    /// What such a model stays below with a chance of 95 %.
    public var chanceLimit: Double

    /// - Parameters:
    ///   - scores: `[N]` in 0…1.
    ///   - correct: `[N]`
    ///   - bins: Of equal width, as in ``Reliability``.
    ///   - resamples: Of the images, and as many draws of perfect answers.
    /// - Throws: ``MetricError/Code/empty``, ``MetricError/Code/shapesDiffer``, ``MetricError/Code/outOfRange``.
    public init(
        scores: [Double], correct: [Bool], bins: Int = 15, resamples: Int = 1000, seed: UInt64 = 0
    ) throws(MetricError) {
        try requireScores(scores, correct)
        guard bins >= 1, resamples >= 1 else {
            throw MetricError(
                .outOfRange, "there are no bins or no resamples.", needs: "at least 1 of each",
                received: "\(bins) and \(resamples)")
        }
        let places = scores.map { Reliability.place(of: $0, bins: bins) }
        let count = scores.count
        // Right answers less scores, summed for each bin: the error is the sum of their magnitudes over the images.
        func error(_ sums: [Double]) -> Double { sums.reduce(0) { $0 + abs($1) } / Double(count) }
        let gains = zip(scores, correct).map { ($1 ? 1 : 0) - $0 }
        var (drawn, perfect): ([Double], [Double]) = ([], [])
        for resample in 0..<resamples {
            var random = CounterRandom(seed: seed, purpose: .bootstrap, epoch: 2, sample: resample)
            var sums = [Double](repeating: 0, count: bins)
            for _ in 0..<count {
                let image = random.nextIndex(below: count)
                sums[places[image]] += gains[image]
            }
            drawn.append(error(sums))
            sums = [Double](repeating: 0, count: bins)
            for image in 0..<count {
                sums[places[image]] += (random.nextUniformDouble() < scores[image] ? 1 : 0) - scores[image]
            }
            perfect.append(error(sums))
        }
        interval = try percentileInterval(of: drawn)
        byChance = perfect.reduce(0, +) / Double(resamples)
        chanceLimit = try quantile(0.95, of: perfect)
    }
}
