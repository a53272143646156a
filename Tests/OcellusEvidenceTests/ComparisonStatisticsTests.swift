// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining
import Testing

@testable import OcellusEvidence

@Suite("Statistics of a comparison") struct ComparisonStatisticsTests {
    func pair(_ difference: Double) -> ComparisonRecord.PairRecord {
        ComparisonRecord.PairRecord(
            seed: 0, difference: difference, onlyFirstCorrect: 0, onlySecondCorrect: 0, pValue: 1, method: "exact",
            smallestVisibleDifference: 0)
    }

    // Differences 2, 4, 6 points: mean 4, s = 2, t(0.975, 2) = 4.302653, half = 4.302653·2/√3 = 4.968.
    @Test("the verdict is the interval's") func verdict() throws {
        let unclear = try #require(try ComparisonStatistics.difference([0.02, 0.04, 0.06].map(pair)))
        #expect(abs(unclear.mean - 0.04) < 1e-12)
        #expect(abs(unclear.interval.lower + 0.00968) < 1e-5 && abs(unclear.interval.upper - 0.08968) < 1e-5)
        #expect(abs(unclear.smallestVisibleDifference - 0.04968) < 1e-5)
        #expect(unclear.verdict == .cannotTell)
        #expect(try ComparisonStatistics.difference([0.03, 0.04, 0.05].map(pair))?.verdict == .secondBetter)
        #expect(try ComparisonStatistics.difference([-0.03, -0.04, -0.05].map(pair))?.verdict == .firstBetter)
        #expect(try ComparisonStatistics.difference([0, 0].map(pair))?.verdict == .cannotTell)
        #expect(try ComparisonStatistics.difference([pair(0.5)]) == nil)
    }

    @Test("the time to an accuracy counts whole epochs until it is first reached") func time() {
        let history = [(0.5, 1.0), (0.7, 2), (0.6, 4), (0.8, 8)].enumerated().map { index, epoch in
            EpochRecord(
                epoch: index + 1, trainLoss: 0, trainAccuracy: 0, validationLoss: 0, validationAccuracy: epoch.0,
                learningRate: 1, seconds: epoch.1, imagesPerSecond: 1)
        }
        #expect(ComparisonStatistics.seconds(of: history, toReach: 0.7) == 3)
        #expect(ComparisonStatistics.seconds(of: history, toReach: 0.71) == 15)
        #expect(ComparisonStatistics.seconds(of: history, toReach: 0.9) == nil)
        #expect(ComparisonStatistics.seconds(of: [], toReach: 0) == nil)
    }

    @Test("photos blow a dense network up and leave convolutions alone") func photos() {
        let dense = ComparisonStatistics.photoSizes(.ann(input: [1, 28, 28], classes: 10))
        #expect(dense.map(\.input) == [[1, 28, 28], [3, 224, 224], [3, 1080, 1920], [3, 3000, 4000]])
        #expect(dense[1].parameters == 224 * 224 * 3 * 3000 + 3000 + 3_001_000 + 10_010)
        let net = ComparisonStatistics.photoSizes(.mobileNetSmall(input: [3, 32, 32], classes: 10))
        #expect(Set(net.map(\.parameters)) == [274_250])
        // A network whose groups fit its own two channels alone is left out where it cannot run.
        let grouped = Network(input: [2, 8, 8]) {
            Conv2D(2, kernelSize: 1, groups: 2)
            Flatten()
            Dense(2)
        }
        #expect(ComparisonStatistics.photoSizes(grouped).map(\.input) == [[2, 8, 8]])
    }

    @Test("mean, spread and every point") func summary() {
        let summary = ComparisonStatistics.summary([0.5, 0.7])
        #expect(abs(summary.mean - 0.6) < 1e-12 && summary.points == [0.5, 0.7])
        #expect(abs((summary.standardDeviation ?? 0) - 0.02.squareRoot()) < 1e-12)
        #expect(ComparisonStatistics.summary([0.5]).standardDeviation == nil)
    }
}
