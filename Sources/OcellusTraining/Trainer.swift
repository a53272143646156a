// SPDX-License-Identifier: Apache-2.0

package import OcellusArchive
public import OcellusData
import OcellusFiles
public import OcellusModel
package import OcellusPixels
package import OcellusPlan
import OcellusTensor

/// Trains a network on images.
///
///     let run = try await Trainer(cnn, optimizer: .adam()).fit(images, epochs: 10)
///     print(run.history.last?.validationAccuracy ?? 0)
public struct Trainer: Sendable {
    public var network: Network
    public var configuration: TrainingConfiguration
    /// Share of the training images held out for validation when the data set has no validation split; 0 for none.
    public var validationFraction: Double
    /// `nil` takes mean and deviation of the training split.
    public var preprocessing: Preprocessing?
    package var backend: any Backend
    /// A trained model to go on from; `nil` draws the first weights.
    package var start: TrainingStart?
    /// Seconds between checkpoints of a run on disk.
    package var checkpointInterval: Double = 30

    package init(
        _ network: Network, configuration: TrainingConfiguration, validationFraction: Double = 0.1,
        preprocessing: Preprocessing? = nil, backend: any Backend
    ) {
        self.network = network
        self.configuration = configuration
        self.validationFraction = validationFraction
        self.preprocessing = preprocessing
        self.backend = backend
    }

    /// Trains and returns the result; the test images are not read.
    ///
    /// - Parameters:
    ///   - images: Training images and perhaps a validation split.
    ///   - epochs: Replaces the configuration's number when given.
    ///   - report: Gets what happens as it happens; the training goes on when it returns.
    /// - Throws: ``ModelError``, ``TrainingError``, which says where it stopped when the task was cancelled, ``DataError``.
    public func fit(
        _ images: ImageDataset, epochs: Int? = nil, report: @escaping @Sendable (TrainingEvent) -> Void = { _ in }
    ) async throws -> TrainingRun {
        var trainer = self
        if let epochs { trainer.configuration.epochs = epochs }
        let parts = try TrainingParts(
            images, validationFraction: validationFraction, seed: configuration.seed, preprocessing: preprocessing)
        return try await trainer.fit(parts, in: nil, resume: nil, report: report)
    }

    /// Trains on given parts, with checkpoints in a directory.
    ///
    /// - Parameters:
    ///   - directory: Gets `checkpoint.safetensors` and `history.csv`; `nil` keeps everything in memory.
    ///   - resume: Where to go on.
    ///   - salvage: Gets the best epoch of a training that diverged, where there is one; says what was kept of it, as part
    ///     of the error's advice.
    ///   - shouldStop: Asked between steps; `true` writes a checkpoint and throws ``TrainingError/Code/interrupted``.
    package func fit(
        _ parts: TrainingParts, in directory: RunDirectory?, resume: Checkpoint?,
        report: @escaping @Sendable (TrainingEvent) -> Void = { _ in }, salvage: Salvage? = nil,
        shouldStop: @escaping @Sendable () -> Bool = { false }
    ) async throws -> TrainingRun {
        try await backend.thread.run {
            try train(parts, in: directory, resume: resume, report: report, salvage: salvage, shouldStop: shouldStop)
        }
    }

    package typealias Salvage = @Sendable (TrainingRun) throws -> String

    private func train(
        _ parts: TrainingParts, in directory: RunDirectory?, resume: Checkpoint?,
        report: (TrainingEvent) -> Void, salvage: Salvage?, shouldStop: () -> Bool
    ) throws -> TrainingRun {
        let session = try TrainingSession(
            network: network, configuration: configuration, preprocessing: parts.preprocessing, train: parts.train,
            validation: parts.validation, backend: backend, resume: resume, initialWeights: start?.weights,
            scoresStart: start?.isCandidate ?? false)
        let clock = ContinuousClock()
        var lastCheckpoint = clock.now
        func save(_ session: TrainingSession) throws {
            guard let directory else { return }
            try session.checkpoint().write(to: directory.checkpointFile)
            try directory.write(history: session.state.history)
            lastCheckpoint = clock.now
            report(.checkpointed(epoch: session.state.epoch + 1, step: session.state.step))
        }
        if directory != nil, resume == nil { try save(session) }
        var isStopped = false
        do {
            try session.run(
                emit: report,
                while: { session in
                    isStopped = shouldStop() || Task.isCancelled
                    if isStopped { return false }
                    if (clock.now - lastCheckpoint).seconds >= checkpointInterval { try save(session) }
                    return true
                })
        } catch var error as TrainingError where error.isDivergence {
            // The checkpoint stays what it was: its numbers are sound.
            try directory?.write(history: session.state.history)
            if let salvage, let best = session.bestResult {
                let kept = try salvage(
                    TrainingRun(session, network, parts, best, last: best.weights, continuedFrom: start?.model))
                error.advice = [error.advice, kept].compactMap(\.self).joined(separator: "; ")
            }
            throw error
        }
        if directory != nil { try save(session) }
        // Also behind the last step: who asked to stop does not wait for what comes after a training.
        guard !isStopped else {
            throw TrainingError(
                .interrupted,
                "training was stopped in epoch \(session.state.epoch + 1) after \(session.state.step) steps.",
                advice: directory.map { "--resume \($0.path) to go on" })
        }
        return try TrainingRun(
            session, network, parts, session.result, last: session.lastWeights, continuedFrom: start?.model)
    }
}

