// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusData
import OcellusFiles
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusReport
import OcellusRuns
import OcellusTraining

extension TrainCommand {
    /// What is left to do.
    enum Start {
        /// Everything is done: a head was trained.
        case done
        /// A training of all layers, with its images where they were opened already.
        case scratch(ImageDataset?)
    }

    /// Whether it is for the photos to say if a backbone gives the features.
    private var mayTransfer: Bool {
        transfer.backbone != nil || (!transfer.fromScratch && TransferOptions.scratchOption == nil)
    }

    /// Trains a head on a backbone's features, where that was asked for or the images are photos.
    func transferOrScratch() async throws -> Start {
        if let resume {
            guard TransferJob.isOne(resume.path.escaped) else { return .scratch(nil) }
            guard training.epochs == nil, tensorboard == nil, data.data == nil else {
                throw ValidationError("a head on features is gone on with as it began: --resume alone.")
            }
            try await run(try await TransferJob.resume(resume.path.escaped, backend: engine.make))
            return .done
        }
        guard mayTransfer, transfer.fineTune == nil else { return .scratch(nil) }
        let backbone = transfer.backbone ?? .lite0
        let least = transfer.backbone == nil ? TransferOptions.leastSide : 1
        let images = try await data.request.openLabelled(
            photos: PhotoFitting(backbone.preprocessing, leastSide: least))
        guard images.areFittedPhotos else {
            guard transfer.backbone == nil else {
                throw UsageError(
                    summary:
                        "--backbone \(backbone.rawValue) needs photos in files, and the images of \(images.name) come as pixels.",
                    needs: "image files of any size", advice: "leave out --backbone")
            }
            return .scratch(try images.dataset())
        }
        guard !dryRun else {
            throw UsageError(
                summary: "--dry-run predicts trainings of all layers, and these photos train a head on features.",
                advice:
                    "--from-scratch beside it, or leave out --dry-run: most of a head's time goes by before it is known"
            )
        }
        guard training.balance != .sampler else {
            throw ValidationError(
                "--balance sampler belongs to a training of all layers; --balance weights does the same.")
        }
        var settings = TransferJob.Settings(
            command: Arguments.command, data: data.request.absolute,
            transfer: TransferConfiguration(backbone: backbone, balance: balance, seed: training.seed),
            featureCache: transfer.featureCache.place, engine: engine.settings(of: try engine.make()))
        settings.error = training.error.share
        let job = try TransferJob.create(
            settings, images: images, at: directory?.path.escaped, backend: try engine.make(settings.engine))
        try await run(job, isChosen: transfer.backbone == nil)
        return .done
    }

    var balance: TransferConfiguration.Balance {
        let isGiven = Arguments.optionNames.contains("--balance")
        return switch training.balance {
        case .weights, .sampler: .weights
        case .none: isGiven ? .none : .automatic
        }
    }

    private func run(_ job: TransferJob, isChosen: Bool = false) async throws {
        let progress = output.progress()
        progress.message("run: \(job.path)")
        let origin = job.settings.transfer.backbone.origin
        progress.message(
            "\(isChosen ? "these are photos: " : "")a new last layer on features of \(origin.name) (\(origin.license))"
                + (isChosen ? "; --from-scratch trains every layer instead" : ""))
        StopRequest.beginCleanStops()
        do {
            let result = try await job.run(
                report: { progress.show($0) }, shouldStop: { StopRequest.isPending })
            progress.end()
            var document = TransferDocument(job.path, result, error: job.settings.error)
            // The model is there already: a page that cannot be made costs none of the results.
            let page = await ModelPage.write(of: job, result, advice: document.advice, hasPictures: !noPictures)
            document.page = try? page.get()
            if output.json {
                try Console.outputJSON(document)
            } else {
                try Console.output(document.text(output.stdout))
            }
            _ = try page.get()
        } catch {
            progress.end()
            throw error
        }
    }
}

extension ProgressPrinter {
    func show(_ event: TransferJob.Event) {
        switch event {
        case .notice(let text): message("note: \(text)")
        case .features(let done, let count): show("features", done: done, of: count)
        case .extracted(let computed, let reused, let seconds):
            message(
                "features: \(NumberText.integer(computed)) computed, \(NumberText.integer(reused)) known "
                    + "already, in \(NumberText.seconds(seconds)) (photos and mirror images)")
        case .heldOut: break
        }
    }
}

