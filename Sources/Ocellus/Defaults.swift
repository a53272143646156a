// SPDX-License-Identifier: Apache-2.0

public import OcellusInference
public import OcellusModel
import OcellusPlan
public import OcellusRuns
import OcellusTensor
public import OcellusTraining

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension Trainer {
    /// Trains on the default engine with as many threads as `OCELLUS_THREADS`, else `OMP_NUM_THREADS`, else the control
    /// group's quota or the number of cores says. For losses, clipping or early stopping change ``configuration``.
    ///
    /// - Parameters:
    ///   - network: Ends in one logit for each class of the images.
    ///   - optimizer: With its learning rate.
    ///   - schedule: Course of the learning rate over the epochs.
    ///   - batchSize: Images of one update.
    ///   - seed: Decides initial weights, order, dropout and, where the data have no validation images, the split.
    ///   - validationFraction: Share of the training images held out where the data have no validation images.
    ///   - precision: What products are computed in.
    /// - Throws: An error of code `configuration.invalid` when one of those variables is no number of threads, of code
    ///   `plan.unsupported` for a precision that the processor does not compute in.
    public init(
        _ network: Network, optimizer: Optimizer = .adam(), schedule: Schedule = .constant, batchSize: Int = 32,
        seed: UInt64 = 0, validationFraction: Double = 0.1, precision: Precision = .float32
    ) throws {
        self.init(
            network,
            configuration: TrainingConfiguration(
                batchSize: batchSize, optimizer: optimizer, schedule: schedule, seed: seed),
            validationFraction: validationFraction, backend: try EngineChoice.onednn.make(precision: precision))
    }
}

extension Classifier {
    /// Reads a model file, for the default engine, and runs its self-test.
    ///
    /// - Parameters:
    ///   - file: A model file.
    ///   - precision: What products are computed in; a file of either can be read in either.
    ///   - catalog: The layers that the file may name: those of the library, and one's own.
    /// - Throws: ``ArchiveError`` when the file cannot be used or gives other logits here than where it was written,
    ///   ``ModelError`` for the network in it, ``InferenceError`` when it needs more memory than there is.
    public init(
        contentsOf file: URL, precision: Precision = .float32, catalog: LayerCatalog = .standard
    ) throws {
        try self.init(
            contentsOf: file, catalog: catalog, backend: try EngineChoice.onednn.make(precision: precision))
    }
}

extension TrainingJob.Settings {
    /// For the default engine, as ``TrainingJob/create(_:at:)`` takes it.
    ///
    /// - Parameters:
    ///   - data: Which images; a relative path is kept as an absolute one, so that a run can be gone on with from anywhere.
    ///   - network: For the images.
    ///   - name: For people, and for the run's directory where none is given.
    ///   - training: Everything else that decides it.
    ///   - validationFraction: Share of the training images held out where the data have no validation images.
    ///   - preprocessing: `nil` takes mean and deviation of the training split.
    ///   - threads: As ``Trainer`` when left out.
    ///   - precision: What products are computed in.
    ///   - command: What began it, one word an element, for whoever reads the run.
    /// - Throws: As the initialiser of ``Trainer``.
    public init(
        _ data: DataRequest, network: Network, name: String = "network",
        training: TrainingConfiguration = TrainingConfiguration(), validationFraction: Double = 0.1,
        preprocessing: Preprocessing? = nil, threads: Int? = nil, precision: Precision = .float32,
        command: [String] = []
    ) throws {
        self.init(
            command: command, data: data.absolute, name: name, network: network, training: training,
            validationFraction: validationFraction, preprocessing: preprocessing,
            engine: EngineSettings(try EngineChoice.onednn.make(threads: threads, precision: precision)))
    }
}

extension TrainingJob.Settings {
    /// To go on from a trained model with other images, for the default engine: weights, classes and preprocessing stay, and
    /// classes that only the images have are added.
    ///
    ///     let settings = try TrainingJob.Settings(continuing: file, with: DataRequest("more-photos"))
    ///     let result = try await TrainingJob.create(settings).run()
    ///     print(result.classifier.record?.continuedFrom?.sha256 ?? "")
    ///
    /// - Parameters:
    ///   - file: The model's.
    ///   - data: Which images; they are fitted as the model's were.
    ///   - name: For people, and for the run's directory where none is given.
    ///   - training: Everything else that decides it.
    ///   - validationFraction: Share of the training images held out where the data have no validation images.
    ///   - threads: As ``Trainer`` when left out.
    ///   - precision: What products are computed in.
    ///   - command: What began it, one word an element, for whoever reads the run.
    /// - Throws: ``ArchiveError`` for the file, ``ModelError`` for the network in it, and as the initialiser of ``Trainer``.
    public init(
        continuing file: URL, with data: DataRequest, name: String = "continued",
        training: TrainingConfiguration = TrainingConfiguration(), validationFraction: Double = 0.1,
        threads: Int? = nil, precision: Precision = .float32, command: [String] = []
    ) throws {
        try self.init(
            continuing: file, with: data, command: command, name: name, training: training,
            validationFraction: validationFraction,
            engine: EngineSettings(try EngineChoice.onednn.make(threads: threads, precision: precision)))
    }
}

extension TrainingJob {
    /// Opens the images and begins a run, before anything is trained.
    ///
    /// - Parameters:
    ///   - settings: Everything that decides the training.
    ///   - path: Of a directory that is new or empty; the first free `runs/train/<name>-<n>` when left out.
    /// - Throws: ``DataError``; ``ModelError`` for settings that fit neither each other nor the images;
    ///   ``TrainingError/Code/runExists``, ``TrainingError/Code/runInUse``; an error of code `archive.…` when it cannot be written.
    public static func create(_ settings: Settings, at path: String? = nil) async throws -> TrainingJob {
        let images = try await settings.data.open()
        let classes = try settings.taking(images).start?.classes ?? images.classes
        try settings.training.validate(classes: classes.count)
        return try create(settings, images: images, at: path, backend: try settings.engine.makeBackend())
    }

    /// Opens a run to go on with it, bit for bit as if it had never stopped.
    ///
    /// - Parameters:
    ///   - path: Of the run's directory.
    ///   - epochs: More than the run was made for, to train longer; kept for a further resume.
    /// - Throws: ``TrainingError`` when it is no run, in use, finished or would be another one; ``ArchiveError``,
    ///   ``DataError`` and errors of code `archive.…` for its files and images.
    public static func resume(_ path: String, epochs: Int? = nil) async throws -> TrainingJob {
        try await resume(path, epochs: epochs) { try $0.makeBackend() }
    }
}
