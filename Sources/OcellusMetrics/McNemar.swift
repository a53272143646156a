// SPDX-License-Identifier: Apache-2.0

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

/// The smallest difference of accuracy that McNemar's test tells from chance: `z·√(disagreement / n)`.
///
/// From its normal approximation: with n·d discordant images the difference of the two counts has the standard
/// deviation √(n·d). 10,000 images and 10 % disagreement give 0.6 points.
public func smallestVisibleDifference(
    images n: Int, disagreement: Double, level: Double = 0.95
) throws(MetricError) -> Double {
    guard n > 0 else { throw MetricError(.empty, "there are no images.", needs: "n of at least 1") }
    guard disagreement >= 0, disagreement <= 1 else {
        throw MetricError(.outOfRange, "the disagreement is impossible.", needs: "0…1", received: "\(disagreement)")
    }
    try requireLevel(level)
    return try normalQuantile((1 + level) / 2) * Double.sqrt(disagreement / Double(n))
}
