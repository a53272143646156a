// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusArchive
import OcellusData
import OcellusEvidence
import OcellusFiles
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusReport
import OcellusTensor
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// `ocellus evaluate`: how a model does on labelled images.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate", abstract: "Score a model on labelled images.",
        discussion: """
              ocellus evaluate runs/train/cnn-1/model.safetensors --data photos
              ocellus evaluate runs/train/cnn-1/model.safetensors --data cifar-10-c/fog/3
              ocellus evaluate runs/train/cnn-1/model.safetensors --data photos --html evaluation.html

            Classes are matched by name. With --min-accuracy the exit status is 3 when the accuracy is lower: the plain one, \
            also where classes are uneven and balanced accuracy is named first.

            A model that may say "don't know" is scored on what it answers too; --others measures how often it answers pictures of \
            another kind.
            """)

    @Argument(help: ArgumentHelp("A model file.", valueName: "model"))
    var model: PathArgument

    @OptionGroup var data: DataOptions

    @Option(help: ArgumentHelp("train, validation or test.", valueName: "split"))
    var split: SplitName = .test

    @OptionGroup var augmentation: TestTimeAugmentationOptions

    @Option(help: ArgumentHelp("Fail (exit status 3) below this accuracy, a fraction in 0…1.", valueName: "share"))
    var minAccuracy: Double?

    @OptionGroup var abstaining: ErrorOptions

    @Option(
        help: ArgumentHelp(
            "A folder of pictures of another kind, without labels: how many of them are answered.",
            valueName: "directory"))
    var others: PathArgument?
    @Option(help: ArgumentHelp("Write the page to this file.", valueName: "file"))
    var html: PathArgument?

    @Option(help: ArgumentHelp("Save the record to this file, for `ocellus report`.", valueName: "file"))
    var record: PathArgument?

    @Flag(help: "Leave copies of images out of record and page.")
    var noPictures = false

    @OptionGroup var preprocessing: PreprocessingOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    enum SplitName: String, CaseIterable, ExpressibleByArgument, Encodable { case train, validation, test }

    func validate() throws {
        if let minAccuracy, !(0...1).contains(minAccuracy) {
            throw ValidationError("--min-accuracy is a fraction in 0…1, e.g. 0.9.")
        }
    }

    func run() async throws {
        AvailableMemory.returnLargeBuffers()
        let classifier = try abstaining.applied(
            to: Classifier(contentsOf: model.url, preprocessing: preprocessing.facts, backend: try engine.make()),
            augmentation.tta)
        let others = try OtherPictures(self.others, augmentation.tta, classifier)
        let progress = output.progress()
        for notice in classifier.notices { progress.message("note: \(notice)") }
        let request = try data.request(for: classifier)
        let part: ImageSet
        let notes: [String]
        let name: String
        switch split {
        case .test:
            let scored = try await request.openScored(trainedOn: classifier.record?.trainedOn ?? [])
            (part, notes, name) = (scored.images, scored.notes, scored.name)
        case .train:
            let images = try await request.open()
            (part, notes, name) = (images.train, images.notes, images.name)
        case .validation:
            let images = try await request.open()
            guard let validation = images.validation else {
                throw TrainingError(
                    .noValidation, "\(images.name) has no validation images.", needs: "a validation split",
                    advice: "--split test")
            }
            (part, notes, name) = (validation, images.notes, images.name)
        }
        for note in notes { progress.message("note: \(note)") }
        if augmentation.tta != .none {
            progress.message("note: logits are means over \(augmentation.tta.views.count) views of each image")
            if classifier.calibration != nil { progress.message("note: \(TestTimeAugmentationOptions.uncalibrated)") }
        }
        let answered = try classifier.answers(to: part, testTimeAugmentation: augmentation.tta)
        let evaluation = try Evaluation(answered, classes: classifier.classes, resamples: 1000)
        let answeredOthers = try others?.answered(by: classifier, following: data.files.links.followLinks) {
            progress.message("note: \($0)")
        }
        progress.tellNotices(of: classifier.backend)
        let advice = ResultAdvice.onScore(
            interval: evaluation.interval, imbalance: evaluation.confusion.imbalance, classes: evaluation.classes,
            next: "look at the classes below, whether these are images like those it was trained on, and train longer")
        let document = EvaluationDocument(
            model: model.text, split: split, augmentation: augmentation.tta, sha256: try part.sha256,
            evaluation: evaluation,
            recorded: recorded(classifier, part), advice: advice,
            calibration: augmentation.tta == .none ? CalibrationDocument(classifier) : nil, others: answeredOthers)
        if output.json {
            try Console.outputJSON(document)
        } else {
            try Console.output(
                EvaluationText.rendered(
                    classes: evaluation.classes, confusion: evaluation.confusion, interval: evaluation.interval,
                    loss: evaluation.loss, topFive: evaluation.topFiveAccuracy, brier: evaluation.brierScore,
                    calibration: (
                        evaluation.calibrationError.equalWidth, evaluation.calibrationError.equalMass
                    ), uncertainty: evaluation.calibrationUncertainty, balancedInterval: evaluation.balancedInterval,
                    recorded: recorded(classifier, part)?.correct, advice: advice,
                    trust: EvaluationDocument.trust(
                        evaluation, augmentation.tta == .none ? classifier.calibration : nil, answeredOthers),
                    style: output.stdout))
        }
        // After the results, so that a file that cannot be written costs none of them.
        if html != nil || record != nil {
            try write(
                try await ModelRecord(
                    classifier, model: model.text, answered: answered,
                    score: .init(images: "\(split.rawValue) images", evaluation: evaluation),
                    data: (name, request.shownPath, notes), command: Arguments.command, advice: advice,
                    hasPictures: !noPictures))
        }
        if let minAccuracy, evaluation.accuracy < minAccuracy {
            throw ConditionFailed(
                message: "accuracy \(NumberText.percent(evaluation.accuracy)) is below --min-accuracy \(minAccuracy).")
        }
    }

    private func write(_ found: ModelRecord) throws {
        if let record {
            try AtomicFile.write(Data((try CanonicalJSON.encode(found) + "\n").utf8), to: record.url)
        }
        if let html { try AtomicFile.write(Data(ReportPage.html(for: found).utf8), to: html.url) }
    }

    /// The test score in the model file, when these may be the images it was made on.
    private func recorded(_ classifier: Classifier, _ images: ImageSet) -> TrainingRecord.Score? {
        guard split == .test, augmentation.tta == .none, let score = classifier.record?.test,
            score.count == images.count
        else { return nil }
        return score
    }
}

