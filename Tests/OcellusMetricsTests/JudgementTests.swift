// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

/// Normal numbers by the quantile function, from a stream of their own.
private func normals(_ count: Int, seed: UInt64, sample: Int) throws -> [Double] {
    var random = CounterRandom(seed: seed, purpose: .test, epoch: 3, sample: sample)
    return try (0..<count).map { _ in try normalQuantile(min(max(random.nextUniformDouble(), 1e-12), 1 - 1e-12)) }
}

/// Accuracies of five seeds on 1,000 test images, to whole images: a seed's own level scatters by half a point, and the answers
/// by the binomial deviation.
private func accuracies(_ level: Double, seed: UInt64, sample: Int) throws -> [Double] {
    let deviation = (0.005 * 0.005 + level * (1 - level) / 1000).squareRoot()
    return try normals(5, seed: seed, sample: sample).map { ((level + deviation * $0) * 1000).rounded() / 1000 }
}

@Suite("Judgement") struct JudgementTests {
    // Student's p at the margin 1: 0.0123 for the first, 0.6 for the second (scipy.stats.ttest_1samp), so the first is held
    // against 0.05/2 and the second against 0.05.
    @Test("a worked example of two statements") func worked() throws {
        let first = [3.0, 3.5, 2.5, 4]
        let second = [0.5, 2, 1.4]
        let judged = try judge([.init(first, .above(1)), .init(second, .above(1))])
        #expect(judged.map(\.verdict) == [.supported, .cannotTell])
        #expect(judged[0].mean == 3.25)
        #expect(judged[0].interval == (try meanInterval(first, level: 0.975)))
        #expect(judged[1].interval == (try meanInterval(second, level: 0.95)))
        #expect(judged[0].pValue == 2 * (try studentPValue(first, mean: 1)))
    }

    @Test("the same points support, refute or leave open as the margin says")
    func margins() throws {
        let points = [0.05, 0.055, 0.052, 0.049, 0.051]
        func verdict(_ expectation: ClaimedEffect) throws -> Judgement.Verdict {
            try judge([.init(points, expectation)])[0].verdict
        }
        #expect(try verdict(.above(0.01)) == .supported)
        #expect(try verdict(.above(0.051)) == .cannotTell)
        #expect(try verdict(.above(0.2)) == .notSupported)
        #expect(try verdict(.within(0.2)) == .supported)
        #expect(try verdict(.within(0.01)) == .notSupported)
        #expect(try verdict(.within(0.051)) == .cannotTell)
    }

    @Test("few points cannot tell, and count among the statements") func few() throws {
        let judged = try judge([
            .init([], .above(0)), .init([9], .above(0)), .init([9, 9.1], .above(0)), .init([9, 9.1, 8.9], .above(0)),
        ])
        #expect(judged.map(\.verdict) == [.notReached, .cannotTell, .cannotTell, .supported])
        #expect(judged[0].mean == nil && judged[1].mean == 9)
        #expect(judged.map(\.interval).dropLast() == [nil, nil, nil] && judged[2].intervalAlone == nil)
        #expect(judged[3].interval == (try meanInterval([9, 9.1, 8.9], level: 1 - 0.05 / 4)))
        #expect(judged[3].intervalAlone == (try meanInterval([9, 9.1, 8.9])))
        #expect(try judge([]).isEmpty)
        #expect(throws: MetricError.self) { try judge([.init([.nan, 1], .above(0))]) }
        #expect(throws: MetricError.self) { try judge([.init([0, 1], .above(0))], level: 1) }
    }

    // Three seeds of 20 test images tie at +15 points: one image is 5 points, so s is taken as √½·5 = 3.5 points, and the 95 %
    // half-width is 4.303·3.5/√3 = 8.8 points.
    @Test("ties of whole images give neither certainty nor an interval of length 0") func ties() throws {
        let tied = MeasuredStatement([0.15, 0.15, 0.15], .above(0.01), resolution: 1 / 20.0)
        let alone = try judge([tied])[0]
        let interval = try #require(alone.interval)
        #expect(abs(interval.halfWidth - 0.0878) < 1e-4 && alone.verdict == .supported)
        // Among 34 statements the same points pass no level.
        let among = try judge([tied] + Array(repeating: .init([], .above(0)), count: 33))[0]
        #expect(among.verdict == .cannotTell && among.pValue > 0.5)
        // What is not counted and does not differ has no interval at all.
        let uncounted = try judge([.init([0.15, 0.15, 0.15], .above(0.01))])[0]
        #expect(uncounted.interval == nil && uncounted.verdict == .cannotTell)
    }

