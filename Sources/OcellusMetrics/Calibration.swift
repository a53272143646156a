// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor
import RealModule

/// How well stated probabilities agree with how often the answer is right: the data of a reliability diagram.
///
/// The score of an image is the largest softmax probability, and it is right when that class is the label. Guo et al.
/// 2017, arXiv:1706.04599.
public struct Reliability: Codable, Sendable, Hashable {
    /// How scores are put into bins.
    public enum Binning: String, Codable, Sendable, CaseIterable {
        /// The same width: (0, 1/n], (1/n, 2/n] …
        case equalWidth = "equal width"
        /// The same number of images, give or take one; equal scores may lie in two bins.
        case equalMass = "equal mass"
    }

    public struct Bin: Codable, Sendable, Hashable {
        public var count: Int
        /// Images of the bin that were classified correctly.
        public var correct: Int
        /// Mean score of the bin's images.
        public var meanScore: Double
        /// Wilson's 95 % interval of the share of correct images.
        public var interval: Interval

        public var accuracy: Double { Double(correct) / Double(count) }
    }

    public var binning: Binning
    /// By rising score; bins without images are left out.
    public var bins: [Bin]

    /// - Parameters:
    ///   - scores: `[N]` in 0…1.
    ///   - correct: `[N]`
    ///   - bins: How many.
    /// - Throws: ``MetricError/Code/empty``, ``MetricError/Code/shapesDiffer``, ``MetricError/Code/outOfRange``.
    public init(scores: [Double], correct: [Bool], binning: Binning, bins: Int = 15) throws(MetricError) {
        try requireScores(scores, correct)
        guard bins >= 1 else {
            throw MetricError(.outOfRange, "there are no bins.", needs: "at least 1", received: "\(bins)")
        }
        let order = scores.indices.sorted { (scores[$0], $0) < (scores[$1], $1) }
        var members = [[Int]](repeating: [], count: bins)
        for (rank, index) in order.enumerated() {
            switch binning {
            case .equalWidth: members[Self.place(of: scores[index], bins: bins)].append(index)
            case .equalMass: members[rank * bins / order.count].append(index)
            }
        }
        self.binning = binning
        self.bins = []
        for indices in members where !indices.isEmpty {
            let right = indices.count { correct[$0] }
            self.bins.append(
                Bin(
                    count: indices.count, correct: right,
                    meanScore: indices.reduce(0) { $0 + scores[$1] } / Double(indices.count),
                    interval: try wilsonInterval(successes: right, of: indices.count)))
        }
    }

    /// The bin of equal width that a score lies in.
    static func place(of score: Double, bins: Int) -> Int {
        min(bins - 1, max(0, Int((score * Double(bins)).rounded(.up)) - 1))
    }

    /// Mean distance of score and accuracy over images, `Σ nᵦ/n · |accuracyᵦ − scoreᵦ|`. Naeini, Cooper and Hauskrecht
    /// 2015, AAAI.
    public var expectedCalibrationError: Double {
        let total = bins.reduce(0) { $0 + $1.count }
        return bins.reduce(0) { $0 + Double($1.count) * abs($1.accuracy - $1.meanScore) } / Double(max(1, total))
    }
}

/// The largest softmax probability of each image `[N]` and whether its class is the label.
///
/// - Parameter logits: `[N, classes]`
/// - Throws: As ``accuracy(logits:labels:)``.
public func topScores(logits: Tensor<Float>, labels: [Int]) throws(MetricError) -> (scores: [Double], correct: [Bool]) {
    try check(labels, logits)
    let predicted = try predictions(logits: logits)
    let classes = logits.shape[1]
    let scores = predicted.enumerated().map { row, label in
        softmax(logits.scalars[row * classes..<(row + 1) * classes])[label]
    }
    return (scores, zip(predicted, labels).map { $0 == $1 })
}

/// Mean squared distance of the softmax probabilities from the truth, `Σ (p[k] − onehot[k])²`, in 0…2. Brier 1950, Monthly
/// Weather Review 78:1.
///
/// - Throws: As ``accuracy(logits:labels:)``.
public func brierScore(logits: Tensor<Float>, labels: [Int]) throws(MetricError) -> Double {
    try check(labels, logits)
    let classes = logits.shape[1]
    let sum = labels.enumerated().reduce(0.0) { sum, pair in
        let (row, label) = pair
        let probabilities = softmax(logits.scalars[row * classes..<(row + 1) * classes])
        return probabilities.enumerated().reduce(sum) { sum, entry in
            let distance = entry.element - (entry.offset == label ? 1 : 0)
            return sum + distance * distance
        }
    }
    return sum / Double(labels.count)
}

/// A number that logits are divided by so that softmax says how often it is right. It changes no prediction.
///
/// Guo et al. 2017, arXiv:1706.04599, section 4.2. Fitted on validation images, never on the test's.
public struct Temperature: Codable, Sendable, Hashable {
    /// Above 1 for a model that is too sure of itself.
    public var value: Double
    /// Whether the best value lies outside the searched range, as when every image is classified correctly.
    public var isAtEdge: Bool

    /// What is searched.
    public static let range = 0.01...100.0

    /// Minimises the negative log-likelihood, which is convex in 1 / temperature, by bisection on its derivative
    /// `mean(Σ p[k]·z[k] − z[label])`.
    ///
    /// - Parameter logits: `[N, classes]`
    /// - Throws: As ``accuracy(logits:labels:)``.
    public init(logits: Tensor<Float>, labels: [Int]) throws(MetricError) {
        try check(labels, logits)
        _ = try predictions(logits: logits)
        let classes = logits.shape[1]
        let values = logits.scalars.map(Double.init)
        func slope(_ inverse: Double) -> Double {
            var sum = 0.0
            for (row, label) in labels.enumerated() {
                let own = values[row * classes..<(row + 1) * classes]
                let largest = own.max() ?? 0
                var (weights, product) = (0.0, 0.0)
                for value in own {
                    let weight = Double.exp((value - largest) * inverse)
                    weights += weight
                    product += weight * value
                }
                sum += product / weights - own[own.startIndex + label]
            }
            return sum
        }
        var (low, high) = (1 / Self.range.upperBound, 1 / Self.range.lowerBound)
        if slope(low) >= 0 {
            (value, isAtEdge) = (Self.range.upperBound, true)
            return
        }
        if slope(high) <= 0 {
            (value, isAtEdge) = (Self.range.lowerBound, true)
            return
        }
        for _ in 0..<60 {
            let middle = Double.sqrt(low * high)
            if slope(middle) < 0 { low = middle } else { high = middle }
        }
        (value, isAtEdge) = (1 / Double.sqrt(low * high), false)
    }

    /// The logits divided by the temperature.
    public func scaled(_ logits: Tensor<Float>) -> Tensor<Float> {
        Tensor(logits.shape, logits.scalars.map { Float(Double($0) / value) })
    }
}
