// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// Progress of trainings and transfers on standard error: a bar where lines can be rewritten, else complete lines.
///
/// A bar is redrawn at most ten times a second. Elsewhere each epoch gets one line, and a heartbeat follows when nothing
/// was written for ten seconds (thirty where `CI` is set). The value only decides and words; the caller writes, and
/// gives the time, so that nothing here depends on a clock.
package struct ProgressLine: Sendable {
    /// Where a training stands.
    package struct State: Sendable, Hashable {
        /// Which training, e.g. `CNN, seed 3`.
        package var name: String
        /// 1-based.
        package var epoch: Int
        package var epochs: Int
        /// Updates done in this epoch.
        package var step: Int
        package var steps: Int
        /// Mean over the epoch so far.
        package var loss: Double
        /// Fraction; mean over the epoch so far.
        package var accuracy: Double
        package var imagesPerSecond: Double

        package init(
            name: String, epoch: Int, epochs: Int, step: Int, steps: Int, loss: Double, accuracy: Double,
            imagesPerSecond: Double
        ) {
            self.name = name
            self.epoch = epoch
            self.epochs = epochs
            self.step = step
            self.steps = steps
            self.loss = loss
            self.accuracy = accuracy
            self.imagesPerSecond = imagesPerSecond
        }

        /// Share of all updates that are done, in 0…1.
        var share: Double {
            let total = Double(epochs) * Double(steps)
            return total > 0 ? min(1, max(0, (Double(epoch - 1) * Double(steps) + Double(step)) / total)) : 0
        }
    }

    private let style: TerminalStyle
    private let heartbeat: Double
    private var started: [String: Double] = [:]
    private var lastWritten = -Double.infinity
    private var barIsOpen = false

    private static let barRefresh = 0.1
    private static let barWidth = 16

    /// - Parameter isCI: Whether the environment has a non-empty `CI`: heartbeats are rarer there.
    package init(style: TerminalStyle, isCI: Bool) {
        self.style = style
        heartbeat = isCI ? 30 : 10
    }

    /// What to write after an update, or nothing because something was written a moment ago.
    ///
    /// - Parameter now: Seconds on a clock that never goes back.
    package mutating func update(_ state: State, now: Double) -> String? {
        begin(state.name, now)
        guard isDue(now) else { return nil }
        return line(text(state, "step \(state.step)/\(state.steps)", secondsLeft(state, now)), share: state.share)
    }

    /// What to write after bytes of a file came, or nothing because something was written a moment ago.
    ///
    /// - Parameters:
    ///   - bytes: That are here.
    ///   - first: Those of them that an earlier transfer left.
    ///   - now: Seconds on a clock that never goes back.
    package mutating func received(
        _ name: String, bytes: Int, of size: Int, first: Int, now: Double
    ) -> String? {
        begin(name, now)
        guard isDue(now) else { return nil }
        var parts = ["\(name): \(NumberText.bytes(bytes)) of \(NumberText.bytes(size))"]
        let seconds = now - (started[name] ?? now)
        if seconds > 0, bytes > first {
            let rate = Double(bytes - first) / seconds
            parts.append("\(NumberText.bytes(Int(rate)))/s")
            if bytes < size { parts.append("\(NumberText.seconds(Double(size - bytes) / rate)) left") }
        }
        return line(style.shown(parts.joined(separator: ", ")), share: size > 0 ? Double(bytes) / Double(size) : 1)
    }

    /// As ``update(_:now:)`` for work that is counted in images.
    package mutating func update(_ name: String, done: Int, of count: Int, now: Double) -> String? {
        begin(name, now)
        guard isDue(now) else { return nil }
        let share = count > 0 ? min(1, Double(done) / Double(count)) : 1
        var parts = ["\(name): \(NumberText.integer(done)) of \(counted(count, "image"))"]
        let seconds = now - (started[name] ?? now)
        if seconds > 0, share > 0, share < 1 {
            parts.append("\(NumberText.seconds(seconds * (1 - share) / share)) left")
        }
        return line(style.shown(parts.joined(separator: ", ")), share: share)
    }

    private mutating func begin(_ name: String, _ now: Double) {
        guard started[name] == nil else { return }
        started[name] = now
        // The first heartbeat is due one interval after the start.
        if !style.rewrites, lastWritten == -.infinity { lastWritten = now }
    }

    /// Whether enough time passed since something was written; it counts as written then.
    private mutating func isDue(_ now: Double) -> Bool {
        guard now - lastWritten >= (style.rewrites ? Self.barRefresh : heartbeat) else { return false }
        lastWritten = now
        return true
    }

    /// The text behind a bar that is redrawn, or as a line of its own.
    private mutating func line(_ text: String, share: Double) -> String {
        guard style.rewrites else { return text + "\n" }
        barIsOpen = true
        return "\r" + bar(share, text) + "\u{1B}[K"
    }

    /// What to write after an epoch: nothing where a bar is drawn, which the next update redraws.
    ///
    /// - Parameter validationAccuracy: Fraction; `nil` without a validation split.
    package mutating func epochEnded(_ state: State, validationAccuracy: Double?, now: Double) -> String? {
        if started[state.name] == nil { started[state.name] = now }
        guard !style.rewrites else { return nil }
        lastWritten = now
        let validation = validationAccuracy.map { "validation \(NumberText.percent($0))" }
        return text(state, validation, secondsLeft(state, now)) + "\n"
    }

    /// Ends the bar, if one is open, and says what remains to be read of the training.
    ///
    /// - Parameter memory: Bytes that the training held.
    package mutating func trainingEnded(
        _ name: String, epochs: Int, accuracy: Double?, accuracyOf: String, seconds: Double, memory: Int, now: Double
    ) -> String {
        lastWritten = now
        started[name] = nil
        var parts = ["\(name): \(counted(epochs, "epoch")) in \(NumberText.seconds(seconds))"]
        if let accuracy { parts.append("\(accuracyOf) accuracy \(NumberText.percent(accuracy))") }
        parts.append("memory \(NumberText.bytes(memory))")
        return clear() + style.shown(parts.joined(separator: ", ")) + "\n"
    }

    /// A message between progress lines, such as a notice or an error.
    package mutating func message(_ text: String, now: Double) -> String {
        lastWritten = now
        return clear() + text + "\n"
    }

    /// Removes an open bar, so that what is written next starts on an empty line.
    package mutating func clear() -> String {
        defer { barIsOpen = false }
        return barIsOpen ? "\r\u{1B}[K" : ""
    }

    private func secondsLeft(_ state: State, _ now: Double) -> Double? {
        guard let start = started[state.name], state.share > 0, now > start else { return nil }
        return (now - start) * (1 - state.share) / state.share
    }

    private func text(_ state: State, _ detail: String?, _ left: Double?) -> String {
        var parts = ["\(state.name): epoch \(state.epoch)/\(state.epochs)"]
        if let detail { parts.append(detail) }
        parts += [
            "loss \(NumberText.decimal(state.loss, 3))", "accuracy \(NumberText.percent(state.accuracy))",
            "\(NumberText.rate(state.imagesPerSecond)) images/s",
        ]
        if let left, state.share < 1 { parts.append("\(NumberText.seconds(left)) left") }
        return style.shown(parts.joined(separator: ", "))
    }

    /// The bar with as much of the text as fits on the line, whose last column stays free.
    private func bar(_ share: Double, _ text: String) -> String {
        let filled = Int((share * Double(Self.barWidth)).rounded(.down))
        let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
        let line = style.shown(bar) + " " + text
        return style.columns.map { clipped(line, to: max(1, $0 - 1), style) } ?? line
    }
}
