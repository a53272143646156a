// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Ocellus
import OcellusData
public import OcellusEvidence
import OcellusFiles
import OcellusModel
import OcellusPlan
import OcellusReport
import OcellusTensor
import OcellusTraining

/// `ocellus compare`: the main job.
struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract: "Compare networks trained on the same images over several seeds.",
        discussion: """
              ocellus compare
              ocellus compare --data cifar-10-batches-bin --recipe matched --seeds 3
              ocellus compare --match time --budget 2h
              ocellus compare --resume runs/compare/fashion-mini-1 --budget 15m
              ocellus compare --resume runs/compare/fashion-mini-1 --seeds 10

            Trainings run one after the other. The run is a directory with one model for each training, record.json and \
            report.html. The first Ctrl-C writes a checkpoint and says how to go on. A budget decides how many seeds are \
            finished; it is never exceeded, and the run can go on later.
            """)

    @OptionGroup var data: DataOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Networks: names (\(Network.names.joined(separator: ", "))), layers as text, or files; the first two are the pair.",
            valueName: "network"),
        completion: Completion.networks)
    var networks = ["ann", "cnn"]

    @Option(
        help: ArgumentHelp(
            "tutorial: each network as in the common CIFAR-10 tutorial; matched: everything equal, learning rates tuned; best-effort: as many trials of each network's learning rate, weight decay, augmentation and dropout (default: tutorial, with --match params, macs and time matched).",
            valueName: "recipe"))
    var recipe: Recipe?

    @Option(
        help: ArgumentHelp(
            "What the networks are made equal in: as-given (nothing), recipe (--recipe matched), params or macs (the first is resized to the second's parameters or multiply-adds), time (of training, by epochs), best-effort (tuning).",
            valueName: "what"))
    var match: NetworkMatch = .asGiven

    @Option(
        help: ArgumentHelp(
            "Time that the command may take: 90s, 15m, 2h or overnight (8 hours); without it, as long as it takes.",
            valueName: "time"))
    var budget: EvidenceBudget?

    @Option(
        help: ArgumentHelp(
            "Trainings of each network, with seeds 0, 1, 2 … (default: 5); with --resume, how many to have.",
            valueName: "n"))
    var seeds: Int?

    @Option(help: ArgumentHelp("Epochs of every network instead of the recipe's.", valueName: "n"))
    var epochs: Int?

    @Option(
        help: ArgumentHelp(
            "Hold out the i-th of k equal parts for validation instead of a tenth, e.g. 1/5, or i alone: a fold of the table; not for the tutorial.",
            valueName: "i/k"))
    var fold: FoldArgument?

    @Option(
        help: ArgumentHelp(
            "Every class counts the same: weights in the loss, or sampler: as many images of each in an epoch; or none.",
            valueName: "way"))
    var balance: BalanceArgument = .none

    @OptionGroup var augmentation: AugmentationOptions

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The run's directory (default: runs/compare/<data>-<n>).", valueName: "directory"))
    var directory: PathArgument?

    @Option(help: ArgumentHelp("Go on with a run.", valueName: "run"))
    var resume: PathArgument?

    @Option(help: ArgumentHelp("Seconds between checkpoints.", valueName: "s"))
    var checkpointInterval = 30.0

    @Flag(help: "Leave pictures of the images out of record and report.")
    var noPictures = false

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard checkpointInterval >= 0 else { throw ValidationError("--checkpoint-interval must be at least 0.") }
        guard (1...1000).contains(seeds ?? 5) else { throw ValidationError("--seeds must be in 1…1000.") }
        guard resume == nil || directory == nil else {
            throw ValidationError("--resume goes on in the run's own directory; leave out --output.")
        }
        if let recipe, let own = match.recipe, recipe != own {
            throw ValidationError(
                "--match \(match.rawValue) means --recipe \(own.rawValue); leave out --recipe \(recipe.rawValue).")
        }
        if resume != nil {
            try ResumeArguments.validate(
                also: ["--no-pictures", "--threads", "--budget", "--seeds", "--data", "-d"],
                because: "a comparison goes on as it began"
            )
        }
    }

    func run() async throws {
        let deadline = budget.map { ContinuousClock.now + .seconds($0.seconds) }
        var comparison: Comparison
        let progress = output.progress()
        if let resume {
            let run = try RunDirectory.resume(resume.path.escaped)
            let configuration = try Comparison.configuration(of: run)
            let moved = data.data == nil ? nil : configuration.data.moved(to: data.path)
            let images = try await (moved ?? configuration.data).reopen()
            let backend = try engine.make(configuration.engine)
            comparison = try Comparison.resume(run, images: images, backend: backend, moved: moved, seeds: seeds)
            if let deadline { try await comparison.measureSpeeds(probe: SpeedProbe(backend), until: deadline) }
        } else {
            let images = try await data.request.open()
            let backend = try engine.make()
            let configuration = try await plan(images, backend, until: deadline)
            comparison = try Comparison.create(
                configuration, images: images, backend: backend, at: directory?.path.escaped)
            if let matchNote = configuration.matchNote { progress.message("note: \(matchNote)") }
            for note in images.notes { progress.message("note: \(note)") }
        }
        comparison.checkpointInterval = checkpointInterval
        comparison.drawsPictures = !noPictures
        let record = try await train(comparison, until: deadline, progress)
        let page = try comparison.write(page: ReportPage.html(for: record))
        if output.json {
            try Console.outputJSON(record)
        } else {
            try Console.output(
                ComparisonText.rendered(record, style: output.stdout, report: page.shownPath))
        }
    }

    /// What the options mean for these images, on this machine.
    private func plan(
        _ images: ImageDataset, _ backend: any Backend, until deadline: ContinuousClock.Instant?
    ) async throws -> ComparisonConfiguration {
        let entries = try networks.enumerated().map { position, text in
            ComparisonConfiguration.Entry(
                name: ComparisonConfiguration.displayName(of: text, position: position),
                network: try NetworkArgument.network(text, for: images))
        }
        var configuration = ComparisonConfiguration(
            command: Arguments.command, data: data.request.absolute,
            recipe: recipe ?? match.defaultRecipe, networks: entries,
            seeds: (0..<UInt64(seeds ?? 5)).map { $0 }, epochs: epochs, augmentation: try augmentation.augmentation(),
            fold: fold?.fold, balance: balance.balance, engine: engine.settings(of: backend))
        try configuration.matchNetworks(by: match)
        try await configuration.measure(
            on: images, probe: SpeedProbe(backend), budget: budget, until: deadline, drawsPictures: !noPictures)
        return configuration
    }

    /// Runs the comparison while what it says is printed.
    private func train(
        _ comparison: Comparison, until deadline: ContinuousClock.Instant?, _ progress: ProgressPrinter
    ) async throws -> ComparisonRecord {
        let (events, continuation) = AsyncStream.makeStream(
            of: ComparisonEvent.self, bufferingPolicy: .bufferingNewest(4096))
        let printing = Task {
            for await event in events { progress.show(event) }
        }
        StopRequest.beginCleanStops()
        let directory = comparison.directory.path
        let outcome: Result<ComparisonRecord, any Error>
        do {
            outcome = .success(
                try await comparison.run(
                    until: deadline, shouldStop: { StopRequest.isPending },
                    report: { event in
                        if case .drawing = event {
                            StopRequest.endCleanStops(
                                message:
                                    "stopped while pictures were drawn.\n  try       --resume \(directory) to go on")
                        }
                        continuation.yield(event)
                    }))
        } catch {
            comparison.directory.removeUnlessStarted(after: error)
            outcome = .failure(error)
        }
        continuation.finish()
        await printing.value
        progress.end()
        return try outcome.get()
    }
}

extension Recipe: ExpressibleByArgument {}
extension NetworkMatch: ExpressibleByArgument {}
