// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

@Suite("Paired tests") struct PairedTestTests {
    @Test("few pairs are permuted exactly, as by SciPy", arguments: StatisticsValues.permutations)
    func exact(differences: [Double], p: Double) throws {
        let own = try pairedPermutationPValue(differences)
        #expect(agree(own, p), "\(own) is not \(p)")
    }

    // Binary differences: the permutation test of the mean is McNemar's exact test, here 14 against 6 among many ties.
    // 9,999 draws put the p-value within four of its standard deviations, 4·√(p(1 − p)/9999) = 0.013.
    @Test("drawn signs give the exact p-value within chance") func drawn() throws {
        let differences =
            Array(repeating: 1.0, count: 14) + Array(repeating: -1, count: 6) + Array(repeating: 0, count: 80)
        let exact = McNemarTest(onlyFirstCorrect: 6, onlySecondCorrect: 14)
        #expect(exact.method == .exact)
        #expect(abs(try pairedPermutationPValue(differences, seed: 4) - exact.pValue) < 0.013)
        #expect(try pairedPermutationPValue(differences, seed: 4) == pairedPermutationPValue(differences, seed: 4))
        #expect(try pairedPermutationPValue(Array(repeating: 1, count: 40)) > 0)
    }

    @Test("Student's p-value is SciPy's", arguments: StatisticsValues.students)
    func student(points: [Double], mean: Double, p: Double) throws {
        #expect(agree(try studentPValue(points, mean: mean), p, digits: 9))
    }

    // s is taken as √½ of the step 0.1, so t = 0.1/(0.1·√½/√3) = √6 with 2 degrees of freedom: p = 0.134 (scipy.stats.t.sf).
    @Test("points without spread are not certain") func ties() throws {
        #expect(try studentPValue([0.5, 0.5, 0.5], mean: 0.4) == 1)
        let p = try studentPValue([0.5, 0.5, 0.5], mean: 0.4, resolution: 0.1)
        #expect(abs(p - 0.1339745962155614) < 1e-12, "\(p)")
        #expect(
            try studentPValue([0.3, 0.5, 0.7], mean: 0.4, resolution: 0.1) == studentPValue([0.3, 0.5, 0.7], mean: 0.4))
    }

    @Test("Holm's correction is statsmodels'", arguments: StatisticsValues.holm)
    func holm(p: [Double], adjusted: [Double]) throws {
        let own = try holmAdjusted(p)
        #expect(zip(own, adjusted).allSatisfy { agree($0, $1) }, "\(own)")
    }

    @Test("nothing to correct is no error; no probability is one") func holmBounds() throws {
        #expect(try holmAdjusted([]) == [])
        #expect(throws: MetricError.self) { try holmAdjusted([0.1, 1.2]) }
        #expect(throws: MetricError.self) { try holmAdjusted([.nan]) }
    }

    @Test("the probability of superiority is SciPy's Mann-Whitney statistic", arguments: StatisticsValues.superiority)
    func superiority(first: [Double], second: [Double], probability: Double) throws {
        #expect(agree(try probabilityOfSuperiority(first, second), probability))
    }

    @Test("the probability of improvement counts wins and half of the ties") func improvement() throws {
        let result = try ProbabilityOfImprovement(first: [0.5, 0.6, 0.7, 0.8], second: [0.6, 0.6, 0.6, 0.9])
        #expect(result.probability == 0.625)
        // Wilson's interval of 2.5 in 4, by statsmodels.stats.proportion.proportion_confint(2.5, 4, method="wilson").
        let interval = try #require(result.interval)
        #expect(agree(interval.lower, 0.21942652006536284) && agree(interval.upper, 0.9081007708209878), "\(interval)")
        // Three wins of three do not mean always.
        let always = try ProbabilityOfImprovement(first: [0, 0, 0], second: [1, 1, 1])
        #expect(always.interval == (try wilsonInterval(successes: 3, of: 3)))
        #expect(throws: MetricError.self) { try ProbabilityOfImprovement(first: [], second: []) }
        #expect(try ProbabilityOfImprovement(first: [0], second: [1]).interval == nil)
        #expect(throws: MetricError.self) { try ProbabilityOfImprovement(first: [0], second: [1, 2]) }
    }

    @Test("impossible input is refused") func impossible() {
        #expect(throws: MetricError.self) { try pairedPermutationPValue([]) }
        #expect(throws: MetricError.self) { try pairedPermutationPValue([1, .nan]) }
        #expect(throws: MetricError.self) { try studentPValue([1]) }
        #expect(throws: MetricError.self) { try probabilityOfSuperiority([], [1]) }
    }
}
