// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
public import OcellusData
import OcellusFiles
public import OcellusInference
import OcellusMetrics
import OcellusModel
package import OcellusPlan
import OcellusTensor
public import OcellusTraining

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// A training as a run on disk: made or gone on with, trained, tested once, saved.
///
///     let job = try await TrainingJob.create(settings)
///     let result = try await job.run()
///     print(result.test.accuracy, result.classifier.classes)
///
/// The run is a directory with `configuration.json`, `checkpoint.safetensors`, `history.csv`, `last.safetensors`, and
/// `model.safetensors`, which comes last and tells a finished run. It is what `ocellus train` makes. A fine-tuning has its head
/// in `head/model.safetensors`, too. Nobody else may write into it as long as the job exists.
public struct TrainingJob: Sendable {
    public let settings: Settings
    public let images: ImageDataset
    package let directory: RunDirectory
    package let backend: any Backend
    private let checkpoint: Checkpoint?
    /// Whether the images lie elsewhere than the run says.
    private let isMoved: Bool
    /// Seconds between checkpoints.
    public var checkpointInterval = 30.0

    /// The run's directory as a person would type it.
    public var path: String { directory.path }

    /// What happens in a job.
    public enum Event: Sendable {
        /// Of the head that a fine-tuning starts from, before anything else.
        case head(TransferJob.Event)
        case training(TrainingEvent)
        /// Every update is made; the test images come next.
        case trained(TrainingRun)
    }

    /// What a job ends with.
    public struct Result: Sendable {
        public let run: TrainingRun
        /// As `model.safetensors` holds it, with its score.
        public let classifier: Classifier
        /// The one reading of the test images.
        public let test: Evaluation
        /// The same, image by image.
        package let answered: AnsweredImages
        /// What fine-tuning changed on the test images; `nil` for every other training.
        public let gain: FineTuningGain?
        /// The run's `error` where the calibration images cannot show it: the model then always answers.
        public let unmetError: Double?
        /// Of the model file.
        public let file: URL
    }

    /// Begins a run.
    ///
    /// - Parameters:
    ///   - images: What the settings' request opens.
    ///   - path: Of a directory that is new or empty; the first free `runs/train/<name>-<n>` when left out.
    ///   - backend: The one of the settings.
    /// - Throws: ``TrainingError/Code/runExists``, ``TrainingError/Code/runInUse``, ``FileError``;
    ///   ``TrainingError/Code/shapesDiffer`` and ``TrainingError/Code/classesDiffer`` where it goes on from a model that the
    ///   images do not fit.
    package static func create(
        _ settings: Settings, images: ImageDataset, at path: String?, backend: any Backend
    ) throws -> TrainingJob {
        var settings = try settings.taking(images)
        if settings.calibrationFraction == nil, settings.fold == nil, settings.fineTuning == nil {
            let left = try TrainingParts.trainingImages(
                of: images, validationFraction: settings.validationFraction, fold: nil, seed: settings.training.seed)
            settings.calibrationFraction = TrainingParts.calibrationFraction(of: left.count)
        }
        let directory = try RunDirectory.create(
            verb: "train", name: settings.name, at: path, configuration: settings)
        return TrainingJob(
            settings: settings, images: images, directory: directory, backend: backend, checkpoint: nil)
    }

    /// Opens a run to go on with it.
    ///
    /// - Parameters:
    ///   - epochs: More than the run was made for, to train longer; kept for a further resume.
    ///   - data: Where its images lie now; kept once they are known to be the same.
    ///   - backend: Makes the one of the settings.
    /// - Throws: ``TrainingError`` when it is no run, in use, finished or would be another one; ``ArchiveError``,
    ///   ``FileError``, ``DataError`` for its files and images.
    package static func resume(
        _ path: String, epochs: Int? = nil, data: String? = nil, backend: (EngineSettings) throws -> any Backend
    ) async throws -> TrainingJob {
        let directory = try RunDirectory.resume(path)
        var settings = try directory.configuration(Settings.self)
        // Absent when the run was interrupted before it wrote the first: it then begins at the beginning.
        let isBegun = Path(directory.checkpointFile).exists
        let checkpoint = isBegun ? try Checkpoint(contentsOf: directory.checkpointFile) : nil
        let state = try checkpoint.map { try TrainingSession.state(of: $0) }
        if let epochs, epochs != settings.training.epochs {
            try settings.grow(to: epochs, of: directory)
            if state?.stoppedEarly != true { try directory.write(settings, to: directory.configurationFile) }
        }
        if let state { try settings.requireWork(after: state, in: directory) }
        if let data { settings.data = settings.data.moved(to: data) }
        return TrainingJob(
            settings: settings, images: try await settings.data.reopen(), directory: directory,
            backend: try backend(settings.engine), checkpoint: checkpoint, isMoved: data != nil)
    }

