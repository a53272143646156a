// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusData
import OcellusFiles
package import OcellusInference
import OcellusModel
import OcellusPlan
package import OcellusRuns
import OcellusTensor
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ModelRecord {
    /// The record of a training of all layers.
    ///
    /// - Parameters:
    ///   - command: To repeat it.
    ///   - advice: What the scores say beyond their numbers.
    ///   - hasPictures: Whether it holds copies of images.
    /// - Throws: ``DataError`` when an image cannot be read, `CancellationError`.
    package init(
        _ job: TrainingJob, _ result: TrainingJob.Result, command: [String], advice: [String], hasPictures: Bool
    ) async throws {
        let (run, images) = (result.run, job.images)
        let validation = run.validationCount
        let scores = [(Score(images: "test images", evaluation: result.test), result.answered)]
        try await self.init(
            .train, command: command, name: job.settings.name, result.classifier, file: result.file.shownPath,
            scores: scores, advice: advice, hasPictures: hasPictures)
        self.run = job.path
        data = DataDescription(
            name: images.name, path: job.settings.data.shownPath, classes: result.classifier.classes,
            shape: images.shape,
            parts: [
                .init(
                    name: "training", count: images.train.count - (images.validation == nil ? validation : 0),
                    sha256: run.data.sha256),
                .init(name: "validation", count: validation), .init(name: "test", count: images.test.count),
            ], notes: images.notes)
        training = Training(
            configuration: run.configuration, history: run.history, epoch: run.epoch, seconds: run.seconds,
            memory: run.memory, splitSha256: run.data.splitSha256)
    }

    /// The record of a head on features.
    ///
    /// - Parameters: As ``init(_:_:command:advice:hasPictures:)`` of a training has them.
    /// - Throws: ``DataError`` when an image cannot be read, `CancellationError`.
    package init(
        _ job: TransferJob, _ result: TransferJob.Result, command: [String], advice: [String], hasPictures: Bool
    ) async throws {
        let images = job.images
        let heldOut = (
            Score(images: "held-out photos (\(result.heldOutBy))", evaluation: result.heldOut), result.answered.heldOut
        )
        let test = result.test.flatMap { test in
            result.answered.test.map { (Score(images: "test photos", evaluation: test), $0) }
        }
        try await self.init(
            .train, command: command, name: job.settings.transfer.backbone.rawValue, result.classifier,
            file: result.file.shownPath,
            scores: (test.map { [$0] } ?? []) + [heldOut], advice: advice, hasPictures: hasPictures)
        run = job.path
        let parts: [(String, ImageSet?)] = [
            ("training", images.train), ("validation", images.validation), ("test", images.test),
        ]
        data = DataDescription(
            name: images.name, path: job.settings.data.shownPath, classes: result.classifier.classes,
            shape: images.train.shape,
            parts: try parts.compactMap { name, set in
                try set.map { DataDescription.Part(name: name, count: $0.count, sha256: try $0.sha256) }
            }, notes: images.notes)
        transfer = Transfer(
            backbone: result.origin, strength: result.strength, trials: result.trials, heldOutBy: result.heldOutBy,
            seconds: result.seconds.total)
    }

    /// The record of an evaluation.
    ///
    /// - Parameters:
    ///   - command: To repeat it.
    ///   - model: The file of the classifier as a person would type it.
    ///   - answered: The images with what the model said of them.
    ///   - score: The same, scored.
    ///   - data: Name of the data and what was said while they were read.
    ///   - advice: What the scores say beyond their numbers.
    ///   - hasPictures: Whether it holds copies of images.
    /// - Throws: ``DataError`` when an image cannot be read, `CancellationError`.
    package init(
        _ classifier: Classifier, model: String, answered: AnsweredImages, score: Score,
        data: (name: String, path: String, notes: [String]), command: [String], advice: [String], hasPictures: Bool
    ) async throws {
        try await self.init(
            .evaluate, command: command, name: model, classifier, file: model, scores: [(score, answered)],
            advice: advice, hasPictures: hasPictures)
        self.data = DataDescription(
            name: data.name, path: data.path, classes: classifier.classes, shape: answered.images.shape,
            parts: [.init(name: score.images, count: score.evaluation.count, sha256: try answered.images.sha256)],
            notes: data.notes)
    }

    private init(
        _ kind: Kind, command: [String], name: String, _ classifier: Classifier, file: String,
        scores: [(score: Score, answered: AnsweredImages)], advice: [String], hasPictures: Bool
    ) async throws {
        self.kind = kind
        created = Date.now.formatted(.iso8601)
        self.command = command
        environment = .current(backend: classifier.backend)
        self.name = name
        model = file
        network = try NetworkSummary(classifier.network)
        data = DataDescription(
            name: "", path: "", classes: classifier.classes, shape: classifier.network.input, parts: [], notes: [])
        self.scores = scores.map(\.score)
        self.advice = advice
        if hasPictures, let first = scores.first {
            mistakes = try await Mistakes(first.answered, first.score.evaluation)
        }
    }
}
