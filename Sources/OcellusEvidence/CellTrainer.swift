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

/// Makes the trainings of a comparison.
final class CellTrainer: CellMaking {
    private let comparison: Comparison
    private let plan: ComparisonPlan
    private let report: @Sendable (ComparisonEvent) -> Void
    /// Without the data's own validation split where the recipe trains on everything.
    private let images: ImageDataset
    /// `nil` where no speed is known.
    private let counts: ComparisonPlan.Counts?

    private var configuration: ComparisonConfiguration { comparison.configuration }
    private var recipe: Recipe { configuration.recipe }

    /// A training goes on from its checkpoint.
    let goesOn = true

    init(_ comparison: Comparison, report: @escaping @Sendable (ComparisonEvent) -> Void) throws {
        self.comparison = comparison
        self.report = report
        plan = ComparisonPlan(comparison.configuration)
        let all = comparison.images
        images =
            comparison.configuration.recipe.validationFraction > 0
            ? all : try all.replacing(train: all.train, test: all.test)
        counts =
            comparison.configuration.speeds.isEmpty
            ? nil : try ComparisonPlan.Counts(all, comparison.configuration)
    }

    // MARK: Cells

    func file(of step: ComparisonPlan.Step) -> String { plan.file(of: step) }

    func companions(of step: ComparisonPlan.Step) -> [String] {
        let path = plan.path(of: step)
        return ["\(path)/history.csv"] + (step.isTested ? ["\(path)/model.safetensors"] : [])
    }

    func needs(_ step: ComparisonPlan.Step) -> [ComparisonPlan.Step] { plan.needs(step) }

    func seconds(_ step: ComparisonPlan.Step) -> Double { counts.map { plan.seconds(step, $0) } ?? 0 }

