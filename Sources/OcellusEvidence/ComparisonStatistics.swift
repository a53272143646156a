// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

/// What the cells of a comparison say together; pure functions of the cells.
enum ComparisonStatistics {
    /// The two networks on the same test images, one seed.
    static func pair(
        _ first: ComparisonCell, _ second: ComparisonCell, labels: [Int]
    ) throws -> ComparisonRecord.PairRecord {
        let test = try McNemarTest(
            firstCorrect: zip(first.predictions, labels).map { $0 == $1 },
            secondCorrect: zip(second.predictions, labels).map { $0 == $1 })
        let visible = try McNemarVisibility(discordant: test.onlyFirstCorrect + test.onlySecondCorrect)
        return ComparisonRecord.PairRecord(
            seed: first.run.seed, difference: second.run.testAccuracy - first.run.testAccuracy,
            onlyFirstCorrect: test.onlyFirstCorrect, onlySecondCorrect: test.onlySecondCorrect, pValue: test.pValue,
            method: test.method.rawValue,
            smallestVisibleDifference: visible.smallestCount.map { Double($0) / Double(labels.count) },
            likelyVisibleDifference: visible.likelyCount.map { $0 / Double(labels.count) })
    }

    /// What the first two networks got right of each class, over their common seeds; `nil` without a pair.
    static func counts(_ cells: [[ComparisonCell]], labels: [Int], classes: Int) throws -> PairedCounts? {
        guard cells.count > 1 else { return nil }
        let pairs = zip(cells[0], cells[1])
        return try PairedCounts(
            labels: labels, classes: classes, first: pairs.map(\.0.predictions), second: pairs.map(\.1.predictions))
    }

    /// The mean difference over seeds with its intervals; `nil` for fewer than three seeds.
    ///
    /// The verdict is that of the wider interval: better only when other trainings and other test images would most likely
    /// show it too. Where classes are uneven it is about balanced accuracy, which is named first there.
    static func difference(
        _ counts: PairedCounts, _ imbalance: ClassImbalance?
    ) throws -> ComparisonRecord.DifferenceRecord? {
        guard counts.seeds >= Judgement.leastPoints else { return nil }
        let difference = try PairedDifference(
            counts, measure: imbalance?.isUneven == true ? .balancedAccuracy : .accuracy)
        return ComparisonRecord.DifferenceRecord(
            measure: difference.measure, points: difference.points, mean: difference.mean,
            interval: difference.trainings, imageInterval: difference.images,
            smallestVisibleDifference: difference.images.halfWidth,
            likelyVisibleDifference: try difference.likelyVisible(),
            verdict: !difference.isClear ? .cannotTell : difference.mean > 0 ? .secondBetter : .firstBetter)
    }

    static func summary(_ points: [Double]) -> ComparisonRecord.SampleSummary {
        ComparisonRecord.SampleSummary(
            mean: mean(points) ?? 0, standardDeviation: standardDeviation(points), points: points)
    }

    /// Training seconds until the validation accuracy first reached `target`; `nil` when it never did.
    static func seconds(of history: [EpochRecord], toReach target: Double) -> Double? {
        var seconds = 0.0
        for epoch in history {
            seconds += epoch.seconds
            if let accuracy = epoch.validationAccuracy, accuracy >= target { return seconds }
        }
        return nil
    }

    /// What each network got, and how equal the first two are.
    ///
    /// - Parameters:
    ///   - trainCounts: For each network and seed, the images of one epoch.
    ///   - plannedSecondsRatio: Of equal times.
    static func match(
        _ kind: NetworkMatch, _ networks: [ComparisonRecord.NetworkRecord], trainCounts: [[Int]],
        plannedSecondsRatio: Double? = nil
    ) -> ComparisonRecord.MatchRecord {
        let costs = zip(networks, trainCounts).map { network, counts in
            let training = network.configuration
            let seen = zip(network.runs, counts).map { Double(training.imagesSeen(in: $0.history.count, of: $1)) }
            let epochs = counts.first.map { count in
                Double(training.plannedSteps(of: count)) / Double(training.stepsPerEpoch(of: count))
            }
            return ComparisonRecord.MatchRecord.Cost(
                parameters: network.summary.parameters, multiplyAdds: network.summary.multiplyAdds,
                epochs: epochs ?? Double(training.epochs), imagesSeen: mean(seen) ?? 0, trials: network.tuning.count,
                trainingSeconds: median(network.runs.map(\.trainingSeconds)) ?? 0)
        }
        // Of the same seed, because a machine has good and bad times.
        let secondsRatios =
            networks.count < 2
            ? []
            : zip(networks[0].runs, networks[1].runs).compactMap { first, second in
                second.trainingSeconds > 0 ? first.trainingSeconds / second.trainingSeconds : nil
            }
        func ratio(_ value: (ComparisonRecord.MatchRecord.Cost) -> Double) -> Double? {
            guard costs.count > 1, value(costs[1]) > 0 else { return nil }
            return value(costs[0]) / value(costs[1])
        }
        let equal: Double? =
            switch kind {
            case .params: ratio { Double($0.parameters) }
            case .macs: ratio { Double($0.multiplyAdds) }
            case .recipe: ratio(\.imagesSeen)
            case .bestEffort: ratio { Double($0.trials) }
            case .asGiven, .time: nil
            }
        let secondsRatio = median(secondsRatios)
        return ComparisonRecord.MatchRecord(
            kind: kind, costs: costs, ratio: equal, plannedSecondsRatio: plannedSecondsRatio,
            secondsRatio: secondsRatio,
            timesDiffer: plannedSecondsRatio == nil ? nil : secondsRatio.map { max($0, 1 / max(1e-12, $0)) > 1.1 })
    }

    /// The cells of one network as its runs, each with the time to the first network's best validation accuracy.
    static func runs(
        _ cells: [ComparisonCell], against first: [ComparisonCell]
    ) throws -> [ComparisonRecord.RunRecord] {
        try zip(cells, first).map { cell, first in
            var run = cell.run
            run.balancedInterval = try run.confusion.balancedAccuracyInterval()
            let best = first.run.history.compactMap(\.validationAccuracy).max()
            run.secondsToFirstBest = best.flatMap { seconds(of: run.history, toReach: $0) }
            return run
        }
    }

    /// What the network costs for its own images and for photos, those left out that it cannot take.
    static func photoSizes(_ network: Network) -> [ComparisonRecord.PhotoSizeCost] {
        let photos: [Shape] = [network.input, [3, 224, 224], [3, 1080, 1920], [3, 3000, 4000]]
        return photos.compactMap { input in
            guard let summary = try? NetworkSummary.atSize(input, of: network) else { return nil }
            return ComparisonRecord.PhotoSizeCost(
                input: input, parameters: summary.parameters, multiplyAdds: summary.multiplyAdds)
        }
    }
}
