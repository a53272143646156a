// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// Spearman's rank correlation: the correlation of the two rankings, equal values sharing the mean of their ranks.
///
/// Spearman 1904, American Journal of Psychology 15:72. SciPy's `spearmanr` gives the same.
///
/// - Returns: −1…1; `nil` where it is not defined, when all values of one side are equal.
/// - Throws: ``MetricError`` for sides of different length, fewer than two pairs, or values that are not numbers.
public func rankCorrelation(_ first: [Double], _ second: [Double]) throws(MetricError) -> Double? {
    guard first.count == second.count else {
        throw MetricError(
            .shapesDiffer, "a rank correlation needs pairs.", needs: "as many values on each side",
            received: "\(first.count) and \(second.count)")
    }
    guard first.count > 1 else {
        throw MetricError(.empty, "a rank correlation needs pairs.", needs: "at least 2", received: "\(first.count)")
    }
    guard (first + second).allSatisfy({ !$0.isNaN }) else {
        throw MetricError(.notFinite, "a value to be ranked is not a number.")
    }
    let (a, b) = (ranks(first), ranks(second))
    // Every ranking has the same mean.
    let mean = Double(first.count + 1) / 2
    var (products, squaresA, squaresB) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
        products += (x - mean) * (y - mean)
        squaresA += (x - mean) * (x - mean)
        squaresB += (y - mean) * (y - mean)
    }
    guard squaresA > 0, squaresB > 0 else { return nil }
    return max(-1, min(1, products / (squaresA * squaresB).squareRoot()))
}

/// 1 for the smallest; equal values share the mean of their ranks.
private func ranks(_ values: [Double]) -> [Double] {
    let order = values.indices.sorted { values[$0] < values[$1] }
    var ranks = [Double](repeating: 0, count: values.count)
    var start = 0
    while start < order.count {
        var end = start + 1
        while end < order.count, values[order[end]] == values[order[start]] { end += 1 }
        for position in start..<end { ranks[order[position]] = Double(start + 1 + end) / 2 }
        start = end
    }
    return ranks
}
