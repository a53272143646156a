// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// The chance that Student's two-sided test rejects when the mean lies `noncentrality` standard errors from the stated
/// value: the tails of the noncentral t distribution beyond the critical value.
///
///     ∫ (Φ(δ − t·x) + Φ(−δ − t·x)) f(x) dx,   x = √(χ²/ν), f its density
///
/// by Simpson's rule on 1,000 pieces of the range that holds all but 1e-12 of f. Owen 1965, Biometrika 52:437.
///
/// - Parameters:
///   - noncentrality: δ, at least 0.
///   - degrees: ν, points less 1.
/// - Throws: ``MetricError/Code/outOfRange``.
public func studentTPower(
    noncentrality: Double, degrees: Double, level: Double = 0.95
) throws(MetricError) -> Double {
    try requireLevel(level)
    guard noncentrality >= 0, noncentrality.isFinite else {
        throw MetricError(
            .outOfRange, "the effect is impossible.", needs: "at least 0", received: "\(noncentrality)")
    }
    let t = try studentTQuantile((1 + level) / 2, degrees: degrees)
    // ln f(x) = ln 2 + (ν/2)·ln(ν/2) − ln Γ(ν/2) + (ν − 1)·ln x − ν·x²/2
    let scale = Double.log(2) + degrees / 2 * Double.log(degrees / 2) - Double.logGamma(degrees / 2)
    func integrand(_ x: Double) -> Double {
        guard x > 0 || degrees == 1 else { return 0 }
        let density = Double.exp(scale + (degrees == 1 ? 0 : (degrees - 1) * Double.log(x)) - degrees * x * x / 2)
        return density * (normalCDF(noncentrality - t * x) + normalCDF(-noncentrality - t * x))
    }
    // x has mean near 1 and a deviation below √½/√ν.
    let width = 8 / Double.sqrt(degrees)
    let (low, high) = (max(0, 1 - width), 1 + width)
    let pieces = 1000
    let step = (high - low) / Double(pieces)
    let sum = (0...pieces).reduce(0.0) { sum, piece in
        let weight: Double = piece == 0 || piece == pieces ? 1 : piece % 2 == 1 ? 4 : 2
        return sum + weight * integrand(low + Double(piece) * step)
    }
    return min(1, sum * step / 3)
}

/// How many standard errors a mean must lie from the stated value for Student's test to reject with the chance `power`.
///
/// - Throws: ``MetricError/Code/outOfRange``.
public func studentTNoncentrality(
    power: Double, degrees: Double, level: Double = 0.95
) throws(MetricError) -> Double {
    guard power > 1 - level, power < 1 else {
        throw MetricError(
            .outOfRange, "the power is impossible.", needs: "above \(1 - level), below 1", received: "\(power)")
    }
    var (low, high) = (0.0, 1.0)
    while try studentTPower(noncentrality: high, degrees: degrees, level: level) < power { high *= 2 }
    for _ in 0..<40 {
        let middle = (low + high) / 2
        if try studentTPower(noncentrality: middle, degrees: degrees, level: level) < power {
            low = middle
        } else {
            high = middle
        }
    }
    return (low + high) / 2
}
