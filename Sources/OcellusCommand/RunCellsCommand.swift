// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusEvidence
import OcellusFiles
import OcellusPlan
import OcellusReport
import OcellusTensor
import OcellusTraining

/// `ocellus run-cells`: one of several processes that make the cells of a run.
struct RunCellsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run-cells",
        abstract: "Make cells of a run beside other processes.",
        discussion: """
              ocellus run-cells runs/compare/fashion-mini-1

            Any number of these may run at once, on one machine or on several that share the run's folder, beside the \
            command that began the run. Each takes what nobody has; what a process that ends leaves is made by \
            another. When all is made, `--resume` of the command that began the run writes record and report.
            """)

    @Argument(help: ArgumentHelp("The run's directory.", valueName: "run"))
    var directory: PathArgument

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "First take the finished cells of these copies of the run, on which machines without the folder worked.",
            valueName: "copy"))
    var merge: [PathArgument] = []

    @Option(
        help: ArgumentHelp(
            "Time that the command may take: 90s, 15m, 2h or overnight (8 hours); without it, as long as it takes.",
            valueName: "time"))
    var budget: EvidenceBudget?

    @Option(help: ArgumentHelp("Seconds between checkpoints.", valueName: "s"))
    var checkpointInterval = 30.0

    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard checkpointInterval >= 0 else { throw ValidationError("--checkpoint-interval must be at least 0.") }
    }

    func run() async throws {
        let deadline = budget.map { ContinuousClock.now + .seconds($0.seconds) }
        let progress = output.progress()
        var shared = try await SharedRun.open(directory.path.escaped) { try $0.makeBackend() }
        shared.checkpointInterval = checkpointInterval
        for copy in merge {
            let count = try shared.merge(copy.path.escaped)
            progress.message("\(copy): \(count) cells taken")
        }
        let (events, continuation) = AsyncStream.makeStream(
            of: SharedRun.Event.self, bufferingPolicy: .bufferingNewest(4096))
        let printing = Task {
            for await event in events {
                switch event {
                case .comparison(let event): progress.show(event)
                case .evidence(let event): progress.show(event)
                }
            }
        }
        StopRequest.beginCleanStops()
        let outcome: Result<SharedRun.State, any Error>
        do {
            outcome = .success(
                try await shared.makeCells(
                    until: deadline, shouldStop: { StopRequest.isPending }, report: { continuation.yield($0) }))
        } catch {
            outcome = .failure(error)
        }
        continuation.finish()
        await printing.value
        progress.end()
        try show(CellsDocument(try outcome.get()))
    }

    private func show(_ document: CellsDocument) throws {
        if output.json {
            try Console.outputJSON(document)
        } else {
            try Console.output(document.lines.map(output.stdout.shown).joined(separator: "\n"))
        }
    }
}

/// What `ocellus run-cells` prints.
private struct CellsDocument: Encodable {
    var schema = 1
    var run: String
    var finished: Int
    var planned: Int
    /// What makes the record.
    var next: String

    init(_ state: SharedRun.State) {
        (run, finished, planned) = (state.directory, state.finished, state.planned)
        next = "ocellus \(state.verb) --resume \(state.directory)"
    }

    var lines: [String] {
        let rest = finished < planned ? "goes on with the rest and writes" : "writes"
        return ["\(finished) of \(planned) cells are finished", "next  \(next)  \(rest) the record"]
    }
}
