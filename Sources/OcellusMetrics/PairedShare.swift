// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

extension McNemarTest {
    /// The exact two-sided binomial p-value whatever the number of images: twice the smaller tail, at most 1.
    public var exactPValue: Double {
        let discordant = onlyFirstCorrect + onlySecondCorrect
        let smaller = min(onlyFirstCorrect, onlySecondCorrect)
        guard discordant > 0 else { return 1 }
        // P(X ≤ k) of n fair draws is I₁₋½(n − k, k + 1).
        return min(1, 2 * regularizedBeta(0.5, Double(discordant - smaller), Double(smaller + 1)))
    }
}

/// The interval of the difference of two classifiers' accuracies on the same images, second minus first.
///
///     d = (c* − b*)/n*,   d ± z·√((b* + c*) − (c* − b*)²/n*)/n*,   b* = b + ½, c* = c + ½, n* = n + 2
///
/// with b and c the images that only the first and only the second gets right. Agresti and Min 2005, Statistics in Medicine
/// 24:729: half an image is added to each cell, so that no discordant image gives no interval of length 0.
///
/// - Parameters:
///   - onlyFirst: Images that only the first classified correctly.
///   - onlySecond: Images that only the second did.
///   - count: All images.
///   - level: Coverage.
/// - Throws: ``MetricError/Code/outOfRange`` for impossible counts or levels, ``MetricError/Code/empty`` without images.
public func pairedShareInterval(
    onlyFirst: Int, onlySecond: Int, of count: Int, level: Double = 0.95
) throws(MetricError) -> Interval {
    try requireLevel(level)
    guard count > 0 else { throw MetricError(.empty, "there are no images to compare on.", needs: "at least one") }
    guard onlyFirst >= 0, onlySecond >= 0, onlyFirst + onlySecond <= count else {
        throw MetricError(
            .outOfRange, "the counts are impossible.", needs: "at least 0, and at most \(count) together",
            received: "\(onlyFirst) and \(onlySecond)")
    }
    let z = try normalQuantile((1 + level) / 2)
    let (b, c, n) = (Double(onlyFirst) + 0.5, Double(onlySecond) + 0.5, Double(count) + 2)
    let difference = (c - b) / n
    let spread = z * Double.sqrt((b + c) - (c - b) * (c - b) / n) / n
    return Interval(lower: difference - spread, upper: difference + spread, level: level).cut(to: -1...1)
}
