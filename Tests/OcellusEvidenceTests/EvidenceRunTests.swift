// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusGraph
import OcellusMetrics
import OcellusModel
import OcellusOneDNN
import OcellusTensor
import OcellusTraining
import Synchronization
import Testing

@testable import OcellusEvidence

@Suite("An evidence run", .serialized) struct EvidenceRunTests {
    private let backend = OneDNNBackend(threads: 1)
    private let clock = ContinuousClock()

    private func start(
        _ kind: PlantedImages.Kind, _ claims: [String], seeds: [UInt64] = [0, 1, 2], epochs: Int = 10, test: Int = 200,
        in folder: URL, name: String = "run"
    ) async throws -> EvidenceRun {
        try await EvidenceRun.create(
            PlantedImages.configuration(claims, seeds: seeds, epochs: epochs),
            images: try PlantedImages.dataset(kind, test: test), backend: backend, until: clock.now + .seconds(1000),
            at: folder.appending(path: name).path(percentEncoded: false), fixedScale: true)
    }

    /// The JSON without what may differ between two runs.
    private func timeless(_ record: EvidenceRecord) throws -> String {
        var record = record
        record.created = ""
        record.seconds = 0
        record.command = []
        for claim in record.claims.indices {
            record.claims[claim].seconds = 0
            for table in record.claims[claim].tables.indices
            where record.claims[claim].tables[table].columns.contains(where: { $0.unit == .milliseconds }) {
                record.claims[claim].tables[table].rows = []
            }
            for figure in record.claims[claim].figures.indices
            where record.claims[claim].figures[figure].yTitle == "milliseconds" {
                record.claims[claim].figures[figure].curves = []
            }
        }
        return try CanonicalJSON.encode(record)
    }

    private func verdict(_ record: EvidenceRecord, _ claim: String, _ finding: Int) throws -> Judgement.Verdict {
        try #require(record.claims.first { $0.name == claim }).findings[finding].judgement.verdict
    }

    // MARK: Planted effects

