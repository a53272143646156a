// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusData
import OcellusFiles
import OcellusModel
import OcellusReport
import OcellusRuns
import OcellusTensor
import OcellusTraining

/// `train --config`: the settings of a run's `configuration.json`, with what the command line says in place of theirs.
enum TrainingFile {
    private typealias Change = @Sendable (inout TrainingConfiguration, TrainingConfiguration) -> Void

    /// What an option puts in place of the file's.
    private static let changes: [(options: [String], change: Change)] = [
        (["--epochs"], { $0.epochs = $1.epochs }),
        (["--batch-size", "-b"], { $0.batchSize = $1.batchSize }),
        (["--opt", "--momentum", "--nesterov", "--weight-decay"], { $0.optimizer = $1.optimizer }),
        (["--lr"], { $0.optimizer.learningRate = $1.optimizer.learningRate }),
        (["--sched", "--step-epochs", "--step-factor"], { $0.schedule.course = $1.schedule.course }),
        (["--warmup-epochs"], { $0.schedule.warmupEpochs = $1.schedule.warmupEpochs }),
        (["--label-smoothing"], { $0.loss.labelSmoothing = $1.loss.labelSmoothing }),
        (
            ["--balance"],
            {
                $0.loss.classWeights = $1.loss.classWeights
                $0.sampling = $1.sampling
            }
        ),
        (["--clip-grad"], { $0.maximumGradientNorm = $1.maximumGradientNorm }),
        (["--patience"], { $0.patience = $1.patience }),
        (["--result"], { $0.result = $1.result }),
        (["--augment", "--no-augment"], { $0.augmentation = $1.augmentation }),
        (["--ema"], { $0.averaging = $1.averaging }),
        (["--seed"], { $0.seed = $1.seed }),
    ]

    /// Options that the command itself puts in place of the file's, or that decide nothing of the training.
    private static let others: Set<String> = [
        "--config", "--data", "-d", "--network", "--normalize", "--validation", "--fold", "--calibration", "--error",
        "--output", "-o", "--threads",
        "--loader-threads", "--backend", "--precision", "--algorithms", "--checkpoint-interval", "--tensorboard",
        "--json",
        "--quiet", "-q", "--color", "--dry-run", "--no-pictures",
    ]

    /// - Throws: `ValidationError` for an option that would be ignored: where to read images is the file's, or all of the
    ///   command line's with `--data`.
    static func validate(_ given: [String] = Arguments.optionNames) throws {
        let known = others.union(changes.flatMap(\.options))
        let isOfData = given.contains { $0 == "--data" || $0 == "-d" }
        let data: Set<String> = [
            "--size", "--fit", "--resampling", "--skip-unreadable", "--cache", "--follow-links", "--no-follow-links",
            "--columns", "--images-in", "--suffix",
        ]
        if let name = given.first(where: { !known.contains($0) && !(isOfData && data.contains($0)) }) {
            throw ValidationError(
                "\(name) cannot be given with --config, whose file decides it\(data.contains(name) ? " without --data" : "")."
            )
        }
        // The optimizer of the command line is one thing: half of it would not say whose the other half is.
        let parts = given.filter { ["--momentum", "--nesterov", "--weight-decay"].contains($0) }
        if let part = parts.first, !given.contains("--opt") {
            throw ValidationError("\(part) belongs to --opt, which --config wants beside it.")
        }
    }

    /// - Throws: ``ArchiveError`` unless the file is a training's configuration.
    static func settings(_ file: PathArgument) throws -> TrainingJob.Settings {
        let text = String(decoding: try AtomicFile.read(file.url), as: UTF8.self)
        return try CanonicalJSON.decode(TrainingJob.Settings.self, from: text, what: file.text)
    }

    /// - Parameter flags: What the command line says, defaults included.
    static func apply(
        _ flags: TrainingConfiguration, to configuration: inout TrainingConfiguration,
        given: [String] = Arguments.optionNames
    ) {
        for (options, change) in changes where given.contains(where: options.contains) { change(&configuration, flags) }
    }
}

extension TrainCommand {
    /// What a run would be that begins as the file says.
    func settings(
        from file: PathArgument
    ) async throws -> (settings: TrainingJob.Settings, images: ImageDataset) {
        var settings = try TrainingFile.settings(file)
        let given = Arguments.optionNames
        func has(_ options: String...) -> Bool { given.contains(where: options.contains) }
        var request = has("--data", "-d") ? data.request : settings.data
        if let fineTuning = settings.fineTuning { request = request.seen(by: fineTuning.head.backbone.preprocessing) }
        let images = try await request.open()
        settings.command = Arguments.command
        settings.data = request.absolute
        if has("--validation") { settings.validationFraction = training.validationFraction }
        if has("--fold") { settings.fold = training.fold?.fold }
        if has("--calibration", "--error") {
            if has("--error") { settings.error = training.error.share }
            if has("--calibration") || settings.calibrationFraction ?? 0 == 0 {
                settings.calibrationFraction = try training.calibrationFraction(for: images)
            }
        }
        if let network {
            settings.network = try NetworkArgument.network(network, for: images)
            settings.name = Network.names.contains(network) ? network : "network"
        }
        if has("--normalize") {
            settings.preprocessing =
                normalize == .none ? Preprocessing(fitting: images.fitting, channels: images.shape[0]) : nil
        }
        TrainingFile.apply(try training.configuration(for: images), to: &settings.training)
        try settings.training.validate(classes: images.classes.count)
        _ = try TrainingParts.trainingImages(
            of: images, validationFraction: settings.validationFraction, fold: settings.fold,
            seed: settings.training.seed)
        if has("--backend", "--precision", "--algorithms") { settings.engine = engine.settings(of: try engine.make()) }
        return (settings, images)
    }
}

/// What `ocellus train --dry-run` prints.
struct ForecastDocument: Encodable {
    var schema = 1
    var network: String
    var data: String
    var trainImages: Int
    var validationImages: Int
    var testImages: Int
    var epochs: Int
    var batchSize: Int
    var optimizer: String
    var parameters: Int
    /// Measured on some steps.
    var imagesPerSecond: Double
    var predictedSeconds: Double
    var predictedMemoryBytes: Int

    init(_ settings: TrainingJob.Settings, _ forecast: TrainingForecast) {
        (network, data) = (settings.name, Path(escaped: settings.data.path).text)
        (trainImages, validationImages) = (forecast.trainCount, forecast.validationCount)
        (testImages, epochs, parameters) = (forecast.testCount, forecast.epochs, forecast.parameters)
        (batchSize, optimizer) = (settings.training.batchSize, "\(settings.training.optimizer)")
        (imagesPerSecond, predictedSeconds) = (forecast.imagesPerSecond, forecast.seconds)
        predictedMemoryBytes = forecast.memory
    }

    var text: String {
        """
        \(network) on \(data): nothing was trained
          images    \(NumberText.integer(trainImages)) for training, \(NumberText.integer(validationImages)) for validation, \
        \(NumberText.integer(testImages)) for the test
          training  \(counted(epochs, "epoch")), batches of \(NumberText.integer(batchSize)), \(optimizer)
          network   \(NumberText.integer(parameters)) parameters
          time      about \(NumberText.seconds(predictedSeconds)), by \(NumberText.rate(imagesPerSecond)) images/s in some steps
          memory    about \(NumberText.bytes(predictedMemoryBytes))
        """
    }
}
