// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
import Foundation
import Ocellus
public import OcellusEvidence
import OcellusImages
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
              ocellus compare --resume runs/compare/fashion-mini-1

            Trainings run one after the other. The run is a directory with one model for each training, record.json and \
            report.html. The first Ctrl-C writes a checkpoint and says how to go on.
            """)

    @OptionGroup var data: DataOptions

    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Networks: names (\(Network.names.joined(separator: ", "))), layers as text, or files; the first two are the pair.",
            valueName: "network"))
    var networks = ["ann", "cnn"]

    @Option(
        help: ArgumentHelp(
            "tutorial: each network as in the common CIFAR-10 tutorial; matched: everything equal, learning rates tuned.",
            valueName: "recipe"))
    var recipe: Recipe = .tutorial

    @Option(
        help: ArgumentHelp(
            "Resize the first network to the second's cost: as-given (not at all), params or macs (multiply-adds).",
            valueName: "cost"))
    var match: NetworkMatch = .asGiven

    @Option(help: ArgumentHelp("Trainings of each network, with seeds 0, 1, 2 …", valueName: "n"))
    var seeds = 5

    @Option(help: ArgumentHelp("Epochs of every network instead of the recipe's.", valueName: "n"))
    var epochs: Int?

    @OptionGroup var augmentation: AugmentationOptions

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The run's directory (default: runs/compare/<data>-<n>).", valueName: "directory"))
    var directory: String?

    @Option(help: ArgumentHelp("Go on with a run.", valueName: "run"))
    var resume: String?

    @Option(help: ArgumentHelp("Seconds between checkpoints.", valueName: "s"))
    var checkpointInterval = 30.0

    @Flag(help: "Leave pictures of the images out of record and report.")
    var noPictures = false

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    func validate() throws {
        guard checkpointInterval >= 0 else { throw ValidationError("--checkpoint-interval must be at least 0.") }
        guard (1...1000).contains(seeds) else { throw ValidationError("--seeds must be in 1…1000.") }
        guard resume == nil || directory == nil else {
            throw ValidationError("--resume goes on in the run's own directory; leave out --output.")
        }
        if resume != nil {
            try ResumeArguments.validate(
                also: ["--no-pictures", "--threads"], because: "a comparison goes on as it began")
        }
    }

    func run() async throws {
        var comparison: Comparison
        let progress = output.progress()
        if let resume {
            let run = try RunDirectory.open(resume)
            let configuration = try Comparison.configuration(of: run)
            let images = try await configuration.data.open()
            let backend = try engine.make(
                EngineChoice(rawValue: configuration.backend) ?? engine.backend, threads: configuration.threads,
                precision: configuration.precision ?? .float32)
            comparison = try Comparison.resume(run, images: images, backend: backend)
        } else {
            let images = try await data.request.open()
            let backend = try engine.make()
            let entries = try networks.enumerated().map { position, text in
                ComparisonConfiguration.Entry(
                    name: ComparisonConfiguration.displayName(of: text, position: position),
                    network: try NetworkArgument.network(text, for: images))
            }
            var configuration = ComparisonConfiguration(
                command: ["ocellus"] + CommandLine.arguments.dropFirst(), data: data.request.absolute,
                recipe: recipe,
                networks: entries, seeds: (0..<UInt64(seeds)).map { $0 }, epochs: epochs,
                augmentation: try augmentation.augmentation(), backend: backend.name, threads: backend.threads,
                precision: backend.precision)
            try configuration.resizeFirst(by: match)
            comparison = try Comparison.create(configuration, images: images, backend: backend, at: directory)
            if let matchNote = configuration.matchNote { progress.message("note: \(matchNote)") }
            for note in images.notes { progress.message("note: \(note)") }
        }
        comparison.checkpointInterval = checkpointInterval
        comparison.drawsPictures = !noPictures
        let record = try await train(comparison, progress)
        let run = comparison.directory
        try run.write(text: try ReportPage.html(for: record), to: run.reportFile)
        if output.json {
            try Console.outputJSON(record)
        } else {
            try Console.output(
                ComparisonText.rendered(record, style: output.stdout, report: run.reportFile.relativePath))
        }
    }

    /// Runs the comparison while what it says is printed.
    private func train(_ comparison: Comparison, _ progress: ProgressPrinter) async throws -> ComparisonRecord {
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
                    shouldStop: { StopRequest.isPending },
                    report: { event in
                        if case .drawing = event {
                            StopRequest.endCleanStops(
                                message:
                                    "stopped while pictures were drawn.\n  try       --resume \(directory) to go on")
                        }
                        continuation.yield(event)
                    }))
        } catch {
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
