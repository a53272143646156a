// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import Testing

@testable import OcellusMetrics

@Suite("Two classifiers on the same images") struct PairedShareTests {
    // SciPy 1.15, binomtest.
    @Test(
        "exact p-values as SciPy has them",
        arguments: [
            (5, 15, 0.041389465332), (100, 140, 0.011664092318), (3, 3, 1), (0, 0, 1), (15, 5, 0.041389465332),
        ])
    func exact(first: Int, second: Int, expected: Double) {
        let p = McNemarTest(onlyFirstCorrect: first, onlySecondCorrect: second).exactPValue
        #expect(abs(p - expected) < 1e-9, "\(p)")
    }

    @Test("the interval by hand, and its length without a discordant image") func byHand() throws {
        let interval = try pairedShareInterval(onlyFirst: 5, onlySecond: 15, of: 100)
        #expect(
            abs(interval.lower - 0.012_063_519_291_2) < 1e-9 && abs(interval.upper - 0.184_014_912_081_3) < 1e-9,
            "\(interval)")
        let none = try pairedShareInterval(onlyFirst: 0, onlySecond: 0, of: 50)
        #expect(none.upper > 0.03 && none.lower == -none.upper)
        #expect(throws: MetricError.self) { try pairedShareInterval(onlyFirst: 3, onlySecond: 3, of: 5) }
        #expect(throws: MetricError.self) { try pairedShareInterval(onlyFirst: 0, onlySecond: 0, of: 0) }
    }

    @Test("it holds the true difference in 95 % of draws", arguments: [(0.02, 0.06, 100), (0.1, 0.1, 300)])
    func coverage(losing: Double, gaining: Double, count: Int) throws {
        var held = 0
        for run in 0..<1000 {
            var random = CounterRandom(seed: 5, purpose: .test, sample: run)
            var (lost, gained) = (0, 0)
            for _ in 0..<count {
                let draw = random.nextUniformDouble()
                if draw < losing { lost += 1 } else if draw < losing + gaining { gained += 1 }
            }
            let interval = try pairedShareInterval(onlyFirst: lost, onlySecond: gained, of: count)
            held += (interval.lower...interval.upper).contains(gaining - losing) ? 1 : 0
        }
        // Three standard errors below.
        #expect(held >= 929, "\(held)")
    }
}
