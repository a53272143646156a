// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining
import Testing

@testable import OcellusEvidence

@Suite("Statistics of a comparison") struct ComparisonStatisticsTests {
    /// Seeds in which only the second network is right about `gains` of 100 images, about others in each seed.
    private func counts(_ gains: [Int], images: Int = 100) -> PairedCounts {
        var bySeeds = [Int](repeating: 0, count: 2 * gains.count + 1)
        let total = gains.reduce(0) { $0 + abs($1) }
        bySeeds[gains.count] = images - total
        for gain in gains { bySeeds[gains.count + gain.signum()] += abs(gain) }
        return PairedCounts(
            images: [images], onlyFirst: [gains.map { max(0, -$0) }], onlySecond: [gains.map { max(0, $0) }],
            bySeeds: [bySeeds])
    }

    // Differences 2, 4, 6 points: mean 4, s = 2, t(0.975, 2) = 4.302653, half = 4.302653·2/√3 = 4.968.
    @Test("the verdict is the wider interval's") func verdict() throws {
        let unclear = try #require(try ComparisonStatistics.difference(counts([2, 4, 6]), nil))
        #expect(abs(unclear.mean - 0.04) < 1e-12)
        #expect(abs(unclear.interval.lower + 0.00968) < 1e-5 && abs(unclear.interval.upper - 0.08968) < 1e-5)
        #expect(unclear.verdict == .cannotTell)
        // The same three differences of 10,000 and of 100 images: seeds alone would call both better.
        let many = try #require(try ComparisonStatistics.difference(counts([200, 300, 300], images: 10_000), nil))
        let few = try #require(try ComparisonStatistics.difference(counts([2, 3, 3]), nil))
        #expect(many.interval.lower > 0 && few.interval.lower > 0)
        let (wide, narrow) = (try #require(few.imageInterval), try #require(many.imageInterval))
        #expect(wide.lower < 0 && few.verdict == .cannotTell && many.verdict == .secondBetter)
        #expect(narrow.lower > 0 && few.smallestVisibleDifference == wide.halfWidth)
        #expect(try #require(few.likelyVisibleDifference) > wide.halfWidth)
        #expect(
            try ComparisonStatistics.difference(counts([-200, -300, -300], images: 10_000), nil)?.verdict
                == .firstBetter)
        #expect(try ComparisonStatistics.difference(counts([0, 0, 0]), nil)?.verdict == .cannotTell)
    }

    @Test("two seeds get neither interval nor verdict, whatever they say") func twoSeeds() throws {
        #expect(try ComparisonStatistics.difference(counts([50]), nil) == nil)
        #expect(try ComparisonStatistics.difference(counts([15, 15]), nil) == nil)
    }

    // 90 images of the first class, of which the second network loses 3 in each seed, and 10 of the second class, of which
    // it gains 8: fewer points of accuracy than of balanced accuracy.
    @Test("where classes are uneven balanced accuracy is judged") func balanced() throws {
        let uneven = PairedCounts(
            images: [90, 10], onlyFirst: [[3, 3, 3], [0, 0, 0]], onlySecond: [[0, 0, 0], [8, 8, 8]],
            bySeeds: [[3, 0, 0, 87, 0, 0, 0], [0, 0, 0, 2, 0, 0, 8]])
        let imbalance = ClassImbalance(counts: [90, 10])
        let judged = try #require(try ComparisonStatistics.difference(uneven, imbalance))
        #expect(judged.measure == .balancedAccuracy && judged.verdict == .secondBetter)
        // (−3/90 + 8/10)/2
        #expect(abs(judged.mean - 0.38333333) < 1e-6 && judged.points?.count == 3)
        let plain = try #require(try ComparisonStatistics.difference(uneven, ClassImbalance(counts: [50, 50])))
        #expect(plain.measure == .accuracy && abs(plain.mean - 0.05) < 1e-12)
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
