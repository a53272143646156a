// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
package import OcellusImages
import OcellusInference
import OcellusModel
package import OcellusPlan
import OcellusTensor
package import OcellusTraining

/// Trains networks on the same images over several seeds and records what that shows.
///
/// Trainings run one after the other, alternating by seed, never at the same time, so that none slows another down. Each
/// finished training is a directory of the run with its model and `cell.json`; the record is made from those alone, so a
/// comparison that was stopped goes on where it was.
///
///     let comparison = try Comparison.create(configuration, images: images, backend: backend, at: nil)
///     let record = try await comparison.run()
package struct Comparison: Sendable {
    package let configuration: ComparisonConfiguration
    package let directory: RunDirectory
    let images: ImageDataset
    let backend: any Backend
    /// Seconds between checkpoints of the training under way.
    package var checkpointInterval: Double = 30
    /// Whether the record gets pictures.
    package var drawsPictures = true

    /// Makes the run's directory with its configuration in it.
    ///
    /// - Parameter path: Where; `nil` takes the first free `runs/compare/<data>-<n>`.
    /// - Throws: ``EvidenceError`` and ``ModelError`` for settings, ``TrainingError/Code/runExists``, ``ArchiveError``.
    package static func create(
        _ configuration: ComparisonConfiguration, images: ImageDataset, backend: any Backend, at path: String?
    ) throws -> Comparison {
        var configuration = configuration
        configuration.dataSha256 = hash(of: images)
        try configuration.validate()
        let directory = try RunDirectory.create(
            verb: "compare", name: images.name, at: path, configuration: configuration)
        return Comparison(configuration, directory, images, backend)
    }

    /// The configuration of a run on disk; its ``ComparisonConfiguration/data`` say which images to open.
    package static func configuration(of directory: RunDirectory) throws -> ComparisonConfiguration {
        try directory.configuration(ComparisonConfiguration.self)
    }

    /// Goes on with a run.
    ///
    /// - Throws: ``EvidenceError/Code/differentData`` or ``EvidenceError/Code/differentEngine`` unless images and engine
    ///   are those of the run.
    package static func resume(
        _ directory: RunDirectory, images: ImageDataset, backend: any Backend
    ) throws -> Comparison {
        let configuration = try configuration(of: directory)
        try configuration.validate()
        try requireOrigin(
            dataSha256: configuration.dataSha256, of: hash(of: images), backend,
            engine: (configuration.backend, configuration.threads, configuration.precision),
            because: "times of one run must be comparable")
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

    private static func hash(of images: ImageDataset) -> String {
        ([images.train, images.test].map(\.sha256) + (images.validation.map { [$0.sha256] } ?? [])).joined(
            separator: "+")
    }

    /// Trains what is missing, draws the pictures and writes `record.json`.
    ///
    /// - Parameters:
    ///   - shouldStop: Asked between steps; `true` writes a checkpoint and throws ``TrainingError/Code/interrupted``.
    ///   - report: Gets what happens, in order.
    package func run(
        shouldStop: @escaping @Sendable () -> Bool = { false },
        report: @escaping @Sendable (ComparisonEvent) -> Void = { _ in }
    ) async throws -> ComparisonRecord {
        if let finished = try existing(ComparisonRecord.self, at: directory.recordFile) {
            report(.finished(finished))
            return finished
        }
        let clock = ContinuousClock()
        let trainer = try CellTrainer(self, shouldStop: shouldStop, report: report)
        let trials = try await trainer.trials()
        let cells = try await trainer.cells(learningRates: trials.mapValues { $0.first(where: \.chosen)?.learningRate })
        var record = try record(of: cells, trials: trials)
        let drawingStart = clock.now
        if drawsPictures {
            report(.drawing)
            let models = try cells.map {
                try Classifier(contentsOf: directory.url.appending(path: $0[0].run.model), backend: backend)
            }
            let (seed, test) = (configuration.seeds[0], images.test)
            let names = configuration.networks.map(\.name)
            record.pictures = try await EngineActor.run {
                try PictureMaker(models: models, names: names, test: test).pictures(seed: seed)
            }
            try test.checkReadable()
        }
        let trainingSeconds = cells.joined().reduce(0) { $0 + $1.wallSeconds }
        record.seconds = trainingSeconds + trainer.trialSeconds() + (clock.now - drawingStart).seconds
        try directory.write(record, to: directory.recordFile)
        report(.finished(record))
        return record
    }

    /// What a file of the run holds; `nil` when it is not there yet.
    func existing<Value: Decodable>(_ type: Value.Type, at file: URL) throws -> Value? {
        guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else { return nil }
        let text = String(decoding: try AtomicFile.read(file), as: UTF8.self)
        return try CanonicalJSON.decode(type, from: text, what: file.path(percentEncoded: false))
    }

    /// The record without pictures.
    ///
    /// - Parameters:
    ///   - cells: For each network, one cell for each seed.
    ///   - trials: By network name.
    func record(
        of cells: [[ComparisonCell]], trials: [String: [ComparisonRecord.TuningTrial]]
    ) throws -> ComparisonRecord {
        let labels = images.test.labels.map(Int.init)
        let networks = try zip(configuration.networks, cells).map { entry, own in
            ComparisonRecord.NetworkRecord(
                name: entry.name, network: entry.network, summary: try NetworkSummary(entry.network),
                configuration: own[0].configuration, preprocessing: own[0].preprocessing,
                tuning: trials[entry.name] ?? [], trainingMemory: own.map(\.memory).max() ?? 0,
                runs: ComparisonStatistics.runs(own, against: cells[0]),
                accuracy: ComparisonStatistics.summary(own.map(\.run.testAccuracy)),
                atPhotoSizes: ComparisonStatistics.photoSizes(entry.network))
        }
        let pairs =
            cells.count < 2
            ? [] : try zip(cells[0], cells[1]).map { try ComparisonStatistics.pair($0, $1, labels: labels) }
        let first = cells[0][0]
        return ComparisonRecord(
            created: Date.now.formatted(.iso8601), command: configuration.command, seconds: 0,
            environment: .current(backend: backend),
            data: ComparisonRecord.DataDescription(
                name: images.name, classes: images.classes, shape: images.shape, trainCount: first.trainCount,
                validationCount: first.validationCount, testCount: labels.count, testCounts: images.test.classCounts,
                sha256: images.train.sha256, testSha256: images.test.sha256, notes: images.notes),
            recipe: configuration.recipe.rawValue,
            recipeNotes: configuration.recipe.notes(
                epochs: configuration.epochs, augmentation: configuration.augmentation)
                + (configuration.matchNote.map { [$0] } ?? []),
            networks: networks, difference: try ComparisonStatistics.difference(pairs), pairs: pairs,
            testReadings: cells.joined().count, pictures: nil)
    }
}
