// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusData
import OcellusFiles
import OcellusInference
import OcellusModel
import OcellusPlan
import OcellusRuns
import OcellusTensor
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes the trainings of a comparison that its directory does not hold yet, one after the other.
final class CellTrainer {
    private let comparison: Comparison
    private let plan: ComparisonPlan
    private let shouldStop: @Sendable () -> Bool
    private let isTimeUp: @Sendable () -> Bool
    private let report: @Sendable (ComparisonEvent) -> Void
    /// Without the data's own validation split where the recipe trains on everything.
    private let images: ImageDataset

    /// Whether the time sufficed to go on with anything.
    private(set) var hasTrained = false

    private var configuration: ComparisonConfiguration { comparison.configuration }
    private var recipe: Recipe { configuration.recipe }

    /// The time ended in a training, which goes on from its checkpoint later.
    private struct TimeIsUp: Error {}

    /// What is done; each list ends where its network's part of the queue was cut off.
    struct Results {
        /// For each network, in the order of the search.
        var trials: [[ComparisonTrial]]
        /// For each network, in the order of the seeds.
        var cells: [[ComparisonCell]]

        var count: Int { trials.joined().count + cells.joined().count }
        /// Seeds that every network was trained with.
        var finishedSeeds: Int { cells.map(\.count).min() ?? 0 }
    }

    /// - Parameters:
    ///   - shouldStop: Asked between steps; `true` ends with ``TrainingError/Code/interrupted``.
    ///   - isTimeUp: Asked between steps; `true` ends with what is done.
    init(
        _ comparison: Comparison, shouldStop: @escaping @Sendable () -> Bool,
        isTimeUp: @escaping @Sendable () -> Bool, report: @escaping @Sendable (ComparisonEvent) -> Void
    ) throws {
        self.comparison = comparison
        self.shouldStop = shouldStop
        self.isTimeUp = isTimeUp
        self.report = report
        let plan = ComparisonPlan(comparison.configuration)
        self.plan = plan
        let all = comparison.images
        images =
            comparison.configuration.recipe.validationFraction > 0
            ? all : try all.replacing(train: all.train, test: all.test)
        let missing = plan.steps.filter {
            !Path(file(of: $0)).exists
        }
        report(
            .started(
                directory: comparison.directory.url.shownPath, trainings: plan.steps.count,
                finished: plan.steps.count - missing.count))
        if !comparison.configuration.speeds.isEmpty {
            let counts = try ComparisonPlan.Counts(all, comparison.configuration)
            report(.expected(seconds: missing.reduce(0) { $0 + plan.seconds($1, counts) }))
        }
    }

    /// Goes through the queue to its end or that of the time.
    func run() async throws -> Results {
        let networks = configuration.networks
        var results = Results(
            trials: Array(repeating: [], count: networks.count), cells: Array(repeating: [], count: networks.count))
        do {
            for (position, step) in plan.steps.enumerated() {
                let index = step.network
                switch step {
                case .trial:
                    if let known = try comparison.existing(ComparisonTrial.self, at: file(of: step)) {
                        results.trials[index].append(known)
                    } else {
                        let trial = try await trial(step, position, after: results.trials[index])
                        results.trials[index].append(trial)
                    }
                case .training(_, let seed):
                    if let known = try comparison.existing(ComparisonCell.self, at: file(of: step)) {
                        results.cells[index].append(known)
                    } else {
                        let trials = results.trials[index]
                        let settings = trials.isEmpty ? nil : try ComparisonTrial.chosen(trials).settings
                        results.cells[index].append(try await cell(step, position, seed, settings))
                    }
                }
            }
        } catch is TimeIsUp {
            report(.budgetSpent(finished: results.count, of: plan.steps.count))
        }
        return results
    }

    // MARK: Steps

    private func trial(
        _ step: ComparisonPlan.Step, _ position: Int, after trials: [ComparisonTrial]
    ) async throws -> ComparisonTrial {
        let search = configuration.search
        let settings = search.next(after: trials) ?? search.base
        let (entry, seed) = (configuration.networks[step.network], configuration.tuningSeed)
        let task = ComparisonTask(
            network: entry.name, seed: seed, purpose: .tuning(trial: trials.count + 1, of: search.count, settings))
        let part = try comparison.directory.part(plan.path(of: step))
        let clock = ContinuousClock()
        let start = clock.now
        var trial = ComparisonTrial(network: entry.name, settings: settings, validationAccuracy: 0, wallSeconds: 0)
        do {
            let (run, _) = try await train(entry, seed: seed, settings, in: part, task: task, position)
            trial.validationAccuracy = run.history.compactMap(\.validationAccuracy).max() ?? 0
        } catch let error as TrainingError where error.isDivergence {
            // A rate that is too large is an answer of the search, not the end of the comparison.
            trial.failure = error.summary
        }
        trial.wallSeconds = (clock.now - start).seconds
        try comparison.directory.write(trial, to: file(of: step))
        try removeCheckpoint(of: part)
        report(.tried(task, trial.recorded(chosen: false)))
        return trial
    }