    private init(
        settings: Settings, images: ImageDataset, directory: RunDirectory, backend: any Backend,
        checkpoint: Checkpoint?, isMoved: Bool = false
    ) {
        self.settings = settings
        self.images = images
        self.directory = directory
        self.backend = backend
        self.checkpoint = checkpoint
        self.isMoved = isMoved
    }

    /// Trains to the end, reads the test images once and writes the models.
    ///
    /// A cancelled task ends between two steps, behind a checkpoint: the run can be gone on with.
    ///
    /// - Parameter report: Gets what happens as it happens; the job goes on when it returns.
    /// - Throws: ``ModelError``, ``TrainingError``, ``DataError``; an error of code `archive.…` when the run cannot be written.
    public func run(report: @escaping @Sendable (Event) -> Void = { _ in }) async throws -> Result {
        try await run(report: report, shouldStop: { false })
    }

    /// - Parameter shouldStop: Asked between steps, as the task's cancellation is.
    package func run(
        report: @escaping @Sendable (Event) -> Void, shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> Result {
        do {
            let (run, calibration) = try await trained(report: report, shouldStop: shouldStop)
            report(.trained(run))
            return try tested(run, calibratedOn: calibration)
        } catch let error as TrainingError where error.kind == .interrupted {
            throw error
        } catch {
            directory.removeUnlessStarted()
            throw error
        }
    }

    /// - Returns: The training, and the images that it left for calibration.
    private func trained(
        report: @escaping @Sendable (Event) -> Void, shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> (TrainingRun, ImageSet?) {
        for note in images.notes { report(.training(.notice(note))) }
        for note in settings.startNotes(on: images) { report(.training(.notice(note))) }
        var parts = try TrainingParts(
            images, validationFraction: settings.validationFraction, fold: settings.fold, seed: settings.training.seed,
            preprocessing: settings.preprocessing, calibrationFraction: settings.calibrationFraction ?? 0)
        for note in parts.notes { report(.training(.notice(note))) }
        if let start = settings.start { parts = try parts.relabelled(among: start.classes) }
        if isMoved { try keepPlace(provedBy: parts) }
        var trainer = Trainer(
            settings.network, configuration: settings.training, validationFraction: settings.validationFraction,
            preprocessing: settings.preprocessing, backend: backend)
        trainer.checkpointInterval = checkpointInterval
        if let start = settings.start {
            trainer.start = TrainingStart(
                start.model, weights: checkpoint == nil ? try settings.startingWeights() : nil)
        }
        var head: Classifier?
        if let fineTuning = settings.fineTuning {
            let trained = try await self.head(
                fineTuning, on: parts, report: { report(.head($0)) }, shouldStop: shouldStop)
            head = trained
            // The record of the transfer says what it begins with.
            trainer.start = TrainingStart(
                nil,
                weights: checkpoint == nil
                    ? try fineTuning.folded(trained.weights, classes: trained.classes.count) : nil,
                isCandidate: true)
        }
        let run = try await trainer.fit(
            parts, in: directory, resume: checkpoint, report: { report(.training($0)) },
            salvage: { [file = directory.modelFile, settings, head] best in
                try best.classifier.keepingOrigin(of: settings, head: head).save(to: file)
                return "the model of epoch \(best.epoch), the best, is \(file.shownPath)"
            }, shouldStop: shouldStop)
        return (run, parts.calibration)
    }

    /// Calibrates, reads the test images once and writes the models.
    ///
    /// - Parameter calibration: Images that nothing of the training followed.
    private func tested(_ run: TrainingRun, calibratedOn calibration: ImageSet?) throws -> Result {
        let head = try settings.fineTuning.map { _ in try Classifier(contentsOf: headFile, backend: backend) }
        var classifier = try run.classifier.keepingOrigin(of: settings, head: head)
        if let calibration { try classifier.calibrate(on: calibration, error: settings.error) }
        try run.lastClassifier.keepingOrigin(of: settings, head: head).save(to: directory.lastModelFile)
        let answered: AnsweredImages
        let test: Evaluation
        let gain: FineTuningGain?
        do {
            answered = try classifier.answers(to: images.test)
            test = try Evaluation(answered, classes: classifier.classes)
            gain = try head.map { try FineTuningGain(of: answered, over: $0) }
        } catch {
            // What was trained is not lost with the score.
            try classifier.save(to: directory.modelFile)
            throw error
        }
        classifier.record?.test = TrainingRecord.Score(test)
        // Last, because it is what tells a finished run.
        try classifier.save(to: directory.modelFile)
        return Result(
            run: run, classifier: classifier, test: test, answered: answered, gain: gain,
            unmetError: classifier.calibration?.error == nil ? settings.error : nil, file: directory.modelFile)
    }
}

extension TrainingJob {
    /// Keeps where the images lie now, once they are known to be the same.
    ///
    /// - Throws: ``TrainingError/Code/differentRun`` when they are others, or nothing says which they were.
    private func keepPlace(provedBy parts: TrainingParts) throws {
        guard let checkpoint else {
            throw TrainingError(
                .differentRun, "nothing says which images \(path) was begun with.", needs: "a checkpoint",
                advice: "leave out --data, or start a new run")
        }
        let needed = try TrainingSession.state(of: checkpoint).dataSha256
        let received = try TrainingSession.dataSha256(train: parts.train, validation: parts.validation)
        guard needed == received else {
            throw TrainingError(
                .differentRun, "\(settings.data.path) does not hold the images of \(path).", needs: "SHA-256 \(needed)",
                received: "SHA-256 \(received)", advice: "the data that the run began with, or a new run")
        }
        try directory.write(settings, to: directory.configurationFile)
    }
}

extension TrainingRecord.Score {
    /// What a record keeps of an evaluation.
    init(_ evaluation: Evaluation) {
        self.init(
            correct: evaluation.correct, count: evaluation.count,
            largestClass: evaluation.confusion.counts.map { $0.reduce(0, +) }.max())
    }
}

extension TrainingJob.Settings {
    /// Takes a larger number of epochs.
    ///
    /// - Throws: ``TrainingError/Code/differentRun`` for fewer, and where the epochs follow from a number of steps.
    fileprivate mutating func grow(to epochs: Int, of directory: RunDirectory) throws {
        guard training.steps == nil else {
            throw TrainingError(
                .differentRun, "the epochs of \(directory.path) cannot grow.",
                because: "its recipe ends after a fixed number of steps",
                advice: "leave out --epochs, or start a new run")
        }
        guard epochs > training.epochs else {
            throw TrainingError(
                .differentRun, "--epochs may only grow.",
                needs: "more than the \(training.epochs) of \(directory.path)", received: "\(epochs)")
        }
        training.epochs = epochs
    }

    /// - Throws: ``TrainingError/Code/finishedRun`` when nothing is left to do.
    fileprivate func requireWork(after state: TrainingState, in directory: RunDirectory) throws {
        let done = state.epoch
        guard state.stoppedEarly || done >= training.epochs,
            Path(directory.modelFile).exists,
            try ModelFile(contentsOf: directory.modelFile).record?.epochs == state.configuration.epochs
        else { return }
        if state.stoppedEarly {
            throw TrainingError(
                .finishedRun, "\(directory.path) is finished: it stopped early after epoch \(done).",
                because: "validation had not improved for \(training.patience ?? 0) epochs",
                advice: "a new run with a larger --patience")
        }
        throw TrainingError(
            .finishedRun, "\(directory.path) is finished: \(done) of \(training.epochs) epochs are done.",
            advice: training.steps == nil ? "--epochs \(2 * done) to train longer, or a new run" : "a new run")
    }
}
