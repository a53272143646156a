// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusReport
import OcellusTraining

/// Writes what trainings say to stderr.
struct ProgressPrinter {
    private var line: ProgressLine
    private let style: TerminalStyle
    private let isQuiet: Bool
    private let start = ContinuousClock.now
    private var last: ProgressLine.State?

    init(style: TerminalStyle, isQuiet: Bool) {
        self.style = style
        self.isQuiet = isQuiet
        line = ProgressLine(
            style: style, isCI: ProcessInfo.processInfo.environment["CI"].map { !$0.isEmpty } ?? false)
    }

    private var now: Double { (ContinuousClock.now - start).seconds }

    private func write(_ text: String?) {
        if let text, !isQuiet { Console.write(text, to: STDERR_FILENO) }
    }

    /// A line for a person.
    mutating func message(_ text: String) { write(line.message(style.shown(text), now: now)) }

    mutating func show(_ event: TrainingEvent, of name: String) {
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
            message("\(name): stopped after epoch \(epoch); the best was epoch \(best)")
        }
    }

    /// The last line of a training.
    mutating func trainingEnded(_ name: String, _ run: TrainingRun) {
        let tested = run.history.first { $0.epoch == run.epoch }
        write(
            line.trainingEnded(
                name, epochs: run.history.count, accuracy: tested?.validationAccuracy ?? tested?.trainAccuracy,
                accuracyOf: tested?.validationAccuracy == nil ? "training" : "validation", seconds: run.seconds,
                memory: run.memory, now: now))
    }

    /// Leaves the terminal on an empty line.
    mutating func end() { write(line.clear()) }
}
