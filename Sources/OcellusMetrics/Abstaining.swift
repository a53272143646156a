// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor
import RealModule

/// The error among the images that a classifier answers, when it leaves out those it is least sure of.
///
/// Geifman and El-Yaniv 2017, arXiv:1705.08500.
public struct RiskCoverage: Codable, Sendable, Hashable {
    public struct Point: Codable, Sendable, Hashable {
        /// Images with at least this score are answered.
        public var threshold: Double
        /// Share of images that are answered.
        public var coverage: Double
        /// Share of wrong answers among them.
        public var risk: Double
    }

    /// By falling threshold, one for each different score, so that equal scores are answered together.
    public var points: [Point]
    /// Images, answered or not.
    public var count: Int

    /// - Parameters:
    ///   - scores: `[N]`, the larger the surer.
    ///   - correct: `[N]`
    /// - Throws: ``MetricError/Code/empty``, ``MetricError/Code/shapesDiffer``, ``MetricError/Code/notFinite``.
    public init(scores: [Double], correct: [Bool]) throws(MetricError) {
        guard !scores.isEmpty, scores.count == correct.count else {
            throw MetricError(
                scores.isEmpty ? .empty : .shapesDiffer, "scores and answers differ in number, or there are none.",
                needs: "one score for each answer", received: "\(scores.count) and \(correct.count)")
        }
        guard scores.allSatisfy({ !$0.isNaN }) else {
            throw MetricError(.notFinite, "a score is not a number.", received: "NaN")
        }
        let order = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
        points = []
        count = scores.count
        var wrong = 0
        for (rank, index) in order.enumerated() {
            if !correct[index] { wrong += 1 }
            if rank + 1 < order.count, scores[order[rank + 1]] == scores[index] { continue }
            points.append(
                Point(
                    threshold: scores[index], coverage: Double(rank + 1) / Double(order.count),
                    risk: Double(wrong) / Double(rank + 1)))
        }
    }

    /// Mean risk over coverages, the area under the curve: each image adds the risk at its own coverage.
    public var area: Double {
        var (area, before) = (0.0, 0.0)
        for point in points {
            area += point.risk * (point.coverage - before)
            before = point.coverage
        }
        return area
    }

    /// A threshold with a bound of its error on new images.
    public struct Promise: Codable, Sendable, Hashable {
        public var point: Point
        /// New images of the kind that reach the threshold are wrong at most this often, with the stated confidence.
        public var bound: Double
    }

    /// The point of largest coverage, among those that a bisection looks at, whose error on new images of the same kind
    /// is at most `error`; `nil` when none can be promised.
    ///
    /// Selection with guaranteed risk, Geifman and El-Yaniv 2017, algorithm 1: the bisection looks at k = ⌈log₂ m⌉ of the m
    /// points, and each gets the exact upper limit of a binomial share (Clopper and Pearson 1934, Biometrika 26:404) at
    /// the confidence 1 − δ/k, so that with the chance 1 − δ all k limits hold, that of the chosen one among them. A
    /// threshold chosen and scored on the same images promises nothing: new ones exceed its error half of the time.
    ///
    /// - Parameters:
    ///   - error: Share of wrong answers that is allowed.
    ///   - confidence: 1 − δ.
    /// - Throws: ``MetricError/Code/outOfRange`` unless 0 < error < 1 and 0 < confidence < 1.
    public func promise(error: Double, confidence: Double = 0.95) throws(MetricError) -> Promise? {
        try requireLevel(confidence)
        guard error > 0, error < 1 else {
            throw MetricError(.outOfRange, "the error is impossible.", needs: "between 0 and 1", received: "\(error)")
        }
        var looks = 0
        while 1 << looks < points.count { looks += 1 }
        let delta = (1 - confidence) / Double(max(1, looks))
        var (low, high) = (0, points.count - 1)
        var best: Promise?
        for _ in 0..<max(1, looks) where low <= high {
            let middle = (low + high) / 2
            let answered = Int((points[middle].coverage * Double(count)).rounded())
            let wrong = Int((points[middle].risk * Double(answered)).rounded())
            let bound = binomialUpperLimit(successes: wrong, of: answered, delta: delta)
            if bound <= error {
                best = Promise(point: points[middle], bound: bound)
                low = middle + 1
            } else {
                high = middle - 1
            }
        }
        return best
    }
}

/// The share at which as few successes have the probability δ: Clopper and Pearson's upper limit.
func binomialUpperLimit(successes: Int, of n: Int, delta: Double) -> Double {
    guard successes < n else { return 1 }
    // P(X ≤ k) of n trials with the share p is I₁₋ₚ(n − k, k + 1), which falls with p.
    let (a, b) = (Double(n - successes), Double(successes + 1))
    var (low, high) = (0.0, 1.0)
    for _ in 0..<60 {
        let middle = (low + high) / 2
        if regularizedBeta(1 - middle, a, b) > delta { low = middle } else { high = middle }
    }
    return high
}

/// The score up to which classes enter a set so that it holds the true class in the stated share of new images.
///
/// Split conformal prediction: the ⌈(n + 1)·coverage⌉-th smallest of the calibration scores `1 − p[label]`. For
/// exchangeable images the set holds the label with at least that probability, whatever the model (Vovk, Gammerman and
/// Shafer 2005; Angelopoulos and Bates 2021, arXiv:2107.07511, section 1).
public struct ConformalThreshold: Codable, Sendable, Hashable {
    /// Classes with `1 − p` up to this enter; above 1 when the calibration images are too few, so that all do.
    public var score: Double
    /// What is promised, e.g. 0.9.
    public var coverage: Double
    /// Calibration images.
    public var count: Int

    /// - Parameter logits: `[N, classes]` of images that the model was neither trained nor chosen by.
    /// - Throws: As ``accuracy(logits:labels:)``, ``MetricError/Code/outOfRange`` for the coverage.
    public init(logits: Tensor<Float>, labels: [Int], coverage: Double = 0.9) throws(MetricError) {
        try check(labels, logits)
        try requireLevel(coverage)
        let classes = logits.shape[1]
        let scores = labels.enumerated().map { row, label in
            1 - softmax(logits.scalars[row * classes..<(row + 1) * classes])[label]
        }.sorted()
        // 10 images at 90 % need the 9.9th, so the 10th; the tolerance keeps 9 · 1/9 from becoming 2.
        let rank = Int((Double(scores.count + 1) * coverage - 1e-9).rounded(.up))
        score = rank <= scores.count ? scores[max(0, rank - 1)] : 2
        self.coverage = coverage
        count = scores.count
    }

    /// The classes of one image's set, by rising index; may be empty.
    public func set(_ logits: some Collection<Float>) -> [Int] {
        softmax(logits).enumerated().filter { 1 - $0.element <= score }.map(\.offset)
    }
}
