// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// What a statement about a mean expects of it; the margin is fixed before anything is measured.
public struct ClaimedEffect: Codable, Sendable, Hashable {
    public enum Kind: String, Codable, Sendable {
        /// The mean lies above the margin.
        case above
        /// The mean lies between −margin and +margin.
        case within
    }
    public var kind: Kind
    public var margin: Double

    /// The mean lies above the margin.
    public static func above(_ margin: Double) -> ClaimedEffect { ClaimedEffect(kind: .above, margin: margin) }
    /// The mean lies between −margin and +margin.
    public static func within(_ margin: Double) -> ClaimedEffect { ClaimedEffect(kind: .within, margin: margin) }

    /// Where supported ends and not supported begins.
    public var boundaries: [Double] {
        switch kind {
        case .above: [margin]
        case .within: [-margin, margin]
        }
    }

    /// Whether a mean is as expected.
    public func holds(_ mean: Double) -> Bool {
        switch kind {
        case .above: mean > margin
        case .within: abs(mean) < margin
        }
    }
}

/// Measurements of one statement and what is expected of their mean.
public struct MeasuredStatement: Sendable, Hashable {
    /// One for each seed, e.g. a difference of accuracies.
    public var points: [Double]
    public var expectation: ClaimedEffect
    /// One step of what the points count, e.g. 1/n for accuracies on n images; 0 for what is not counted.
    public var resolution: Double
    /// Where the mean can lie; `nil` for anywhere.
    public var possible: ClosedRange<Double>?

    public init(
        _ points: [Double], _ expectation: ClaimedEffect, resolution: Double = 0, possible: ClosedRange<Double>? = nil
    ) {
        self.points = points
        self.expectation = expectation
        self.resolution = resolution
        self.possible = possible
    }
}

/// What repeated measurements say about a statement, when several statements are judged together.
public struct Judgement: Codable, Sendable, Hashable {
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case supported
        case notSupported = "not supported"
        case cannotTell = "cannot tell"
        /// Nothing was measured.
        case notReached = "not reached"
        /// Shown beside what is judged.
        case notJudged = "not judged"

        /// The verdict of a claim of several parts: *supported* when every part is, *not supported* when one is not, *not
        /// reached* when no part was measured, else *cannot tell*.
        public static func ofAll(_ parts: [Verdict]) -> Verdict {
            if parts.contains(.notSupported) { return .notSupported }
            if parts.allSatisfy({ $0 == .notReached }) { return .notReached }
            return parts.allSatisfy { $0 == .supported } ? .supported : .cannotTell
        }
    }

    /// Fewer points get neither interval nor verdict: two leave one degree of freedom, which tells nothing about their
    /// spread (the 95 % interval is 9 deviations long to either side).
    public static let leastPoints = 3

    /// `nil` without points.
    public var mean: Double?
    /// The t interval at the level that Holm's procedure gives this statement; `nil` for fewer than ``leastPoints``.
    public var interval: Interval?
    /// The 95 % t interval of the statement by itself; `nil` where ``interval`` is, and in records of 0.1.0.
    public var intervalAlone: Interval?
    /// Of the boundary that the interval would have to leave out, corrected by Holm's procedure.
    public var pValue: Double
    public var verdict: Verdict

    public init(
        mean: Double?, interval: Interval?, intervalAlone: Interval? = nil, pValue: Double, verdict: Verdict
    ) {
        self.mean = mean
        self.interval = interval
        self.intervalAlone = intervalAlone
        self.pValue = pValue
        self.verdict = verdict
    }
}

