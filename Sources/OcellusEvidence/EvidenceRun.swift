// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
package import OcellusData
import OcellusFiles
import OcellusInference
import OcellusMetrics
import OcellusModel
package import OcellusPlan
import OcellusRuns
import OcellusTensor
public import OcellusTraining

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Tests claims about the two networks: a frozen queue of cells, of which the budget decides how many are made.
///
/// Each cell's file holds what it found, so a run can be stopped at any moment, go on later, and be extended by seeds and
/// claims; what is there is never made again. The record is made from the cells alone.
///
///     let run = try await EvidenceRun.create(configuration, until: deadline)
///     let record = try await run.record(until: deadline)
///     try run.write(page: ReportPage.html(for: record))
///
/// The run is what `ocellus evidence` makes and goes on with.
public struct EvidenceRun: Sendable {
    public let configuration: EvidenceConfiguration
    package let directory: RunDirectory
    let images: ImageDataset
    let backend: any Backend

    /// What a run says while it goes on.
    public enum Event: Sendable {
        /// Before the first cell.
        case planned(directory: String, cells: Int, finished: Int, seconds: Double)
        /// Before the first cell, where there is a budget: claims of the run that should reach their first look, how many of
        /// them are counted or computed alone, and the seeds that all should get if none is decided before; 0 for fewer than
        /// the first look needs.
        case expected(claims: Int, of: Int, exact: Int, seeds: Int)
        case cellStarted(String, number: Int, of: Int)
        case training(String, TrainingEvent)
        /// A cell's accuracy where it has one.
        case cellEnded(String, accuracy: Double?, seconds: Double)
        /// Other processes make whatever is left.
        case waiting
        /// The next cell would not end in time.
        case budgetSpent(finished: Int, of: Int)
    }

    /// The run's directory as a person would type it.
    public var path: String { directory.path }

    // MARK: Making

    /// Measures the networks' speeds, chooses the scale that the budget allows, and makes the directory.
    ///
    /// - Parameters:
    ///   - deadline: When everything must be done; the scale is chosen for what is left.
    ///   - path: Where; `nil` takes the first free `runs/evidence/<data>-<n>`.
    ///   - fixedScale: Takes the configuration's scale as it is and measures nothing.
    /// - Throws: ``EvidenceError``, ``ModelError``, ``TrainingError/Code/runExists``, ``ArchiveError``.
    package static func create(
        _ configuration: EvidenceConfiguration, images: ImageDataset, backend: any Backend,
        until deadline: ContinuousClock.Instant, at path: String?, fixedScale: Bool = false
    ) async throws -> EvidenceRun {
        var configuration = configuration
        configuration.dataSha256 = try hash(of: images)
        configuration.engineDetails = backend.details
        configuration.trainedDense = try EvidenceConfiguration.narrowed(
            configuration.dense.network, against: configuration.convolutional.network)
        try validate(configuration)
        if !fixedScale {
            let variants = try EvidencePlan(configuration, shape: images.shape).variants
            configuration.speeds = try await speeds(variants, configuration, images, backend, until: deadline)
            configuration = try EvidencePlan.scaled(
                configuration, shape: images.shape, trainCount: images.train.count, testCount: images.test.count,
                seconds: left(until: deadline))
        }
        configuration.queue = try EvidencePlan(configuration, shape: images.shape).cells.map(\.id)
        let directory = try RunDirectory.create(
            verb: "evidence", name: images.name, at: path, configuration: configuration)
        return EvidenceRun(configuration, directory, images, backend)
    }

    /// The configuration of a run on disk.
    package static func configuration(of directory: RunDirectory) throws -> EvidenceConfiguration {
        try directory.configuration(EvidenceConfiguration.self)
    }

    /// Goes on with a run, perhaps with more seeds or claims.
    ///
    /// - Parameters:
    ///   - moved: How the images were opened where they lie elsewhere than the run says; kept once they are known to be the same.
    ///   - seeds: Number of seeds to have; at least as many as before.
    ///   - claims: Claims to add.
    /// - Throws: ``EvidenceError/Code/differentData``, ``EvidenceError/Code/differentEngine``,
    ///   ``EvidenceError/Code/differentPlan``.
    package static func resume(
        _ directory: RunDirectory, images: ImageDataset, backend: any Backend, moved: DataRequest? = nil,
        seeds: Int? = nil, claims: [String] = []
    ) async throws -> EvidenceRun {
        var configuration = try configuration(of: directory)
        try requireOrigin(
            dataSha256: configuration.dataSha256, of: hash(of: images), backend,
            engine: configuration.engine, details: configuration.engineDetails,
            because: "another number of threads rounds differently, and the seeds of one run must be alike")
        guard configuration.queue == (try EvidencePlan(configuration, shape: images.shape)).cells.map(\.id) else {
            throw EvidenceError(
                .differentPlan, "the run was planned by another version of Ocellus.",
                needs: "the same cells in the same order", advice: "start a new run")
        }
        if let moved {
            configuration.data = moved
            try directory.write(configuration, to: directory.configurationFile)
        }
        let old = configuration
        if let seeds {
            guard seeds >= configuration.seeds.count else {
                throw EvidenceError.fewerSeeds(seeds, than: configuration.seeds.count, of: directory.path)
            }
            let next = (configuration.seeds.max() ?? 0) + 1
            configuration.seeds += (0..<UInt64(seeds - configuration.seeds.count)).map { next + $0 }
        }
        let all = try Claims.named(configuration.claims + claims).map(\.name)
        let added = all.filter { !configuration.claims.contains($0) }
        if !added.isEmpty {
            configuration.claims += added
            configuration.laterClaims = (configuration.laterClaims ?? []) + [added]
        }
        if configuration != old {
            try validate(configuration)
            let plan = try EvidencePlan(configuration, shape: images.shape)
            let unknown = plan.variants.filter { configuration.speeds[$0.id] == nil }
            configuration.speeds.merge(try await speeds(unknown, configuration, images, backend)) { first, _ in first }
            configuration.queue = plan.cells.map(\.id)
            try directory.write(configuration, to: directory.configurationFile)
        }
        return EvidenceRun(configuration, directory, images, backend)
    }

