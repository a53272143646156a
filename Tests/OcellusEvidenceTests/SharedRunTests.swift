// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusReference
import OcellusRuns
import OcellusTensor
import OcellusTraining
import Synchronization
import Testing

@testable import OcellusEvidence

/// Collects lines from any thread.
private final class Log: Sendable {
    private let entries = Mutex<[String]>([])
    var lines: [String] { entries.withLock { $0 } }
    func note(_ line: String) { entries.withLock { $0.append(line) } }
}

@Suite("A run that several make at once", .serialized) struct SharedRunTests {
    /// What three opened, each as a process would, and made at the same time.
    private func share<Value: Sendable>(
        _ path: String, _ make: @escaping @Sendable (RunDirectory) async throws -> Value
    ) async throws -> [Value] {
        try await withThrowingTaskGroup(of: Value.self) { group in
            for _ in 0..<3 { group.addTask { try await make(RunDirectory.open(path)) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    @Test("a comparison's trials and trainings are made once each, in an order that its needs allow")
    func comparison() async throws {
        let images = try MadeUpImages.dataset()
        try await MadeUpImages.inTemporaryDirectory { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
            let configuration = MadeUpImages.configuration(.bestEffort, seeds: [3, 4], epochs: 1)
            func begin(_ name: String) throws -> Comparison {
                var comparison = try Comparison.create(
                    configuration, images: images, backend: MadeUpImages.backend, at: path(name))
                comparison.drawsPictures = false
                return comparison
            }
            let expected = try await begin("whole").run()
            let shared = try begin("shared")
            let made = Log()
            let counts = try await share(path("shared")) { directory in
                try await Comparison.resume(directory, images: images, backend: MadeUpImages.backend).makeCells(
                    until: nil, shouldStop: { false },
                    report: { event in
                        switch event {
                        case .tried(let task, let trial): made.note("\(task) \(trial)")
                        case .tested(let task, _): made.note("\(task)")
                        default: break
                        }
                    })
            }
            #expect(counts.allSatisfy { $0.finished == 26 && $0.of == 26 })
            let all = made.lines
            #expect(all.count == 26 && Set(all).count == 26)
            let record = try await shared.run()
            #expect(try MadeUpImages.timeless(record) == MadeUpImages.timeless(expected))
            let files = FileManager.default
            #expect(
                try files.subpathsOfDirectory(atPath: path("shared")).sorted()
                    == files.subpathsOfDirectory(atPath: path("whole")).sorted())
        }
    }

    @Test("an evidence run's cells are made once each, and those of a model after its training")
    func evidence() async throws {
        let images = try PlantedImages.dataset(.texture)
        try await MadeUpImages.inTemporaryDirectory { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
            func begin(_ name: String) async throws -> EvidenceRun {
                try await EvidenceRun.create(
                    PlantedImages.configuration(["location", "permutation"], seeds: [0, 1], epochs: 2), images: images,
                    backend: OneDNNBackend(threads: 1), until: .now + .seconds(1000), at: path(name), fixedScale: true)
            }
            let expected = try await begin("whole").record()
            let shared = try await begin("shared")
            let ended = Log()
            let counts = try await share(path("shared")) { directory in
                try await EvidenceRun.resume(directory, images: images, backend: OneDNNBackend(threads: 1)).makeCells(
                    until: nil, shouldStop: { false },
                    report: { event in
                        if case .cellEnded(let name, _, _) = event { ended.note(name) }
                    })
            }
            let all = ended.lines
            #expect(Set(all) == Set(shared.configuration.queue) && all.count == shared.configuration.queue.count)
            #expect(counts.allSatisfy { $0.finished == all.count })
            let record = try await shared.record()
            for (own, other) in zip(record.claims, expected.claims) {
                #expect(own.findings.map(\.points) == other.findings.map(\.points) && own.verdict == other.verdict)
            }
            #expect(!FileManager.default.fileExists(atPath: path("shared/cells") + "/\(all[0]).json.lock"))
        }
    }

    @Test("who finds everything taken waits, and makes what is given back") func givenBack() async throws {
        let images = try MadeUpImages.dataset()
        try await MadeUpImages.inTemporaryDirectory { folder in
            let path = folder.appending(path: "run").path(percentEncoded: false)
            let comparison = try Comparison.create(
                MadeUpImages.configuration(.tutorial, seeds: [3], epochs: 1), images: images,
                backend: MadeUpImages.backend, at: path)
            let cell = comparison.directory.url.appending(path: "seed-3/0-ann")
            try FileManager.default.createDirectory(at: cell, withIntermediateDirectories: true)
            // As another process would.
            let descriptor = open(
                cell.appending(path: "cell.json.lock").path(percentEncoded: false), O_RDWR | O_CREAT, 0o666)
            try #require(descriptor >= 0 && flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            let log = Log()
            let worker = Task {
                try await Comparison.resume(RunDirectory.open(path), images: images, backend: MadeUpImages.backend)
                    .makeCells(
                        until: nil, shouldStop: { false },
                        report: { event in
                            switch event {
                            case .waiting: log.note("waiting")
                            case .tested(let task, _): log.note(task.network)
                            default: break
                            }
                        })
            }
            while !log.lines.contains("waiting") { try await Task.sleep(for: .milliseconds(1)) }
            close(descriptor)
            #expect(try await worker.value.finished == 2)
            #expect(log.lines == ["CNN", "waiting", "ANN"])
            #expect(!FileManager.default.fileExists(atPath: cell.path(percentEncoded: false) + "/cell.json.lock"))
        }
    }

    @Test("a copy on which another machine worked gives its cells back; another run is no copy") func merging()
        async throws
    {
        let images = try MadeUpImages.dataset()
        try await MadeUpImages.inTemporaryDirectory { folder in
            func path(_ name: String) -> String { folder.appending(path: name).path(percentEncoded: false) }
            func begin(_ name: String, seeds: [UInt64] = [3, 4], epochs: Int = 1) throws -> Comparison {
                var comparison = try Comparison.create(
                    MadeUpImages.configuration(.matched, seeds: seeds, epochs: epochs), images: images,
                    backend: MadeUpImages.backend, at: path(name))
                comparison.drawsPictures = false
                return comparison
            }
            let (run, copy) = (try begin("run"), try begin("copy", seeds: [3]))
            var early = try Comparison.configuration(of: copy.directory)
            early.tuningSeed = run.configuration.tuningSeed
            try copy.directory.write(early, to: copy.directory.configurationFile)
            _ = try await Comparison.resume(
                RunDirectory.open(path("copy")), images: images, backend: MadeUpImages.backend
            ).makeCells(until: nil, shouldStop: { false }, report: { _ in })
            #expect(try run.merge(path("copy")) == 12)
            #expect(try run.merge(path("copy")) == 0)
            let expected = try await begin("whole").run()
            #expect(try await MadeUpImages.timeless(run.run()) == MadeUpImages.timeless(expected))
            let files = FileManager.default
            #expect(
                try files.subpathsOfDirectory(atPath: path("run")).sorted()
                    == files.subpathsOfDirectory(atPath: path("whole")).sorted())
            _ = try begin("other", epochs: 2)
            let error = #expect(throws: EvidenceError.self) { try run.merge(path("other")) }
            #expect(error?.kind == .differentPlan && error?.summary.contains("is no copy of") == true)
        }
    }

    @Test("seeds that are added leave out the one whose split was tuned on") func growth() throws {
        var tuned = MadeUpImages.configuration(.matched, seeds: [0, 1, 2])
        #expect(tuned.tuningSeed == 3)
        try tuned.grow(to: 5, of: "run")
        #expect(tuned.seeds == [0, 1, 2, 4, 5] && tuned.tuningSeed == 3)
        var plain = MadeUpImages.configuration(.tutorial, seeds: [0, 1, 2])
        try plain.grow(to: 5, of: "run")
        #expect(plain == MadeUpImages.configuration(.tutorial, seeds: [0, 1, 2, 3, 4]))
        let error = #expect(throws: EvidenceError.self) { try plain.grow(to: 4, of: "run") }
        #expect(error?.kind == .outOfRange && error?.needs == "at least the 5 of run")
    }

    @Test("other instructions are another engine; an older run does not say which it had") func instructions() throws {
        let images = try MadeUpImages.dataset()
        let path = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID())")
        defer { try? FileManager.default.removeItem(at: path) }
        let comparison = try Comparison.create(
            MadeUpImages.configuration(.tutorial), images: images, backend: MadeUpImages.backend,
            at: path.path(percentEncoded: false))
        var configuration = try Comparison.configuration(of: comparison.directory)
        #expect(configuration.engineDetails == MadeUpImages.backend.details)
        configuration.engineDetails = "another"
        try comparison.directory.write(configuration, to: comparison.directory.configurationFile)
        func resume() throws {
            _ = try Comparison.resume(comparison.directory, images: images, backend: MadeUpImages.backend)
        }
        let error = #expect(throws: EvidenceError.self) { try resume() }
        #expect(error?.kind == .differentEngine && error?.needs == "another")
        configuration.engineDetails = nil
        try comparison.directory.write(configuration, to: comparison.directory.configurationFile)
        try resume()
    }
}
