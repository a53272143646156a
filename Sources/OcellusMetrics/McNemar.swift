// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// McNemar's test of two classifiers on the same images.
///
/// Only the images on which exactly one of them is right count: under the null hypothesis each is as likely to be the
/// one. Fewer than 25 of those: the exact two-sided binomial p-value. Else the mid-p value, which counts half of the
/// observed outcome's probability. McNemar 1947, Psychometrika 12:153; Fagerland, Lydersen and Laake 2013, BMC Medical
/// Research Methodology 13:91; Dietterich 1998, Neural Computation 10:1895.
public struct McNemarTest: Codable, Sendable, Hashable {
    public enum Method: String, Codable, Sendable {
        case exact
        case midP = "mid-p"
    }
    public var onlyFirstCorrect: Int
    public var onlySecondCorrect: Int
    public var pValue: Double
    public var method: Method

    /// - Throws: ``MetricError/Code/shapesDiffer`` unless both have one element for each image.
    public init(firstCorrect: [Bool], secondCorrect: [Bool]) throws(MetricError) {
        guard firstCorrect.count == secondCorrect.count else {
            throw MetricError(
                .shapesDiffer, "the classifiers were not run on the same images.", needs: "\(firstCorrect.count)",
                received: "\(secondCorrect.count)")
        }
        let pairs = zip(firstCorrect, secondCorrect)
        self.init(
            onlyFirstCorrect: pairs.count { $0 && !$1 }, onlySecondCorrect: pairs.count { !$0 && $1 })
    }

    /// - Precondition: Neither count is negative.
    public init(onlyFirstCorrect: Int, onlySecondCorrect: Int) {
        precondition(onlyFirstCorrect >= 0 && onlySecondCorrect >= 0, "counts of images are not negative")
        self.onlyFirstCorrect = onlyFirstCorrect
        self.onlySecondCorrect = onlySecondCorrect
        let discordant = onlyFirstCorrect + onlySecondCorrect
        let smaller = min(onlyFirstCorrect, onlySecondCorrect)
        func probability(_ k: Int) -> Double {
            let (n, k) = (Double(discordant), Double(k))
            return Double.exp(
                Double.logGamma(n + 1) - Double.logGamma(k + 1) - Double.logGamma(n - k + 1) - n * Double.log(2))
        }
        let tail = (0...smaller).reduce(0) { $0 + probability($1) }
        if discordant < 25 {
            method = .exact
            pValue = min(1, 2 * tail)
        } else {
            method = .midP
            pValue = min(1, 2 * tail - probability(smaller))
        }
    }

    /// Share of images on which exactly one is right.
    public func disagreement(of images: Int) -> Double {
        Double(onlyFirstCorrect + onlySecondCorrect) / Double(images)
    }
}

/// What McNemar's test can see at all among a number of discordant images: those that exactly one classifier gets right.
public struct McNemarVisibility: Codable, Sendable, Hashable {
    /// The smallest difference of the two counts that reaches p < 1 − level; `nil` when no split does, as for fewer than
    /// six images at 95 %.
    public var smallestCount: Int?
    /// The difference of the two counts to be expected of classifiers that the test tells apart with a chance of 80 %;
    /// `nil` when no split reaches p < 1 − level.
    public var likelyCount: Double?

    /// - Throws: ``MetricError/Code/outOfRange`` for a negative number or an impossible level.
    public init(discordant: Int, level: Double = 0.95) throws(MetricError) {
        try requireLevel(level)
        guard discordant >= 0 else {
            throw MetricError(
                .outOfRange, "the number of images is impossible.", needs: "at least 0", received: "\(discordant)")
        }
        // p rises with the smaller count; the largest that is significant, by bisection.
        func isSignificant(_ smaller: Int) -> Bool {
            let test = McNemarTest(onlyFirstCorrect: smaller, onlySecondCorrect: discordant - smaller)
            return test.pValue < 1 - level
        }
        guard isSignificant(0) else { return }
        var (low, high) = (0, discordant / 2 + 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if isSignificant(middle) { low = middle } else { high = middle }
        }
        smallestCount = discordant - 2 * low
        // P(X ≤ k) of n images with the share q is I₁₋q(n − k, k + 1).
        let (n, k) = (Double(discordant), Double(low))
        func power(_ share: Double) -> Double {
            regularizedBeta(share, n - k, k + 1) + regularizedBeta(1 - share, n - k, k + 1)
        }
        var (below, above) = (0.5, 1.0)
        for _ in 0..<60 {
            let middle = (below + above) / 2
            if power(middle) < 0.8 { below = middle } else { above = middle }
        }
        likelyCount = n * (2 * above - 1)
    }
}