    private init(
        _ configuration: EvidenceConfiguration, _ directory: RunDirectory, _ images: ImageDataset,
        _ backend: any Backend
    ) {
        self.configuration = configuration
        self.directory = directory
        self.images = images
        self.backend = backend
    }

    private static func hash(of images: ImageDataset) throws -> String {
        try images.train.sha256 + "+" + images.test.sha256
    }

    private static func validate(_ configuration: EvidenceConfiguration) throws {
        guard !configuration.seeds.isEmpty else {
            throw EvidenceError(
                .noSeeds, "there is no seed.", needs: "at least one, and \(Judgement.leastPoints) for a verdict")
        }
        guard !configuration.claims.isEmpty else {
            throw EvidenceError(
                .unknownClaim, "there is no claim to test.", needs: "some of \(Claims.names.joined(separator: ", "))")
        }
        let (dense, convolutional) = (configuration.dense, configuration.convolutional)
        guard !dense.network.hasConvolution, convolutional.network.hasConvolution else {
            throw EvidenceError(
                .cannotMatch, "the claims are about a network without convolutions and one with them.",
                needs: "one without, then one with them",
                received: [dense, convolutional].map {
                    "\($0.name) \($0.network.hasConvolution ? "with" : "without")"
                }.joined(separator: ", "), advice: "--networks ann cnn, or others in that order")
        }
        guard dense.name != convolutional.name else {
            throw EvidenceError(
                .duplicateName, "both networks have the name \"\(dense.name)\".", needs: "two networks")
        }
        let plan = try EvidencePlan(configuration, shape: configuration.dense.network.input)
        for variant in plan.variants { try configuration.network(variant).validate() }
    }

    /// A fraction of a second of training and of prediction for each network.
    ///
    /// - Throws: ``EvidenceError/Code/budgetTooSmall`` when the deadline passes before all are measured.
    private static func speeds(
        _ variants: [NetworkVariant], _ configuration: EvidenceConfiguration, _ images: ImageDataset,
        _ backend: any Backend, until deadline: ContinuousClock.Instant? = nil
    ) async throws -> [String: NetworkSpeed] {
        let probe = SpeedProbe(backend)
        let settings = TrainingConfiguration(batchSize: configuration.scale.batchSize, optimizer: .adam())
        for variant in variants {
            try probe.checkMemory(
                of: configuration.network(variant), called: configuration.title(variant), settings.optimizer)
        }
        var speeds: [String: NetworkSpeed] = [:]
        for (measured, variant) in variants.enumerated() {
            if let deadline, left(until: deadline) <= 0 {
                throw EvidenceError(
                    .budgetTooSmall, "the budget is too small for any verdict.",
                    received:
                        "no time left after the speeds of \(measured) of \(variants.count) networks were measured",
                    advice: "a longer --budget, fewer --claims, or smaller images")
            }
            speeds[variant.id] = try await probe.speed(
                of: configuration.network(variant), on: images.train, settings)
        }
        return speeds
    }

    // MARK: Running

