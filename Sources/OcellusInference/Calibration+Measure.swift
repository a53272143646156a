// SPDX-License-Identifier: Apache-2.0

package import OcellusData
public import OcellusMetrics
public import OcellusModel
package import OcellusTensor

extension Calibration {
    /// Measures a model's calibration.
    ///
    /// The temperature is Guo et al.'s (2017, arXiv:1706.04599). Which images are answered follows from the logits as they are,
    /// so that the rule does not depend on the temperature, which knows the labels of the same images.
    ///
    /// - Parameters:
    ///   - logits: `[N, classes]`
    ///   - labels: `[N]`
    ///   - source: What the images were to the model.
    ///   - dataSha256: Of the images; `nil` where they are training images.
    ///   - error: Share of wrong answers that is asked for; kept only where a rule can promise it.
    /// - Throws: As ``Temperature``; ``MetricError/Code/outOfRange`` unless 0 < error < 1.
    package init(
        logits: Tensor<Float>, labels: [Int], source: Source, dataSha256: String? = nil, error: Double? = nil
    ) throws(MetricError) {
        let temperature = try Temperature(logits: logits, labels: labels)
        let answers = try predictions(logits: logits)
        let correct = zip(answers, labels).map { $0 == $1 }
        let classes = logits.shape[1]
        let scores = labels.indices.map { row in
            // A single class is always right, and as sure as can be.
            min(logOdds(logits.scalars[row * classes..<(row + 1) * classes]), .greatestFiniteMagnitude)
        }
        let risk = try SelectiveRisk(scores: scores, correct: correct)
        self.init(
            source: source, images: labels.count, correct: correct.count { $0 }, dataSha256: dataSha256,
            temperature: temperature.value, lossBefore: try negativeLogLikelihood(logits: logits, labels: labels),
            lossAfter: try negativeLogLikelihood(logits: temperature.scaled(logits), labels: labels),
            thresholds: risk.thresholds, answered: risk.answered, wrong: risk.wrong)
        if let error, try risk.rule(error: error) != nil { self.error = error }
    }

    /// The rule that answers most with a promised share of wrong answers; `nil` where these images cannot show one.
    ///
    /// - Parameters:
    ///   - error: Share of wrong answers among those that are given, for new images of the same kind.
    ///   - confidence: That it is kept.
    /// - Throws: ``MetricError/Code/outOfRange`` unless both are between 0 and 1.
    public func rule(error: Double, confidence: Double = 0.95) throws(MetricError) -> SelectiveRule? {
        try SelectiveRisk(count: images, thresholds: thresholds, answered: answered, wrong: wrong)
            .rule(error: error, confidence: confidence)
    }
}

extension Classifier {
    /// The same model, which answers or says that it does not know, so that at most the stated share of its answers to new images
    /// of the same kind is wrong, with a confidence of 95 %.
    ///
    /// - Parameter error: Between 0 and 1; `nil` always answers.
    /// - Throws: ``InferenceError/Code/notCalibrated``, ``InferenceError/Code/noRule`` when the calibration images cannot show
    ///   so small an error; ``MetricError/Code/outOfRange``.
    public func answering(error: Double?) throws -> Classifier {
        var classifier = self
        guard let error else {
            classifier.rule = nil
            return classifier
        }
        guard let calibration else {
            throw InferenceError(
                .notCalibrated, "the model does not know how sure it may be: it has no calibration.",
                needs: "a model whose training held calibration images out",
                advice: "train with --error; that takes \(Calibration.leastImages) images and more beside the others")
        }
        let least = try SelectiveRisk.leastAnswers(error: error)
        guard let rule = try calibration.rule(error: error) else {
            let surest = calibration.answered.firstIndex { $0 >= least }
            throw InferenceError(
                .noRule, "no error of at most \(Self.percent(error)) can be promised.",
                needs: "at least \(least) calibration images that are answered without a mistake, and more with any",
                received: surest.map {
                    "\(calibration.wrong[$0]) mistakes among the surest \(calibration.answered[$0]) of \(calibration.images)"
                } ?? "\(calibration.images) calibration images",
                advice: "a larger error, more calibration images, or a better model")
        }
        classifier.rule = rule
        return classifier
    }

    /// Measures the calibration of this model.
    ///
    /// - Parameters:
    ///   - images: Of the model's size; nothing of the model may follow them.
    ///   - error: As ``Calibration/error``, kept where a rule can promise it.
    /// - Throws: As ``evaluate(_:testTimeAugmentation:resamples:)``.
    package mutating func calibrate(on images: ImageSet, error: Double? = nil) throws {
        let images = try relabelled(images)
        calibration = try Calibration(
            logits: try logits(of: images), labels: images.labels.map(Int.init), source: .heldOut,
            dataSha256: try images.sha256, error: error)
    }

    private static func percent(_ share: Double) -> String { "\((share * 1e5).rounded() / 1e3) %" }
}

/// What a model did that may say that it does not know.
public struct SelectiveScore: Hashable, Codable, Sendable {
    public var rule: SelectiveRule
    /// Images that it answered, and wrong answers among them.
    public var answered: Int
    public var wrong: Int
    /// 95 % intervals of the share that is answered, and of wrong answers among those; the second is `nil` without an answer.
    public var coverageInterval: Interval
    public var errorInterval: Interval?

    /// - Parameters:
    ///   - logits: `[N, classes]`
    ///   - correct: `[N]`
    /// - Throws: ``MetricError/Code/empty`` without images.
    package init(_ rule: SelectiveRule, logits: Tensor<Float>, correct: [Bool]) throws(MetricError) {
        let classes = logits.shape[1]
        let isAnswered = correct.indices.map {
            rule.answers(logOdds(logits.scalars[$0 * classes..<($0 + 1) * classes]))
        }
        self.rule = rule
        answered = isAnswered.count { $0 }
        wrong = zip(isAnswered, correct).count { $0 && !$1 }
        coverageInterval = try wilsonInterval(successes: answered, of: correct.count)
        errorInterval = answered > 0 ? try wilsonInterval(successes: wrong, of: answered) : nil
    }
}
