// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusImages
import OcellusInference
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTraining

/// Makes the trainings of a comparison that its directory does not hold yet, one after the other.
final class CellTrainer {
    private let comparison: Comparison
    private let shouldStop: @Sendable () -> Bool
    private let report: @Sendable (ComparisonEvent) -> Void
    /// Without the data's own validation split where the recipe trains on everything.
    private let images: ImageDataset
    private var number = 0
    private let total: Int
    private var tuningSeconds = 0.0

    private var configuration: ComparisonConfiguration { comparison.configuration }
    private var recipe: Recipe { configuration.recipe }

    init(
        _ comparison: Comparison, shouldStop: @escaping @Sendable () -> Bool,
        report: @escaping @Sendable (ComparisonEvent) -> Void
    ) throws {
        self.comparison = comparison
        self.shouldStop = shouldStop
        self.report = report
        let all = comparison.images
        images =
            comparison.configuration.recipe.validationFraction > 0
            ? all
            : try ImageDataset(
                name: all.name, train: all.train, test: all.test, notes: all.notes, fit: all.fit,
                resampling: all.resampling)
        let networks = comparison.configuration.networks.count
        total = networks * (comparison.configuration.recipe.learningRates.count + comparison.configuration.seeds.count)
        let finished = try (0..<networks).reduce(0) { sum, index in
            let trials = try comparison.configuration.recipe.learningRates.count {
                try comparison.existing(ComparisonTrial.self, at: trialFile(index, $0)) != nil
            }
            let cells = try comparison.configuration.seeds.count {
                try comparison.existing(ComparisonCell.self, at: cellFile(index, $0)) != nil
            }
            return sum + trials + cells
        }
        report(
            .started(
                directory: comparison.directory.url.relativePath, trainings: total, finished: finished))
    }

    /// Wall time of the trials; 0 when nothing was tuned.
    func trialSeconds() -> Double { tuningSeconds }

    // MARK: Tuning

    /// Every learning rate of the recipe's grid on the validation images of the first seed, for each network.
    func trials() async throws -> [String: [ComparisonRecord.TuningTrial]] {
        guard !recipe.learningRates.isEmpty else { return [:] }
        var trials: [String: [ComparisonTrial]] = [:]
        for rate in recipe.learningRates {
            for (index, entry) in configuration.networks.enumerated() {
                trials[entry.name, default: []].append(try await trial(index, entry, rate))
            }
        }
        tuningSeconds = trials.values.joined().reduce(0) { $0 + $1.wallSeconds }
        return try trials.mapValues(ComparisonTrial.choose)
    }

    private func trial(
        _ index: Int, _ entry: ComparisonConfiguration.Entry, _ rate: Double
    ) async throws -> ComparisonTrial {
        number += 1
        let file = trialFile(index, rate)
        if let known = try comparison.existing(ComparisonTrial.self, at: file) { return known }
        let seed = configuration.seeds[0]
        let task = ComparisonTask(network: entry.name, seed: seed, purpose: .tuning(learningRate: rate))
        let part = try comparison.directory.part(trialPath(index, rate))
        let clock = ContinuousClock()
        let start = clock.now
        var trial = ComparisonTrial(network: entry.name, learningRate: rate, validationAccuracy: 0, wallSeconds: 0)
        do {
            let (run, _) = try await train(entry, seed: seed, learningRate: rate, in: part, task: task)
            trial.validationAccuracy = run.history.compactMap(\.validationAccuracy).max() ?? 0
        } catch let error as TrainingError where error.kind == .nonFiniteLoss || error.kind == .nonFiniteWeights {
            // A rate that is too large is an answer of the grid, not the end of the comparison.
            trial.failure = error.summary
        }
        trial.wallSeconds = (clock.now - start).seconds
        try comparison.directory.write(trial, to: file)
        try removeCheckpoint(of: part)
        report(
            .tried(
                task,
                ComparisonRecord.TuningTrial(
                    learningRate: rate, validationAccuracy: trial.validationAccuracy, chosen: false,
                    failure: trial.failure)))
        return trial
    }

    // MARK: Cells

    /// Trains and tests every network with every seed.
    ///
    /// - Parameter learningRates: By network name; the recipe's own where absent.
    /// - Returns: For each network, one cell for each seed.
    func cells(learningRates: [String: Double?]) async throws -> [[ComparisonCell]] {
        var cells = [[ComparisonCell]](repeating: [], count: configuration.networks.count)
        for seed in configuration.seeds {
            for (index, entry) in configuration.networks.enumerated() {
                cells[index].append(
                    try await cell(index, entry, seed, learningRate: learningRates[entry.name] ?? nil))
            }
        }
        return cells
    }