    /// Makes cells until the queue or the time is at its end, and writes the record of what there is.
    ///
    /// - Parameters:
    ///   - deadline: No cell goes on behind it; one that is under way is given up and made again later. `nil` makes all.
    ///   - shouldStop: Asked between steps; `true` throws ``TrainingError/Code/interrupted``.
    ///   - report: Gets what happens, in order.
    /// - Returns: The record, as `record.json` holds it.
    /// - Throws: ``EvidenceError``, ``ModelError``, ``DataError``; an error of code `archive.…` when the run cannot be written.
    public func record(
        until deadline: ContinuousClock.Instant? = nil, shouldStop: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (Event) -> Void = { _ in }
    ) async throws -> EvidenceRecord {
        let plan = try EvidencePlan(configuration, shape: images.shape)
        let files = try await cells(of: plan, until: deadline, shouldStop: shouldStop, report: report)
        let record = try recorder(plan, files).record()
        try directory.write(record, to: directory.recordFile)
        return record
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

    /// Makes the cells that are missing and that no other process makes; who has the run makes the record.
    ///
    /// - Parameters:
    ///   - deadline: No cell is begun that would not end before it; `nil` for no end.
    ///   - shouldStop: Asked between steps; `true` throws ``TrainingError/Code/interrupted``.
    ///   - report: Gets what happens, in order.
    /// - Returns: Finished cells, and those of the queue.
    package func makeCells(
        until deadline: ContinuousClock.Instant?, shouldStop: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (Event) -> Void
    ) async throws -> (finished: Int, of: Int) {
        let plan = try EvidencePlan(configuration, shape: images.shape)
        let files = try await cells(of: plan, until: deadline, shouldStop: shouldStop, report: report)
        return (files.count, files.count + (try recorder(plan, files).open().count))
    }

    /// Takes the cells that this run lacks from a copy of it, which may have fewer or more seeds and claims.
    ///
    /// - Returns: How many.
    /// - Throws: ``EvidenceError/Code/differentPlan`` for a run that differs in more.
    package func merge(_ path: String) throws -> Int {
        let copy = try RunDirectory.open(path)
        var other = try Self.configuration(of: copy)
        (other.command, other.speeds, other.seeds, other.claims, other.queue) = (
            configuration.command, configuration.speeds, configuration.seeds, configuration.claims,
            configuration.queue
        )
        other.laterClaims = configuration.laterClaims
        guard other == configuration else { throw EvidenceError.noCopy(copy.path, of: directory.path) }
        let plan = try EvidencePlan(configuration, shape: images.shape)
        let maker = CellMaker(plan, images: images, directory: directory, backend: backend, emit: { _, _ in })
        return try CellRunner(maker, cells: plan.cells, in: directory).merge(from: copy)
    }

    private func recorder(_ plan: EvidencePlan, _ files: [EvidenceCell: CellFile]) -> EvidenceRecorder {
        EvidenceRecorder(plan: plan, files: files, images: images, backend: backend)
    }

    /// Makes what the verdicts need next until nothing is left or the time is up: after each look only for the claims that it
    /// left undecided.
    private func cells(
        of plan: EvidencePlan, until deadline: ContinuousClock.Instant?, shouldStop: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (Event) -> Void
    ) async throws -> [EvidenceCell: CellFile] {
        _ = try directory.part("models")
        _ = try directory.part("cells")
        let maker = CellMaker(
            plan, images: images, directory: directory, backend: backend, emit: { report(.training($0.id, $1)) })
        let deadline = deadline.map { $0 - .seconds(EvidenceBudget.reserve) }
        var files = try CellRunner(maker, cells: plan.cells, in: directory).finished()
        var next = try recorder(plan, files).open()
        let planned = files.count + next.count
        report(
            .planned(
                directory: directory.path, cells: planned, finished: files.count,
                seconds: next.reduce(0) { $0 + maker.seconds($1) }))
        if let deadline, files.isEmpty { try report(expectation(of: plan, until: deadline)) }
        while true {
            next = try recorder(plan, files).next()
            guard !next.isEmpty else { return files }
            let wanted = Set(next)
            let known = files
            let stage = plan.cells.filter { known[$0] != nil || wanted.contains($0) }
            let runner = CellRunner(
                maker, cells: stage, in: directory, within: CellBudget(until: deadline), shouldStop: shouldStop,
                report: { event in
                    switch event {
                    case .planned: break
                    case .began(let cell, let position):
                        report(.cellStarted(cell.id, number: position + 1, of: planned))
                    case .ended(let cell, let file, let seconds):
                        var accuracy: Double?
                        if case .training(let training) = file.result { accuracy = training.testAccuracy }
                        report(.cellEnded(cell.id, accuracy: accuracy, seconds: seconds))
                    case .waiting: report(.waiting)
                    case .budgetSpent: break
                    }
                })
            files = try await runner.run().results
            if files.count < stage.count {
                report(.budgetSpent(finished: files.count, of: files.count + (try recorder(plan, files).open().count)))
                return files
            }
        }
    }

    private func expectation(of plan: EvidencePlan, until deadline: ContinuousClock.Instant) throws -> Event {
        let seconds = (deadline - ContinuousClock().now).seconds
        let forecast = plan.forecast(testCount: images.test.count, seconds: seconds)
        let exact = plan.claims.count { $0.cells(seed: configuration.seeds.first ?? 0, shape: images.shape).isEmpty }
        return .expected(claims: forecast.reached, of: plan.claims.count, exact: exact, seeds: forecast.seeds)
    }

    private static func left(until deadline: ContinuousClock.Instant) -> Double {
        (deadline - ContinuousClock().now).seconds - EvidenceBudget.reserve
    }
}
