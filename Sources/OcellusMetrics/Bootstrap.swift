// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// Draws samples of a sample, with replacement, and gives intervals of any statistic of it.
///
/// Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapters 13 and 14. Resample r of a seed is the same
/// whatever else is computed, so two statistics of one bootstrap see the same resamples.
///
///     let bootstrap = try Bootstrap(strata: labels, seed: 1)
///     try bootstrap.percentileInterval { indices in balancedAccuracy(of: indices) }
public struct Bootstrap: Sendable {
    /// What is drawn from: for each stratum, its units; a unit is the indices that are drawn together.
    private let strata: [[[Int]]]
    /// Number of elements of the sample.
    public let count: Int
    public let resamples: Int
    public let seed: UInt64

    /// Draws elements one by one.
    ///
    /// - Throws: ``MetricError/Code/empty`` without elements or resamples.
    public init(count: Int, resamples: Int = 2000, seed: UInt64 = 0) throws(MetricError) {
        try self.init([(0..<max(0, count)).map { [$0] }], count, resamples, seed)
    }

    /// Draws within each stratum as many as it has: for statistics of classes.
    ///
    /// - Parameter strata: The stratum of each element, e.g. its label.
    /// - Throws: ``MetricError/Code/empty``.
    public init(strata: [Int], resamples: Int = 2000, seed: UInt64 = 0) throws(MetricError) {
        try self.init(Self.members(strata).map { $0.map { [$0] } }, strata.count, resamples, seed)
    }

    /// Draws whole groups: for images that belong together, e.g. frames of one video.
    ///
    /// - Parameter groups: The group of each element.
    /// - Throws: ``MetricError/Code/empty``.
    public init(groups: [Int], resamples: Int = 2000, seed: UInt64 = 0) throws(MetricError) {
        try self.init([Self.members(groups)], groups.count, resamples, seed)
    }

    private init(_ strata: [[[Int]]], _ count: Int, _ resamples: Int, _ seed: UInt64) throws(MetricError) {
        guard count > 0, resamples > 0 else {
            throw MetricError(
                .empty, "there is nothing to resample.", needs: "elements and resamples",
                received: "\(count) elements, \(resamples) resamples")
        }
        self.strata = strata
        self.count = count
        self.resamples = resamples
        self.seed = seed
    }

    /// The indices of each value, in the order of the values.
    private static func members(_ values: [Int]) -> [[Int]] {
        var members: [Int: [Int]] = [:]
        for (index, value) in values.enumerated() { members[value, default: []].append(index) }
        return members.keys.sorted().compactMap { members[$0] }
    }

    /// The elements of one resample, as indices into the sample.
    public func indices(of resample: Int) -> [Int] {
        var random = CounterRandom(seed: seed, purpose: .bootstrap, sample: resample)
        var indices: [Int] = []
        indices.reserveCapacity(count)
        for units in strata {
            for _ in units.indices { indices += units[random.nextIndex(below: units.count)] }
        }
        return indices
    }

    /// The statistic of each resample.
    ///
    /// - Parameter statistic: Of the elements with these indices.
    public func distribution<E: Error>(_ statistic: ([Int]) throws(E) -> Double) throws(E) -> [Double] {
        var values: [Double] = []
        values.reserveCapacity(resamples)
        for resample in 0..<resamples { values.append(try statistic(indices(of: resample))) }
        return values
    }

    /// From the quantile (1 − level)/2 of the resamples' statistics to (1 + level)/2.
    public func percentileInterval(
        level: Double = 0.95, _ statistic: ([Int]) throws(MetricError) -> Double
    ) throws(MetricError) -> Interval {
        try OcellusMetrics.percentileInterval(of: try distribution(statistic), level: level)
    }

    /// The bias-corrected and accelerated interval; the acceleration leaves out one unit at a time.
    public func bcaInterval(
        level: Double = 0.95, _ statistic: ([Int]) throws(MetricError) -> Double
    ) throws(MetricError) -> Interval {
        var jackknife: [Double] = []
        for (position, units) in strata.enumerated() {
            for left in units.indices where units.count > 1 {
                var rest = strata
                rest[position].remove(at: left)
                jackknife.append(try statistic(Array(rest.joined().joined())))
            }
        }
        return try OcellusMetrics.bcaInterval(
            of: try distribution(statistic), estimate: try statistic(Array(0..<count)), jackknife: jackknife,
            level: level)
    }
}

/// The value below which the share `p` of the values lies, linear between neighbours (NumPy's default).
///
/// - Throws: ``MetricError/Code/empty``, ``MetricError/Code/outOfRange`` unless 0 ≤ p ≤ 1.
public func quantile(_ p: Double, of values: [Double]) throws(MetricError) -> Double {
    guard !values.isEmpty else {
        throw MetricError(.empty, "nothing has no quantile.", needs: "at least one value")
    }
    guard p >= 0, p <= 1 else {
        throw MetricError(.outOfRange, "the share is impossible.", needs: "0…1", received: "\(p)")
    }
    return sortedQuantile(p, values.sorted())
}

private func sortedQuantile(_ p: Double, _ sorted: [Double]) -> Double {
    let place = p * Double(sorted.count - 1)
    let below = min(sorted.count - 1, Int(place))
    let above = min(sorted.count - 1, below + 1)
    return sorted[below] + (sorted[above] - sorted[below]) * (place - Double(below))
}

/// The percentile interval of a bootstrap distribution.
///
/// - Throws: ``MetricError/Code/empty``, ``MetricError/Code/outOfRange`` for the level.
public func percentileInterval(of distribution: [Double], level: Double = 0.95) throws(MetricError) -> Interval {
    try requireLevel(level)
    return Interval(
        lower: try quantile((1 - level) / 2, of: distribution), upper: try quantile((1 + level) / 2, of: distribution),
        level: level)
}

/// The bias-corrected and accelerated interval of a bootstrap distribution. Efron 1987, JASA 82:171.
///
///     α± = Φ(z₀ + (z₀ + z±)/(1 − a·(z₀ + z±))),   z₀ = Φ⁻¹(share of the distribution below the estimate)
///     a = Σ(m − jᵢ)³ / (6·(Σ(m − jᵢ)²)^1.5),      m the mean of the jackknife values jᵢ
///
/// Where every resample lies on one side of the estimate, z₀ is infinite; then the percentile interval is returned.
///
/// - Parameters:
///   - estimate: The statistic of the sample itself.
///   - jackknife: The statistic without each element in turn.
public func bcaInterval(
    of distribution: [Double], estimate: Double, jackknife: [Double], level: Double = 0.95
) throws(MetricError) -> Interval {
    try requireLevel(level)
    let below = distribution.count { $0 < estimate }
    let equal = distribution.count { $0 == estimate }
    let share = (Double(below) + Double(equal) / 2) / Double(max(1, distribution.count))
    guard share > 0, share < 1 else { return try percentileInterval(of: distribution, level: level) }
    let bias = try normalQuantile(share)
    let centre = mean(jackknife) ?? 0
    let (squares, cubes) = jackknife.reduce((0.0, 0.0)) { sums, value in
        let d = centre - value
        return (sums.0 + d * d, sums.1 + d * d * d)
    }
    let acceleration = squares > 0 ? cubes / (6 * squares * Double.sqrt(squares)) : 0
    func place(_ p: Double) throws(MetricError) -> Double {
        let z = bias + (try normalQuantile(p))
        return normalCDF(bias + z / (1 - acceleration * z))
    }
    return Interval(
        lower: try quantile(try place((1 - level) / 2), of: distribution),
        upper: try quantile(try place((1 + level) / 2), of: distribution), level: level)
}
