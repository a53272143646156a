// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor
import RealModule

/// The class with the largest logit for each image.
///
/// - Parameter logits: `[N, classes]`; softmax is unnecessary because it keeps the order.
/// - Returns: `[N]`; ties go to the lowest index.
/// - Throws: ``MetricError/Code/empty`` when N or classes is 0; ``MetricError/Code/notFinite`` for the first row with a
///   NaN, which has no largest element.
public func predictions(logits: Tensor<Float>) throws(MetricError) -> [Int] {
    let (count, classes) = try rows(logits)
    var result: [Int] = []
    result.reserveCapacity(count)
    for row in 0..<count {
        var best = 0
        for column in 0..<classes {
            let value = logits.scalars[row * classes + column]
            guard !value.isNaN else {
                throw MetricError(.notFinite, "the logits of image \(row) are not numbers.", received: "NaN")
            }
            if value > logits.scalars[row * classes + best] { best = column }
        }
        result.append(best)
    }
    return result
}

/// Share of images whose largest logit is at the labelled class.
///
/// - Parameters:
///   - logits: `[N, classes]`.
///   - labels: `[N]`, class indices in `0..<classes`.
/// - Returns: A fraction in 0…1, not a percentage. Ties go to the lowest index.
/// - Throws: As ``predictions(logits:)``, and ``MetricError/Code/labelOutOfRange`` for the first bad label.
///
///     try accuracy(logits: Tensor([2, 2], [2, 1, 0, 3]), labels: [0, 0])   // 0.5
public func accuracy(logits: Tensor<Float>, labels: [Int]) throws(MetricError) -> Double {
    try check(labels, logits)
    let predicted = try predictions(logits: logits)
    return Double(zip(predicted, labels).count { $0 == $1 }) / Double(labels.count)
}

/// Share of images whose label is among the `k` largest logits; equal logits rank by index.
public func topAccuracy(_ k: Int, logits: Tensor<Float>, labels: [Int]) throws(MetricError) -> Double {
    try check(labels, logits)
    _ = try predictions(logits: logits)
    let classes = logits.shape[1]
    guard k >= 1, k <= classes else {
        throw MetricError(.outOfRange, "top-\(k) needs other classes.", needs: "1 ≤ k ≤ \(classes)", received: "\(k)")
    }
    var hits = 0
    for (row, label) in labels.enumerated() {
        let own = logits.scalars[row * classes + label]
        let rank = (0..<classes).count { column in
            let other = logits.scalars[row * classes + column]
            return other > own || (other == own && column < label)
        }
        if rank < k { hits += 1 }
    }
    return Double(hits) / Double(labels.count)
}

/// Mean of `−log softmax(logits)[label]` over images, in nats.
public func negativeLogLikelihood(logits: Tensor<Float>, labels: [Int]) throws(MetricError) -> Double {
    let losses = try negativeLogLikelihoods(logits: logits, labels: labels)
    return losses.reduce(0, +) / Double(losses.count)
}

/// `−log softmax(logits)[label]` of each image `[N]`, in nats.
public func negativeLogLikelihoods(logits: Tensor<Float>, labels: [Int]) throws(MetricError) -> [Double] {
    try check(labels, logits)
    let classes = logits.shape[1]
    return labels.enumerated().map { row, label in
        let values = logits.scalars[row * classes..<(row + 1) * classes].map(Double.init)
        let largest = values.max() ?? 0
        let sum = values.reduce(0) { $0 + Double.exp($1 - largest) }
        return largest + Double.log(sum) - values[label]
    }
}

/// `exp(logits) / Σ exp(logits)` of one image, in Double and shifted by the largest logit so that nothing overflows.
public func softmax(_ logits: some Collection<Float>) -> [Double] {
    let largest = Double(logits.max() ?? 0)
    let exponentials = logits.map { Double.exp(Double($0) - largest) }
    let sum = exponentials.reduce(0, +)
    return exponentials.map { $0 / sum }
}

private func rows(_ logits: Tensor<Float>) throws(MetricError) -> (count: Int, classes: Int) {
    guard logits.shape.rank == 2, logits.shape.count > 0 else {
        throw MetricError(
            .empty, "there is nothing to score.", needs: "logits [N, classes]", received: "\(logits.shape)")
    }
    return (logits.shape[0], logits.shape[1])
}

/// Throws unless there is one label in range for each row.
func check(_ labels: [Int], _ logits: Tensor<Float>) throws(MetricError) {
    let (count, classes) = try rows(logits)
    guard labels.count == count else {
        throw MetricError(
            .shapesDiffer, "labels and logits differ in number.", needs: "\(count) labels", received: "\(labels.count)")
    }
    if let position = labels.firstIndex(where: { !(0..<classes).contains($0) }) {
        throw MetricError(
            .labelOutOfRange, "label \(position) is not a class.", needs: "0 ..< \(classes)",
            received: "\(labels[position])")
    }
}
