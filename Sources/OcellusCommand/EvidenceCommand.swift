// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusData
import OcellusEvidence
import OcellusFiles
import OcellusModel
import OcellusPlan
import OcellusReport
import OcellusTensor
import OcellusTraining

/// `ocellus evidence`: claims about the two networks, tested on the user's images.
struct EvidenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence",
        abstract: "Test claims about dense and convolutional networks on your images.",
        discussion: """
              ocellus evidence
              ocellus evidence --data cifar-10-batches-bin --claims permutation location --budget 2h
              ocellus evidence --resume runs/evidence/fashion-mini-1 --budget 30m --seeds 13

            Claims: \(Claims.names.joined(separator: ", ")).

            The budget decides how much each training does and how many of them are made; it is never exceeded. Each \
            finished cell is a file, so a run can go on where it was and be extended by seeds and claims.
            """)

    @OptionGroup var data: DataOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "The two networks: one without convolutions, then one with them; names, layers as text, or files.",
            valueName: "network"),
        completion: Completion.networks)
    var networks = ["ann", "cnn"]

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Claims to test (default: all); with --resume, claims to add.", valueName: "claim"))
    var claims: [String] = []

    @Option(
        help: ArgumentHelp("Time that the command may take: 90s, 15m, 2h or overnight (8 hours).", valueName: "time"))
    var budget = EvidenceBudget(seconds: 900)

    @Option(help: ArgumentHelp("Trainings of each kind, with seeds 0, 1, 2 …, at most (default: 8).", valueName: "n"))
    var seeds: Int?

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The run's directory (default: runs/evidence/<data>-<n>).", valueName: "directory"))
    var directory: PathArgument?

    @Flag(help: "Leave parts of images out of record and report; filters and plots stay.")
    var noPictures = false

    @Option(help: ArgumentHelp("Go on with a run.", valueName: "run"))
    var resume: PathArgument?

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        if let seeds, !(1...1000).contains(seeds) { throw ValidationError("--seeds must be in 1…1000.") }
        guard networks.count == 2 else {
            throw ValidationError("--networks takes two: one without convolutions, then one with them.")
        }
        guard resume == nil || directory == nil else {
            throw ValidationError("--resume goes on in the run's own directory; leave out --output.")
        }
        if resume != nil {
            try ResumeArguments.validate(
                also: ["--budget", "--seeds", "--claims", "--threads", "--data", "-d"],
                because: "a run goes on as it was planned")
        }
    }

    func run() async throws {
        let deadline = ContinuousClock.now + .seconds(budget.seconds)
        let progress = output.progress()
        let run: EvidenceRun
        if let resume {
            let directory = try RunDirectory.resume(resume.path.escaped)
            let configuration = try EvidenceRun.configuration(of: directory)
            let moved = data.data == nil ? nil : configuration.data.moved(to: data.path)
            let images = try await (moved ?? configuration.data).reopen()
            let backend = try engine.make(configuration.engine)
            run = try await EvidenceRun.resume(
                directory, images: images, backend: backend, moved: moved, seeds: seeds, claims: claims)
        } else {
            let images = try await data.request.open()
            for note in images.notes { progress.message("note: \(note)") }
            let backend = try engine.make()
            let entries = try networks.enumerated().map { position, name in
                ComparisonConfiguration.Entry(
                    name: ComparisonConfiguration.displayName(of: name, position: position),
                    network: try NetworkArgument.network(name, for: images))
            }
            run = try await EvidenceRun.create(
                EvidenceConfiguration(
                    command: Arguments.command, data: data.request.absolute,
                    dense: entries[0], convolutional: entries[1], claims: claims.isEmpty ? Claims.names : claims,
                    seeds: (0..<UInt64(seeds ?? 8)).map { $0 }, pictures: !noPictures,
                    engine: engine.settings(of: backend)),
                images: images, backend: backend, until: deadline, at: directory?.path.escaped)
        }
        let record = try await make(run, until: deadline, progress)
        let page = try run.write(page: ReportPage.html(for: record))
        if output.json {
            try Console.outputJSON(record)
        } else {
            try Console.output(
                EvidenceText.rendered(record, style: output.stdout, report: page.shownPath))
        }
    }

    /// Makes the cells while what the run says is printed.
    private func make(
        _ run: EvidenceRun, until deadline: ContinuousClock.Instant, _ progress: ProgressPrinter
    ) async throws -> EvidenceRecord {
        let (events, continuation) = AsyncStream.makeStream(
            of: EvidenceRun.Event.self, bufferingPolicy: .bufferingNewest(4096))
        let printing = Task {
            for await event in events { progress.show(event) }
        }
        StopRequest.beginCleanStops()
        let outcome: Result<EvidenceRecord, any Error>
        do {
            outcome = .success(
                try await run.record(
                    until: deadline, shouldStop: { StopRequest.isPending }, report: { continuation.yield($0) }))
        } catch {
            run.directory.removeUnlessStarted(after: error)
            outcome = .failure(error)
        }
        continuation.finish()
        await printing.value
        progress.end()
        return try outcome.get()
    }
}

extension EvidenceBudget: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
    var defaultValueDescription: String { "\(Int(seconds / 60))m" }
}