    private func cell(
        _ index: Int, _ entry: ComparisonConfiguration.Entry, _ seed: UInt64, learningRate: Double?
    ) async throws -> ComparisonCell {
        number += 1
        let file = cellFile(index, seed)
        if let known = try comparison.existing(ComparisonCell.self, at: file) { return known }
        let task = ComparisonTask(network: entry.name, seed: seed, purpose: .comparison)
        let path = cellPath(index, seed)
        let part = try comparison.directory.part(path)
        let clock = ContinuousClock()
        let start = clock.now
        let (run, parts) = try await train(entry, seed: seed, learningRate: learningRate, in: part, task: task)
        var classifier = try Classifier(
            network: run.network, weights: run.weights, classes: run.classes, preprocessing: run.preprocessing,
            record: run.record(epoch: run.epoch), backend: comparison.backend)
        let cell = try ComparisonCell(
            network: entry.name, run: run,
            // The one reading of the test images for this model.
            logits: try classifier.logits(of: images.test), labels: images.test.labels.map(Int.init), parts: parts,
            model: "\(path)/\(part.modelFile.lastPathComponent)", wallSeconds: (clock.now - start).seconds)
        classifier.record?.test = TrainingRecord.Score(correct: cell.run.testCorrect, count: cell.run.testCount)
        try classifier.save(to: part.modelFile)
        try comparison.directory.write(cell, to: file)
        try removeCheckpoint(of: part)
        report(.tested(task, cell.run))
        return cell
    }

    // MARK: Training

    private func train(
        _ entry: ComparisonConfiguration.Entry, seed: UInt64, learningRate: Double?, in part: RunDirectory,
        task: ComparisonTask
    ) async throws -> (TrainingRun, TrainingParts) {
        report(.trainingStarted(task, number: number, of: total))
        let settings = recipe.configuration(
            for: entry.network, seed: seed, epochs: configuration.epochs, learningRate: learningRate,
            augmentation: configuration.augmentation)
        let parts = try TrainingParts(
            images, validationFraction: recipe.validationFraction, seed: seed,
            preprocessing: recipe.preprocessing(for: images.shape, fit: images.fit, resampling: images.resampling))
        var trainer = Trainer(
            entry.network, configuration: settings, validationFraction: recipe.validationFraction,
            backend: comparison.backend)
        trainer.checkpointInterval = comparison.checkpointInterval
        let isBegun = FileManager.default.fileExists(atPath: part.checkpointFile.path(percentEncoded: false))
        let checkpoint = isBegun ? try Checkpoint(contentsOf: part.checkpointFile) : nil

        let (events, continuation) = TrainingEvent.stream()
        let report = report
        let forwarding = Task {
            for await event in events { report(.training(task, event)) }
        }
        do {
            let run = try await trainer.fit(
                parts, in: part, resume: checkpoint, events: continuation, shouldStop: shouldStop)
            await forwarding.value
            return (run, parts)
        } catch {
            await forwarding.value
            guard var stopped = error as? TrainingError, stopped.kind == .interrupted else { throw error }
            stopped.summary = "the comparison was stopped while it trained \(entry.name) with seed \(seed)."
            stopped.advice = "--resume \(comparison.directory.url.relativePath) to go on"
            throw stopped
        }
    }

    /// A finished training needs no checkpoint, and those of dense networks are large.
    private func removeCheckpoint(of part: RunDirectory) throws {
        let path = part.checkpointFile.path(percentEncoded: false)
        if FileManager.default.fileExists(atPath: path) { try FileManager.default.removeItem(atPath: path) }
    }

    // MARK: Places

    /// `1-cnn`: the position keeps names apart that differ only in characters a directory should not have.
    private func directoryName(_ index: Int) -> String {
        let name = configuration.networks[index].name.lowercased().map { character in
            character.isASCII && (character.isLetter || character.isNumber) ? character : "-"
        }
        return "\(index)-\(String(name).prefix(40))"
    }

    private func cellPath(_ index: Int, _ seed: UInt64) -> String { "seed-\(seed)/\(directoryName(index))" }
    private func cellFile(_ index: Int, _ seed: UInt64) -> URL {
        comparison.directory.url.appending(path: cellPath(index, seed)).appending(path: "cell.json")
    }
    private func trialPath(_ index: Int, _ rate: Double) -> String {
        "tuning/\(directoryName(index))-learning-rate-\(rate)"
    }
    private func trialFile(_ index: Int, _ rate: Double) -> URL {
        comparison.directory.url.appending(path: trialPath(index, rate)).appending(path: "trial.json")
    }
}
