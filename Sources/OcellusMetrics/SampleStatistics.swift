// SPDX-License-Identifier: Apache-2.0

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

/// The t interval of a mean, `m ± t·s/√n` with n − 1 degrees of freedom. Student 1908, Biometrika 6:1.
///
/// For paired runs give the differences: the interval is then that of the mean paired difference.
///
/// - Throws: ``MetricError/Code/empty`` for fewer than two points.
public func meanInterval(_ points: [Double], level: Double = 0.95) throws(MetricError) -> Interval {
    try requireLevel(level)
    guard let mean = mean(points), let deviation = standardDeviation(points) else {
        throw MetricError(
            .empty, "an interval of a mean needs points.", needs: "at least 2", received: "\(points.count)")
    }
    let t = try studentTQuantile((1 + level) / 2, degrees: Double(points.count - 1))
    let half = t * deviation / Double.sqrt(Double(points.count))
    return Interval(lower: mean - half, upper: mean + half, level: level)
}

/// Welch's t interval of the difference of two means, second minus first, for unpaired runs of unequal spread.
/// Welch 1947, Biometrika 34:28.
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
    guard v1 + v2 > 0 else { return Interval(lower: m2 - m1, upper: m2 - m1, level: level) }
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
