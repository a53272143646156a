// SPDX-License-Identifier: Apache-2.0

import OcellusDatasets
import OcellusEvidence
import OcellusMetrics
import OcellusPlan
import OcellusReport
import OcellusTensor
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Writes what trainings say to stderr. One task at a time uses it.
final class ProgressPrinter: @unchecked Sendable {
    private var line: ProgressLine
    private let style: TerminalStyle
    private let isQuiet: Bool
    private let start = ContinuousClock.now
    private var last: ProgressLine.State?
    /// Bytes that were here before the present transfer.
    private var resumed = 0

    init(style: TerminalStyle, isQuiet: Bool) {
        self.style = style
        self.isQuiet = isQuiet
        line = ProgressLine(
            style: style, isCI: ProcessInfo.processInfo.environment["CI"].map { !$0.isEmpty } ?? false)
    }

    private var now: Double { (ContinuousClock.now - start).seconds }

    private func write(_ text: String?) {
        if let text, !isQuiet { Console.progress(text) }
    }

    /// An error that does not end the command; shown also when progress is not.
    func error(_ error: any OcellusError) {
        Console.progress(line.message(style.shownMessage(error.rendered), now: now))
    }

    /// A line for a person; a name in it adds no other.
    func message(_ text: String) { write(line.message(style.shownMessage(harmless(text)), now: now)) }

    /// What the backend has to say of algorithms that were measured meanwhile.
    func tellNotices(of backend: any Backend) {
        for notice in backend.takeNotices() { message("note: \(notice)") }
    }

    func show(_ event: TrainingEvent, of name: String) {
        switch event {
        case .started(let parameters, let memory, let epoch, let step):
            var text = "\(name): \(NumberText.integer(parameters)) parameters, \(NumberText.bytes(memory)) of memory"
            if epoch > 1 || step > 0 { text += ", going on in epoch \(epoch) after \(step) steps" }
            message(text)
        case .notice(let text): message("note: \(text)")
        case .progress(let progress):
            let state = ProgressLine.State(
                name: name, epoch: progress.epoch, epochs: progress.epochs, step: progress.step, steps: progress.steps,
                loss: progress.loss, accuracy: progress.accuracy, imagesPerSecond: progress.imagesPerSecond)
            last = state
            write(line.update(state, now: now))
        case .epochEnded(let record):
            var state =
                last
                ?? ProgressLine.State(
                    name: name, epoch: record.epoch, epochs: record.epoch, step: 0, steps: 0, loss: 0, accuracy: 0,
                    imagesPerSecond: 0)
            state.epoch = record.epoch
            state.step = state.steps
            state.loss = record.trainLoss
            state.accuracy = record.trainAccuracy
            state.imagesPerSecond = record.imagesPerSecond
            write(line.epochEnded(state, validationAccuracy: record.validationAccuracy, now: now))
        case .checkpointed: break
        case .stoppedEarly(let epoch, let best):
            message(
                "\(name): stopped after epoch \(epoch); the best was \(best == 0 ? "what it began with" : "epoch \(best)")"
            )
        }
    }

    /// The last line of a training.
    func trainingEnded(_ name: String, _ run: TrainingRun) {
        let tested = run.validated(epoch: run.epoch)
        write(
            line.trainingEnded(
                name, epochs: run.history.count, accuracy: tested?.validationAccuracy ?? tested?.trainAccuracy,
                accuracyOf: tested?.validationAccuracy == nil ? "training" : "validation", seconds: run.seconds,
                memory: run.memory, now: now))
    }

    func show(_ event: ComparisonEvent) {
        switch event {
        case .started(let directory, let trainings, let finished):
            message("run: \(directory)")
            let done = finished > 0 ? ", of which \(finished) are done" : ""
            message("\(trainings) trainings\(done)")
        case .expected(let seconds): message("the rest should take \(NumberText.seconds(seconds))")
        case .budgetSpent(let finished, let trainings):
            message("the time is up: \(finished) of \(trainings) trainings are done")
        case .waiting: message("other processes make what is left; waiting for them")
        case .trainingStarted: break
        case .training(let task, let event):
            // Every training of a comparison has a line of its own at its end; what precedes is known by then.
            if case .started(_, _, let epoch, let step) = event, epoch == 1, step == 0 { return }
            show(event, of: task.name)
        case .tried(let task, let trial):
            message(
                "\(task.name): "
                    + (trial.failure ?? "validation accuracy \(NumberText.percent(trial.validationAccuracy))"))
        case .tested(let task, let run):
            message(
                "\(task.name): test accuracy \(NumberText.percent(run.testAccuracy)) after "
                    + "\(NumberText.seconds(run.trainingSeconds))")
        case .drawing: message("drawing pictures")
        case .finished(let record):
            if !record.plan.isFinished {
                message(
                    "not everything was made: --resume goes on\(record.plan.lacksPictures ? " and draws the pictures" : "")"
                )
            }
        }
    }

    func show(_ event: EvidenceRun.Event) {
        switch event {
        case .planned(let directory, let cells, let finished, let seconds):
            message("run: \(directory)")
            let done = finished > 0 ? ", of which \(finished) are done" : ""
            message("\(cells) cells\(done); the rest should take \(NumberText.seconds(seconds))")
        case .expected(let claims, let all, let exact, let seeds):
            let least = NumberText.integer(ClaimLooks.seeds(of: 1))
            message(
                "expected within the time: \(claims) of \(all) claims measured with \(least) seeds, \(exact) of them by counting "
                    + "and computing alone"
                    + (seeds > 0 ? "; \(counted(seeds, "seed")) for what is still undecided" : ""))
        case .cellStarted: break
        case .training(let name, let event):
            // Every cell has a line of its own at its end.
            if case .progress = event { show(event, of: name) }
        case .cellEnded(let name, let accuracy, let seconds):
            let result = accuracy.map { ": test accuracy \(NumberText.percent($0))" } ?? ""
            message("\(name)\(result) after \(NumberText.seconds(seconds))")
        case .waiting: message("other processes make what is left; waiting for them")
        case .budgetSpent(let finished, let cells):
            message("the time is up: \(finished) of \(cells) cells are done")
        }
    }

    /// Images that were looked at, of all.
    func show(_ name: String, done: Int, of count: Int) { write(line.update(name, done: done, of: count, now: now)) }

    func show(_ event: FetchEvent, of set: String) {
        switch event {
        case .waiting: message("\(set): another process fetches it; waiting")
        case .present(let file): message("\(set): \(file) is here")
        case .started(let file, let address, let offset):
            resumed = offset
            let rest = offset > 0 ? ", going on after \(NumberText.bytes(offset))" : ""
            message("\(set): \(file) from \(address)\(rest)")
        case .again(let file, let reason, let offset):
            resumed = offset
            message("\(set): \(file) again, because \(reason)")
        case .progress(let file, let bytes, let size):
            // A server that sends all of it begins again.
            resumed = min(resumed, bytes)
            write(line.received(file, bytes: bytes, of: size, first: resumed, now: now))
        case .notice(let text): message("note: \(text)")
        case .finished(let file, let size):
            message("\(set): \(file), \(NumberText.bytes(size)), SHA-256 as published")
        }
    }

    /// Leaves the terminal on an empty line.
    func end() { write(line.clear()) }
}

extension ComparisonTask {
    /// For progress lines.
    fileprivate var name: String {
        switch purpose {
        case .tuning(let trial, let trials, let settings):
            "\(network), trial \(trial) of \(trials) (\(TrialText.settings(settings)))"
        case .comparison: "\(network), seed \(seed)"
        }
    }
}
