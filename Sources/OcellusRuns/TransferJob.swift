// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
package import OcellusData
import OcellusFiles
public import OcellusInference
import OcellusMetrics
public import OcellusModel
package import OcellusPlan
import OcellusTensor
public import OcellusTraining

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// A model for a person's photos in seconds: the features of a backbone that was trained elsewhere, and a new last layer.
///
///     let job = try await TransferJob.create(TransferJob.Settings(DataRequest("photos")))
///     let result = try await job.run()
///     print(result.heldOut.accuracy, result.classifier.classes)
///
/// The accuracy is measured by folds: each training photo is judged by a head that did not see it, so no photo is lost for
/// training. Test images, where there are some, are scored once. The run is a directory with `configuration.json`,
/// `history.csv` (the strengths that were tried) and `model.safetensors`, which comes last and tells a finished run. It is what
/// `ocellus train` makes of photos when no network is named. Nobody else may write into it as long as the job exists.
public struct TransferJob: Sendable {
    public let settings: Settings
    package let images: LabelledImages
    package let directory: RunDirectory
    package let backend: any Backend
    private let isNew: Bool

    /// The run's directory as a person would type it.
    public var path: String { directory.path }

    /// What happens in a job.
    public enum Event: Sendable {
        /// A message a person should see.
        case notice(String)
        /// Images whose features are known, of all.
        case features(done: Int, of: Int)
        /// Features are known: how many were computed and how many were found in the cache, images and mirror images.
        case extracted(computed: Int, reused: Int, seconds: Double)
        /// Parts of the training photos that were held out, of all.
        case heldOut(done: Int, of: Int)
    }

    /// What a job ends with.
    public struct Result: Sendable {
        /// As `model.safetensors` holds it, with its scores.
        public let classifier: Classifier
        /// Where the weights that give the features come from.
        public let origin: WeightsOrigin
        /// What heads said of photos that they did not see, with the chosen strength: of every training photo, or of the
        /// validation photos where the data have some.
        public let heldOut: Evaluation
        /// What held them out, e.g. `5 folds`.
        public let heldOutBy: String
        /// The one reading of the test images; `nil` where there are none.
        public let test: Evaluation?
        /// The photos that were held out and those of the test, image by image.
        package let answered: (heldOut: AnsweredImages, test: AnsweredImages?)
        /// The strengths that were tried, from strong to weak.
        public let trials: [StrengthTrial]
        /// The one with the smallest loss of held-out photos.
        public let strength: Double
        /// Features that were computed, and found in the cache.
        public let computed: Int
        public let reused: Int
        /// Of features, of the head, and of everything.
        public let seconds: (features: Double, head: Double, total: Double)
        /// Of the model file.
        public let file: URL
    }

    /// Begins a run.
    ///
    /// - Parameters:
    ///   - images: Fitted for the settings' backbone.
    ///   - path: Of a directory that is new or empty; the first free `runs/train/<name>-<n>` when left out.
    /// - Throws: ``TrainingError/Code/runExists``, ``TrainingError/Code/runInUse``, ``FileError``.
    package static func create(
        _ settings: Settings, images: LabelledImages, at path: String?, backend: any Backend
    ) throws -> TransferJob {
        try settings.transfer.validate()
        let directory = try RunDirectory.create(
            verb: "train", name: settings.transfer.backbone.rawValue, at: path, configuration: settings)
        return TransferJob(
            settings: settings, images: images, directory: directory, backend: backend, isNew: true)
    }

    /// Whether a run's directory is one of these.
    package static func isOne(_ path: String) -> Bool {
        guard let run = try? RunDirectory.open(path), let data = try? AtomicFile.read(run.configurationFile),
            let members = CanonicalJSON.members(of: String(decoding: data, as: UTF8.self))
        else { return false }
        return members["transfer"] != nil
    }