extension Trainer {
    /// As ``fit(_:epochs:report:)`` with events as a stream, which ends with the training.
    ///
    ///     let (events, continuation) = TrainingEvent.stream()
    ///     let showing = Task { for await event in events { show(event) } }
    ///     let run = try await trainer.fit(images, events: continuation)
    public func fit(
        _ images: ImageDataset, epochs: Int? = nil, events: AsyncStream<TrainingEvent>.Continuation
    ) async throws -> TrainingRun {
        defer { events.finish() }
        return try await fit(images, epochs: epochs) { events.yield($0) }
    }
}

extension TrainingEvent {
    /// A stream with a bounded buffer and the end to feed it: a slow reader loses the oldest events.
    public static func stream() -> (
        events: AsyncStream<TrainingEvent>, continuation: AsyncStream<TrainingEvent>.Continuation
    ) {
        let (stream, continuation) = AsyncStream.makeStream(
            of: TrainingEvent.self, bufferingPolicy: .bufferingNewest(1024))
        return (stream, continuation)
    }
}

/// Where a training begins that goes on from a trained model.
package struct TrainingStart: Sendable {
    /// `nil` where the record says in another way what it began with.
    package var model: EarlierModel?
    /// Of the network that is trained; `nil` where a checkpoint has them.
    package var weights: Weights?
    /// Whether its weights are the result unless an epoch validates better.
    package var isCandidate: Bool

    package init(_ model: EarlierModel?, weights: Weights?, isCandidate: Bool = false) {
        self.model = model
        self.weights = weights
        self.isCandidate = isCandidate
    }
}

