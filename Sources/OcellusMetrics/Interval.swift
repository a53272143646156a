// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// A range that holds the true value in the stated share of repetitions.
public struct Interval: Codable, Sendable, Hashable {
    public var lower: Double
    public var upper: Double
    /// Coverage, e.g. 0.95.
    public var level: Double

    public init(lower: Double, upper: Double, level: Double = 0.95) {
        self.lower = lower
        self.upper = upper
        self.level = level
    }

    /// Half of its length.
    public var halfWidth: Double { (upper - lower) / 2 }

    /// The part of it that is possible; all of it for `nil`.
    func cut(to possible: ClosedRange<Double>?) -> Interval {
        guard let possible else { return self }
        return Interval(
            lower: min(max(lower, possible.lowerBound), possible.upperBound),
            upper: min(max(upper, possible.lowerBound), possible.upperBound), level: level)
    }
}

/// The Wilson score interval of a share.
///
///     (p + z²/2n ± z·√(p(1−p)/n + z²/4n²)) / (1 + z²/n),   p = successes / n
///
/// Wilson 1927, JASA 22:209; recommended by Brown, Cai and DasGupta 2001, Statistical Science 16:101.
///
/// - Throws: ``MetricError/Code/empty`` for n = 0, ``MetricError/Code/outOfRange`` for impossible counts or levels.
public func wilsonInterval(successes: Int, of n: Int, level: Double = 0.95) throws(MetricError) -> Interval {
    guard n > 0 else { throw MetricError(.empty, "a share of nothing has no interval.", needs: "n of at least 1") }
    guard (0...n).contains(successes) else {
        throw MetricError(.outOfRange, "the count is impossible.", needs: "0 ... \(n)", received: "\(successes)")
    }
    return try wilsonInterval(share: Double(successes) / Double(n), of: n, level: level)
}

/// Wilson's interval of a share that need not be a whole count, as when ties count half.
func wilsonInterval(share: Double, of n: Int, level: Double) throws(MetricError) -> Interval {
    try requireLevel(level)
    let z = try normalQuantile((1 + level) / 2)
    let count = Double(n)
    let centre = share + z * z / (2 * count)
    let spread = z * Double.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    let scale = 1 + z * z / count
    return Interval(
        lower: share == 0 ? 0 : (centre - spread) / scale, upper: share == 1 ? 1 : (centre + spread) / scale,
        level: level)
}
