// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
package import OcellusData
import OcellusFiles
import OcellusInference
import OcellusModel
package import OcellusPlan
import OcellusRuns
import OcellusTensor
package import OcellusTraining

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Trains networks on the same images over several seeds and records what that shows.
///
/// Trainings run one after the other, alternating by seed, never at the same time, so that none slows another down. Each
/// finished training is a directory of the run with its model and `cell.json`; the record is made from those alone, so a
/// comparison that was stopped goes on where it was. The queue of trainings is fixed when the run begins; a budget only
/// decides how many of them are made.
///
///     let comparison = try await Comparison.create(configuration)
///     let record = try await comparison.run()
///     try comparison.write(page: ReportPage.html(for: record))
///
/// The run is what `ocellus compare` makes and goes on with.
public struct Comparison: Sendable {
    public private(set) var configuration: ComparisonConfiguration
    package let directory: RunDirectory
    let images: ImageDataset
    let backend: any Backend
    /// Seconds between checkpoints of the training under way.
    public var checkpointInterval: Double = 30
    /// Whether the record gets pictures.
    public var drawsPictures = true

    /// The run's directory as a person would type it.
    public var path: String { directory.path }
    /// The clock that ends a budget.
    var now: @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }

    /// Makes the run's directory with its configuration in it.
    ///
    /// - Parameter path: Where; `nil` takes the first free `runs/compare/<data>-<n>`.
    /// - Throws: ``EvidenceError`` and ``ModelError`` for settings, ``TrainingError/Code/runExists``, ``ArchiveError``.
    package static func create(
        _ configuration: ComparisonConfiguration, images: ImageDataset, backend: any Backend, at path: String?
    ) throws -> Comparison {
        var configuration = configuration
        configuration.dataSha256 = try hash(of: images)
        configuration.engineDetails = backend.details
        try configuration.validate(on: images)
        let plan = ComparisonPlan(configuration)
        configuration.queue = plan.steps.map(plan.path)
        let directory = try RunDirectory.create(
            verb: "compare", name: images.name, at: path, configuration: configuration)
        return Comparison(configuration, directory, images, backend)
    }

    /// The configuration of a run on disk; its ``ComparisonConfiguration/data`` say which images to open.
    package static func configuration(of directory: RunDirectory) throws -> ComparisonConfiguration {
        try directory.configuration(ComparisonConfiguration.self)
    }

    /// Goes on with a run, perhaps with more seeds.
    ///
    /// - Parameters:
    ///   - moved: How the images were opened where they lie elsewhere than the run says; kept once they are known to be the same.
    ///   - seeds: Number of seeds to have, no fewer than before. What is trained stays and is part of the result.
    /// - Throws: ``EvidenceError/Code/outOfRange`` for fewer seeds; ``EvidenceError/Code/differentData`` or ``EvidenceError/Code/differentEngine`` unless images and engine
    ///   are those of the run; ``EvidenceError/Code/differentPlan`` when another version planned it.
    package static func resume(
        _ directory: RunDirectory, images: ImageDataset, backend: any Backend, moved: DataRequest? = nil,
        seeds: Int? = nil
    ) throws -> Comparison {
        var configuration = try configuration(of: directory)
        try configuration.validate()
        try requireOrigin(
            dataSha256: configuration.dataSha256, of: hash(of: images), backend,
            engine: configuration.engine, details: configuration.engineDetails,
            because: "times of one run must be comparable")
        let plan = ComparisonPlan(configuration)
        guard configuration.queue == plan.steps.map(plan.path) else {
            throw EvidenceError(
                .differentPlan, "the run was planned by another version of Ocellus.",
                needs: "the same trainings in the same order", advice: "start a new run")
        }
        if let moved {
            configuration.data = moved
            try directory.write(configuration, to: directory.configurationFile)
        }
        if let seeds, seeds != configuration.seeds.count {
            try configuration.grow(to: seeds, of: directory.path)
            try configuration.validate(on: images)
            let grown = ComparisonPlan(configuration)
            configuration.queue = grown.steps.map(grown.path)
            try directory.write(configuration, to: directory.configurationFile)
        }
        return Comparison(configuration, directory, images, backend)
    }

    private init(
        _ configuration: ComparisonConfiguration, _ directory: RunDirectory, _ images: ImageDataset,
        _ backend: any Backend
    ) {
        self.configuration = configuration
        self.directory = directory
        self.images = images
        self.backend = backend
    }

    private static func hash(of images: ImageDataset) throws -> String {
        let sets = [images.train, images.test] + (images.validation.map { [$0] } ?? [])
        return try sets.map { try $0.sha256 }.joined(separator: "+")
    }

    /// Measures the speeds that a budget needs where the run began without one; they are not part of its plan.
    ///
    /// - Throws: ``EvidenceError/Code/budgetTooSmall`` when the time is over before they are known.
    package mutating func measureSpeeds(probe: SpeedProbe, until deadline: ContinuousClock.Instant) async throws {
        guard configuration.speeds.isEmpty else { return }
        try await configuration.measureSpeeds(on: images, probe: probe, until: deadline)
    }

    /// Trains what is missing, draws the pictures and writes `record.json`.
    ///
    /// - Parameters:
    ///   - deadline: Nothing goes on behind it: what is under way is kept as a checkpoint, and the record holds the seeds
    ///     that every network has. `nil` makes everything.
    ///   - shouldStop: Asked between steps; `true` writes a checkpoint and throws ``TrainingError/Code/interrupted``.
    ///   - report: Gets what happens, in order.
    /// - Throws: ``EvidenceError/Code/budgetSpent`` when the time does not suffice for one seed, ``EvidenceError/Code/budgetTooSmall``
    ///   when it suffices for nothing.
    public func run(
        until deadline: ContinuousClock.Instant? = nil, shouldStop: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (ComparisonEvent) -> Void = { _ in }
    ) async throws -> ComparisonRecord {
        let before = try existing(ComparisonRecord.self, at: directory.recordFile)
        if let before, before.plan.isFinished, before.plan.seeds == configuration.seeds {
            report(.finished(before))
            return before
        }
        // Of the first seed's models, which every record of the run has.
        let knownPictures = drawsPictures ? before?.pictures : nil
        let willDraw = drawsPictures && knownPictures == nil
        let clock = ContinuousClock()
        let plan = ComparisonPlan(configuration)
        let counts = try ComparisonPlan.Counts(images, configuration)
        let end = deadline.map { $0 - .seconds(plan.reserve(counts)) }
        let lastStep = end.map { $0 - .seconds(willDraw ? plan.drawing(counts) : 0) }
        let (results, hasTrained) = try await trainings(until: lastStep, shouldStop: shouldStop, report: report)
        guard results.finishedSeeds > 0 else {
            let path = directory.url.shownPath
            guard hasTrained else {
                let kept = plan.reserve(counts) + (willDraw ? plan.drawing(counts) : 0)
                throw EvidenceError(
                    .budgetTooSmall, "the budget is too small to go on.",
                    needs: "\(Int(kept.rounded(.up))) seconds for the record"
                        + (willDraw ? " and the pictures" : "") + ", and time to train",
                    advice: "--resume \(path) with a longer --budget" + (willDraw ? ", or --no-pictures" : ""))
            }
            throw EvidenceError(
                .budgetSpent, "the time ended before every network was trained once.",
                needs: "\(plan.steps.count) trainings", received: "\(results.count) finished",
                because: "the machine was busier than when the budget was checked, or the run was resumed for a moment",
                advice: "--resume \(path) --budget TIME to go on")
        }
        var record = try record(of: results, plan)
        let drawingStart = clock.now
        record.pictures = knownPictures
        if willDraw {
            report(.drawing)
            record.pictures = try await pictures(of: results, until: end)
            record.plan.lacksPictures = record.pictures == nil
        }
        record.seconds = results.wallSeconds + (clock.now - drawingStart).seconds
        try directory.write(record, to: directory.recordFile)
        report(.finished(record))
        return record
    }

    /// Trains what is missing and what no other process trains.
    ///
    /// - Parameter end: Nothing is begun or goes on behind it.
    /// - Returns: What is there, and whether there was time to train at all.
    private func trainings(
        until end: ContinuousClock.Instant?, shouldStop: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (ComparisonEvent) -> Void
    ) async throws -> (ComparisonResults, hasTrained: Bool) {
        let plan = ComparisonPlan(configuration)
        let hasSpeeds = !configuration.speeds.isEmpty
        let runner = CellRunner(
            try CellTrainer(self, report: report), cells: plan.steps, in: directory,
            within: CellBudget(until: end, now: now), shouldStop: shouldStop,
            report: { [directory] event in
                switch event {
                case .planned(let finished, let seconds):
                    report(
                        .started(
                            directory: directory.url.shownPath, trainings: plan.steps.count, finished: finished))
                    if hasSpeeds { report(.expected(seconds: seconds)) }
                case .began: break
                case .ended(let step, .trial(let trial), _):
                    report(.tried(plan.task(of: step, trial.settings), trial.recorded(chosen: false)))
                case .ended(let step, .cell(let cell), _): report(.tested(plan.task(of: step, nil), cell.run))
                case .waiting: report(.waiting)
                case .budgetSpent(let finished): report(.budgetSpent(finished: finished, of: plan.steps.count))
                }
            })
        let outcome = try await runner.run()
        return (ComparisonResults(plan, outcome.results), outcome.hasBegun)
    }

    /// Trains what is missing and what no other process trains, until everything is there; who has the run makes the record.
    ///
    /// - Parameters:
    ///   - deadline: What is under way then is kept as a checkpoint; `nil` for no end.
    ///   - shouldStop: Asked between steps; `true` writes a checkpoint and throws ``TrainingError/Code/interrupted``.
    ///   - report: Gets what happens, in order.
    /// - Returns: Finished trainings, and those of the queue.
    package func makeCells(
        until deadline: ContinuousClock.Instant?, shouldStop: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (ComparisonEvent) -> Void
    ) async throws -> (finished: Int, of: Int) {
        let plan = ComparisonPlan(configuration)
        let counts = try ComparisonPlan.Counts(images, configuration)
        let end = deadline.map { $0 - .seconds(plan.reserve(counts)) }
        let (results, _) = try await trainings(until: end, shouldStop: shouldStop, report: report)
        return (results.count, plan.steps.count)
    }

    /// Writes `report.html` beside the record.
    ///
    /// - Parameter page: HTML, as `ReportPage` makes it of the record.
    /// - Returns: The file.
    /// - Throws: An error of code `archive.…` when it cannot be written.
    @discardableResult
    public func write(page: String) throws -> URL {
        try directory.write(text: page, to: directory.reportFile)
        return directory.reportFile
    }

    /// Takes the trainings that this run lacks from a copy of it, which may have fewer or more seeds.
    ///
    /// - Returns: How many.
    /// - Throws: ``EvidenceError/Code/differentPlan`` for a run that differs in more.
    package func merge(_ path: String) throws -> Int {
        let copy = try RunDirectory.open(path)
        var other = try Self.configuration(of: copy)
        (other.command, other.speeds, other.seeds, other.queue) = (
            configuration.command, configuration.speeds, configuration.seeds, configuration.queue
        )
        if configuration.search.count == 0 { other.tuningSeed = configuration.tuningSeed }
        guard other == configuration else { throw EvidenceError.noCopy(copy.path, of: directory.path) }
        let maker = try CellTrainer(self, report: { _ in })
        return try CellRunner(maker, cells: ComparisonPlan(configuration).steps, in: directory).merge(from: copy)
    }

    private struct NoTimeLeft: Error {}

    /// Of the first seed's models; `nil` when there is no time.
    private func pictures(
        of results: ComparisonResults, until end: ContinuousClock.Instant?
    ) async throws -> ComparisonRecord.Pictures? {
        let (seed, test) = (configuration.seeds[0], images.test)
        let names = configuration.networks.map(\.name)
        let check = { @Sendable [now] in
            if let end, now() >= end { throw NoTimeLeft() }
        }
        do {
            try check()
            let models = try results.cells.map {
                try Classifier(contentsOf: directory.url.appending(path: $0[0].run.model), backend: backend)
            }
            return try await backend.thread.run {
                try PictureMaker(models: models, names: names, test: test, check: check).pictures(seed: seed)
            }
        } catch is NoTimeLeft {
            return nil
        }
    }

    /// What a file of the run holds; `nil` when it is not there yet.
    func existing<Value: Decodable>(_ type: Value.Type, at file: URL) throws -> Value? {
        guard Path(file).exists else { return nil }
        let text = String(decoding: try AtomicFile.read(file), as: UTF8.self)
        return try CanonicalJSON.decodeRecord(type, from: text, what: file.shownPath)
    }
}
