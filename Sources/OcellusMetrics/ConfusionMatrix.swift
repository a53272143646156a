// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// How often each class was taken for each other.
public struct ConfusionMatrix: Codable, Sendable, Hashable {
    /// `[true class][predicted class]`
    public private(set) var counts: [[Int]]

    /// - Throws: ``MetricError/Code/shapesDiffer``, ``MetricError/Code/labelOutOfRange``.
    public init(labels: [Int], predictions: [Int], classes: Int) throws(MetricError) {
        guard labels.count == predictions.count else {
            throw MetricError(
                .shapesDiffer, "labels and predictions differ in number.", needs: "\(labels.count)",
                received: "\(predictions.count)")
        }
        guard classes >= 1 else {
            throw MetricError(.empty, "there are no classes.", needs: "at least 1", received: "\(classes)")
        }
        counts = Array(repeating: Array(repeating: 0, count: classes), count: classes)
        for (label, prediction) in zip(labels, predictions) {
            guard (0..<classes).contains(label), (0..<classes).contains(prediction) else {
                throw MetricError(
                    .labelOutOfRange, "a label is not a class.", needs: "0 ..< \(classes)",
                    received: "\(label), \(prediction)")
            }
            counts[label][prediction] += 1
        }
    }

    private enum Key: String, CodingKey { case counts }

    /// Reads the counts, which must be a square of numbers that are not negative, with a sum of at most 2^53.
    public init(from decoder: any Decoder) throws {
        counts = try decoder.container(keyedBy: Key.self).decode([[Int]].self, forKey: .counts)
        guard !counts.isEmpty, counts.allSatisfy({ $0.count == counts.count && $0.allSatisfy { $0 >= 0 } }) else {
            throw MetricError(
                .shapesDiffer, "a confusion matrix is damaged.", needs: "as many rows as columns, counts of at least 0",
                received: "\(counts.count) rows")
        }
        // As Doubles nothing overflows.
        let sum = counts.joined().reduce(0) { $0 + Double($1) }
        guard sum <= Double(1 << 53) else {
            throw MetricError(
                .outOfRange, "a confusion matrix is damaged.", needs: "at most 2^53 images", received: "\(sum)")
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(counts, forKey: .counts)
    }

    public var classes: Int { counts.count }
    public var total: Int { counts.joined().reduce(0, +) }
    public var correct: Int { counts.indices.reduce(0) { $0 + counts[$1][$1] } }

    /// Images of a class.
    public func support(_ label: Int) -> Int { counts[label].reduce(0, +) }

    /// How uneven the classes are; `nil` without images.
    public var imbalance: ClassImbalance? { ClassImbalance(counts: counts.indices.map(support)) }

    /// Share of the images taken for the class that are of it; `nil` when none was taken for it.
    public func precision(_ label: Int) -> Double? {
        let predicted = counts.reduce(0) { $0 + $1[label] }
        return predicted == 0 ? nil : Double(counts[label][label]) / Double(predicted)
    }

    /// Share of the images of the class that were recognised; `nil` when there are none.
    public func recall(_ label: Int) -> Double? {
        let support = support(label)
        return support == 0 ? nil : Double(counts[label][label]) / Double(support)
    }

    /// Harmonic mean of precision and recall, `2·tp / (2·tp + fp + fn)`; `nil` when the class neither occurs nor was
    /// predicted.
    public func f1(_ label: Int) -> Double? {
        let predicted = counts.reduce(0) { $0 + $1[label] }
        let denominator = predicted + support(label)
        return denominator == 0 ? nil : 2 * Double(counts[label][label]) / Double(denominator)
    }

    /// Mean recall over the classes that occur; `nil` without images.
    public var balancedAccuracy: Double? { mean(recall) }

    /// Mean F1 over the classes that occur or were predicted.
    public var macroF1: Double? { mean(f1) }

    private func mean(_ score: (Int) -> Double?) -> Double? {
        let values = counts.indices.compactMap(score)
        return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
    }

    /// The pairs of different classes that were confused most, largest first; equal counts by class order.
    public func mostConfused(_ limit: Int) -> [(label: Int, prediction: Int, count: Int)] {
        var pairs: [(label: Int, prediction: Int, count: Int)] = []
        for label in counts.indices {
            for prediction in counts.indices where label != prediction && counts[label][prediction] > 0 {
                pairs.append((label, prediction, counts[label][prediction]))
            }
        }
        pairs.sort { ($1.count, $0.label, $0.prediction) < ($0.count, $1.label, $1.prediction) }
        return Array(pairs.prefix(max(0, limit)))
    }
}