/// What `ocellus evaluate --json` prints.
private struct EvaluationDocument: Encodable {
    struct ClassScore: Encodable {
        var name: String
        var count: Int
        var precision: Double?
        var recall: Double?
        var f1: Double?
    }
    var schema = 1
    var model: String
    var split: EvaluateCommand.SplitName
    var testTimeAugmentation: TestTimeAugmentation
    var dataSha256: String
    var count: Int
    var correct: Int
    var accuracy: Double
    var interval: [Double]
    var balancedAccuracy: Double
    /// 95 %, over test images of every class.
    var balancedInterval: [Double]?
    /// Whether balanced accuracy is the one to read, and why.
    var imbalance: ClassImbalance?
    var loss: Double
    var brierScore: Double
    /// Expected calibration error, 15 bins.
    var calibrationError: Evaluation.CalibrationError
    /// 95 % bootstrap interval of that with bins of equal width, and what chance alone gives.
    var calibrationUncertainty: CalibrationUncertainty?
    var topFiveAccuracy: Double?
    /// Whether the test score in the model file is this one; absent when it holds none for as many images.
    var matchesRecord: Bool?
    /// What the score says beyond its number, as sentences; empty where there is nothing.
    var advice: [String]
    /// Absent for a model without one; ``loss`` and what else is of probabilities then follow its temperature.
    var calibration: CalibrationDocument?
    /// The loss without the temperature.
    var uncalibratedLoss: Double?
    /// What the model's rule did; absent for a model that always answers.
    var selective: SelectiveScore?
    /// Of `--others`.
    var others: OtherPictures.Answered?
    var classes: [ClassScore]
    var confusion: [[Int]]

    init(
        model: String, split: EvaluateCommand.SplitName, augmentation: TestTimeAugmentation, sha256: String,
        evaluation: Evaluation,
        recorded: TrainingRecord.Score?, advice: [String], calibration: CalibrationDocument?,
        others: OtherPictures.Answered?
    ) {
        self.calibration = calibration
        self.others = others
        uncalibratedLoss = evaluation.uncalibratedLoss
        selective = evaluation.selective
        self.advice = advice
        self.model = model
        self.split = split
        testTimeAugmentation = augmentation
        dataSha256 = sha256
        count = evaluation.count
        correct = evaluation.correct
        accuracy = evaluation.accuracy
        interval = [evaluation.interval.lower, evaluation.interval.upper]
        balancedAccuracy = evaluation.balancedAccuracy
        balancedInterval = evaluation.balancedInterval.map { [$0.lower, $0.upper] }
        imbalance = evaluation.confusion.imbalance
        loss = evaluation.loss
        brierScore = evaluation.brierScore
        calibrationError = evaluation.calibrationError
        calibrationUncertainty = evaluation.calibrationUncertainty
        topFiveAccuracy = evaluation.topFiveAccuracy
        matchesRecord = recorded.map { $0.correct == evaluation.correct }
        let matrix = evaluation.confusion
        classes = evaluation.classes.enumerated().map { index, name in
            ClassScore(
                name: name, count: matrix.counts[index].reduce(0, +), precision: matrix.precision(index),
                recall: matrix.recall(index), f1: matrix.f1(index))
        }
        confusion = matrix.counts
    }

    /// What the model knows of what it does not know, as sentences.
    static func trust(
        _ evaluation: Evaluation, _ calibration: Calibration?, _ others: OtherPictures.Answered?
    ) -> [String] {
        var sentences: [String] = []
        if let calibration, let plain = evaluation.uncalibratedLoss {
            sentences.append(
                "\(SelectiveWords.temperature(calibration)); on these images \(NumberText.decimal(plain, 4)) and "
                    + NumberText.decimal(evaluation.loss, 4))
        }
        if let score = evaluation.selective {
            sentences.append(
                SelectiveWords.score(
                    score.rule, answered: score.answered, wrong: score.wrong, of: evaluation.count,
                    coverage: score.coverageInterval, error: score.errorInterval))
            if others == nil { sentences.append(SelectiveWords.caveat) }
        }
        if let others {
            sentences.append(SelectiveWords.others(answered: others.answered, of: others.count, others.interval))
        }
        return sentences
    }
}
