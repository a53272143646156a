// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// What a classifier says about one image.
public struct Prediction: Hashable, Sendable {
    /// One class and how much the model believes in it.
    public struct Candidate: Hashable, Codable, Sendable {
        public let label: String
        /// Position among the model's classes.
        public let index: Int
        /// As ``Prediction/probabilities`` has it, 0…1.
        public let probability: Double
    }

    /// Raw outputs, one for each class: `[classes]`.
    public let logits: [Float]
    /// Softmax of the logits, divided by the temperature where the model is calibrated: `[classes]`, sum 1.
    public let probabilities: [Double]
    private let classes: [String]
    /// Position of the largest logit; ties go to the lowest.
    public let index: Int

    /// Whether the model's rule answers; without one always.
    public let isAnswered: Bool

    /// The most probable class where the model answers; `nil` where it says that it does not know.
    public var answer: String? { isAnswered ? label : nil }
    /// The most probable class.
    public var label: String { classes[index] }
    public var probability: Double { probabilities[index] }

    /// - Parameters:
    ///   - temperature: That logits are divided by; `nil` leaves them.
    ///   - rule: Of the model.
    /// - Precondition: One logit for each class.
    /// - Throws: ``MetricError/Code/notFinite`` when a logit is NaN.
    init(
        logits: [Float], classes: [String], temperature: Double? = nil, rule: SelectiveRule? = nil
    ) throws(MetricError) {
        precondition(logits.count == classes.count, "\(logits.count) logits for \(classes.count) classes")
        self.logits = logits
        self.classes = classes
        index = try predictions(logits: Tensor([1, logits.count], logits))[0]
        probabilities = softmax(temperature.map { value in logits.map { Float(Double($0) / value) } } ?? logits)
        isAnswered = rule?.answers(logOdds(logits)) ?? true
    }

    /// The `k` most probable classes, the most probable first; equal ones by index. All when there are fewer.
    public func top(_ k: Int) -> [Candidate] {
        let order = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
        return order.prefix(max(0, k)).map {
            Candidate(label: classes[$0], index: $0, probability: probabilities[$0])
        }
    }
}

extension Prediction: CustomStringConvertible {
    public var description: String { "\(label) (\((probability * 1000).rounded() / 10) %)" }
}
