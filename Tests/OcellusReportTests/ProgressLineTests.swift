// SPDX-License-Identifier: Apache-2.0

import OcellusReport
import Testing

@Suite("ProgressLine") struct ProgressLineTests {
    private func state(_ step: Int, epoch: Int = 1) -> ProgressLine.State {
        ProgressLine.State(
            name: "CNN, seed 3", epoch: epoch, epochs: 2, step: step, steps: 100, loss: 0.51234, accuracy: 0.8123,
            imagesPerSecond: 5550)
    }

    @Test("redraws a bar at most ten times a second") func bar() {
        var progress = ProgressLine(style: TerminalStyle(columns: 200, rewrites: true), isCI: false)
        #expect(
            progress.update(state(0), now: 5)
                == "\r░░░░░░░░░░░░░░░░ CNN, seed 3: epoch 1/2, step 0/100, loss 0.512, accuracy 81.2 %, 5,550 images/s\u{1B}[K"
        )
        #expect(progress.update(state(20), now: 5.09) == nil)
        #expect(
            progress.update(state(50), now: 6)
                == "\r████░░░░░░░░░░░░ CNN, seed 3: epoch 1/2, step 50/100, loss 0.512, accuracy 81.2 %, 5,550 images/s, "
                + "3.00 s left\u{1B}[K")
        #expect(progress.epochEnded(state(100), validationAccuracy: 0.8, now: 7) == nil)
        #expect(
            progress.trainingEnded(
                "CNN, seed 3", epochs: 2, accuracy: 0.84, accuracyOf: "validation", seconds: 2, memory: 21_400_000,
                now: 9)
                == "\r\u{1B}[KCNN, seed 3: 2 epochs in 2.00 s, validation accuracy 84.0 %, memory 21.4 MB\n")
        #expect(progress.clear() == "")
    }

    @Test("the bar stays on one line") func narrow() {
        var progress = ProgressLine(style: TerminalStyle(columns: 40, rewrites: true), isCI: false)
        let line = progress.update(state(0), now: 0) ?? ""
        #expect(line == "\r░░░░░░░░░░░░░░░░ CNN, seed 3: epoch 1/…\u{1B}[K")
        #expect(displayWidth(String(line.dropFirst().dropLast(3))) == 39)
    }

    @Test("writes whole lines elsewhere, with a rare heartbeat", arguments: [(false, 10.0), (true, 30.0)])
    func lines(isCI: Bool, heartbeat: Double) {
        var progress = ProgressLine(style: TerminalStyle(), isCI: isCI)
        #expect(progress.update(state(0), now: 100) == nil)
        #expect(progress.update(state(10), now: 100 + heartbeat - 0.1) == nil)
        #expect(
            progress.update(state(50), now: 100 + heartbeat)
                == "CNN, seed 3: epoch 1/2, step 50/100, loss 0.512, accuracy 81.2 %, 5,550 images/s, "
                + "\(NumberText.seconds(3 * heartbeat)) left\n")
        #expect(progress.update(state(60), now: 101 + heartbeat) == nil)
        let line = progress.epochEnded(state(100), validationAccuracy: 0.8, now: 100 + 2 * heartbeat)
        #expect(
            line == "CNN, seed 3: epoch 1/2, validation 80.0 %, loss 0.512, accuracy 81.2 %, 5,550 images/s, "
                + "\(NumberText.seconds(2 * heartbeat)) left\n")
        #expect(progress.update(state(1, epoch: 2), now: 100 + 2 * heartbeat + 1) == nil)
        #expect(progress.message("notice", now: 200) == "notice\n")
    }

    @Test("says how much of a file came, how fast, and how long the rest takes") func received() {
        var bar = ProgressLine(style: TerminalStyle(columns: 200, rewrites: true), isCI: false)
        #expect(
            bar.received("a.gz", bytes: 500_000, of: 1_000_000, first: 500_000, now: 0)
                == "\r████████░░░░░░░░ a.gz: 500 kB of 1.00 MB\u{1B}[K")
        #expect(bar.received("a.gz", bytes: 600_000, of: 1_000_000, first: 500_000, now: 0.05) == nil)
        #expect(
            bar.received("a.gz", bytes: 750_000, of: 1_000_000, first: 500_000, now: 2)
                == "\r████████████░░░░ a.gz: 750 kB of 1.00 MB, 125 kB/s, 2.00 s left\u{1B}[K")
        var lines = ProgressLine(style: TerminalStyle(), isCI: false)
        #expect(lines.received("a.gz", bytes: 0, of: 1_000_000, first: 0, now: 0) == nil)
        #expect(
            lines.received("a.gz", bytes: 500_000, of: 1_000_000, first: 0, now: 10)
                == "a.gz: 500 kB of 1.00 MB, 50.0 kB/s, 10.0 s left\n")
        #expect(lines.received("a.gz", bytes: 500_001, of: 1_000_000, first: 0, now: 19) == nil)
    }
}
