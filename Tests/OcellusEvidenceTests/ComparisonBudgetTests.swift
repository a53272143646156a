// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusModel
import OcellusTensor
import OcellusTraining
import Synchronization
import Testing

@testable import OcellusEvidence

/// A clock that goes on by a second whenever it is read.
private final class Ticks: Sendable {
    private let count = Mutex(0)
    let start = ContinuousClock.now

    func now() -> ContinuousClock.Instant {
        count.withLock { count in
            count += 1
            return start + .seconds(count)
        }
    }
}

@Suite("A comparison within a budget", .serialized) struct ComparisonBudgetTests {
    private func resumed(_ directory: RunDirectory, _ ticks: Ticks, pictures: Bool = false) throws -> Comparison {
        var comparison = try Comparison.resume(
            directory, images: try MadeUpImages.dataset(), backend: MadeUpImages.backend)
        comparison.drawsPictures = pictures
        comparison.now = { ticks.now() }
        return comparison
    }

    @Test("budgets that end anywhere give the same record in the end, and the same seeds for both networks meanwhile")
    func pieces() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
            let images = try MadeUpImages.dataset()
            let configuration = MadeUpImages.configuration(.matched, seeds: [3, 4, 9], epochs: 2)
            var whole = try Comparison.create(
                configuration, images: images, backend: MadeUpImages.backend, at: path("whole"))
            whole.drawsPictures = false
            let expected = try await whole.run()
            #expect(expected.plan.isFinished == true && expected.plan.trainingsPlanned == 16)