/// The images of one training, divided and with their preprocessing.
package struct TrainingParts: Sendable {
    package var train: ImageSet
    package var validation: ImageSet?
    /// Used by nothing but a calibration of the result; `nil` where too few images can be spared.
    package var calibration: ImageSet?
    package var preprocessing: Preprocessing
    package var data: DataIdentity
    /// What a person should know about the split, as sentences.
    package var notes: [String] = []

    /// Uses the data set's validation split, or holds out a stratified share by the seed.
    ///
    /// Where that would divide images with the same pixels, the held-out ones go to the training images.
    ///
    /// - Parameters:
    ///   - fold: Holds out this part instead of the share.
    ///   - calibrationFraction: Share of what is left that is held out for ``calibration``, where that makes enough images.
    /// - Throws: ``DataError/Code/ambiguous`` for a fold of data that have a validation split of their own, and for a drawn
    ///   one of data that have folds; ``DataError/Code/notFound`` for a stated fold that they do not have.
    package init(
        _ images: ImageDataset, validationFraction: Double, fold: Fold? = nil, seed: UInt64,
        preprocessing: Preprocessing? = nil, calibrationFraction: Double = 0
    ) throws {
        let split = try Self.split(images, validationFraction: validationFraction, fold: fold, seed: seed)
        if let split, split.moved > 0 {
            notes.append(
                "held-out images that have a copy among the training images: \(split.moved); they train with it")
        }
        // Folds hold out what they hold, however small a class is.
        if fold == nil, let note = split?.split.noteOnWholeClasses(labels: images.train.labels, classes: images.classes)
        {
            notes.append(note)
        }
        train = split.map { images.train.subset($0.split.train) } ?? images.train
        validation = split.map { images.train.subset($0.split.validation) } ?? images.validation
        if let spared = try Self.spared(of: train, calibrationFraction, seed: seed) {
            calibration = train.subset(spared.validation)
            train = train.subset(spared.train)
        }
        let sha256 = try images.train.sha256
        data = DataIdentity(
            name: images.name, sha256: sha256,
            splitSha256: try split?.split.sha256 ?? images.validation?.sha256 ?? sha256,
            imageDigests: try images.imageDigests)
        self.preprocessing = try preprocessing ?? Self.preprocessing(of: train, fitting: images.fitting)
    }

    /// The same images as part of a set with more classes; the data are those that they were.
    ///
    /// - Parameter classes: Those of the images and others, in any order.
    /// - Throws: ``DataError/Code/unknownClass`` where a class of the images is not among them.
    package func relabelled(among classes: [String]) throws -> TrainingParts {
        var parts = self
        parts.train = try train.relabelled(among: classes)
        parts.validation = try validation?.relabelled(among: classes)
        parts.calibration = try calibration?.relabelled(among: classes)
        return parts
    }

    /// Trains on the images of a split; those held out are not looked at, so that nothing of the training follows them.
    ///
    /// - Parameter images: What the split's indices count.
    package init(
        training images: ImageSet, of split: Split, name: String, fitting: ImageFitting
    ) throws {
        train = images.subset(split.train)
        validation = nil
        data = DataIdentity(name: name, sha256: try images.sha256, splitSha256: split.sha256)
        preprocessing = try Self.preprocessing(of: train, fitting: fitting)
    }

    private static func preprocessing(
        of train: ImageSet, fitting: ImageFitting
    ) throws -> Preprocessing {
        let (mean, deviation) = try train.channelStatistics()
        return Preprocessing(
            fitting: fitting, channels: train.shape[0], mean: mean, standardDeviation: deviation)
    }

    /// The images that train, without the work of making them ready.
    ///
    /// - Parameters:
    ///   - validationFraction: Held out where the data have no validation split of their own.
    ///   - fold: Holds out this part instead of the share.
    ///   - seed: Of the split.
    ///   - calibrationFraction: Held out of what is left.
    /// - Throws: ``DataError`` as the initialiser.
    package static func trainingImages(
        of images: ImageDataset, validationFraction: Double, fold: Fold? = nil, seed: UInt64,
        calibrationFraction: Double = 0
    ) throws(DataError) -> ImageSet {
        let split = try split(images, validationFraction: validationFraction, fold: fold, seed: seed)
        let train = split.map { images.train.subset($0.split.train) } ?? images.train
        guard let spared = try spared(of: train, calibrationFraction, seed: seed) else { return train }
        return train.subset(spared.train)
    }

    /// The share of the training images that is held out for calibration where nobody says another: a tenth, and no more than
    /// 2,000 images, which is as much as a calibration needs.
    ///
    /// - Parameter count: Images that would train.
    package static func calibrationFraction(of count: Int) -> Double { min(0.1, 2000 / Double(max(1, count))) }

    /// Who trains and who calibrates; `nil` where fewer than ``Calibration/leastImages`` can be spared. Copies and groups stay
    /// on one side.
    private static func spared(of train: ImageSet, _ fraction: Double, seed: UInt64) throws(DataError) -> Split? {
        guard fraction > 0, Double(train.count) * fraction >= Double(Calibration.leastImages) else { return nil }
        var split = try Split.stratified(
            labels: train.labels, classes: train.classes, validationFraction: fraction, seed: seed, groups: train.groups
        )
        if let groups = try train.groupsOfDuplicates { split = try split.undivided(groups).split }
        return split.validation.count < Calibration.leastImages ? nil : split
    }

    /// What is held out of the training images, and how many were not because of a copy; `nil` where nothing is.
    private static func split(
        _ images: ImageDataset, validationFraction: Double, fold: Fold?, seed: UInt64
    ) throws(DataError) -> (split: Split, moved: Int)? {
        guard let split = try divided(images, validationFraction: validationFraction, fold: fold, seed: seed) else {
            return nil
        }
        guard let groups = try images.train.groupsOfDuplicates else { return (split, 0) }
        return try split.undivided(groups)
    }

    private static func divided(
        _ images: ImageDataset, validationFraction: Double, fold: Fold?, seed: UInt64
    ) throws(DataError) -> Split? {
        let (labels, groups) = (images.train.labels, images.train.groups)
        if let fold {
            guard images.validation == nil else {
                throw DataError(
                    .ambiguous, "\(images.name) has validation images of its own.", needs: "training images alone",
                    advice: "leave out --fold")
            }
            guard fold.count != nil else { return try Split.stated(images.train.folds, fold: fold, name: images.name) }
            guard images.train.folds == nil else {
                throw DataError(
                    .ambiguous, "\(images.name) has folds of its own.", needs: "one of them",
                    received: "one that the seed would draw", advice: "--fold \(fold.index + 1)")
            }
            return try Split.fold(labels: labels, classes: images.classes, fold: fold, seed: seed, groups: groups)
        }
        guard images.validation == nil, validationFraction > 0 else { return nil }
        return try Split.stratified(
            labels: labels, classes: images.classes, validationFraction: validationFraction, seed: seed, groups: groups)
    }
}
