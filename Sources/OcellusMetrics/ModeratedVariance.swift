// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// What many sample variances say about each: a prior that small samples are shrunk towards.
///
/// Three seeds hardly know their own spread, but the statements of a run know together how large it usually is. The true
/// variances are taken to follow s₀²·d₀/χ²(d₀); the moderated variance is the mean of prior and sample, weighted by their
/// degrees of freedom, and a t test with it has d₀ + d of them. Smyth 2004, Statistical Applications in Genetics and
/// Molecular Biology 3:3, section 6.2; limma's `squeezeVar` gives the same.
///
///     e = ln s² − ψ(d/2) + ln(d/2)
///     ψ′(d₀/2) = mean of (e − ē)²·n/(n − 1) − ψ′(d/2),   ln s₀² = ē + ψ(d₀/2) − ln(d₀/2)
///
/// Where the variances differ by no more than chance, d₀ is infinite, and every sample gets s₀².
public struct ModeratedVariance: Sendable, Hashable {
    /// s₀²
    public var priorVariance: Double
    /// d₀; may be infinite.
    public var priorDegrees: Double

    /// - Parameter samples: Variances above 0, each with its degrees of freedom.
    /// - Throws: ``MetricError/Code/empty`` for fewer than two, ``MetricError/Code/outOfRange`` for a variance or degrees
    ///   that are not above 0 and finite.
    public init(_ samples: [(variance: Double, degrees: Double)]) throws(MetricError) {
        guard samples.count > 1 else {
            throw MetricError(
                .empty, "a prior of variances needs variances.", needs: "at least 2", received: "\(samples.count)")
        }
        for sample in samples {
            guard sample.variance > 0, sample.variance.isFinite, sample.degrees > 0, sample.degrees.isFinite else {
                throw MetricError(
                    .outOfRange, "a variance cannot be shrunk.", needs: "variance and degrees above 0",
                    received: "\(sample.variance) with \(sample.degrees) degrees")
            }
        }
        let count = Double(samples.count)
        let logarithms = samples.map {
            Double.log($0.variance) - digamma($0.degrees / 2) + Double.log($0.degrees / 2)
        }
        let centre = logarithms.reduce(0, +) / count
        let spread = logarithms.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / (count - 1)
        let excess = spread - samples.reduce(0) { $0 + trigamma($1.degrees / 2) } / count
        guard excess > 0 else {
            (priorVariance, priorDegrees) = (Double.exp(centre), .infinity)
            return
        }
        let half = inverseTrigamma(excess)
        priorDegrees = 2 * half
        priorVariance = Double.exp(centre + digamma(half) - Double.log(half))
    }

    /// A sample's variance and degrees of freedom with the prior's added.
    public func moderated(variance: Double, degrees: Double) -> (variance: Double, degrees: Double) {
        guard priorDegrees.isFinite else { return (priorVariance, .infinity) }
        let sum = priorDegrees + degrees
        return ((priorDegrees * priorVariance + degrees * variance) / sum, sum)
    }
}

/// ψ(x) for x > 0: its recurrence up to 10, then the asymptotic series (Abramowitz and Stegun 1964, 6.3.5 and 6.3.18).
func digamma(_ x: Double) -> Double {
    var (x, shift) = (x, 0.0)
    while x < 10 {
        shift -= 1 / x
        x += 1
    }
    let square = 1 / (x * x)
    let series = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square / 132))))
    return shift + Double.log(x) - 1 / (2 * x) - series
}

/// ψ′(x) for x > 0, in the same way (6.4.6 and 6.4.12).
func trigamma(_ x: Double) -> Double {
    var (x, shift) = (x, 0.0)
    while x < 10 {
        shift += 1 / (x * x)
        x += 1
    }
    let square = 1 / (x * x)
    let series = square * (1 / 6 - square * (1 / 30 - square * (1 / 42 - square * (1 / 30 - square * 5 / 66))))
    return shift + (1 + 1 / (2 * x) + series) / x
}

/// The x whose ψ′(x) is `value`, which falls from infinity to 0.
private func inverseTrigamma(_ value: Double) -> Double {
    var (low, high) = (Double.log(1e-8), Double.log(1e12))
    for _ in 0..<100 {
        let middle = (low + high) / 2
        if trigamma(Double.exp(middle)) > value { low = middle } else { high = middle }
    }
    return Double.exp((low + high) / 2)
}
