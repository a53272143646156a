// SPDX-License-Identifier: Apache-2.0

public import OcellusMetrics
package import OcellusTensor

/// How a classifier did on labelled images.
public struct Evaluation: Hashable, Codable, Sendable {
    public let count: Int
    public let correct: Int
    /// A fraction in 0…1.
    public let accuracy: Double
    /// Wilson's 95 % interval of the accuracy.
    public let interval: Interval
    /// Mean of `−log softmax(logits)[label]`, in nats; with the model's temperature where it has one, as everything about
    /// probabilities here.
    public let loss: Double
    /// The same without the temperature; `nil` for a model without one.
    public let uncalibratedLoss: Double?
    /// What the model's rule did; `nil` for a model that always answers.
    public let selective: SelectiveScore?
    /// Mean squared distance of the softmax probabilities from the truth, in 0…2.
    public let brierScore: Double
    /// Mean distance of the largest probability from the accuracy, in 15 bins of equal width and in 15 of equal mass.
    public let calibrationError: CalibrationError
    /// The interval of the first of them, and what chance alone gives; `nil` unless resamples were asked for.
    public let calibrationUncertainty: CalibrationUncertainty?
    /// Share of images whose label is among the five largest logits; `nil` for five classes or fewer.
    public let topFiveAccuracy: Double?
    public let classes: [String]
    /// `[true class][predicted class]`
    public let confusion: ConfusionMatrix

    /// The expected calibration error by two ways of binning: they differ where few images are uncertain.
    public struct CalibrationError: Hashable, Codable, Sendable {
        public var equalWidth: Double
        public var equalMass: Double
    }

    /// 95 % interval of ``balancedAccuracy`` over test images of every class.
    public let balancedInterval: Interval?

    /// Mean recall over the classes that occur.
    public var balancedAccuracy: Double { confusion.balancedAccuracy ?? 0 }

    /// - Parameters:
    ///   - logits: `[N, classes]`
    ///   - labels: `[N]`, indices into `classes`.
    ///   - resamples: For ``calibrationUncertainty``; 0 leaves it out.
    ///   - temperature: That logits are divided by; `nil` leaves them.
    ///   - rule: Which images are answered; `nil` answers all.
    package init(
        logits raw: Tensor<Float>, labels: [Int], classes: [String], resamples: Int = 0, temperature: Double? = nil,
        rule: SelectiveRule? = nil
    ) throws(MetricError) {
        let logits = temperature.map { value in raw.scaled(by: 1 / value) } ?? raw
        confusion = try ConfusionMatrix(
            labels: labels, predictions: try predictions(logits: logits), classes: classes.count)
        count = labels.count
        correct = confusion.correct
        accuracy = Double(correct) / Double(count)
        interval = try wilsonInterval(successes: correct, of: count)
        loss = try negativeLogLikelihood(logits: logits, labels: labels)
        brierScore = try OcellusMetrics.brierScore(logits: logits, labels: labels)
        uncalibratedLoss = temperature == nil ? nil : try negativeLogLikelihood(logits: raw, labels: labels)
        let (scores, right) = try topScores(logits: logits, labels: labels)
        calibrationError = CalibrationError(
            equalWidth: try Reliability(scores: scores, correct: right, binning: .equalWidth).expectedCalibrationError,
            equalMass: try Reliability(scores: scores, correct: right, binning: .equalMass).expectedCalibrationError)
        selective = try rule.map { rule throws(MetricError) in try SelectiveScore(rule, logits: raw, correct: right) }
        calibrationUncertainty =
            resamples > 0 ? try CalibrationUncertainty(scores: scores, correct: right, resamples: resamples) : nil
        balancedInterval = try confusion.balancedAccuracyInterval()
        topFiveAccuracy = classes.count > 5 ? try topAccuracy(5, logits: logits, labels: labels) : nil
        self.classes = classes
    }
}

extension Tensor<Float> {
    fileprivate func scaled(by factor: Double) -> Tensor<Float> {
        Tensor(shape, scalars.map { Float(Double($0) * factor) })
    }
}

extension Evaluation: CustomStringConvertible {
    /// `accuracy 84.1 % (1682 of 2000; 95 % interval 82.4 to 85.6 %), loss 0.4713`
    public var description: String {
        func percent(_ share: Double) -> Double { (share * 1000).rounded() / 10 }
        return "accuracy \(percent(accuracy)) % (\(correct) of \(count); 95 % interval \(percent(interval.lower)) to "
            + "\(percent(interval.upper)) %), loss \((loss * 10000).rounded() / 10000)"
    }
}
