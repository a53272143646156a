// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// The standard normal distribution function, `Φ(x) = erfc(−x/√2) / 2`.
public func normalCDF(_ x: Double) -> Double { Double.erfc(-x / Double.sqrt(2)) / 2 }

/// The value below which a standard normal number falls with probability `p`.
///
/// Acklam's rational approximation (relative error below 1.2e-9), then one step of Halley's method on
/// ``normalCDF(_:)``, which brings it to the precision of `erfc`.
///
/// - Throws: ``MetricError/Code/outOfRange`` unless 0 < p < 1.
public func normalQuantile(_ p: Double) throws(MetricError) -> Double {
    try requireProbability(p)
    // Near 1 the distribution function has lost the digits that tell; 1 − p is exact there.
    if p > 0.5 { return -(try normalQuantile(1 - p)) }
    let a = [
        -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
        -3.066479806614716e+01, 2.506628277459239e+00,
    ]
    let b = [
        -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
        -1.328068155288572e+01,
    ]
    let c = [
        -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
        4.374664141464968e+00, 2.938163982698783e+00,
    ]
    let d = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00]
    func horner(_ coefficients: [Double], _ x: Double) -> Double { coefficients.reduce(0) { $0 * x + $1 } }
    var x: Double
    if p < 0.02425 {
        let q = Double.sqrt(-2 * Double.log(p))
        x = horner(c, q) / (horner(d, q) * q + 1)
    } else {
        let q = p - 0.5
        x = horner(a, q * q) * q / (horner(b, q * q) * q * q + 1)
    }
    let error = normalCDF(x) - p
    let u = error * Double.sqrt(2 * Double.pi) * Double.exp(x * x / 2)
    x -= u / (1 + x * u / 2)
    return x
}

/// The regularised incomplete beta function I_x(a, b), by its continued fraction
/// (Abramowitz and Stegun 1964, 26.5.8, evaluated by Lentz's method).
public func regularizedBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // The fraction converges fast below the mean; above it, use the symmetry.
    if x > (a + 1) / (a + b + 2) { return 1 - regularizedBeta(1 - x, b, a) }
    let logFront =
        Double.logGamma(a + b) - Double.logGamma(a) - Double.logGamma(b) + a * Double.log(x)
        + b * Double.log(onePlus: -x)
    let tiny = 1e-300
    var c = 1.0
    var d = 1 / nonZero(1 - (a + b) * x / (a + 1), tiny)
    var fraction = d
    for m in 1...500 {
        let m = Double(m)
        let even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1 / nonZero(1 + even * d, tiny)
        c = nonZero(1 + even / c, tiny)
        fraction *= d * c
        let odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d = 1 / nonZero(1 + odd * d, tiny)
        c = nonZero(1 + odd / c, tiny)
        let delta = d * c
        fraction *= delta
        if abs(delta - 1) < 1e-16 { break }
    }
    return Double.exp(logFront) * fraction / a
}

private func nonZero(_ value: Double, _ tiny: Double) -> Double { abs(value) < tiny ? tiny : value }

/// Student's t distribution function with `degrees` of freedom (need not be whole).
public func studentTCDF(_ t: Double, degrees: Double) -> Double {
    let tail = regularizedBeta(degrees / (degrees + t * t), degrees / 2, 0.5) / 2
    return t > 0 ? 1 - tail : tail
}

/// The value below which a t-distributed number falls with probability `p`, by bisection on ``studentTCDF(_:degrees:)``.
///
/// - Throws: ``MetricError/Code/outOfRange`` unless 0 < p < 1 and degrees > 0.
public func studentTQuantile(_ p: Double, degrees: Double) throws(MetricError) -> Double {
    try requireProbability(p)
    guard degrees > 0 else {
        throw MetricError(
            .outOfRange, "the degrees of freedom are impossible.", needs: "above 0", received: "\(degrees)")
    }
    if p == 0.5 { return 0 }
    if p < 0.5 { return -(try studentTQuantile(1 - p, degrees: degrees)) }
    var (low, high) = (0.0, 1.0)
    while studentTCDF(high, degrees: degrees) < p, high < 1e300 { high *= 2 }
    for _ in 0..<200 {
        let middle = (low + high) / 2
        if middle == low || middle == high { break }
        if studentTCDF(middle, degrees: degrees) < p { low = middle } else { high = middle }
    }
    return (low + high) / 2
}

/// Throws ``MetricError/Code/outOfRange`` unless `level` is a coverage that an interval can have.
func requireLevel(_ level: Double) throws(MetricError) {
    guard level > 0, level < 1 else {
        throw MetricError(
            .outOfRange, "the level of the interval is impossible.", needs: "between 0 and 1, e.g. 0.95",
            received: "\(level)")
    }
}

/// Throws unless there is one score in 0…1 for each answer.
func requireScores(_ scores: [Double], _ correct: [Bool]) throws(MetricError) {
    guard !scores.isEmpty, scores.count == correct.count else {
        throw MetricError(
            scores.isEmpty ? .empty : .shapesDiffer, "scores and answers differ in number, or there are none.",
            needs: "one score for each answer", received: "\(scores.count) and \(correct.count)")
    }
    if let wrong = scores.first(where: { !($0 >= 0 && $0 <= 1) }) {
        throw MetricError(.outOfRange, "a score is no probability.", needs: "0…1", received: "\(wrong)")
    }
}

private func requireProbability(_ p: Double) throws(MetricError) {
    guard p > 0, p < 1 else {
        throw MetricError(.outOfRange, "the probability is impossible.", needs: "between 0 and 1", received: "\(p)")
    }
}
