// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusReport
import OcellusTensor

/// `--error`: `5%`, `0.05`, or `none`.
enum ErrorArgument: ExpressibleByArgument {
    case share(Double)
    case none

    init?(argument: String) {
        if argument == "none" {
            self = .none
            return
        }
        let isPercent = argument.hasSuffix("%")
        guard let value = Double(isPercent ? String(argument.dropLast()) : argument) else { return nil }
        let share = isPercent ? value / 100 : value
        guard share > 0, share < 1 else { return nil }
        self = .share(share)
    }

    var defaultValueDescription: String { share.map(SelectiveWords.share) ?? "none" }

    /// `nil` for `none`.
    var share: Double? {
        guard case .share(let value) = self else { return nil }
        return value
    }
}

/// Whether a model answers all images.
struct ErrorOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Answer or say \"don't know\", so that at most this share of the answers to images of the model's kind is wrong, "
                + "e.g. 5%; none always answers (default: as the model was trained).", valueName: "share"))
    var error: ErrorArgument?

    /// The model as it is asked to answer.
    ///
    /// - Parameter augmentation: A calibration is about whole images, so that nothing is promised with another.
    /// - Throws: ``InferenceError`` when nothing so small can be promised; ``UsageError``.
    func applied(to classifier: Classifier, _ augmentation: TestTimeAugmentation) throws -> Classifier {
        guard let error else { return classifier }
        guard augmentation == .none || error.share == nil else {
            throw UsageError(
                summary: "--error and --tta exclude each other: the calibration was measured on whole images.",
                needs: "one of them")
        }
        return try classifier.answering(error: error.share)
    }
}

/// How sure a model may be, as JSON has it.
struct CalibrationDocument: Encodable {
    var source: Calibration.Source
    var images: Int
    var correct: Int
    var dataSha256: String?
    var temperature: Double
    var lossBefore: Double
    var lossAfter: Double
    /// What decides whether an image is answered; absent where all are.
    var rule: SelectiveRule?

    /// `nil` without a calibration.
    init?(_ classifier: Classifier) {
        guard let calibration = classifier.calibration else { return nil }
        (source, images, correct) = (calibration.source, calibration.images, calibration.correct)
        (dataSha256, temperature) = (calibration.dataSha256, calibration.temperature)
        (lossBefore, lossAfter) = (calibration.lossBefore, calibration.lossAfter)
        rule = classifier.rule
    }

    /// What a person is told after a training, as sentences.
    ///
    /// - Parameter asked: Share of wrong answers; `nil` where none was asked for.
    static func sentences(_ classifier: Classifier, asked: Double?) -> [String] {
        guard let calibration = classifier.calibration else {
            return asked.map { [SelectiveWords.unmet($0, nil)] } ?? []
        }
        var sentences = [SelectiveWords.temperature(calibration)]
        if let rule = classifier.rule {
            sentences.append(SelectiveWords.rule(rule, source: calibration.source))
        } else if let asked {
            sentences.append(SelectiveWords.unmet(asked, calibration))
        }
        return sentences
    }
}
