// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Comparison {
    /// The record without pictures: of the seeds that every network was trained with.
    func record(of results: ComparisonResults, _ plan: ComparisonPlan) throws -> ComparisonRecord {
        let labels = images.test.labels.map(Int.init)
        let cells = results.cells.map { Array($0.prefix(results.finishedSeeds)) }
        let networks = try configuration.networks.indices.map { index in
            let (entry, own) = (configuration.networks[index], cells[index])
            let trials = results.trials[index]
            let network =
                trials.isEmpty ? entry.network : try ComparisonTrial.chosen(trials).settings.applied(to: entry.network)
            return ComparisonRecord.NetworkRecord(
                name: entry.name, network: network, summary: try NetworkSummary(network),
                configuration: own[0].configuration, preprocessing: own[0].preprocessing,
                tuning: try ComparisonTrial.marked(trials), trainingMemory: own.map(\.memory).max() ?? 0,
                runs: try ComparisonStatistics.runs(own, against: cells[0]),
                accuracy: ComparisonStatistics.summary(own.map(\.run.testAccuracy)),
                balancedAccuracy: ComparisonStatistics.summary(own.compactMap(\.run.confusion.balancedAccuracy)),
                atPhotoSizes: ComparisonStatistics.photoSizes(network))
        }
        let pairs =
            cells.count < 2
            ? [] : try zip(cells[0], cells[1]).map { try ComparisonStatistics.pair($0, $1, labels: labels) }
        let counts = try ComparisonStatistics.counts(cells, labels: labels, classes: images.classes.count)
        let imbalance = ClassImbalance(counts: images.test.classCounts)
        let first = cells[0][0]
        return ComparisonRecord(
            created: Date.now.formatted(.iso8601), command: configuration.command, seconds: 0,
            environment: .current(backend: backend),
            data: ComparisonRecord.DataDescription(
                name: images.name, classes: images.classes, shape: images.shape, trainCount: first.trainCount,
                validationCount: first.validationCount, testCount: labels.count, testCounts: images.test.classCounts,
                imbalance: imbalance, sha256: try images.train.sha256,
                testSha256: try images.test.sha256, notes: images.notes),
            recipe: configuration.recipe.rawValue,
            recipeNotes: configuration.notes + results.trials.compactMap(ComparisonTrial.edgeNote),
            networks: networks,
            difference: try counts.flatMap { try ComparisonStatistics.difference($0, imbalance) }, pairs: pairs,
            counts: counts,
            testReadings: results.tested, pictures: nil,
            match: ComparisonStatistics.match(
                configuration.effectiveMatch, networks, trainCounts: cells.map { $0.map(\.trainCount) },
                plannedSecondsRatio: configuration.plannedSecondsRatio),
            plan: ComparisonRecord.PlanRecord(
                seeds: configuration.seeds, trainingsPlanned: plan.steps.count, trainingsFinished: results.count,
                lacksPictures: false))
    }
}
