// SPDX-License-Identifier: Apache-2.0

/// What a model knows of how sure it may be: measured on images that nothing else of it followed, and kept in its file.
///
/// It holds for new images of the kind that it was measured on. It says nothing of pictures of another kind.
public struct Calibration: Hashable, Codable, Sendable {
    /// Where the logits come from.
    public enum Source: String, Codable, Sendable {
        /// Images that neither trained the model nor chose anything of it.
        case heldOut = "held out"
        /// Training images, each judged by a model that had not trained on it and is not quite this one: approximate.
        case outOfFold = "out of fold"
    }

    public var source: Source
    /// Images that it was measured on.
    public var images: Int
    /// Those that the model answered right.
    public var correct: Int
    /// SHA-256 of these images; `nil` where they are training images.
    public var dataSha256: String?
    /// What logits are divided by before the softmax.
    public var temperature: Double
    /// Mean negative log-likelihood of the images in nats with the temperature 1.
    public var lossBefore: Double
    /// The same with ``temperature``.
    public var lossAfter: Double
    /// `[steps − 1]`, falling: log-odds above which a step answers; the last step answers all.
    public var thresholds: [Double]
    /// `[steps]`: images that each step answers.
    public var answered: [Int]
    /// `[steps]`: wrong answers among them.
    public var wrong: [Int]
    /// Share of wrong answers that was asked for: the model then answers or says that it does not know; `nil` where it always
    /// answers.
    public var error: Double?

    public init(
        source: Source, images: Int, correct: Int, dataSha256: String? = nil, temperature: Double, lossBefore: Double,
        lossAfter: Double, thresholds: [Double], answered: [Int], wrong: [Int], error: Double? = nil
    ) {
        self.source = source
        self.images = images
        self.correct = correct
        self.dataSha256 = dataSha256
        self.temperature = temperature
        self.lossBefore = lossBefore
        self.lossAfter = lossAfter
        self.thresholds = thresholds
        self.answered = answered
        self.wrong = wrong
        self.error = error
    }

    /// Images that a calibration part must have.
    public static let leastImages = 200
    /// What temperatures are possible.
    package static let temperatures = 0.01...100.0

    /// What of it is impossible, as a sentence's end; `nil` where nothing is.
    package var flaw: String? {
        guard images > 0, (0...images).contains(correct) else { return "\(correct) right answers of \(images)" }
        guard Self.temperatures.contains(temperature) else { return "a temperature of \(temperature)" }
        guard lossBefore.isFinite, lossAfter.isFinite else { return "a loss that is not finite" }
        if let error, !(error > 0 && error < 1) { return "an error of \(error)" }
        guard thresholds.count + 1 == answered.count, answered.count == wrong.count, answered.last == images,
            thresholds.allSatisfy(\.isFinite),
            zip(thresholds, thresholds.dropFirst()).allSatisfy({ $0 >= $1 }),
            zip(answered, answered.dropFirst()).allSatisfy({ $0 <= $1 }),
            zip(answered, wrong).allSatisfy({ 0 <= $1 && $1 <= $0 })
        else { return "steps that do not belong together" }
        return nil
    }
}
