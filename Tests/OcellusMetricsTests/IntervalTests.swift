// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

/// Whether two numbers agree to `digits` significant digits; near zero, to that many decimal places.
func agree(_ a: Double, _ b: Double, digits: Int = 10) -> Bool {
    var unit = max(abs(a), abs(b), 1e-12)
    for _ in 0..<digits { unit /= 10 }
    return abs(a - b) <= unit
}

@Suite("Distributions and intervals") struct IntervalTests {
    // Halley's step leaves a few units in the last place of erfc; 12 digits allow for its error far in the tail.
    @Test("normal quantiles are SciPy's", arguments: SciPyValues.normalQuantiles)
    func normal(p: Double, x: Double) throws {
        let quantile = try normalQuantile(p)
        #expect(agree(quantile, x, digits: 12), "\(quantile) is not \(x)")
        #expect(agree(normalCDF(x), p, digits: 12))
    }

    @Test("t quantiles are SciPy's", arguments: SciPyValues.studentQuantiles)
    func student(p: Double, degrees: Double, t: Double) throws {
        let quantile = try studentTQuantile(p, degrees: degrees)
        #expect(agree(quantile, t, digits: 10), "\(quantile) is not \(t)")
        #expect(agree(studentTCDF(t, degrees: degrees), p, digits: 11))
    }

    @Test("the incomplete beta function is SciPy's", arguments: SciPyValues.betas)
    func beta(x: Double, a: Double, b: Double, value: Double) {
        #expect(agree(regularizedBeta(x, a, b), value, digits: 11))
    }

    // Printed to two decimals of a percent (one for n = 100): Wilson's interval at 95 %.
    @Test(
        "Wilson's interval gives the published lines",
        arguments: [(4900, 10_000, "48.02–49.98"), (7000, 10_000, "69.09–70.89"), (9000, 10_000, "89.40–90.57")])
    func wilsonLines(successes: Int, n: Int, text: String) throws {
        let interval = try wilsonInterval(successes: successes, of: n)
        #expect("\(hundredths(interval.lower))–\(hundredths(interval.upper))" == text)
    }

    @Test("Wilson's interval of 90 in 100 is 82.6–94.5") func wilsonHundred() throws {
        let interval = try wilsonInterval(successes: 90, of: 100)
        #expect(Int((1000 * interval.lower).rounded()) == 826)
        #expect(Int((1000 * interval.upper).rounded()) == 945)
    }

    private func hundredths(_ share: Double) -> String {
        let value = Int((10_000 * share).rounded())
        return "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)"
    }

    @Test("Wilson's interval is SciPy's", arguments: SciPyValues.wilson)
    func wilson(successes: Int, n: Int, level: Double, lower: Double, upper: Double) throws {
        let interval = try wilsonInterval(successes: successes, of: n, level: level)
        #expect(agree(interval.lower, lower) && agree(interval.upper, upper), "\(interval)")
        #expect(interval.level == level)
    }

    @Test("mean, deviation and t interval are NumPy's and SciPy's", arguments: SciPyValues.samples)
    func samples(points: [Double], mean: Double, deviation: Double, lower: Double, upper: Double) throws {
        let ownMean = OcellusMetrics.mean(points) ?? .nan
        let ownDeviation = standardDeviation(points) ?? .nan
        #expect(agree(ownMean, mean) && agree(ownDeviation, deviation))
        let interval = try meanInterval(points)
        #expect(agree(interval.lower, lower, digits: 9) && agree(interval.upper, upper, digits: 9), "\(interval)")
        #expect(agree(interval.halfWidth, (upper - lower) / 2, digits: 9))
    }

    @Test("Welch's interval is SciPy's", arguments: SciPyValues.welch)
    func welch(first: [Double], second: [Double], level: Double, lower: Double, upper: Double) throws {
        let interval = try welchInterval(first, second, level: level)
        #expect(agree(interval.lower, lower, digits: 9) && agree(interval.upper, upper, digits: 9), "\(interval)")
    }

    @Test("no interval has the length 0") func noSpread() throws {
        #expect(throws: MetricError.self) { try meanInterval([0.5, 0.5, 0.5]) }
        #expect(throws: MetricError.self) { try welchInterval([1, 1], [3, 3]) }
        // t(0.975, 2)·√½·0.01/√3 = 0.01757.
        let counted = try meanInterval([0.5, 0.5, 0.5], resolution: 0.01)
        #expect(abs(counted.halfWidth - 0.0175656) < 1e-6 && abs(counted.lower + counted.upper - 1) < 1e-12)
        #expect(mean([]) == nil && standardDeviation([1]) == nil)
    }

    @Test("an interval is cut to what is possible") func possible() throws {
        #expect(try meanInterval([0.1, 0.9, 0.5], possible: 0...1) == Interval(lower: 0, upper: 1))
        #expect(try meanInterval([0.49, 0.5, 0.51], possible: 0...1) == meanInterval([0.49, 0.5, 0.51]))
    }

    @Test("balanced accuracy's interval adds Wilson's by squares", arguments: StatisticsValues.balanced)
    func balanced(right: [Int], images: [Int], lower: Double, upper: Double) throws {
        let labels = images.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
        let predictions = right.indices.flatMap { label in
            Array(repeating: label, count: right[label])
                + Array(repeating: (label + 1) % images.count, count: images[label] - right[label])
        }
        let matrix = try ConfusionMatrix(labels: labels, predictions: predictions, classes: images.count)
        let interval = try #require(try matrix.balancedAccuracyInterval())
        #expect(agree(interval.lower, lower) && agree(interval.upper, upper), "\(interval)")
    }

    @Test("impossible questions are refused") func errors() {
        #expect(throws: MetricError.self) { try normalQuantile(0) }
        #expect(throws: MetricError.self) { try normalQuantile(.nan) }
        #expect(throws: MetricError.self) { try studentTQuantile(1, degrees: 3) }
        #expect(throws: MetricError.self) { try studentTQuantile(0.5, degrees: 0) }
        #expect(throws: MetricError.self) { try wilsonInterval(successes: 0, of: 0) }
        #expect(throws: MetricError.self) { try wilsonInterval(successes: 5, of: 4) }
        #expect(throws: MetricError.self) { try wilsonInterval(successes: -1, of: 4) }
        #expect(throws: MetricError.self) { try wilsonInterval(successes: 1, of: 4, level: -0.5) }
        #expect(throws: MetricError.self) { try meanInterval([1]) }
        #expect(throws: MetricError.self) { try meanInterval([1, 2], level: 1) }
        #expect(throws: MetricError.self) { try welchInterval([1, 2], [1]) }
        #expect(throws: MetricError.self) { try welchInterval([1, 2], [1, 2], level: 0) }
    }
}
