// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTraining
import Synchronization
import Testing

@testable import OcellusEvidence

/// Collects events from any thread.
private final class Journal: Sendable {
    private let entries = Mutex<[String]>([])
    var lines: [String] { entries.withLock { $0 } }

    func note(_ event: ComparisonEvent) {
        let line: String? =
            switch event {
            case .started(_, let trainings, let finished): "started \(finished)/\(trainings)"
            case .trainingStarted(let task, let number, let total):
                "train \(task.network) \(task.seed) \(number)/\(total)"
            case .training: nil
            case .tried(let task, let trial): "tried \(task.network) \(trial.learningRate)"
            case .tested(let task, _): "tested \(task.network) \(task.seed)"
            case .expected: "expected"
            case .waiting: "waiting"
            case .budgetSpent(let finished, let total): "budget spent \(finished)/\(total)"
            case .drawing: "drawing"
            case .finished: "finished"
            }
        if let line { entries.withLock { $0.append(line) } }
    }
}

/// Says stop at the n-th question, once.
private final class Stopper: Sendable {
    private let left: Mutex<Int>
    init(after count: Int) { left = Mutex(count) }
    func ask() -> Bool {
        left.withLock { left in
            left -= 1
            return left == 0
        }
    }
}

@Suite("A comparison", .serialized) struct ComparisonTests {
    @Test("trains alternating by seed, tests each model once, and records what follows from the cells")
    func tutorial() async throws {
        let images = try MadeUpImages.dataset()
        try await MadeUpImages.inTemporaryDirectory { folder in
            let path = folder.appending(path: "run").path(percentEncoded: false)
            let journal = Journal()
            let comparison = try Comparison.create(
                MadeUpImages.configuration(.tutorial), images: images, backend: MadeUpImages.backend, at: path)
            let record = try await comparison.run(report: { journal.note($0) })
            #expect(
                journal.lines == [
                    "started 0/4", "train ANN 3 1/4", "tested ANN 3", "train CNN 3 2/4", "tested CNN 3",
                    "train ANN 5 3/4",
                    "tested ANN 5", "train CNN 5 4/4", "tested CNN 5", "drawing", "finished",
                ])

            #expect(record.networks.map(\.name) == ["ANN", "CNN"] && record.recipe == "tutorial")
            #expect(record.testReadings == 4 && record.data.testCounts == [10, 10, 10])
            #expect(record.data.trainCount == 60 && record.data.validationCount == 0)
            for (network, layers) in zip(record.networks, [MadeUpImages.dense, MadeUpImages.convolutional]) {
                #expect(network.network == layers && network.runs.map(\.seed) == [3, 5])
                #expect(network.tuning.isEmpty && network.trainingMemory > 0)
                #expect(network.preprocessing == Preprocessing(width: 9, height: 8, channels: 1))
                #expect(network.accuracy.points == network.runs.map(\.testAccuracy))
                for run in network.runs {
                    // Two epochs, the last one tested; nothing validated, so no time to a validation accuracy.
                    #expect(run.history.map(\.epoch) == [1, 2] && run.testedEpoch == 2)
                    #expect(run.history.allSatisfy { $0.validationAccuracy == nil } && run.secondsToFirstBest == nil)
                    #expect(run.confusion.total == 30 && run.confusion.correct == run.testCorrect)
                    #expect(run.testAccuracy == Double(run.testCorrect) / 30)
                    #expect(try wilsonInterval(successes: run.testCorrect, of: 30) == run.testInterval)
                }
            }

            // The model file, read back, gives the tested accuracy.
            let run = record.networks[1].runs[0]
            let model = try Classifier(
                contentsOf: URL(filePath: path).appending(path: run.model), backend: MadeUpImages.backend)
            #expect(model.classes == MadeUpImages.classes && model.record?.test?.correct == run.testCorrect)
            let logits = try model.logits(of: images.test)
            let labels = images.test.labels.map(Int.init)
            #expect(try accuracy(logits: logits, labels: labels) == run.testAccuracy)
            #expect(try negativeLogLikelihood(logits: logits, labels: labels) == run.testLoss)

            // Pairs and difference follow from the runs.
            #expect(record.pairs.map(\.seed) == [3, 5])
            for (index, pair) in record.pairs.enumerated() {
                let (first, second) = (record.networks[0].runs[index], record.networks[1].runs[index])
                #expect(pair.difference == second.testAccuracy - first.testAccuracy)
                #expect(pair.onlySecondCorrect - pair.onlyFirstCorrect == second.testCorrect - first.testCorrect)
                #expect(first.splitSha256 == second.splitSha256)
            }
            // Two seeds get no verdict; the counts that one would follow from are there all the same.
            #expect(record.difference == nil)
            let counts = try #require(record.counts)
            #expect(counts.seeds == 2 && counts.images == images.test.classCounts)
            #expect(
                (0..<2).map { seed in counts.onlyFirst.reduce(0) { $0 + $1[seed] } }
                    == record.pairs.map(\.onlyFirstCorrect))

