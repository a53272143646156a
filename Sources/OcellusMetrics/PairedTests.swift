// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// The two-sided p-value of paired differences whose signs are exchanged: under the null hypothesis each difference is as
/// likely to have come out with the other sign.
///
/// Fisher 1935, "The Design of Experiments", section 21; the statistic is the mean. All 2ⁿ signs are tried when n is at
/// most 16; else `resamples` are drawn and p = (1 + as extreme) / (1 + drawn), which is never 0 (Phipson and Smyth 2010,
/// arXiv:1603.05766).
///
/// - Parameters:
///   - differences: One for each pair, e.g. for each seed or each image.
///   - seed: Of the drawn signs.
/// - Throws: ``MetricError/Code/empty``, ``MetricError/Code/notFinite``.
public func pairedPermutationPValue(
    _ differences: [Double], resamples: Int = 9999, seed: UInt64 = 0
) throws(MetricError) -> Double {
    guard !differences.isEmpty, resamples > 0 else {
        throw MetricError(.empty, "there are no pairs to compare.", needs: "at least one difference")
    }
    guard differences.allSatisfy(\.isFinite) else {
        throw MetricError(.notFinite, "a difference is not a number.", needs: "finite differences")
    }
    let observed = abs(differences.reduce(0, +))
    // Sums of the same numbers in another order differ in their last bits.
    let tolerance = 1e-12 * differences.reduce(0) { $0 + abs($1) }
    func isExtreme(_ sum: Double) -> Bool { abs(sum) >= observed - tolerance }
    if differences.count <= 16 {
        let all = 1 << differences.count
        let extreme = (0..<all).count { signs in
            isExtreme(
                differences.enumerated().reduce(0) { sum, pair in
                    signs >> pair.offset & 1 == 1 ? sum - pair.element : sum + pair.element
                })
        }
        return Double(extreme) / Double(all)
    }
    let extreme = (0..<resamples).count { resample in
        var random = CounterRandom(seed: seed, purpose: .bootstrap, epoch: 1, sample: resample)
        var (sum, bits, left) = (0.0, UInt64(0), 0)
        for difference in differences {
            if left == 0 { (bits, left) = (random.next(), 64) }
            sum += bits & 1 == 1 ? difference : -difference
            bits >>= 1
            left -= 1
        }
        return isExtreme(sum)
    }
    return Double(1 + extreme) / Double(1 + resamples)
}

/// The two-sided p-value of a mean against a stated value by Student's t. Student 1908, Biometrika 6:1.
///
/// - Parameter resolution: One step of what the points count: their deviation is at least √½ of it, as in
///   ``meanInterval(_:level:resolution:possible:)``. 0 for what is not counted; equal points then tell nothing, p = 1.
/// - Throws: ``MetricError/Code/empty`` for fewer than two points.
public func studentPValue(
    _ points: [Double], mean expected: Double = 0, resolution: Double = 0
) throws(MetricError) -> Double {
    guard let mean = mean(points), let deviation = deviation(of: points, resolution: resolution) else {
        throw MetricError(.empty, "a test of a mean needs points.", needs: "at least 2", received: "\(points.count)")
    }
    guard deviation > 0 else { return 1 }
    let t = (mean - expected) / (deviation / Double.sqrt(Double(points.count)))
    return 2 * studentTCDF(-abs(t), degrees: Double(points.count - 1))
}

/// p-values corrected so that the chance of any false rejection among them stays below the level. Holm 1979, Scandinavian
/// Journal of Statistics 6:65.
///
///     adjusted(k-th smallest) = max over j ≤ k of min(1, (m − j + 1)·p(j-th smallest))
///
/// - Throws: ``MetricError/Code/outOfRange`` for what is no probability.
public func holmAdjusted(_ pValues: [Double]) throws(MetricError) -> [Double] {
    if let wrong = pValues.first(where: { !($0 >= 0 && $0 <= 1) }) {
        throw MetricError(.outOfRange, "a p-value is impossible.", needs: "0…1", received: "\(wrong)")
    }
    var adjusted = pValues
    var largest = 0.0
    for (rank, index) in pValues.indices.sorted(by: { (pValues[$0], $0) < (pValues[$1], $1) }).enumerated() {
        largest = max(largest, min(1, Double(pValues.count - rank) * pValues[index]))
        adjusted[index] = largest
    }
    return adjusted
}

/// How often the second of two procedures beats the first when both are run again.
public struct ProbabilityOfImprovement: Codable, Sendable, Hashable {
    /// Share of pairs in which the second is higher; equal pairs count half.
    public var probability: Double
    /// Wilson's interval of that share; absent for fewer than two pairs.
    ///
    /// The bootstrap of Bouthillier's appendix C has no spread where one side wins every pair: of three pairs it covers
    /// a probability of 0.8 in half of all cases.
    public var interval: Interval?

    /// Bouthillier et al. 2021, arXiv:2103.03098, section 4.
    ///
    /// - Parameters:
    ///   - first: Scores of the first, one for each seed.
    ///   - second: Scores of the second with the same seeds.
    /// - Throws: ``MetricError/Code/shapesDiffer``, ``MetricError/Code/empty``, ``MetricError/Code/outOfRange``.
    public init(first: [Double], second: [Double], level: Double = 0.95) throws(MetricError) {
        guard first.count == second.count else {
            throw MetricError(
                .shapesDiffer, "the scores are not paired.", needs: "\(first.count)", received: "\(second.count)")
        }
        guard !first.isEmpty else {
            throw MetricError(.empty, "there are no pairs to compare.", needs: "at least one score on each side")
        }
        let wins = zip(first, second).reduce(0.0) { $0 + ($1.1 > $1.0 ? 1 : $1.1 == $1.0 ? 0.5 : 0) }
        probability = wins / Double(first.count)
        interval = first.count < 2 ? nil : try wilsonInterval(share: probability, of: first.count, level: level)
    }
}

/// The probability that a score of the second sample exceeds one of the first, equal scores counting half: the
/// Mann–Whitney statistic U / (n·m), for runs that are not paired.
///
/// - Throws: ``MetricError/Code/empty``.
public func probabilityOfSuperiority(_ first: [Double], _ second: [Double]) throws(MetricError) -> Double {
    guard !first.isEmpty, !second.isEmpty else {
        throw MetricError(.empty, "there are no scores to compare.", needs: "at least one on each side")
    }
    let wins = second.reduce(0.0) { sum, b in
        first.reduce(sum) { $0 + (b > $1 ? 1 : b == $1 ? 0.5 : 0) }
    }
    return wins / Double(first.count * second.count)
}