    /// Opens a run that was interrupted, to end it: the features that it computed are kept, the rest takes seconds.
    ///
    /// - Parameters:
    ///   - data: Where its images lie now; the same ones, or the run says what it was made for and not what it was made of.
    ///   - backend: Makes the one of the settings.
    /// - Throws: ``TrainingError`` when it is no run, in use or finished; ``ArchiveError``, ``FileError``, ``DataError``.
    package static func resume(
        _ path: String, backend: (EngineSettings) throws -> any Backend
    ) async throws -> TransferJob {
        let directory = try RunDirectory.resume(path)
        let settings = try directory.configuration(Settings.self)
        guard !Path(directory.modelFile).exists else {
            throw TrainingError(
                .finishedRun, "\(directory.path) is finished: a head on features has no further epochs.",
                advice: "a new run; photos that it knows cost it nothing")
        }
        let images = try await settings.data.openLabelled(photos: settings.photos)
        return TransferJob(
            settings: settings, images: images, directory: directory, backend: try backend(settings.engine),
            isNew: false)
    }

    /// - Parameter isNew: Whether the directory goes again when nothing was trained.
    init(
        settings: Settings, images: LabelledImages, directory: RunDirectory, backend: any Backend, isNew: Bool
    ) {
        self.settings = settings
        self.images = images
        self.directory = directory
        self.backend = backend
        self.isNew = isNew
    }

    /// Computes features, trains the head, reads the test images once and writes the model.
    ///
    /// A cancelled task ends between two batches; the features that were computed are kept.
    ///
    /// - Parameter report: Gets what happens as it happens; the job goes on when it returns.
    /// - Throws: ``TrainingError``, ``DataError``, ``ModelError``; an error of code `archive.…` when the run cannot be written.
    public func run(report: @escaping @Sendable (Event) -> Void = { _ in }) async throws -> Result {
        try await run(report: report, shouldStop: { false })
    }

