// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Ocellus
import OcellusArchive
import OcellusData
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusReport
import OcellusTensor
import OcellusTraining

/// `ocellus train`: one network on one data set, to a model file.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train", abstract: "Train a network and write a model file.",
        discussion: """
              ocellus train --data photos --network cnn --epochs 20
              ocellus train --network "conv 16 3x3, relu, maxpool 2, flatten, dense classes"
              ocellus train --resume runs/train/cnn-1

            The run is a directory: configuration.json, checkpoint.safetensors, history.csv, model.safetensors (the \
            result) and last.safetensors. The first Ctrl-C writes a checkpoint and says how to go on.
            """)

    @Option(
        help: ArgumentHelp(
            "A name (\(Network.names.joined(separator: ", "))), layers as text, a JSON or a model file (default: cnn, or "
                + "the recipe's).", valueName: "network"))
    var network: String?

    @OptionGroup var data: DataOptions
    @OptionGroup var training: TrainingOptions

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

    @Option(help: ArgumentHelp("Seconds between checkpoints.", valueName: "s"))
    var checkpointInterval = 30.0

    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    enum Normalization: String, CaseIterable, ExpressibleByArgument { case train, none }

    func validate() throws {
        guard checkpointInterval >= 0 else { throw ValidationError("--checkpoint-interval must be at least 0.") }
        guard resume == nil || directory == nil else {
            throw ValidationError("--resume goes on in the run's own directory; leave out --output.")
        }
        if resume != nil {
            try ResumeArguments.validate(also: ["--epochs", "--threads"], because: "a training goes on as it began")
        }
    }

    func run() async throws {
        var settings: TrainSettings
        let run: RunDirectory
        let images: ImageDataset
        var checkpoint: Checkpoint?
        if let resume {
            run = try RunDirectory.resume(resume.text)
            settings = try run.configuration(TrainSettings.self)
            // Absent when the run was interrupted before it wrote the first: it then begins at the beginning.
            if FileManager.default.fileExists(atPath: run.checkpointFile.path(percentEncoded: false)) {
                checkpoint = try Checkpoint(contentsOf: run.checkpointFile)
            }
            try prepareResume(of: run, checkpoint, &settings)
            images = try await settings.data.open()
        } else {
            images = try await data.request.open()
            settings = try newSettings(images)
            run = try RunDirectory.create(
                verb: "train", name: settings.name, at: directory?.text,
                configuration: settings)
        }
        let backend = try engine.make(settings.engine)
        let progress = output.progress()
        progress.message("run: \(run.path)")
        for note in images.notes { progress.message("note: \(note)") }

        let parts = try TrainingParts(
            images, validationFraction: settings.validationFraction, fold: settings.fold, seed: settings.training.seed,
            preprocessing: settings.preprocessing)
        for note in parts.notes { progress.message("note: \(note)") }
        var trainer = Trainer(
            settings.network, configuration: settings.training, validationFraction: settings.validationFraction,
            preprocessing: settings.preprocessing, backend: backend)
        trainer.checkpointInterval = checkpointInterval
        let (events, continuation) = TrainingEvent.stream()
        let name = settings.name
        let printing = Task { for await event in events { progress.show(event, of: name) } }
        StopRequest.beginCleanStops()
        let result: TrainingRun
        do {
            result = try await trainer.fit(
                parts, in: run, resume: checkpoint, events: continuation, shouldStop: { StopRequest.isPending })
        } catch {
            await printing.value
            progress.end()
            throw error
        }
        await printing.value
        progress.trainingEnded(name, result)
        StopRequest.endCleanStops(
            message: "stopped while the result was tested.\n  try       --resume \(run.path) to go on")

        // The one reading of the test images.
        var classifier = try result.classifier
        let evaluation = try classifier.evaluate(images.test)
        classifier.record?.test = TrainingRecord.Score(correct: evaluation.correct, count: evaluation.count)
        try result.lastClassifier.save(to: run.lastModelFile)
        // Last, because it is what tells a finished run.
        try classifier.save(to: run.modelFile)
        try show(
            TrainDocument(
                run: run, result: result, validation: classifier.record?.validation?.accuracy, test: evaluation))
    }

    private func newSettings(_ images: ImageDataset) throws -> TrainSettings {
        let given = self.network ?? training.recipe?.networkName ?? "cnn"
        var network = try NetworkArgument.network(given, for: images)
        var configuration = try training.configuration(for: images)
        if let recipe = training.recipe {
            let parts = try TrainingParts(
                images, validationFraction: training.validationFraction, fold: training.fold?.fold, seed: training.seed)
            network = try recipe.network(network)
            configuration = try recipe.configuration(
                for: network, images: parts.train.count, seed: training.seed, epochs: training.epochs)
        }
        try configuration.validate(classes: images.classes.count)
        // What cannot be held out is said before a run is made.
        _ = try TrainingParts.trainingImages(
            of: images, validationFraction: training.validationFraction, fold: training.fold?.fold, seed: training.seed)
        return TrainSettings(
            command: CommandLine.arguments, data: data.request.absolute,
            name: Network.names.contains(given) ? given : "network", network: network,
            training: configuration, validationFraction: training.validationFraction, fold: training.fold?.fold,
            preprocessing: normalize == .none
                ? Preprocessing(fitting: images.fitting, channels: images.shape[0]) : nil,
            engine: engine.settings(of: try engine.make()))
    }

    /// Takes a larger number of epochs and keeps it, so that a further resume knows it.
    ///
    /// - Throws: ``TrainingError/Code/finishedRun`` when nothing is left to do.
    private func prepareResume(
        of run: RunDirectory, _ checkpoint: Checkpoint?, _ settings: inout TrainSettings
    ) throws {
        let state = try checkpoint.map { try TrainingSession.state(of: $0) }
        let done = state?.epoch ?? 0
        if let epochs = training.epochs, epochs != settings.training.epochs {
            guard settings.training.steps == nil else {
                throw TrainingError(
                    .differentRun, "the epochs of \(run.path) cannot grow.",
                    because: "its recipe ends after a fixed number of steps",
                    advice: "leave out --epochs, or start a new run")
            }
            guard epochs > settings.training.epochs else {
                throw TrainingError(
                    .differentRun, "--epochs may only grow.",
                    needs: "more than the \(settings.training.epochs) of \(run.path)",
                    received: "\(epochs)")
            }
            settings.training.epochs = epochs
            if state?.stoppedEarly != true { try run.write(settings, to: run.configurationFile) }
        }
        guard let state, state.stoppedEarly || done >= settings.training.epochs,
            FileManager.default.fileExists(atPath: run.modelFile.path(percentEncoded: false)),
            try ModelFile(contentsOf: run.modelFile).record?.epochs == state.configuration.epochs
        else { return }
        if state.stoppedEarly {
            throw TrainingError(
                .finishedRun, "\(run.path) is finished: it stopped early after epoch \(done).",
                because: "validation had not improved for \(settings.training.patience ?? 0) epochs",
                advice: "a new run with a larger --patience")
        }
        throw TrainingError(
            .finishedRun, "\(run.path) is finished: \(done) of \(settings.training.epochs) epochs are done.",
            advice: settings.training.steps == nil
                ? "--epochs \(2 * done) to train longer, or a new run" : "a new run")
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
    /// Of what was held out for validation.
    var splitSha256: String
    var trainingSeconds: Double
    var memoryBytes: Int
    /// What is said of uneven classes; left out of the JSON, which has the numbers.
    private let note: String?

    private enum CodingKeys: CodingKey {
        case schema, run, model, epochs, epoch, validationAccuracy, test, splitSha256, trainingSeconds, memoryBytes
    }

    init(run: RunDirectory, result: TrainingRun, validation: Double?, test: Evaluation) {
        self.run = run.path
        model = run.modelFile.relativePath
        epochs = result.history.count
        epoch = result.epoch
        validationAccuracy = validation
        self.test = Test(
            accuracy: test.accuracy, interval: [test.interval.lower, test.interval.upper],
            balancedAccuracy: test.balancedAccuracy, imbalance: test.confusion.imbalance, correct: test.correct,
            count: test.count, loss: test.loss)
        note = AccuracyWords.note(test.confusion.imbalance, classes: test.classes)
        splitSha256 = result.data.splitSha256
        trainingSeconds = result.seconds
        memoryBytes = result.memory
    }

    func text(_ style: TerminalStyle) -> String {
        let score = AccuracyWords.score(
            correct: test.correct, of: test.count, interval: (test.interval[0], test.interval[1]),
            balanced: test.balancedAccuracy, test.imbalance)
        let sentences = ["test \(score), epoch \(epoch) of \(epochs)", note].compactMap { $0 }
        return
            (sentences.map { wrapped(style.shown($0), to: style.columns) }
            + ["split  \(splitSha256)", "model  \(model)"].map(style.shown)).joined(separator: "\n")
    }
}
