// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

@Suite("Paired differences") struct PairedDifferenceTests {
    private func counts() throws -> PairedCounts {
        try PairedCounts(
            labels: StatisticsValues.pairLabels, classes: 3, first: StatisticsValues.pairFirst,
            second: StatisticsValues.pairSecond)
    }

    @Test("both intervals are NumPy's and SciPy's, from the answers themselves")
    func values() throws {
        for (measure, expected) in [
            (PairedDifference.Measure.accuracy, StatisticsValues.pairAccuracy),
            (.balancedAccuracy, StatisticsValues.pairBalanced),
        ] {
            let own = try PairedDifference(try counts(), measure: measure)
            let values = [
                own.mean, own.trainings.lower, own.trainings.upper, own.images.lower, own.images.upper,
                try own.likelyVisible(),
            ]
            #expect(zip(values, expected).allSatisfy { agree($0, $1, digits: 8) }, "\(measure): \(values)")
        }
        // The shorter interval leaves 0 out, the wider one decides.
        let balanced = try PairedDifference(try counts(), measure: .balancedAccuracy)
        #expect(balanced.trainings.lower > 0 && !balanced.isClear)
    }

    // Classes 0 and 1 with two images and one; two seeds: image 0 only second, then only first; image 1 both; image 2 only
    // second in both.
    @Test("counts say who was right where, and how often") func counting() throws {
        let counts = try PairedCounts(
            labels: [0, 0, 1], classes: 2, first: [[1, 0, 0], [0, 0, 0]], second: [[0, 0, 1], [1, 0, 1]])
        #expect(counts.images == [2, 1] && counts.seeds == 2)
        #expect(counts.onlySecond == [[1, 0], [1, 1]] && counts.onlyFirst == [[0, 1], [0, 0]])
        #expect(counts.bySeeds == [[0, 0, 2, 0, 0], [0, 0, 0, 0, 1]])
    }

    // 20 images of which the second network alone gets 3 right, in every seed: no spread at all.
    @Test("seeds that tie give no certainty") func ties() throws {
        func tied(_ images: Int) throws -> PairedDifference {
            try PairedDifference(
                PairedCounts(
                    images: [images], onlyFirst: [[0, 0, 0]], onlySecond: [[3, 3, 3]],
                    bySeeds: [[0, 0, 0, images - 3, 0, 0, 3]]))
        }
        let few = try tied(20)
        #expect(abs(few.mean - 0.15) < 1e-12 && few.trainings.halfWidth > 0.08 && !few.isClear)
        // Networks that never differ on ten images may differ by tens of points.
        let equal = try PairedDifference(
            PairedCounts(
                images: [10], onlyFirst: [[0, 0, 0]], onlySecond: [[0, 0, 0]], bySeeds: [[0, 0, 0, 10, 0, 0, 0]]))
        #expect(equal.mean == 0 && equal.images.upper > 0.15)
    }

    @Test("more seeds do not shorten what other images add") func images() throws {
        func with(_ seeds: Int) throws -> PairedDifference {
            var bySeeds = [Int](repeating: 0, count: 2 * seeds + 1)
            bySeeds[seeds] = 900
            bySeeds[2 * seeds] = 60
            bySeeds[0] = 40
            return try PairedDifference(
                PairedCounts(
                    images: [1000], onlyFirst: [Array(repeating: 40, count: seeds)],
                    onlySecond: [Array(repeating: 60, count: seeds)], bySeeds: [bySeeds]))
        }
        // 1.96·√((0.1 − 0.02²)/1000) = 0.0196.
        #expect(try with(50).trainings.halfWidth < 0.001)
        #expect(abs(try with(50).images.halfWidth - 0.0196) < 0.0003)
    }

    @Test("fewer than three seeds and counts that do not fit are refused") func errors() throws {
        let two = try PairedCounts(labels: [0], classes: 1, first: [[0], [0]], second: [[0], [0]])
        #expect(throws: MetricError.self) { try PairedDifference(two) }
        var damaged = try counts()
        damaged.bySeeds[0][0] += 1
        #expect(throws: MetricError.self) { try PairedDifference(damaged) }
        #expect(throws: MetricError.self) { try PairedCounts(labels: [2], classes: 2, first: [[0]], second: [[0]]) }
        #expect(throws: MetricError.self) { try PairedCounts(labels: [0], classes: 2, first: [[0]], second: [[0, 1]]) }
    }
}

@Suite("Power") struct PowerTests {
    @Test("the power of a t test is statsmodels'", arguments: StatisticsValues.powers)
    func power(noncentrality: Double, degrees: Double, power: Double) throws {
        let own = try studentTPower(noncentrality: noncentrality, degrees: degrees)
        #expect(agree(own, power, digits: 8), "\(own) is not \(power)")
    }

    @Test("the effect of 80 % power is statsmodels'", arguments: StatisticsValues.noncentralities)
    func effect(degrees: Double, noncentrality: Double) throws {
        let own = try studentTNoncentrality(power: 0.8, degrees: degrees)
        #expect(agree(own, noncentrality, digits: 7), "\(own) is not \(noncentrality)")
    }

    @Test("impossible questions are refused") func errors() {
        #expect(throws: MetricError.self) { try studentTPower(noncentrality: -1, degrees: 2) }
        #expect(throws: MetricError.self) { try studentTNoncentrality(power: 0.05, degrees: 2) }
        #expect(throws: MetricError.self) { try studentTNoncentrality(power: 1, degrees: 2) }
    }
}