/// What `ocellus train` prints of a head on features.
private struct TransferDocument: Encodable {
    struct Score: Encodable {
        var accuracy: Double
        var interval: [Double]
        var balancedAccuracy: Double
        /// 95 %, over images of every class.
        var balancedInterval: [Double]?
        /// Whether balanced accuracy is the one to read, and why.
        var imbalance: ClassImbalance?
        var correct: Int
        var count: Int
        var loss: Double

        init(_ evaluation: Evaluation) {
            accuracy = evaluation.accuracy
            interval = [evaluation.interval.lower, evaluation.interval.upper]
            balancedAccuracy = evaluation.balancedAccuracy
            balancedInterval = evaluation.balancedInterval.map { [$0.lower, $0.upper] }
            imbalance = evaluation.confusion.imbalance
            correct = evaluation.correct
            count = evaluation.count
            loss = evaluation.loss
        }

        var text: String {
            AccuracyWords.score(
                correct: correct, of: count, interval: (interval[0], interval[1]), balanced: balancedAccuracy,
                balancedInterval: balancedInterval.map { Interval(lower: $0[0], upper: $0[1]) }, imbalance)
        }
    }
    var schema = 1
    var run: String
    var model: String
    var backbone: WeightsOrigin
    /// λ of the penalty, and how each that was tried did on held-out photos.
    var strength: Double
    var strengths: [StrengthTrial]
    /// What held photos out, e.g. `5 folds`.
    var heldOutBy: String
    /// Of photos that the judging head had not seen, with the strength that did best there.
    var heldOut: Score
    /// `nil` where the data have no test images.
    var test: Score?
    /// Absent where too few photos were held out.
    var calibration: CalibrationDocument?
    /// Features of photos and mirror images.
    var featuresComputed: Int
    var featuresReused: Int
    var featureSeconds: Double
    var headSeconds: Double
    var seconds: Double
    /// What the scores say beyond their numbers, as sentences; empty where there is nothing.
    var advice: [String]
    /// `nil` where it could not be written.
    var page: String?
    private let note: String?
    private let trust: [String]

    private enum CodingKeys: CodingKey {
        case schema, run, model, backbone, strength, strengths, heldOutBy, heldOut, test, calibration, featuresComputed,
            featuresReused, featureSeconds, headSeconds, seconds, advice, page
    }

    init(_ path: String, _ result: TransferJob.Result, error: Double?) {
        run = path
        model = result.file.shownPath
        backbone = result.origin
        strength = result.strength
        strengths = result.trials
        heldOutBy = result.heldOutBy
        heldOut = Score(result.heldOut)
        test = result.test.map(Score.init)
        featuresComputed = result.computed
        featuresReused = result.reused
        featureSeconds = result.seconds.features
        headSeconds = result.seconds.head
        seconds = result.seconds.total
        calibration = CalibrationDocument(result.classifier)
        trust = CalibrationDocument.sentences(result.classifier, asked: error)
        let scored = result.test ?? result.heldOut
        note = AccuracyWords.note(scored.confusion.imbalance, classes: scored.classes)
        advice = ResultAdvice.onScore(
            interval: scored.interval, imbalance: scored.confusion.imbalance, classes: scored.classes,
            next: "ocellus check looks for faults of the images; more photos of each class help most")
    }

    func text(_ style: TerminalStyle) -> String {
        let sentences =
            [test.map { "test \($0.text)" }, "held out (\(heldOutBy)) \(heldOut.text)", note].compactMap(\.self)
            + trust + advice
        let facts =
            [
                "head   \(NumberText.seconds(headSeconds)), all \(NumberText.seconds(seconds)); strength "
                    + "\(NumberText.decimal(strength, 4)) of \(strengths.count) tried",
                "model  \(model)",
            ] + (page.map { ["page   \($0)"] } ?? [])
        return (sentences.map { wrapped(style.shown($0), to: style.columns) } + facts.map(style.shown))
            .joined(separator: "\n")
    }
}
