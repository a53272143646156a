// SPDX-License-Identifier: Apache-2.0

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

/// What repeated measurements say about a statement, when several statements are judged together.
public struct Judgement: Codable, Sendable, Hashable {
    public enum Verdict: String, Codable, Sendable, CaseIterable {
        case supported
        case notSupported = "not supported"
        case cannotTell = "cannot tell"
    }

    /// `nil` without points.
    public var mean: Double?
    /// The t interval at the level that Holm's procedure gives this statement; `nil` for fewer than two points.
    public var interval: Interval?
    /// Of the boundary that the interval would have to leave out, corrected by Holm's procedure.
    public var pValue: Double
    public var verdict: Verdict

    public init(mean: Double?, interval: Interval?, pValue: Double, verdict: Verdict) {
        self.mean = mean
        self.interval = interval
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
///
/// - Parameter statements: Points, e.g. one difference for each seed, and what is expected of their mean. Statements with
///   fewer than two points count in m: how many are judged must not depend on what was found.
/// - Throws: ``MetricError/Code/outOfRange`` for the level, ``MetricError/Code/notFinite`` for a point.
public func judge(
    _ statements: [(points: [Double], expectation: ClaimedEffect)], level: Double = 0.95
) throws(MetricError) -> [Judgement] {
    try requireLevel(level)
    var pValues: [Double] = []
    for statement in statements {
        guard statement.points.allSatisfy(\.isFinite) else {
            throw MetricError(.notFinite, "a measurement is not a number.", needs: "finite points")
        }
        var largest = statement.points.count < 2 ? 1.0 : 0
        if statement.points.count >= 2 {
            for boundary in statement.expectation.boundaries {
                largest = max(largest, try studentPValue(statement.points, mean: boundary))
            }
        }
        pValues.append(largest)
    }
    let adjusted = try holmAdjusted(pValues)
    let order = pValues.indices.sorted { (pValues[$0], $0) < (pValues[$1], $1) }
    var levels = [Double](repeating: level, count: statements.count)
    var hasStopped = false
    var share = 0.0
    for (rank, index) in order.enumerated() {
        if !hasStopped { share = (1 - level) / Double(statements.count - rank) }
        levels[index] = 1 - share
        if pValues[index] > share { hasStopped = true }
    }
    var judgements: [Judgement] = []
    for (index, statement) in statements.enumerated() {
        let centre = mean(statement.points)
        var verdict = Judgement.Verdict.cannotTell
        if let centre, adjusted[index] <= 1 - level {
            verdict = statement.expectation.holds(centre) ? .supported : .notSupported
        }
        judgements.append(
            Judgement(
                mean: centre,
                interval: statement.points.count < 2 ? nil : try meanInterval(statement.points, level: levels[index]),
                pValue: adjusted[index], verdict: verdict))
    }
    return judgements
}
