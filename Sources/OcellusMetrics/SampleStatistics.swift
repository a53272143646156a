// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// Arithmetic mean; `nil` for no points.
public func mean(_ points: [Double]) -> Double? {
    points.isEmpty ? nil : points.reduce(0, +) / Double(points.count)
}

/// Sample standard deviation with n − 1; `nil` for fewer than two points.
public func standardDeviation(_ points: [Double]) -> Double? {
    guard points.count > 1, let mean = mean(points) else { return nil }
    return Double.sqrt(points.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(points.count - 1))
}

/// The deviation that a test or interval works with: the points' own, but no less than counting can hide.
///
/// Accuracies are counts of whole images, so seeds tie although the trainings behind them differ. A count that falls on
/// one of two neighbours deviates by at most half a step, a difference of two such counts by √½ steps; where the points
/// show less, that much is assumed.
///
/// - Parameter resolution: One step of the counts, e.g. 1/n for accuracies on n images; 0 for what is not counted.
/// - Returns: `nil` for fewer than two points.
func deviation(of points: [Double], resolution: Double) -> Double? {
    standardDeviation(points).map { max($0, resolution * Double.sqrt(0.5)) }
}

/// The t interval of a mean, `m ± t·s/√n` with n − 1 degrees of freedom. Student 1908, Biometrika 6:1.
///
/// For paired runs give the differences: the interval is then that of the mean paired difference.
///
/// - Parameters:
///   - resolution: One step of what the points count, e.g. 1/n for accuracies on n images: s is at least √½ of it. 0 for
///     what is not counted.
///   - possible: Where the mean can lie; the interval is cut to it.
/// - Throws: ``MetricError/Code/empty`` for fewer than two points; ``MetricError/Code/noSpread`` for equal points
///   without a resolution, whose spread nothing tells.
public func meanInterval(
    _ points: [Double], level: Double = 0.95, resolution: Double = 0, possible: ClosedRange<Double>? = nil
) throws(MetricError) -> Interval {
    try requireLevel(level)
    guard let mean = mean(points), let deviation = deviation(of: points, resolution: resolution) else {
        throw MetricError(
            .empty, "an interval of a mean needs points.", needs: "at least 2", received: "\(points.count)")
    }
    guard deviation > 0 else { throw MetricError.noSpread(points.count) }
    let t = try studentTQuantile((1 + level) / 2, degrees: Double(points.count - 1))
    let half = t * deviation / Double.sqrt(Double(points.count))
    return Interval(lower: mean - half, upper: mean + half, level: level).cut(to: possible)
}

/// Welch's t interval of the difference of two means, second minus first, for unpaired runs of unequal spread.
/// Welch 1947, Biometrika 34:28.
///
/// - Throws: ``MetricError/Code/empty`` for fewer than two points on a side; ``MetricError/Code/noSpread`` when the
///   points of both sides are equal among themselves.
public func welchInterval(
    _ first: [Double], _ second: [Double], level: Double = 0.95
) throws(MetricError) -> Interval {
    try requireLevel(level)
    guard let m1 = mean(first), let m2 = mean(second), let s1 = standardDeviation(first),
        let s2 = standardDeviation(second)
    else {
        throw MetricError(.empty, "an interval of a difference needs points.", needs: "at least 2 on each side")
    }
    let (v1, v2) = (s1 * s1 / Double(first.count), s2 * s2 / Double(second.count))
    guard v1 + v2 > 0 else { throw MetricError.noSpread(first.count + second.count) }
    let degrees =
        (v1 + v2) * (v1 + v2) / (v1 * v1 / Double(first.count - 1) + v2 * v2 / Double(second.count - 1))
    let half = try studentTQuantile((1 + level) / 2, degrees: degrees) * Double.sqrt(v1 + v2)
    return Interval(lower: m2 - m1 - half, upper: m2 - m1 + half, level: level)
}

/// The middle point, or the mean of the two middle ones; `nil` for no points.
package func median(_ points: [Double]) -> Double? {
    guard !points.isEmpty else { return nil }
    let sorted = points.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}