    /// - Parameter shouldStop: Asked between batches, as the task's cancellation is.
    package func run(
        report: @escaping @Sendable (Event) -> Void, shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> Result {
        do {
            return try await trained(report: report, shouldStop: shouldStop)
        } catch is CancellationError {
            throw TrainingError(
                .interrupted, "the run was stopped before its head was trained.",
                advice: "--resume \(path) to go on: features that were computed are kept")
        } catch {
            if isNew { directory.removeUnlessStarted() }
            throw error
        }
    }
}

// MARK: - Parts of a run

extension TransferJob {
    private func trained(
        report: @escaping @Sendable (Event) -> Void, shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> Result {
        let clock = ContinuousClock()
        let start = clock.now
        for note in images.notes { report(.notice(note)) }
        let transfer = settings.transfer
        let heldOut = try HeldOutPhotos(
            images.train, validation: images.validation, folds: transfer.folds, seed: transfer.seed)
        for note in heldOut.notes { report(.notice(note)) }
        let extracted = try await features(report: report, shouldStop: shouldStop)
        for note in extracted.notes { report(.notice(note)) }
        let featureSeconds = Self.seconds(since: start, clock)
        report(.extracted(computed: extracted.computed, reused: extracted.reused, seconds: featureSeconds))
        let trainer = headTrainer(extracted)
        let headStart = clock.now
        let head = try await trainer.train(strengths: transfer.strengths, heldOut: heldOut) {
            report(.heldOut(done: $0, of: $1))
        }
        if shouldStop() || Task.isCancelled { throw CancellationError() }
        let headSeconds = Self.seconds(since: headStart, clock)
        let answered = try answered(head, trainer, extracted)
        let validation = try Evaluation(answered.heldOut, classes: images.train.classes)
        let test = try answered.test.map { try Evaluation($0, classes: images.train.classes) }
        var classifier = try classifier(head, heldOut, validation, test)
        if head.heldOut.count >= Calibration.leastImages {
            classifier.calibration = try Calibration(
                logits: head.logits, labels: answered.heldOut.labels, source: .outOfFold, error: settings.error)
        }
        try directory.write(text: Self.table(head.trials), to: directory.historyFile)
        // Last, because it is what tells a finished run.
        try classifier.save(to: directory.modelFile)
        return Result(
            classifier: classifier, origin: transfer.backbone.origin, heldOut: validation,
            heldOutBy: heldOut.description, test: test, answered: answered,
            trials: head.trials, strength: head.strength, computed: extracted.computed, reused: extracted.reused,
            seconds: (featureSeconds, headSeconds, Self.seconds(since: start, clock)), file: directory.modelFile)
    }

    private static func seconds(since start: ContinuousClock.Instant, _ clock: ContinuousClock) -> Double {
        let duration = clock.now - start
        return Double(duration.components.seconds) + Double(duration.components.attoseconds) * 1e-18
    }

    /// Of the training photos, then the validation photos, then the test photos.
    private func features(
        report: @escaping @Sendable (Event) -> Void, shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> FeatureExtractor.Result {
        let transfer = settings.transfer
        let extractor = FeatureExtractor(transfer.backbone, backend: backend, cache: settings.featureCache)
        var requests = [
            FeatureExtractor.Request(images.train, views: transfer.mirrors ? [.original, .mirrored] : [.original])
        ]
        if let validation = images.validation { requests.append(FeatureExtractor.Request(validation)) }
        if let test = images.test { requests.append(FeatureExtractor.Request(test)) }
        return try await extractor.features(
            of: requests, report: { report(.features(done: $0, of: $1)) }, shouldStop: shouldStop)
    }

    private func headTrainer(_ extracted: FeatureExtractor.Result) -> HeadTrainer {
        let (train, validation) = (images.train, images.validation)
        var rows = (0..<train.count).map { index in extracted.rows[0].map { $0[index] } }
        var labels = train.labels.map(Int.init)
        if let validation {
            rows += extracted.rows[1][0].map { [$0] }
            labels += validation.labels.map(Int.init)
        }
        return HeadTrainer(
            features: extracted.features, labels: labels, rows: rows, classes: train.classes.count,
            trainCount: train.count, balance: settings.transfer.balance)
    }

    /// What heads said of photos that they did not see, and the final one of the test photos.
    private func answered(
        _ head: HeadTrainer.Result, _ trainer: HeadTrainer, _ extracted: FeatureExtractor.Result
    ) throws -> (heldOut: AnsweredImages, test: AnsweredImages?) {
        let train = images.train
        // Validation photos of the data's own stand behind the others.
        let photos = images.validation?.subset(head.heldOut.map { $0 - train.count }) ?? train.subset(head.heldOut)
        let heldOut = AnsweredImages(
            photos, labels: head.heldOut.map { trainer.labels[$0] }, logits: head.logits)
        let test = images.test.map { test in
            AnsweredImages(
                test, labels: test.labels.map(Int.init),
                logits: head.head.logits(of: extracted.rows.last?[0] ?? [], in: extracted.features))
        }
        return (heldOut, test)
    }

    private func classifier(
        _ head: HeadTrainer.Result, _ heldOut: HeldOutPhotos, _ validation: Evaluation, _ test: Evaluation?
    ) throws -> Classifier {
        let transfer = settings.transfer
        let (network, weights) = try transfer.backbone.network(with: head.head)
        let sha256 = try images.train.sha256
        var record = TrainingRecord(
            transfer: TransferRecord(
                origin: transfer.backbone.origin, strength: head.strength, strengths: head.trials.map(\.strength),
                heldOut: heldOut.description, mirrors: transfer.mirrors),
            loss: Loss(classWeights: head.classWeights), seed: transfer.seed,
            data: try images.identity
                ?? DataIdentity(
                    name: images.name, sha256: sha256, splitSha256: images.validation?.sha256 ?? sha256),
            validation: TrainingRecord.Score(validation), test: test.map(TrainingRecord.Score.init),
            backend: backend.name, precision: backend.precision,
            ocellusVersion: OcellusVersion.current, date: Date.now.formatted(.iso8601))
        record.data.imageDigests = try images.imageDigests
        record.images = images.train.count
        return try Classifier(
            network: network, weights: weights, classes: images.train.classes,
            preprocessing: transfer.backbone.preprocessing, record: record, backend: backend)
    }

    /// The strengths as a table for people and programs.
    private static func table(_ trials: [StrengthTrial]) -> String {
        "strength,held_out_loss,held_out_top1,held_out_count\n"
            + trials.map { trial in
                "\(trial.strength),\(trial.loss),\(100 * Double(trial.correct) / Double(trial.count)),\(trial.count)\n"
            }.joined()
    }
}