    private func cell(
        _ step: ComparisonPlan.Step, _ position: Int, _ seed: UInt64, _ settings: TrialSettings?
    ) async throws -> ComparisonCell {
        let entry = configuration.networks[step.network]
        let task = ComparisonTask(network: entry.name, seed: seed, purpose: .comparison)
        let path = plan.path(of: step)
        let part = try comparison.directory.part(path)
        let clock = ContinuousClock()
        let start = clock.now
        let (run, parts) = try await train(entry, seed: seed, settings, in: part, task: task, position)
        var classifier = try run.classifier
        let cell = try ComparisonCell(
            network: entry.name, run: run,
            // The one reading of the test images for this model.
            logits: try classifier.logits(of: images.test), labels: images.test.labels.map(Int.init), parts: parts,
            model: "\(path)/\(part.modelFile.lastPathComponent)", wallSeconds: (clock.now - start).seconds)
        classifier.record?.test = TrainingRecord.Score(correct: cell.run.testCorrect, count: cell.run.testCount)
        try classifier.save(to: part.modelFile)
        try comparison.directory.write(cell, to: file(of: step))
        try removeCheckpoint(of: part)
        report(.tested(task, cell.run))
        return cell
    }

    private func file(of step: ComparisonPlan.Step) -> URL {
        let name = if case .trial = step { "trial.json" } else { "cell.json" }
        return comparison.directory.url.appending(path: plan.path(of: step)).appending(path: name)
    }

    // MARK: Training

    private func train(
        _ entry: ComparisonConfiguration.Entry, seed: UInt64, _ settings: TrialSettings?, in part: RunDirectory,
        task: ComparisonTask, _ position: Int
    ) async throws -> (TrainingRun, TrainingParts) {
        guard !isTimeUp() else { throw TimeIsUp() }
        hasTrained = true
        report(.trainingStarted(task, number: position + 1, of: plan.steps.count))
        let parts = try TrainingParts(
            images, validationFraction: recipe.validationFraction, fold: configuration.fold(of: images, seed: seed),
            seed: seed,
            preprocessing: recipe.preprocessing(for: images.fitting, channels: images.shape[0]))
        var training = configuration.training(entry, seed: seed, settings: settings)
        if configuration.balance == .weights {
            training.loss.classWeights = try ClassBalance.weights(of: parts.train)
        }
        for note in parts.notes { report(.training(task, .notice(note))) }
        var trainer = Trainer(
            settings?.applied(to: entry.network) ?? entry.network, configuration: training,
            validationFraction: recipe.validationFraction,
            backend: comparison.backend)
        trainer.checkpointInterval = comparison.checkpointInterval
        let isBegun = Path(part.checkpointFile).exists
        let checkpoint = isBegun ? try Checkpoint(contentsOf: part.checkpointFile) : nil

        let (report, shouldStop, isTimeUp) = (report, shouldStop, isTimeUp)
        do {
            let run = try await trainer.fit(
                parts, in: part, resume: checkpoint, report: { report(.training(task, $0)) },
                shouldStop: { shouldStop() || isTimeUp() })
            return (run, parts)
        } catch {
            guard var stopped = error as? TrainingError, stopped.kind == .interrupted else { throw error }
            guard !isTimeUp() else { throw TimeIsUp() }
            stopped.summary = "the comparison was stopped while it trained \(entry.name) with seed \(seed)."
            stopped.advice = "--resume \(comparison.directory.url.shownPath) to go on"
            throw stopped
        }
    }

    /// A finished training needs no checkpoint, and those of dense networks are large.
    private func removeCheckpoint(of part: RunDirectory) throws {
        let file = Path(part.checkpointFile)
        do {
            if file.exists { try file.remove() }
        } catch {
            throw FileError.writing(file.text, error.number)
        }
    }
}
