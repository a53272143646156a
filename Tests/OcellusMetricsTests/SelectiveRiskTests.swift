// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import Testing

@testable import OcellusMetrics

@Suite("Selective risk") struct SelectiveRiskTests {
    /// A made-up classifier: scores, and whether each answer is right, surer answers more often.
    private struct MadeUp {
        var scores: [Double] = []
        var correct: [Bool] = []

        init(count: Int, shift: Double, seed: UInt64) throws {
            var random = CounterRandom(seed: seed, purpose: .test)
            for _ in 0..<count {
                let score = 2 * (try normalQuantile(max(1e-12, random.nextUniformDouble()))) + shift
                scores.append(score)
                correct.append(random.nextUniformDouble() < softmax([Float(score), 0])[0])
            }
        }

        func part(_ indices: some Collection<Int>) -> (scores: [Double], correct: [Bool]) {
            (indices.map { scores[$0] }, indices.map { correct[$0] })
        }

        /// Share that scores above a threshold, and wrong answers among them.
        func outcome(above threshold: Double?) -> (coverage: Double, error: Double) {
            let answered = scores.indices.filter { scores[$0] > threshold ?? -.infinity }
            let wrong = answered.count { !correct[$0] }
            return (Double(answered.count) / Double(scores.count), Double(wrong) / Double(max(1, answered.count)))
        }
    }

    @Test("log-odds of the most probable class, also where its probability is 1 up to rounding") func logOddsOfLogits()
    {
        // p = (2/5, 1/5, 2/5) without the first: 1.5 of the others to 1.
        let logits: [Float] = [0.6931472, 0, 0.6931472]
        #expect(abs(logOdds(logits) - (0.6931472 - 1.0986123)) < 1e-6)
        #expect(abs(logOdds([100, 0] as [Float]) - 100) < 1e-9)
        #expect(abs(logOdds([900, -900, 899] as [Float]) - 1) < 1e-9)
        #expect(logOdds([3] as [Float]) == .infinity)
        // log(e⁵ / (e¹ + e⁻²))
        #expect(abs(logOdds([5, 1, -2] as [Float]) - 3.951_412_648_3) < 1e-9)
    }

    @Test("59 answers without a mistake are the fewest that show 5 %") func fewest() throws {
        #expect(try SelectiveRisk.leastAnswers(error: 0.05) == 59)
        #expect(try SelectiveRisk.leastAnswers(error: 0.10) == 29)
        #expect(try SelectiveRisk.leastAnswers(error: 0.01) == 299)
        func rule(_ count: Int, wrong: Int = 0) throws -> SelectiveRule? {
            try SelectiveRisk(
                scores: (0..<count).map { Double(-$0) }, correct: (0..<count).map { $0 < count - wrong }
            ).rule(error: 0.05)
        }
        #expect(try rule(58) == nil)
        let all = try #require(try rule(59))
        #expect(all.threshold == nil && all.answered == 59 && all.bound <= 0.05 && all.answers(-1e9))
        #expect(try rule(59, wrong: 1) == nil)
        #expect(throws: MetricError.self) { try SelectiveRisk.leastAnswers(error: 0) }
    }

    @Test("mistakes among the unsure are left out") func leavesOut() throws {
        let scores = (0..<1000).map { Double($0) }
        let risk = try SelectiveRisk(scores: scores, correct: scores.map { $0 >= 300 })
        let rule = try #require(try risk.rule(error: 0.05))
        let threshold = try #require(rule.threshold)
        // Of 700 right ones and 36 wrong ones 4.9 % are wrong; the bound leaves fewer.
        #expect(threshold > 260 && threshold < 300 && rule.count == 1000)
        #expect(rule.answered == scores.count { $0 > threshold } && rule.wrong == max(0, 299 - Int(threshold)))
        #expect(rule.answers(threshold + 1) && !rule.answers(threshold))
    }

    @Test("equal scores are answered together or not at all") func ties() throws {
        let equal = try SelectiveRisk(
            scores: [Double](repeating: 1, count: 200), correct: [Bool](repeating: true, count: 200))
        #expect(equal.answered.dropLast().allSatisfy { $0 == 0 } && equal.answered.last == 200)
        #expect(try equal.rule(error: 0.05)?.threshold == nil)
        let two = try SelectiveRisk(
            scores: (0..<400).map { $0 < 200 ? 1 : 0 }, correct: (0..<400).map { $0 < 200 })
        #expect(Set(two.answered) == [0, 200, 400])
        #expect(try two.rule(error: 0.05)?.threshold == 0)
    }

    @Test(
        "new images exceed the error in at most 5 % of draws, and more is answered than by bisection",
        arguments: [1.0, 2.5, 4])
    func promise(shift: Double) throws {
        let all = try MadeUp(count: 5000, shift: shift, seed: 3)
        var (own, bisected) = ((exceeded: 0, coverage: 0.0), (exceeded: 0, coverage: 0.0))
        let runs = 150
        for run in 0..<runs {
            var random = CounterRandom(seed: UInt64(run), purpose: .test, sample: 1)
            let part = all.part(random.permutation(of: 5000).prefix(400))
            if let rule = try SelectiveRisk(scores: part.scores, correct: part.correct).rule(error: 0.08) {
                let outcome = all.outcome(above: rule.threshold)
                own.coverage += outcome.coverage / Double(runs)
                own.exceeded += outcome.error > 0.08 ? 1 : 0
            }
            if let promise = try RiskCoverage(scores: part.scores, correct: part.correct).promise(error: 0.08) {
                let outcome = all.outcome(above: promise.point.threshold.nextDown)
                bisected.coverage += outcome.coverage / Double(runs)
                bisected.exceeded += outcome.error > 0.08 ? 1 : 0
            }
        }
        // Three standard errors above 5 %.
        #expect(Double(own.exceeded) <= 0.103 * Double(runs), "\(own)")
        #expect(own.coverage > bisected.coverage, "\(own) \(bisected)")
    }

    @Test("the check can fail: a threshold chosen and scored on the same images promises nothing") func naive() throws {
        let all = try MadeUp(count: 5000, shift: 2.5, seed: 3)
        var exceeded = 0
        for run in 0..<100 {
            var random = CounterRandom(seed: UInt64(run), purpose: .test, sample: 1)
            let part = all.part(random.permutation(of: 5000).prefix(400))
            let curve = try RiskCoverage(scores: part.scores, correct: part.correct)
            guard let point = curve.points.last(where: { $0.risk <= 0.08 }) else { continue }
            exceeded += all.outcome(above: point.threshold.nextDown).error > 0.08 ? 1 : 0
        }
        #expect(exceeded > 25, "\(exceeded)")
    }

    @Test("counts that no grid could have are refused") func impossible() {
        for (thresholds, answered, wrong) in [
            ([1.0], [1, 2, 3], [0, 0, 0]), ([0.0, 1.0], [1, 2, 3], [0, 0, 0]), ([1.0, 0.0], [2, 1, 3], [0, 0, 0]),
            ([1.0, 0.0], [1, 2, 3], [2, 2, 2]), ([1.0, .nan], [1, 2, 3], [0, 0, 0]),
            ([1.0, 0.0], [1, 2, 4], [0, 0, 0]),
        ] {
            #expect(throws: MetricError.self) {
                try SelectiveRisk(count: 3, thresholds: thresholds, answered: answered, wrong: wrong)
            }
        }
        #expect(throws: MetricError.self) { try SelectiveRisk(scores: [], correct: []) }
        #expect(throws: MetricError.self) { try SelectiveRisk(scores: [.nan], correct: [true]) }
    }
}