            let directory = try Comparison.create(
                configuration, images: images, backend: MadeUpImages.backend, at: path("pieces")
            ).directory
            var finished: [Int] = []
            var seeds: [[UInt64]] = []
            // Epochs in which trainings went on.
            let begun = Mutex(Set<Int>())
            while true {
                try #require(finished.count < 30)
                let ticks = Ticks()
                let comparison = try resumed(directory, ticks)
                do {
                    // Five seconds are kept back and the seventh question ends it. A training of two epochs asks five times,
                    // so it ends now here, now there, and never behind two trainings.
                    let record = try await comparison.run(
                        until: ticks.start + .seconds(12),
                        report: { event in
                            guard case .training(_, .started(_, _, let epoch, let step)) = event else { return }
                            if step > 0 { begun.withLock { _ = $0.insert(epoch) } }
                        })
                    let plan = record.plan
                    finished.append(plan.trainingsFinished)
                    let own = record.networks.map { $0.runs.map(\.seed) }
                    #expect(own[0] == own[1] && plan.seeds == [3, 4, 9])
                    #expect(record.pairs.map(\.seed) == own[0])
                    seeds.append(own[0])
                    guard !plan.isFinished else {
                        #expect(try MadeUpImages.timeless(record) == MadeUpImages.timeless(expected))
                        break
                    }
                } catch let error as EvidenceError {
                    // Not even the first seed is finished.
                    #expect(error.kind == .budgetSpent && error.advice?.hasPrefix("--resume ") == true)
                    finished.append(0)
                }
            }
            // Tuning alone takes several budgets, and there are records of one seed and of two before that of all.
            #expect(finished.first == 0 && finished == finished.sorted())
            #expect(seeds.contains([3]) && seeds.contains([3, 4]) && seeds.last == [3, 4, 9])
            #expect(begun.withLock { $0 } == [1, 2])
            for run in expected.networks.flatMap(\.runs) {
                let first = try ModelFile(contentsOf: URL(filePath: path("whole")).appending(path: run.model))
                let second = try ModelFile(contentsOf: URL(filePath: path("pieces")).appending(path: run.model))
                #expect(first.weights == second.weights)
            }
        }
    }

    @Test("pictures that the time does not suffice for are missing, are said to be, and come later")
    func pictures() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let configuration = MadeUpImages.configuration(.tutorial, seeds: [3], epochs: 1)
            let directory = try Comparison.create(
                configuration, images: try MadeUpImages.dataset(), backend: MadeUpImages.backend,
                at: folder.appending(path: "run").path(percentEncoded: false)
            ).directory
            // Two trainings ask 2 + 2·2 times, the drawing more than ten times.
            let ticks = Ticks()
            let hurried = try await resumed(directory, ticks, pictures: true).run(until: ticks.start + .seconds(15))
            #expect(hurried.pictures == nil && hurried.plan.lacksPictures == true)
            #expect(hurried.plan.trainingsFinished == 2 && hurried.plan.isFinished == false)
            let record = try await resumed(directory, Ticks(), pictures: true).run()
            #expect(record.pictures != nil && record.plan.isFinished == true)
            #expect(record.networks.map(\.accuracy.points) == hurried.networks.map(\.accuracy.points))
        }
    }

    @Test("a short time does not take away the pictures that an earlier one drew") func keptPictures() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let directory = try Comparison.create(
                MadeUpImages.configuration(.tutorial, seeds: [3], epochs: 1), images: try MadeUpImages.dataset(),
                backend: MadeUpImages.backend, at: folder.appending(path: "run").path(percentEncoded: false)
            ).directory
            var before = try await resumed(directory, Ticks(), pictures: true).run()
            let drawn = try CanonicalJSON.encode(try #require(before.pictures))
            // As a run leaves it that ends before its second seed.
            before.plan.trainingsFinished = 1
            try directory.write(before, to: directory.recordFile)
            let ticks = Ticks()
            let record = try await resumed(directory, ticks, pictures: true).run(until: ticks.start + .seconds(6))
            #expect(try CanonicalJSON.encode(try #require(record.pictures)) == drawn)
            #expect(record.plan.isFinished == true)
        }
    }

    @Test("the queue is part of the run: another one does not go on") func frozen() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let comparison = try Comparison.create(
                MadeUpImages.configuration(.matched), images: try MadeUpImages.dataset(),
                backend: MadeUpImages.backend, at: folder.appending(path: "run").path(percentEncoded: false))
            var configuration = try Comparison.configuration(of: comparison.directory)
            #expect(configuration.queue.first == "tuning/0-ann-1" && configuration.queue.count == 14)
            configuration.queue.removeLast()
            try comparison.directory.write(configuration, to: comparison.directory.configurationFile)
            let error = #expect(throws: EvidenceError.self) {
                try Comparison.resume(
                    comparison.directory, images: try MadeUpImages.dataset(), backend: MadeUpImages.backend)
            }
            #expect(error?.kind == .differentPlan)
        }
    }

    @Test("best effort: as many trials for each network, and the best settings train") func bestEffort() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            var configuration = MadeUpImages.configuration(.tutorial, seeds: [3, 4], epochs: 1)
            try configuration.matchNetworks(by: .bestEffort)
            var comparison = try Comparison.create(
                configuration, images: try MadeUpImages.dataset(), backend: MadeUpImages.backend,
                at: folder.appending(path: "run").path(percentEncoded: false))
            comparison.drawsPictures = false
            let record = try await comparison.run()
            #expect(record.recipe == "best-effort" && record.match.ratio == 1)
            #expect(record.match.costs.map(\.trials) == [11, 11] && record.testReadings == 4)
            for network in record.networks {
                let best = network.tuning.first { $0.chosen }
                let chosen = try #require(best)
                #expect(network.tuning.count { $0.chosen } == 1)
                #expect(network.tuning.allSatisfy { $0.validationAccuracy <= chosen.validationAccuracy })
                let hasDropout = network.network.layers.contains { $0.name == "dropout" }
                #expect(hasDropout == (chosen.dropout != nil))
                #expect(network.configuration.augmentation?.text == chosen.augmentation)
                guard case .adamW(let rate, _, _, _, let decay) = network.configuration.optimizer else {
                    Issue.record("\(network.configuration.optimizer)")
                    continue
                }
                #expect(rate == chosen.learningRate && decay == chosen.weightDecay ?? 0)
            }
            let text = try CanonicalJSON.encode(record)
            #expect(try CanonicalJSON.encode(CanonicalJSON.decode(ComparisonRecord.self, from: text)) == text)
        }
    }

    @Test("folds and balanced classes reach every training") func foldsAndBalance() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            var configuration = MadeUpImages.configuration(.matched, seeds: [3], epochs: 1)
            configuration.fold = Fold(0, of: 5)
            configuration.balance = .weights
            var comparison = try Comparison.create(
                configuration, images: try MadeUpImages.dataset(train: 50), backend: MadeUpImages.backend,
                at: folder.appending(path: "run").path(percentEncoded: false))
            comparison.drawsPictures = false
            let record = try await comparison.run()
            #expect(record.data.trainCount + record.data.validationCount == 50)
            #expect((9...12).contains(record.data.validationCount))
            for network in record.networks {
                let weights = try #require(network.configuration.loss.classWeights)
                #expect(weights.count == 3 && Set(weights).count > 1)
            }
            #expect(record.recipeNotes.contains { $0.hasPrefix("Part 1 of 5 validates") })
            configuration.recipe = .tutorial
            let error = #expect(throws: EvidenceError.self) { try configuration.validate() }
            #expect(error?.kind == .outOfRange)
        }
    }
}