            let pictures = try #require(record.pictures)
            #expect(pictures.seed == 3 && pictures.samples.map(\.label) == [0, 1, 2])
            #expect(pictures.filters.map(\.count) == [0, 1] && pictures.featureMaps.map(\.count) == [3, 3])
            for (network, curve) in zip(record.networks, pictures.shifts) {
                #expect(curve.shifts == Array(-6...6) && curve.network == network.name)
                #expect(curve.accuracy[6] == network.runs[0].testAccuracy)
                #expect(curve.intervals[6] == network.runs[0].testInterval)
            }
            for (worst, network) in zip(pictures.worst, [0, 1]) {
                let mistakes = 30 - record.networks[network].runs[0].testCorrect
                #expect(worst.count == min(12, mistakes))
                #expect(worst.allSatisfy { $0.predictions[network].label != $0.label })
            }

            // No checkpoint is left, and a finished run gives its record again.
            #expect(!FileManager.default.fileExists(atPath: path + "/seed-3/0-ann/checkpoint.safetensors"))
            let again = try await Comparison.resume(
                comparison.directory, images: images, backend: MadeUpImages.backend
            ).run()
            #expect(try CanonicalJSON.encode(again) == CanonicalJSON.encode(record))
        }
    }

    @Test("matched tries every rate for every network and trains with the best") func matched() async throws {
        let images = try MadeUpImages.dataset()
        try await MadeUpImages.inTemporaryDirectory { folder in
            let journal = Journal()
            var comparison = try Comparison.create(
                MadeUpImages.configuration(.matched, seeds: [3, 4]), images: images, backend: MadeUpImages.backend,
                at: folder.appending(path: "run").path(percentEncoded: false))
            comparison.drawsPictures = false
            let record = try await comparison.run(report: { journal.note($0) })
            let rates = Recipe.matched.learningRates
            #expect(
                journal.lines.filter { $0.hasPrefix("tried") }
                    == rates.flatMap { ["tried ANN \($0)", "tried CNN \($0)"] })
            for network in record.networks {
                #expect(network.tuning.map(\.learningRate) == rates)
                let best = try #require(network.tuning.max { $0.validationAccuracy < $1.validationAccuracy })
                let chosen = network.tuning.filter(\.chosen)
                #expect(chosen.count == 1 && chosen[0].validationAccuracy == best.validationAccuracy)
                #expect(network.configuration.optimizer.learningRate == chosen[0].learningRate)
                for run in network.runs {
                    let accuracies = run.history.compactMap(\.validationAccuracy)
                    #expect(accuracies.count == 2)
                    #expect(accuracies[run.testedEpoch - 1] == accuracies.max())
                }
            }
            // The first network reaches its own best when it reaches it.
            #expect(record.networks[0].runs.allSatisfy { $0.secondsToFirstBest != nil })
            #expect(comparison.configuration.tuningSeed == 5)
            // The split varies by seed and is the same for both networks.
            let splits = record.networks.map { $0.runs.map(\.splitSha256) }
            #expect(splits[0] == splits[1] && splits[0][0] != splits[0][1])
            #expect(record.data.trainCount == 54 && record.data.validationCount == 6)
            #expect(record.testReadings == 4)
        }
    }

    @Test("a comparison that is stopped anywhere goes on to the same result") func resume() async throws {
        let images = try MadeUpImages.dataset()
        try await MadeUpImages.inTemporaryDirectory { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
            let configuration = MadeUpImages.configuration(.matched, seeds: [3], epochs: 2)
            var whole = try Comparison.create(
                configuration, images: images, backend: MadeUpImages.backend, at: path("whole"))
            whole.drawsPictures = false
            let expected = try await whole.run()

            let created = try Comparison.create(
                configuration, images: images, backend: MadeUpImages.backend, at: path("stopped"))
            var record: ComparisonRecord?
            var stops = 0
            // 54 images in batches of 32 are two steps an epoch, four a training, 48 for twelve trainings: every seventh
            // question stops in the middle of trials and of cells, at another step each time.
            while record == nil {
                var comparison = try Comparison.resume(
                    created.directory, images: images, backend: MadeUpImages.backend)
                comparison.drawsPictures = false
                let stopper = Stopper(after: 7)
                do {
                    record = try await comparison.run(shouldStop: { stopper.ask() })
                } catch let error as TrainingError {
                    #expect(error.kind == .interrupted && error.advice?.hasPrefix("--resume ") == true)
                    #expect(error.advice?.contains("seed-") == false)
                    stops += 1
                    try #require(stops < 20)
                }
            }
            #expect(stops == 6)
            #expect(try MadeUpImages.timeless(try #require(record)) == MadeUpImages.timeless(expected))
            for run in expected.networks.flatMap(\.runs) {
                let first = try ModelFile(contentsOf: URL(filePath: path("whole")).appending(path: run.model))
                let second = try ModelFile(contentsOf: URL(filePath: path("stopped")).appending(path: run.model))
                #expect(first.weights == second.weights && first.selfTest == second.selfTest)
            }
        }
    }

    @Test("a run goes on with its own images and engine only") func otherImages() async throws {
        let images = try MadeUpImages.dataset()
        try await MadeUpImages.inTemporaryDirectory { folder in
            let comparison = try Comparison.create(
                MadeUpImages.configuration(.tutorial), images: images, backend: MadeUpImages.backend,
                at: folder.appending(path: "run").path(percentEncoded: false))
            let others = try MadeUpImages.dataset(test: 27)
            let data = #expect(throws: EvidenceError.self) {
                try Comparison.resume(comparison.directory, images: others, backend: MadeUpImages.backend)
            }
            #expect(data?.kind == .differentData)
            #expect(try Comparison.configuration(of: comparison.directory) == comparison.configuration)
            let exists = #expect(throws: TrainingError.self) {
                try Comparison.create(
                    MadeUpImages.configuration(.tutorial), images: images, backend: MadeUpImages.backend,
                    at: folder.appending(path: "run").path(percentEncoded: false))
            }
            #expect(exists?.kind == .runExists)
        }
    }

    @Test("the record survives JSON") func coding() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let comparison = try Comparison.create(
                MadeUpImages.configuration(.tutorial, seeds: [1], epochs: 1), images: try MadeUpImages.dataset(),
                backend: MadeUpImages.backend, at: folder.appending(path: "run").path(percentEncoded: false))
            let record = try await comparison.run()
            // One seed gives no verdict.
            #expect(record.difference == nil && record.pairs.count == 1)
            let text = try CanonicalJSON.encode(record)
            #expect(try CanonicalJSON.encode(CanonicalJSON.decode(ComparisonRecord.self, from: text)) == text)
        }
    }
}
