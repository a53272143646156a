// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// How sure a classifier is of its answer: the log-odds of the most probable class, `log p/(1 − p)`, which do not saturate
/// where probabilities are 1 up to rounding.
///
///     z[k] − log Σ_{j ≠ k} exp z[j],   k = argmax z
///
/// - Parameter logits: `[classes]`
/// - Returns: Infinity for a single class.
public func logOdds(_ logits: some Collection<Float>) -> Double {
    guard let largest = logits.max() else { return 0 }
    var rest = logits.map { Double($0) - Double(largest) }
    if let own = rest.firstIndex(of: 0) { rest.remove(at: own) }
    guard let second = rest.max() else { return .infinity }
    return -(second + Double.log(rest.reduce(0) { $0 + Double.exp($1 - second) }))
}

/// Which answers a classifier gives, so that new images of the same kind are answered wrongly at most as often as asked.
public struct SelectiveRule: Codable, Sendable, Hashable {
    /// Share of wrong answers among those that are given, which was asked for.
    public var error: Double
    /// Chance, over the draw of the calibration images, that ``error`` is kept on new ones.
    public var confidence: Double
    /// Images with ``logOdds(_:)`` above this are answered; `nil` answers all.
    public var threshold: Double?
    /// Calibration images that it answers.
    public var answered: Int
    /// Wrong answers among them.
    public var wrong: Int
    /// Calibration images.
    public var count: Int
    /// Clopper and Pearson's upper limit of the error at the level that the test had; at most ``error``.
    public var bound: Double

    /// Share of calibration images that it answers.
    public var coverage: Double { Double(answered) / Double(max(1, count)) }

    /// Whether an image is answered.
    ///
    /// - Parameter score: ``logOdds(_:)`` of its logits.
    public func answers(_ score: Double) -> Bool { threshold.map { score > $0 } ?? true }
}

/// Right and wrong answers of calibration images above each of a grid of thresholds: all that a ``SelectiveRule`` is made of.
///
/// The grid is fixed before the answers are looked at: step i of 100 answers the i/100 of the images with the largest scores,
/// those above the score of the next one, which counts for nothing. So, given its threshold, a step's answers are drawn
/// from the new images above it, and their wrong ones are a binomial number.
public struct SelectiveRisk: Codable, Sendable, Hashable {
    /// Calibration images.
    public var count: Int
    /// `[steps − 1]`, falling; the last step answers all and has none.
    public var thresholds: [Double]
    /// `[steps]`, rising: images above the threshold.
    public var answered: [Int]
    /// `[steps]`: wrong answers among them.
    public var wrong: [Int]