/// Judges statements about means together: the chance that any of the verdicts *supported* and *not supported* is wrong
/// stays below 1 − level.
///
/// Each statement has a boundary between what supports it and what does not (two for ``ClaimedEffect/within(_:)``). Its
/// p-value is Student's two-sided one at the boundary, the larger of two; Holm's procedure (1979) orders the m p-values
/// and gives the k-th smallest the level 1 − (1 − level)/(m − k + 1), up to the first that is not rejected, whose level the
/// rest share. So a verdict other than *cannot tell* is given exactly when the interval holds no boundary. The p-value of
/// ``ClaimedEffect/within(_:)`` is at least that of two one-sided tests (Schuirmann 1987), so that verdict is cautious.
/// Points of whole counts are taken to deviate by no less than counting can hide, see ``MeasuredStatement/resolution``:
/// without that, ties would pass any level.
///
/// - Parameter statements: Points and what is expected of their mean. Statements with fewer than
///   ``Judgement/leastPoints`` points count in m: how many are judged must not depend on what was found.
/// - Throws: ``MetricError/Code/outOfRange`` for the level, ``MetricError/Code/notFinite`` for a point.
public func judge(_ statements: [MeasuredStatement], level: Double = 0.95) throws(MetricError) -> [Judgement] {
    try requireLevel(level)
    var pValues: [Double] = []
    for statement in statements { pValues.append(try pValue(statement)) }
    let adjusted = try holmAdjusted(pValues)
    let levels = holmLevels(pValues, level)
    var quantiles: [TLevel: Double] = [:]
    func interval(_ statement: MeasuredStatement, _ level: Double) throws(MetricError) -> Interval? {
        // Equal points that nothing counts have no interval.
        guard let mean = mean(statement.points),
            let deviation = deviation(of: statement.points, resolution: statement.resolution), deviation > 0
        else { return nil }
        let key = TLevel(level: level, points: statement.points.count)
        if quantiles[key] == nil {
            quantiles[key] = try studentTQuantile((1 + level) / 2, degrees: Double(key.points - 1))
        }
        let t = quantiles[key] ?? .infinity
        let half = t * deviation / Double.sqrt(Double(key.points))
        return Interval(lower: mean - half, upper: mean + half, level: level).cut(to: statement.possible)
    }
    var judgements: [Judgement] = []
    for (index, statement) in statements.enumerated() {
        let centre = mean(statement.points)
        var verdict: Judgement.Verdict = centre == nil ? .notReached : .cannotTell
        if let centre, adjusted[index] <= 1 - level {
            verdict = statement.expectation.holds(centre) ? .supported : .notSupported
        }
        let isEnough = statement.points.count >= Judgement.leastPoints
        judgements.append(
            Judgement(
                mean: centre, interval: isEnough ? try interval(statement, levels[index]) : nil,
                intervalAlone: isEnough ? try interval(statement, level) : nil, pValue: adjusted[index],
                verdict: verdict))
    }
    return judgements
}

/// What a quantile of Student's t depends on.
private struct TLevel: Hashable {
    var level: Double
    var points: Int
}

/// The largest over the statement's boundaries; 1 for fewer points than a verdict needs.
private func pValue(_ statement: MeasuredStatement) throws(MetricError) -> Double {
    guard statement.points.allSatisfy(\.isFinite) else {
        throw MetricError(.notFinite, "a measurement is not a number.", needs: "finite points")
    }
    guard statement.points.count >= Judgement.leastPoints else { return 1 }
    var largest = 0.0
    for boundary in statement.expectation.boundaries {
        largest = max(
            largest, try studentPValue(statement.points, mean: boundary, resolution: statement.resolution))
    }
    return largest
}

/// The level of each statement's interval under Holm's procedure.
private func holmLevels(_ pValues: [Double], _ level: Double) -> [Double] {
    var levels = [Double](repeating: level, count: pValues.count)
    var hasStopped = false
    var share = 0.0
    for (rank, index) in pValues.indices.sorted(by: { (pValues[$0], $0) < (pValues[$1], $1) }).enumerated() {
        if !hasStopped { share = (1 - level) / Double(pValues.count - rank) }
        levels[index] = 1 - share
        if pValues[index] > share { hasStopped = true }
    }
    return levels
}
