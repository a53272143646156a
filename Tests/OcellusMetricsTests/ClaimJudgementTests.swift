// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import Testing

@Suite("Claims judged together") struct ClaimJudgementTests {
    private let clear = [0.051, 0.049, 0.053, 0.05, 0.052]
    private let absent = [-0.05, -0.048, -0.052, -0.049, -0.051]
    private let unclear = [0.02, 0.0, 0.03, 0.01, -0.01]

    private func part(_ points: [Double], _ expectation: ClaimedEffect = .above(0.01)) -> MeasuredStatement {
        MeasuredStatement(points, expectation, resolution: 0.001, possible: -1...1)
    }

    private func verdicts(_ claims: [[MeasuredStatement]]) throws -> [Judgement.Verdict] {
        try judge(claims: claims.map(MeasuredClaim.init)).map(\.verdict)
    }

    private static func isNear(_ error: Double?, _ expected: Double) -> Bool {
        error.map { abs($0 - expected) < 1e-15 } ?? false
    }

    @Test("a claim is supported by all of its parts and refuted by one") func parts() throws {
        #expect(
            try verdicts([
                [part(clear), part(clear)], [part(clear), part(absent)], [part(clear), part(unclear)], [part([])],
            ]) == [.supported, .notSupported, .cannotTell, .notReached])
        let judged = try judge(claims: [MeasuredClaim([part(clear), part(absent)])])[0]
        // Only what made the verdict has one.
        #expect(judged.parts.map(\.verdict) == [.cannotTell, .notSupported])
        #expect(
            try verdicts([[part([0.001, -0.001, 0.0], .within(0.01))], [part(clear, .within(0.01))]])
                == [.supported, .notSupported])
    }

    // Three points of one part, nothing to borrow from: Student's t with 2 degrees at 0.05/2, the share of look 1.
    // scipy.stats.t.sf((0.05 − 0.01)/(0.01/√3), 2) = 0.010102051443364382, .isf(0.025, 2) = 4.30265273
    @Test("a worked example of one claim") func worked() throws {
        let judged = try judge(claims: [MeasuredClaim([part([0.04, 0.05, 0.06])])])[0]
        #expect(judged.verdict == .supported && judged.look == 1 && judged.seeds == 3)
        #expect(Self.isNear(judged.error, 0.025))
        #expect(abs(judged.pValue - 0.010102051443364382) < 1e-12, "\(judged.pValue)")
        let half = 4.302652729911275 * 0.01 / 3.0.squareRoot()
        let interval = try #require(judged.parts[0].interval)
        #expect(abs(interval.lower - (0.05 - half)) < 1e-12 && abs(interval.upper - (0.05 + half)) < 1e-12)
        #expect(interval.level == 0.95 && judged.needed == nil)
    }

    @Test("looks use the first seeds alone, and what was decided stays") func looks() throws {
        #expect((1...6).map(ClaimLooks.seeds) == [3, 5, 8, 13, 21, 34])
        #expect([2, 3, 4, 5, 7, 8].map { ClaimLooks.count(seeds: $0) } == [0, 1, 1, 2, 2, 3])
        let early = try judge(claims: [MeasuredClaim([part(Array(clear.prefix(3)))])])
        // A fourth seed, and two that speak against it: the look with three has decided.
        #expect(try judge(claims: [MeasuredClaim([part(clear.prefix(3) + [-0.9])])]) == early)
        #expect(try judge(claims: [MeasuredClaim([part(clear.prefix(3) + [-0.9, -0.9])])]) == early)
        #expect(try judge(claims: [MeasuredClaim([part(Array(clear.prefix(2)))])])[0].verdict == .cannotTell)
    }

    @Test("a decided claim leaves its share to the others") func shares() throws {
        let judged = try judge(claims: [
            MeasuredClaim([part(clear)]), MeasuredClaim([part(unclear)]), MeasuredClaim([part(unclear)]),
        ])
        #expect(judged[0].look == 1 && Self.isNear(judged[0].error, 0.025 / 3))
        // The second look is shared by two.
        #expect(judged[1].look == 2 && Self.isNear(judged[1].error, 0.05 / 6 / 2))
        // Claims without points count.
        let first = try judge(claims: [MeasuredClaim([part(clear)]), MeasuredClaim([part([])])])[0]
        #expect(Self.isNear(first.error, 0.025 / 2))
    }

    @Test("parts lend each other their spread, and what counts nothing keeps its own") func lent() throws {
        let others = (0..<4).map { index in
            MeasuredClaim([part([0.02 * Double(index), 0.02 * Double(index) + 0.01, 0.02 * Double(index) - 0.01])])
        }
        let tied = MeasuredClaim([part([0.02, 0.02, 0.02])])
        // Alone, three equal counts deviate by no more than counting hides, and pass.
        let alone = try judge(claims: [tied])[0]
        #expect(alone.verdict == .supported)
        #expect(try judge(claims: [tied] + others)[0].pValue > 3 * alone.pValue)
        let uncounted = MeasuredClaim([MeasuredStatement([0.5, 0.6, 0.7], .above(0.01))])
        let interval = try #require(try judge(claims: [uncounted] + others)[0].parts[0].interval)
        let half = try studentTQuantile((1 + interval.level) / 2, degrees: 2) * 0.1 / 3.0.squareRoot()
        #expect(abs(interval.upper - (0.6 + half)) < 1e-9 && interval.level > 0.95, "\(interval)")
        #expect(
            try judge(claims: [MeasuredClaim([MeasuredStatement([1, 1, 1], .above(0))])])[0].verdict == .cannotTell)
    }

    @Test("what is undecided names the seeds that would decide it") func needed() throws {
        let near = try #require(try judge(claims: [MeasuredClaim([part([0.03, 0.02, 0.04])])])[0].needed)
        let (likely, least) = (try #require(near.likely), try #require(near.least))
        #expect(likely > 3 && least <= likely && (near.most ?? 999) >= likely, "\(near)")
        let hopeless = try #require(try judge(claims: [MeasuredClaim([part([0.0101, 0.0, 0.0203])])])[0].needed)
        #expect(hopeless.likely == nil && hopeless.most == nil)
    }

    @Test("the interval and the verdict never disagree") func agreement() throws {
        for run in 0..<60 {
            var draws = Draws(seed: 5, condition: 1, run: run)
            let claims = try (0..<4).map { claim in
                MeasuredClaim(
                    try (0..<2).map { _ in
                        let effect = 0.01 + 0.02 * Double(claim - 2)
                        return part(try (0..<5).map { _ in effect + 0.01 * (try draws.normal()) })
                    })
            }
            #expect(try OcellusMetrics.verdicts(of: claims) == judge(claims: claims).map(\.verdict))
            for judgement in try judge(claims: claims) {
                let intervals = judgement.parts.compactMap(\.interval)
                #expect(intervals.count == 2)
                #expect((judgement.verdict == .supported) == intervals.allSatisfy { $0.lower >= 0.01 })
                #expect((judgement.verdict == .notSupported) == intervals.contains { $0.upper <= 0.01 })
            }
        }
        #expect(throws: MetricError.self) { try judge(claims: [MeasuredClaim([part([.nan])])]) }
    }
}