    private static let steps = 100
    /// Where error is spent, as shares of the way from the fewest answers that can show anything to all of them. Chosen on
    /// drawn scores of made-up classifiers, before any network was looked at.
    private static let starts = [0.1, 0.4, 0.8]

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
        guard scores.allSatisfy(\.isFinite) else {
            throw MetricError(
                .notFinite, "a score is not a finite number.", received: "\(scores.filter { !$0.isFinite }[0])")
        }
        let order = scores.indices.sorted { (scores[$1], $0) < (scores[$0], $1) }
        var wrongUpTo = [0]
        for index in order { wrongUpTo.append((wrongUpTo.last ?? 0) + (correct[index] ? 0 : 1)) }
        count = scores.count
        (thresholds, answered, wrong) = ([], [], [])
        for step in 1...Self.steps {
            let rank = (order.count * step + Self.steps / 2) / Self.steps
            var above = rank
            if step < Self.steps {
                let threshold = scores[order[min(rank, order.count - 1)]]
                above = min(above, order.count - 1)
                // Equal scores are on one side.
                while above > 0, scores[order[above - 1]] <= threshold { above -= 1 }
                thresholds.append(threshold)
            }
            answered.append(above)
            wrong.append(wrongUpTo[above])
        }
    }

    /// Counts that were made before, e.g. read from a file.
    ///
    /// - Throws: ``MetricError/Code/shapesDiffer``, ``MetricError/Code/outOfRange`` unless they could be those of a grid.
    public init(count: Int, thresholds: [Double], answered: [Int], wrong: [Int]) throws(MetricError) {
        guard count > 0, !answered.isEmpty, answered.count == wrong.count, thresholds.count == answered.count - 1 else {
            throw MetricError(
                .shapesDiffer, "the steps of a calibration do not belong together.",
                needs: "a threshold fewer than counts",
                received: "\(thresholds.count) thresholds, \(answered.count) and \(wrong.count) counts")
        }
        let isRising = zip(answered, answered.dropFirst()).allSatisfy { $0 <= $1 }
        let isFalling = zip(thresholds, thresholds.dropFirst()).allSatisfy { $0 >= $1 }
        guard isRising, isFalling, thresholds.allSatisfy(\.isFinite), answered.last == count,
            zip(answered, wrong).allSatisfy({ $0 >= 0 && $1 >= 0 && $1 <= $0 })
        else {
            throw MetricError(
                .outOfRange, "the steps of a calibration are impossible.",
                needs: "rising counts up to \(count), falling finite thresholds, and no more wrong answers than answers"
            )
        }
        (self.count, self.thresholds, self.answered, self.wrong) = (count, thresholds, answered, wrong)
    }

    /// The fewest answers that can show an error of at most `error`: so many without a single mistake, 59 at 5 % with a
    /// confidence of 95 %.
    ///
    /// - Throws: ``MetricError/Code/outOfRange`` unless 0 < error < 1 and 0 < confidence < 1.
    public static func leastAnswers(error: Double, confidence: Double = 0.95) throws(MetricError) -> Int {
        try require(error, confidence)
        return leastAnswers(error, level: 1 - confidence)
    }

    private static func leastAnswers(_ error: Double, level: Double) -> Int {
        Int(min(1e15, (Double.log(level) / Double.log(onePlus: -error) - 1e-9).rounded(.up)))
    }

    private static func require(_ error: Double, _ confidence: Double) throws(MetricError) {
        try requireLevel(confidence)
        guard error > 0, error < 1 else {
            throw MetricError(.outOfRange, "the error is impossible.", needs: "between 0 and 1", received: "\(error)")
        }
    }

    /// The rule that answers most, among those whose error on new images of the same kind is shown to be at most `error`;
    /// `nil` when none is.
    ///
    /// Each step is an exact binomial test of "this step's error is above `error`". They are made in order, from few answers
    /// to all, by the fallback procedure (Wiens and Dmitrienko 2005, Journal of Biopharmaceutical Statistics 15:929): three
    /// steps, which follow from the number of images alone, have a third of 1 − confidence each; a step that is shown hands
    /// its level to the next, one that is not loses it. The chance that any step is shown wrongly, and with it that of the one
    /// chosen, is at most 1 − confidence, whatever the model. As thresholds lie close together, a level is handed on
    /// nearly undivided: more is answered than by Geifman and El-Yaniv's bisection (2017, arXiv:1705.08500), which divides
    /// it by the number of its looks. Testing of thresholds in a fixed order: Angelopoulos et al. 2021, arXiv:2110.01052.
    ///
    /// - Parameters:
    ///   - error: Share of wrong answers that is allowed.
    ///   - confidence: That it is kept.
    /// - Throws: ``MetricError/Code/outOfRange`` unless 0 < error < 1 and 0 < confidence < 1.
    public func rule(error: Double, confidence: Double = 0.95) throws(MetricError) -> SelectiveRule? {
        try Self.require(error, confidence)
        let own = levels(error: error, delta: 1 - confidence)
        var carried = 0.0
        var best: SelectiveRule?
        for step in answered.indices {
            let level = carried + own[step]
            carried = 0
            guard level > 0, answered[step] > 0 else { continue }
            let bound = binomialUpperLimit(successes: wrong[step], of: answered[step], delta: level)
            guard bound <= error else { continue }
            carried = level
            best = SelectiveRule(
                error: error, confidence: confidence,
                threshold: thresholds.indices.contains(step) ? thresholds[step] : nil,
                answered: answered[step], wrong: wrong[step], count: count, bound: bound)
        }
        return best
    }

    /// What each step may spend before anything is handed on: of numbers of images alone.
    private func levels(error: Double, delta: Double) -> [Double] {
        var levels = [Double](repeating: 0, count: answered.count)
        let share = delta / Double(Self.starts.count)
        let least = Self.leastAnswers(error, level: share)
        guard least <= count else {
            levels[levels.count - 1] = delta
            return levels
        }
        for start in Self.starts {
            let rank = Double(least) + start * Double(count - least)
            let step = Int((rank * Double(levels.count) / Double(count)).rounded(.up)) - 1
            levels[min(max(0, step), levels.count - 1)] += share
        }
        return levels
    }
}