    @Test("classes by place: a shift costs both networks, a permutation costs the dense one nothing")
    func position() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            // Both networks get every image right, so seeds tie: whole images of 200 would hide more than the margin.
            let record = try await start(.position, ["permutation", "relu"], test: 1000, in: folder).record()
            // Trained from permuted weights it becomes the same network; from the same weights another, so the check can fail.
            #expect(try verdict(record, "permutation", 0) == .supported)
            let answers = try #require(record.claims[0].tables.last).rows.compactMap(\.values[0])
            #expect(answers.count == 2 && answers[0] < 1e-3 && answers[1] > 1e-2, "\(answers)")
            // What trained is named once for all networks that saw it.
            let splits = try #require(record.splits)
            #expect(Set(splits.map(\.images)) == ["plain", "permuted"])
            #expect(splits.allSatisfy { $0.sha256.count == 64 && $0.percent == 100 && $0.count > 0 })
            #expect(splits.count == 2 * record.plan.seeds.count)
            // A linear map tells the sides, so ReLU adds nothing, which decides nothing; without it each network is one.
            #expect(record.claims[1].findings.prefix(2).allSatisfy { $0.isDetail == true && $0.points.count == 1 })
            for index in 2..<6 { #expect(try verdict(record, "relu", index) == .supported) }
            #expect(record.claims.map(\.verdict)[1] == .supported)
            let differences = try #require(record.claims[1].tables.last).rows.compactMap(\.values[0])
            // With ReLU the networks are far from linear, so the check can fail.
            #expect(differences.count == 4 && differences[0] < 1e-4 && differences[1] > 0.01)
        }
    }

    @Test("classes by texture: the convolutional network needs its neighbours, and location matters less to it")
    func texture() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let record = try await start(.texture, ["permutation", "location"], epochs: 20, in: folder).record()
            #expect(record.claims[0].findings[1].points.allSatisfy { $0 > 0.01 })
            let location = try #require(record.claims.last)
            // Maps move with the image exactly, away from the borders.
            #expect(location.findings[5].judgement.verdict == .supported)
            #expect(location.figures.count == 3 && location.figures[2].maps.count == 2)
        }
    }

    @Test("classes by texture: filters detect them, training makes the filters, and windows beat random connections")
    func filters() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let record = try await start(.texture, ["filters", "locality"], epochs: 20, in: folder).record()
            let claim = record.claims[0]
            // What holds for any filters, as many maps and better than chance, is no finding.
            #expect(claim.findings.map(\.isExact) == [false, false, false])
            let told = try #require(claim.tables.first { $0.heading == "What the first filters tell" })
            // Half of the images are of each class, and single responses tell most of them.
            #expect(try #require(told.rows[0].values[0]) > 0.8 && told.rows[2].values[0] == 0.5)
            let sheet = try #require(claim.filters)
            #expect(
                sheet.filters.count == 8 && sheet.filters.allSatisfy { $0.patches != nil && $0.accuracyLost != nil })
            #expect(claim.featureMaps?.layers.first?.shape == [8, 10, 10])
            #expect(record.claims[1].findings[0].points.allSatisfy { $0 > 0 })
            // Nothing else in the record shows an image.
            var configuration = PlantedImages.configuration(["filters"], seeds: [0])
            configuration.pictures = false
            let bare = try await EvidenceRun.create(
                configuration, images: try PlantedImages.dataset(.texture), backend: backend,
                until: clock.now + .seconds(100), at: folder.appending(path: "bare").path(percentEncoded: false),
                fixedScale: true
            ).record().claims[0]
            #expect(bare.filters?.filters.count == 8 && bare.featureMaps == nil)
            #expect(bare.filters?.filters.allSatisfy { $0.patches == nil && !$0.png.isEmpty } == true)
        }
    }

    @Test("random labels: ten trainings of each kind never support an effect") func labels() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let run = try await start(
                .labels, ["permutation", "sharing", "augmentation", "filters", "locality"], seeds: Array(0..<10),
                epochs: 3, in: folder)
            let record = try await run.record()
            for claim in record.claims {
                for finding in claim.findings where finding.isDetail != true && !finding.isExact {
                    #expect(finding.points.count >= 3)
                    #expect(finding.judgement.verdict != .supported, "\(claim.name): \(finding)")
                }
            }
        }
    }

    @Test("models say how the images were fitted") func fitting() async throws {
        let planted = try PlantedImages.dataset(.texture, train: 40, test: 20)
        let fitting = ImageFitting(Size2D(PlantedImages.side, PlantedImages.side), fit: .pad, resampling: .lanczos)
        let images = try ImageDataset(
            name: planted.name, train: planted.train, test: planted.test, fitting: fitting)
        try await MadeUpImages.inTemporaryDirectory { folder in
            let run = try await EvidenceRun.create(
                PlantedImages.configuration(["relu"], seeds: [0], epochs: 1), images: images, backend: backend,
                until: clock.now + .seconds(1000), at: folder.appending(path: "run").path(percentEncoded: false),
                fixedScale: true)
            _ = try await run.record()
            let models = try FileManager.default.contentsOfDirectory(
                at: run.directory.url.appending(path: "models"), includingPropertiesForKeys: nil)
            #expect(!models.isEmpty)
            for model in models {
                #expect(try ModelFile(contentsOf: model).preprocessing?.fitting == fitting)
            }
        }
    }

    // MARK: Queue

    @Test("stopped and resumed, it gives the same record as undisturbed") func resume() async throws {
        let images = try PlantedImages.dataset(.texture)
        try await MadeUpImages.inTemporaryDirectory { folder in
            let claims = ["rotation", "permutation", "computation"]
            let whole = try await start(.texture, claims, seeds: [0, 1], epochs: 2, in: folder, name: "whole").record()
            let begun = try await start(.texture, claims, seeds: [0, 1], epochs: 2, in: folder, name: "begun")
            // Every tenth question stops the run: in a training, in a probe, wherever it falls.
            for _ in 0..<200 {
                let left = Mutex(60)
                let run = try await EvidenceRun.resume(begun.directory, images: images, backend: backend)
                do {
                    let record = try await run.record(shouldStop: {
                        left.withLock { left in
                            left -= 1
                            return left <= 0
                        }
                    })
                    #expect(try timeless(record) == timeless(whole))
                    return
                } catch let error as TrainingError {
                    #expect(error.kind == .interrupted)
                    #expect(error.advice?.contains("--resume") == true)
                }
            }
            Issue.record("the run never ended")
        }
    }

    @Test("grows by a seed and a claim without making a cell again") func growth() async throws {
        let images = try PlantedImages.dataset(.texture)
        try await MadeUpImages.inTemporaryDirectory { folder in
            let run = try await start(.texture, ["permutation"], seeds: [0, 1], epochs: 2, in: folder)
            let before = try await run.record()
            let cells = run.directory.url.appending(path: "cells")
            func files() throws -> [String: Data] {
                let names = try FileManager.default.contentsOfDirectory(atPath: cells.path(percentEncoded: false))
                return try Dictionary(
                    uniqueKeysWithValues: names.map { ($0, try Data(contentsOf: cells.appending(path: $0))) })
            }
            let old = try files()
            #expect(old.count == 7 && before.plan.cellsFinished == 7)
            let grown = try await EvidenceRun.resume(
                run.directory, images: images, backend: backend, seeds: 3, claims: ["locality"])
            let record = try await grown.record()
            // What was added later is judged by itself.
            #expect(record.claims.map { $0.look?.family } == [1, 2])
            #expect(record.plan.seeds == [0, 1, 2] && record.claims.map(\.name) == ["permutation", "locality"])
            #expect(record.plan.cellsFinished == record.plan.cellsPlanned && record.plan.cellsPlanned == 16)
            let new = try files()
            for (name, data) in old { #expect(new[name] == data, "\(name)") }
            #expect(record.claims[0].findings[1].points.prefix(2) == before.claims[0].findings[1].points[...])
        }
    }

    @Test("a spent budget leaves a record of what there is") func budget() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let run = try await start(.texture, ["permutation", "computation"], in: folder)
            let spent = Mutex(0)
            let record = try await run.record(
                until: clock.now,
                report: { event in
                    if case .budgetSpent = event { spent.withLock { $0 += 1 } }
                })
            #expect(spent.withLock { $0 } == 1)
            #expect(record.plan.cellsFinished == 0 && record.plan.cellsPlanned > 0)
            #expect(record.claims.first { $0.name == "permutation" }?.verdict == .notReached)
            // Counting needs no cell.
            #expect(record.claims.first { $0.name == "computation" }?.findings.first?.judgement.verdict == .supported)
        }
    }

    @Test("no cell goes on behind the deadline") func deadline() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let run = try await start(.texture, ["permutation"], epochs: 100_000, in: folder)
            let begin = clock.now
            let shouldStop = { @Sendable in ContinuousClock.now - begin > .seconds(60) }
            // The plan believes in speeds that it never measured, so a cell begins that cannot end in time.
            var hurried = run.configuration
            for variant in try EvidencePlan(hurried, shape: [1, 12, 12]).variants {
                hurried.speeds[variant.id] = NetworkSpeed(
                    trainImagesPerSecond: 1e12, predictImagesPerSecond: 1e12, memory: 1)
            }
            try run.directory.write(hurried, to: run.directory.configurationFile)
            let again = try await EvidenceRun.resume(
                run.directory, images: try PlantedImages.dataset(.texture), backend: backend)
            let record = try await again.record(until: begin + .seconds(8), shouldStop: shouldStop)
            // The exact statement's cell trains nothing, so it may have ended.
            #expect(record.plan.cellsFinished <= 1)
            #expect(clock.now - begin < .seconds(8))
        }
    }

    @Test("a budget that ends before the plan is an error, not a run") func tiny() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let path = folder.appending(path: "run").path(percentEncoded: false)
            let error = await #expect(throws: EvidenceError.self) {
                try await EvidenceRun.create(
                    PlantedImages.configuration(["permutation"]), images: try PlantedImages.dataset(.labels),
                    backend: backend, until: clock.now, at: path)
            }
            #expect(error?.kind == .budgetTooSmall)
            #expect(error?.received?.contains("0 of 2 networks") == true)
            #expect(!FileManager.default.fileExists(atPath: path))
        }
    }

    @Test("a network that memory cannot hold is refused before it is made") func memory() async throws {
        var configuration = PlantedImages.configuration(["permutation"])
        configuration.dense.network = Network(input: [1, 12, 12]) {
            Flatten()
            Dense(1_000_000)
            Dense(1_000_000)
            Dense(2)
        }
        let images = try PlantedImages.dataset(.labels)
        let error = await #expect(throws: EvidenceError.self) {
            try await EvidenceRun.create(
                configuration, images: images, backend: backend, until: clock.now + .seconds(100), at: "/nowhere")
        }
        #expect(error?.kind == .tooLarge)
        #expect(error?.needs?.hasSuffix(" GB, and a fifth to spare") == true)
    }

    @Test("other images, another engine and another plan are refused") func refusals() async throws {
        try await MadeUpImages.inTemporaryDirectory { folder in
            let run = try await start(.texture, ["computation"], in: folder)
            func resume(
                _ images: PlantedImages.Kind = .texture, threads: Int = 1
            ) async throws -> EvidenceRun {
                try await EvidenceRun.resume(
                    run.directory, images: try PlantedImages.dataset(images), backend: OneDNNBackend(threads: threads))
            }
            var error = await #expect(throws: EvidenceError.self) { try await resume(.position) }
            #expect(error?.kind == .differentData)
            error = await #expect(throws: EvidenceError.self) { try await resume(threads: 2) }
            #expect(error?.kind == .differentEngine)
            var changed = run.configuration
            changed.queue.swapAt(0, 1)
            try run.directory.write(changed, to: run.directory.configurationFile)
            error = await #expect(throws: EvidenceError.self) { try await resume() }
            #expect(error?.kind == .differentPlan)
        }
    }
}
