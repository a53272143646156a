// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import Testing

/// 500 runs of each kind; `Scripts/simulate-verdicts` makes 10,000 of many more.
@Suite("Simulated verdicts") struct VerdictSimulationTests {
    /// At most this share more than a rate of 5 % comes in 500 runs, but once in some thousands of tries: three standard errors.
    private let slack = 3 * (0.05 * 0.95 / 500).squareRoot()

    @Test(
        "both intervals hold what they are about, and a verdict is rarely wrong",
        arguments: [(3, 100), (5, 1000), (8, 100)])
    func comparisons(seeds: Int, images: Int) throws {
        let simulation = ComparisonSimulation(seeds: seeds, images: images)
        let outcome = try simulation.outcome(runs: 500, seed: 1, condition: seeds + images)
        #expect(outcome.trainings.share >= 0.95 - slack, "\(outcome)")
        #expect(outcome.images.share >= 0.95 - slack, "\(outcome)")
        #expect(outcome.wrong.share <= 0.05 + slack, "\(outcome)")
    }

    // What 0.1.0 did: seeds share the images, so their spread knows nothing of other images.
    @Test("the check can fail: seeds alone are wrong about other images too often") func seedsAlone() throws {
        let outcome = try ComparisonSimulation(seeds: 8, images: 100).outcome(
            runs: 500, seed: 1, condition: 1)
        #expect(outcome.wrongBySeedsAlone.share > 0.1 && outcome.trainingsForImages.share < 0.9, "\(outcome)")
    }

    @Test(
        "any wrong verdict of a run of eleven claims comes in at most 5 % of runs",
        arguments: [(3, 100, 0.01), (3, 10_000, 0.01), (5, 360, 0.002), (8, 1000, 0.01)])
    func claims(seeds: Int, images: Int, deviation: Double) throws {
        var wrong = Frequency()
        for others in EvidenceSimulation.Others.allCases {
            for isCut in [false, true] {
                var simulation = EvidenceSimulation(seeds: seeds, images: images, others: others)
                simulation.seedDeviation = deviation
                simulation.isCut = isCut
                let outcome = try simulation.outcome(runs: 84, seed: 2, condition: seeds)
                wrong.runs += outcome.wrong.runs
                wrong.count += outcome.wrong.count
            }
        }
        #expect(wrong.runs == 504 && wrong.share <= 0.05 + slack, "\(wrong)")
    }

    @Test("the check can fail: judged one by one, the same statements are often wrong") func uncorrected() throws {
        var simulation = EvidenceSimulation(seeds: 5, images: 1000, others: .atMargin)
        simulation.judgesAlone = true
        let outcome = try simulation.outcome(runs: 50, seed: 2, condition: 3)
        #expect(outcome.wrongAlone.share > 0.5, "\(outcome)")
    }

    @Test(
        "any wrong verdict about a claim comes in at most 5 % of runs, however often one looks",
        arguments: [(3, 360, 1), (3, 10_000, 2), (8, 1000, 1)])
    func looks(seeds: Int, images: Int, parts: Int) throws {
        for spread in ClaimSimulation.Spread.allCases {
            var simulation = ClaimSimulation(seeds: seeds, images: images)
            (simulation.claims, simulation.parts, simulation.spread) = (6, parts, spread)
            let outcome = try simulation.outcome(runs: 500, seed: 3, condition: seeds)
            #expect(outcome.supported.share <= 0.05 + slack, "\(spread): \(outcome)")
            #expect(outcome.notSupported.share <= 0.05 + slack, "\(spread): \(outcome)")
        }
    }
}