    func result(
        of step: ComparisonPlan.Step, at position: Int, known: [ComparisonPlan.Step: ComparisonResult],
        shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> ComparisonResult {
        let trials = plan.trials(of: step.network, in: known)
        switch step {
        case .trial(_, let number):
            return .trial(try await trial(step, position, number, after: trials, shouldStop))
        case .training(_, let seed):
            let settings = trials.isEmpty ? nil : try ComparisonTrial.chosen(trials).settings
            return .cell(try await cell(step, position, seed, settings, shouldStop))
        }
    }

    /// A finished training needs no checkpoint, and those of dense networks are large.
    func cleanUp(after step: ComparisonPlan.Step) throws {
        let part = try comparison.directory.part(plan.path(of: step))
        let file = Path(part.checkpointFile)
        do {
            if file.exists { try file.remove() }
        } catch {
            throw FileError.writing(file.text, error.number)
        }
    }

    func interruption(in step: ComparisonPlan.Step?, at position: Int, of count: Int) -> TrainingError {
        var words = "waited for other processes"
        if let step {
            let seed = if case .training(_, let seed) = step { seed } else { configuration.tuningSeed }
            words = "trained \(configuration.networks[step.network].name) with seed \(seed)"
        }
        return TrainingError(
            .interrupted, "the comparison was stopped while it \(words).",
            advice: "--resume \(comparison.directory.url.shownPath) to go on")
    }

    private func trial(
        _ step: ComparisonPlan.Step, _ position: Int, _ number: Int, after trials: [ComparisonTrial],
        _ shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> ComparisonTrial {
        let settings = configuration.search.settings(of: number, after: trials)
        let (entry, seed) = (configuration.networks[step.network], configuration.tuningSeed)
        let clock = ContinuousClock()
        let start = clock.now
        var trial = ComparisonTrial(network: entry.name, settings: settings, validationAccuracy: 0, wallSeconds: 0)
        do {
            let task = plan.task(of: step, settings)
            let (run, _) = try await train(entry, seed: seed, settings, step, task, position, shouldStop)
            trial.validationAccuracy = run.history.compactMap(\.validationAccuracy).max() ?? 0
        } catch let error as TrainingError where error.isDivergence {
            // A rate that is too large is an answer of the search, not the end of the comparison.
            trial.failure = error.summary
        }
        trial.wallSeconds = (clock.now - start).seconds
        return trial
    }

    private func cell(
        _ step: ComparisonPlan.Step, _ position: Int, _ seed: UInt64, _ settings: TrialSettings?,
        _ shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> ComparisonCell {
        let entry = configuration.networks[step.network]
        let clock = ContinuousClock()
        let start = clock.now
        let task = plan.task(of: step, settings)
        let (run, parts) = try await train(entry, seed: seed, settings, step, task, position, shouldStop)
        var classifier = try run.classifier
        let file = try comparison.directory.part(plan.path(of: step)).modelFile
        let cell = try ComparisonCell(
            network: entry.name, run: run,
            // The one reading of the test images for this model.
            logits: try classifier.logits(of: images.test), labels: images.test.labels.map(Int.init), parts: parts,
            model: "\(plan.path(of: step))/\(file.lastPathComponent)", wallSeconds: (clock.now - start).seconds)
        classifier.record?.test = TrainingRecord.Score(correct: cell.run.testCorrect, count: cell.run.testCount)
        try classifier.save(to: file)
        return cell
    }

    // MARK: Training

    private func train(
        _ entry: ComparisonConfiguration.Entry, seed: UInt64, _ settings: TrialSettings?, _ step: ComparisonPlan.Step,
        _ task: ComparisonTask, _ position: Int, _ shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> (TrainingRun, TrainingParts) {
        let part = try comparison.directory.part(plan.path(of: step))
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
        try await trainer.settleAlgorithms(for: parts, in: comparison.directory)
        let isBegun = Path(part.checkpointFile).exists
        let checkpoint = isBegun ? try Checkpoint(contentsOf: part.checkpointFile) : nil
        do {
            let run = try await trainer.fit(
                parts, in: part, resume: checkpoint, report: { [report] in report(.training(task, $0)) },
                shouldStop: shouldStop)
            return (run, parts)
        } catch let error as TrainingError where error.kind == .interrupted {
            throw CellStopped()
        }
    }
}

/// What is done of a comparison; each list ends where its network's part of the queue was cut off, so that all that stands in
/// a record was decided by the queue and not by what was fast.
struct ComparisonResults {
    /// For each network, in the order of the search.
    let trials: [[ComparisonTrial]]
    /// For each network, in the order of the seeds.
    let cells: [[ComparisonCell]]
    /// Finished trainings, also behind a gap that several processes left.
    let count: Int
    /// Models that were tested.
    let tested: Int
    /// Of all finished trainings.
    let wallSeconds: Double

    init(_ plan: ComparisonPlan, _ results: [ComparisonPlan.Step: ComparisonResult]) {
        let networks = plan.configuration.networks.indices
        trials = networks.map { plan.trials(of: $0, in: results) }
        cells = networks.map { network in
            var cells: [ComparisonCell] = []
            for seed in plan.configuration.seeds {
                guard case .cell(let cell)? = results[.training(network: network, seed: seed)] else { break }
                cells.append(cell)
            }
            return cells
        }
        count = results.count
        tested = results.keys.count(where: \.isTested)
        // In the order of the queue, so that the same sum comes out the same.
        wallSeconds = plan.steps.reduce(0) { $0 + (results[$1]?.wallSeconds ?? 0) }
    }

    /// Seeds that every network was trained with.
    var finishedSeeds: Int { cells.map(\.count).min() ?? 0 }
}

/// What a training of a comparison gave, as its file holds it: `trial.json` or `cell.json`.
enum ComparisonResult: Codable, Sendable {
    case trial(ComparisonTrial)
    case cell(ComparisonCell)

    private enum Key: CodingKey { case run }

    /// A trial has no record of a run.
    init(from decoder: any Decoder) throws {
        let isCell = try decoder.container(keyedBy: Key.self).contains(.run)
        self = isCell ? .cell(try ComparisonCell(from: decoder)) : .trial(try ComparisonTrial(from: decoder))
    }

    func encode(to encoder: any Encoder) throws {
        switch self {
        case .trial(let trial): try trial.encode(to: encoder)
        case .cell(let cell): try cell.encode(to: encoder)
        }
    }

    var wallSeconds: Double {
        switch self {
        case .trial(let trial): trial.wallSeconds
        case .cell(let cell): cell.wallSeconds
        }
    }
}
