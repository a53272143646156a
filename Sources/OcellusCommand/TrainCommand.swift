// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusData
import OcellusFiles
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusReport
import OcellusRuns
import OcellusTensor
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus train`: one network on one data set, to a model file.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a network and write a model file.",
        discussion: """
              ocellus train --data photos
              ocellus train --data photos --fine-tune
              ocellus train --data photos --network cnn --epochs 20
              ocellus train --network "conv 16 3x3, relu, maxpool 2, flatten, dense classes"
              ocellus train --resume runs/train/cnn-1
              ocellus train --continue-from runs/train/cnn-1/model.safetensors --data more-photos

            The run is a directory: configuration.json, checkpoint.safetensors, history.csv, model.safetensors (the \
            result), last.safetensors, record.json and report.html, the page to look at. The first Ctrl-C writes a checkpoint \
            and says how to go on.

            Photos train a new last layer on the features of a network that was trained elsewhere, in seconds, unless a network \
            or a setting of a training is given.
            """)

    @Option(
        help: ArgumentHelp(
            "A name (\(Network.names.joined(separator: ", "))), layers as text, a JSON or a model file (default: cnn, or "
                + "the recipe's; for photos see --backbone).", valueName: "network"),
        completion: Completion.networks)
    var network: String?

    @OptionGroup(title: "Data") var data: DataOptions
    @OptionGroup(title: "Training") var training: TrainingOptions
    @OptionGroup(title: "Photos") var transfer: TransferOptions

    @Option(
        help: ArgumentHelp(
            "train: subtract the training split's mean, divide by its deviation; none: pixels / 255.",
            valueName: "way"))
    var normalize: Normalization = .train

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp("The run's directory (default: runs/train/<network>-<n>).", valueName: "directory"))
    var directory: PathArgument?

    @Option(help: ArgumentHelp("Go on with a run, as it began; --epochs may grow.", valueName: "run"))
    var resume: PathArgument?

    @Option(
        help: ArgumentHelp(
            "Begin as a run's configuration.json says; options that are given win.", valueName: "file"),
        completion: .file(extensions: ["json"]))
    var config: PathArgument?

    @Flag(help: "Write nothing; say what would be trained, how long it takes and how much memory.")
    var dryRun = false

    @Option(
        help: ArgumentHelp(
            "Go on from a trained model with other images: its weights, classes and preprocessing stay, new classes are added.",
            valueName: "model"),
        completion: .file(extensions: ["safetensors"]))
    var continueFrom: PathArgument?

    @Option(help: ArgumentHelp("Seconds between checkpoints.", valueName: "s"))
    var checkpointInterval = 30.0

    @Option(
        help: ArgumentHelp("Write every epoch for TensorBoard into this folder too.", valueName: "directory"))
    var tensorboard: PathArgument?

    @Flag(help: "Leave copies of images out of record and page.")
    var noPictures = false

    @OptionGroup(title: "Engine") var engine: EngineOptions
    @OptionGroup(title: "Output") var output: OutputOptions

    enum Normalization: String, CaseIterable, ExpressibleByArgument { case train, none }

    func validate() throws {
        guard checkpointInterval >= 0 else { throw ValidationError("--checkpoint-interval must be at least 0.") }
        guard resume == nil || directory == nil else {
            throw ValidationError("--resume goes on in the run's own directory; leave out --output.")
        }
        if config != nil { try TrainingFile.validate() }
        if resume != nil {
            try ResumeArguments.validate(
                also: ["--epochs", "--threads", "--tensorboard", "--data", "-d", "--no-pictures"],
                because: "a training goes on as it began")
        }
        if continueFrom != nil { try ContinuationArguments.validate(hasData: data.data != nil) }
    }

    func run() async throws {
        guard case .scratch(let images) = try await transferOrScratch() else { return }
        if dryRun { return try await showForecast(images) }
        // Before the run is made, so that a folder which cannot be written leaves none behind.
        let log = try tensorboard.map { try TensorBoardLog(in: $0.url) }
        var job = try await job(images)
        job.checkpointInterval = checkpointInterval
        let progress = output.progress()
        let (name, path) = (job.settings.name, job.path)
        progress.message("run: \(path)")
        if let fineTuning = job.settings.fineTuning { progress.message(fineTuning.announcement) }
        StopRequest.beginCleanStops()
        do {
            let result = try await job.run(
                report: { event in
                    switch event {
                    case .head(let event): progress.show(event)
                    case .training(let event):
                        progress.show(event, of: name)
                        if let problem = log?.write(event) { progress.message("note: \(problem)") }
                    case .trained(let run):
                        progress.trainingEnded(name, run)
                        StopRequest.endCleanStops(
                            message: "stopped while the result was tested.\n  try       --resume \(path) to go on")
                    }
                }, shouldStop: { StopRequest.isPending })
            var document = try TrainDocument(path, result)
            // The model is there already: a page that cannot be made costs none of the results.
            let page = await ModelPage.write(of: job, result, advice: document.advice, hasPictures: !noPictures)
            document.page = try? page.get()
            try show(document)
            _ = try page.get()
        } catch {
            progress.end()
            throw error
        }
    }

    /// - Parameter opened: The images, where they are open.
    private func job(_ opened: ImageDataset?) async throws -> TrainingJob {
        if let resume {
            return try await TrainingJob.resume(
                resume.path.escaped, epochs: training.epochs, data: data.data == nil ? nil : data.path,
                backend: engine.make)
        }
        let (settings, images) = try await prepared(opened)
        return try TrainingJob.create(
            settings, images: images, at: directory?.path.escaped, backend: try engine.make(settings.engine))
    }

    /// What a new run would be.
    private func prepared(
        _ opened: ImageDataset?
    ) async throws -> (settings: TrainingJob.Settings, images: ImageDataset) {
        if let config { return try await settings(from: config) }
        if let continueFrom { return try await settings(continuing: continueFrom) }
        if let stages = transfer.fineTune { return try await settings(fineTuning: stages) }
        let images: ImageDataset
        if let opened { images = opened } else { images = try await data.request.open() }
        return (try newSettings(images), images)
    }

    private func showForecast(_ opened: ImageDataset?) async throws {
        let (settings, images) = try await prepared(opened)
        let backend = try engine.make(settings.engine)
        let forecast = try await backend.thread.run {
            try TrainingForecast(settings, images: images, backend: backend)
        }
        let document = ForecastDocument(settings, forecast)
        if output.json {
            try Console.outputJSON(document)
        } else {
            try Console.output(output.stdout.shownLines(document.text))
        }
    }

    private func settings(
        continuing model: PathArgument
    ) async throws -> (settings: TrainingJob.Settings, images: ImageDataset) {
        var settings = try TrainingJob.Settings(
            continuing: model.url, with: data.request, command: Arguments.command,
            validationFraction: training.validationFraction, fold: training.fold?.fold,
            engine: engine.settings(of: try engine.make()))
        let images = try await settings.data.open()
        let classes = try settings.taking(images).start?.classes ?? images.classes
        settings.training = try training.configuration(for: images.relabelled(among: classes))
        settings.calibrationFraction = try training.calibrationFraction(for: images)
        settings.error = training.error.share
        try settings.training.validate(classes: classes.count)
        return (settings, images)
    }

    private func newSettings(_ images: ImageDataset) throws -> TrainingJob.Settings {
        let given = self.network ?? training.recipe?.networkName ?? "cnn"
        var network = try NetworkArgument.network(given, for: images)
        var configuration = try training.configuration(for: images)
        if let recipe = training.recipe {
            let parts = try TrainingParts(
                images, validationFraction: training.validationFraction, fold: training.fold?.fold, seed: training.seed,
                calibrationFraction: training.calibrationFraction(for: images))
            network = try recipe.network(network)
            configuration = try recipe.configuration(
                for: network, images: parts.train.count, seed: training.seed, epochs: training.epochs)
        }
        try configuration.validate(classes: images.classes.count)
        // What cannot be held out is said before a run is made.
        _ = try TrainingParts.trainingImages(
            of: images, validationFraction: training.validationFraction, fold: training.fold?.fold, seed: training.seed)
        var settings = TrainingJob.Settings(
            command: Arguments.command, data: data.request.absolute,
            name: Network.names.contains(given) ? given : "network", network: network,
            training: configuration, validationFraction: training.validationFraction, fold: training.fold?.fold,
            preprocessing: normalize == .none
                ? Preprocessing(fitting: images.fitting, channels: images.shape[0]) : nil,
            engine: engine.settings(of: try engine.make()))
        settings.calibrationFraction = try training.calibrationFraction(for: images)
        settings.error = training.error.share
        return settings
    }

    private func show(_ document: TrainDocument) throws {
        if output.json {
            try Console.outputJSON(document)
        } else {
            try Console.output(document.text(output.stdout))
        }
    }
}

/// What `ocellus train` prints.
private struct TrainDocument: Encodable {
    struct Test: Encodable {
        var accuracy: Double
        var interval: [Double]
        var balancedAccuracy: Double
        /// 95 %, over test images of every class.
        var balancedInterval: [Double]?
        /// Whether balanced accuracy is the one to read, and why.
        var imbalance: ClassImbalance?
        var correct: Int
        var count: Int
        var loss: Double
    }
    var schema = 1
    var run: String
    var model: String
    /// Epochs trained, and the one whose weights the model holds.
    var epochs: Int
    var epoch: Int
    var validationAccuracy: Double?
    var test: Test
    /// `nil` unless a network that was trained elsewhere was fine-tuned.
    var fineTuning: FineTuningDocument?
    /// Absent where too few images could be spared.
    var calibration: CalibrationDocument?
    /// Of what was held out for validation.
    var splitSha256: String
    var trainingSeconds: Double
    var memoryBytes: Int
    /// What the scores say beyond their numbers, as sentences; empty where there is nothing.
    var advice: [String]
    /// `nil` where it could not be written.
    var page: String?
    /// What is said of uneven classes; left out of the JSON, which has the numbers.
    private let note: String?
    private let trust: [String]

    private enum CodingKeys: CodingKey {
        case schema, run, model, epochs, epoch, validationAccuracy, test, fineTuning, calibration, splitSha256,
            trainingSeconds, memoryBytes, advice, page
    }

    init(_ path: String, _ result: TrainingJob.Result) throws {
        let (trained, test) = (result.run, result.test)
        run = path
        model = result.file.shownPath
        epochs = trained.history.count
        epoch = trained.epoch
        let validation = result.classifier.record?.validation
        validationAccuracy = validation?.accuracy
        self.test = Test(
            accuracy: test.accuracy, interval: [test.interval.lower, test.interval.upper],
            balancedAccuracy: test.balancedAccuracy,
            balancedInterval: test.balancedInterval.map { [$0.lower, $0.upper] },
            imbalance: test.confusion.imbalance, correct: test.correct, count: test.count, loss: test.loss)
        note = AccuracyWords.note(test.confusion.imbalance, classes: test.classes)
        calibration = CalibrationDocument(result.classifier)
        trust = CalibrationDocument.sentences(result.classifier, asked: result.unmetError)
        let chosen = trained.history.first { $0.epoch == trained.epoch }
        advice =
            ResultAdvice.onScore(
                interval: test.interval, imbalance: test.confusion.imbalance, classes: test.classes,
                next:
                    "ocellus check looks for faults of the images; then train longer (--epochs), or with another rate (--lr)"
            )
            + (try ResultAdvice.onTraining(
                train: chosen?.trainAccuracy ?? 0, validation: validation.map { ($0.correct, $0.count) },
                choosesEpoch: trained.configuration.result == .best && trained.history.count > 1))
        fineTuning = result.gain.map { FineTuningDocument($0, of: test.count, epoch: trained.epoch) }
        splitSha256 = trained.data.splitSha256
        trainingSeconds = trained.seconds
        memoryBytes = trained.memory
    }

    func text(_ style: TerminalStyle) -> String {
        let score = AccuracyWords.score(
            correct: test.correct, of: test.count, interval: (test.interval[0], test.interval[1]),
            balanced: test.balancedAccuracy,
            balancedInterval: test.balancedInterval.map { Interval(lower: $0[0], upper: $0[1]) }, test.imbalance)
        let sentences =
            ["test \(score), epoch \(epoch) of \(epochs)", note, fineTuning?.text].compactMap(\.self) + trust + advice
        return
            (sentences.map { wrapped(style.shown($0), to: style.columns) }
            + (["split  \(splitSha256)", "model  \(model)"] + (page.map { ["page   \($0)"] } ?? [])).map(style.shown))
            .joined(separator: "\n")
    }
}