    @Test("intervals end where nothing is possible") func possible() throws {
        let judged = try judge([.init([-0.9, 0.8, 0.95], .above(0.01), possible: -1...1)])[0]
        let interval = try #require(judged.interval)
        #expect(interval.lower == -1 && interval.upper == 1 && judged.intervalAlone?.lower == -1)
    }

    @Test("a claim's verdict is made of its parts'") func parts() {
        typealias Verdict = Judgement.Verdict
        #expect(Verdict.ofAll([.supported, .supported]) == .supported)
        #expect(Verdict.ofAll([.supported, .cannotTell]) == .cannotTell)
        #expect(Verdict.ofAll([.supported, .notReached]) == .cannotTell)
        #expect(Verdict.ofAll([.notReached, .notReached]) == .notReached)
        #expect(Verdict.ofAll([.notReached, .notSupported, .supported]) == .notSupported)
    }

    @Test("a verdict is given exactly when the interval holds no boundary") func consistency() throws {
        for repetition in 0..<200 {
            let statements = try (0..<5).map { index in
                let points = try normals(4, seed: 9, sample: 5 * repetition + index).map { $0 + Double(index) - 1 }
                return MeasuredStatement(points, index % 2 == 0 ? .above(1) : .within(1.5))
            }
            for (judgement, statement) in zip(try judge(statements), statements) {
                let interval = try #require(judgement.interval)
                let holds = statement.expectation.boundaries.contains {
                    interval.lower < $0 && $0 < interval.upper
                }
                #expect((judgement.verdict == .cannotTell) == holds, "\(judgement) of \(statement)")
            }
        }
    }

    // Ten statements about an effect of exactly the margin: any verdict is wrong, and at the 5 % level a false "supported" may
    // come in at most 10 of 100 repetitions.
    @Test("no effect beyond the margin is rarely called supported") func falsePositives() throws {
        var (atMargin, without, uncorrected) = (0, 0, 0)
        for repetition in 0..<100 {
            func statements(_ effect: Double, _ stream: Int) throws -> [MeasuredStatement] {
                try (0..<10).map { index in
                    let place = 2 * (10 * repetition + index) + 100_000 * stream
                    let first = try accuracies(0.7, seed: 11, sample: place)
                    let second = try accuracies(0.7 + effect, seed: 11, sample: place + 1)
                    return MeasuredStatement(zip(second, first).map { $0 - $1 }, .above(0.01))
                }
            }
            func isSupported(_ judgements: [Judgement]) -> Bool { judgements.contains { $0.verdict == .supported } }
            let none = try statements(0.01, 0)
            if isSupported(try judge(none)) { atMargin += 1 }
            if isSupported(try judge(try statements(0, 1))) { without += 1 }
            if isSupported(try none.map { try judge([$0])[0] }) { uncorrected += 1 }
        }
        #expect(atMargin <= 10, "\(atMargin) of 100")
        #expect(without <= 10, "\(without) of 100")
        // The check can fail: judged one by one, the same statements are called supported too often.
        #expect(uncorrected > 10, "\(uncorrected) of 100")
    }

    @Test("an effect that is there is found") func power() throws {
        var found = 0
        for repetition in 0..<50 {
            let first = try accuracies(0.7, seed: 12, sample: 2 * repetition)
            let second = try accuracies(0.8, seed: 12, sample: 2 * repetition + 1)
            let judged = try judge([.init(zip(second, first).map { $0 - $1 }, .above(0.01))])
            if judged[0].verdict == .supported { found += 1 }
        }
        // Nine points beyond the margin, with a standard error of 1.0: more than 5 of those.
        #expect(found >= 48, "\(found) of 50")
    }
}
