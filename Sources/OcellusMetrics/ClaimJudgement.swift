// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

/// Measurements of a claim that holds when all of its parts do.
public struct MeasuredClaim: Sendable, Hashable {
    public var parts: [MeasuredStatement]

    public init(_ parts: [MeasuredStatement]) { self.parts = parts }
}

/// When claims are judged as seeds become more: at 3, 5, 8, 13, 21 … seeds, each number the sum of the two before it.
///
/// A look uses the first seeds alone, however many there are and however often anyone asks, and spends its own share of the
/// error: (1 − level)/(k·(k + 1)) at look k, which sum to 1 − level however many looks there are.
public enum ClaimLooks {
    /// Seeds of a look.
    ///
    /// - Parameter look: From 1.
    public static func seeds(of look: Int) -> Int {
        var (this, next) = (3, 5)
        for _ in 1..<max(1, look) { (this, next) = (next, this &+ next) }
        return this
    }

    /// Looks that a number of seeds allows.
    public static func count(seeds: Int) -> Int {
        var look = 0
        while Self.seeds(of: look + 1) <= seeds { look += 1 }
        return look
    }

    static func error(of look: Int, level: Double) -> Double { (1 - level) / Double(look * (look + 1)) }
}

/// What repeated measurements say about a claim, when several claims are judged together.
public struct ClaimJudgement: Codable, Sendable, Hashable {
    public var verdict: Judgement.Verdict
    /// The look that decided, or the last there was; `nil` for fewer seeds than the first needs.
    public var look: Int?
    /// Seeds of that look.
    public var seeds: Int?
    /// The chance of a wrong verdict that the look leaves this claim; `nil` where ``look`` is.
    public var error: Double?
    /// Of the verdict that is nearer; below ``error`` it is given.
    public var pValue: Double
    /// A part has a verdict only where its claim's says something about it: all parts of a claim that is supported, and those
    /// that make one not supported.
    public var parts: [Judgement]
    /// What would decide a claim that is undecided; `nil` for others, and without a look.
    public var needed: SeedsNeeded?

    public init(
        verdict: Judgement.Verdict, look: Int?, seeds: Int?, error: Double?, pValue: Double, parts: [Judgement],
        needed: SeedsNeeded? = nil
    ) {
        self.verdict = verdict
        self.look = look
        self.seeds = seeds
        self.error = error
        self.pValue = pValue
        self.parts = parts
        self.needed = needed
    }
}

/// Seeds with which an undecided claim would get a verdict with a chance of 80 %, were its effect what it seems to be, and at
/// the ends of the 80 % interval of that effect. `nil` where 144 seeds would not do.
public struct SeedsNeeded: Codable, Sendable, Hashable {
    public var likely: Int?
    public var least: Int?
    public var most: Int?

    /// More are not affordable.
    public static let largest = 144

    public init(likely: Int?, least: Int?, most: Int?) {
        self.likely = likely
        self.least = least
        self.most = most
    }
}

/// Judges claims together, at each of the ``ClaimLooks`` that their seeds allow: the chance that any of the verdicts
/// *supported* and *not supported* is wrong at any look stays below 1 − level.
///
/// A part's test at its margin is Student's, one-sided, with a variance that the run's parts lend each other
/// (``ModeratedVariance``; whose points count nothing keep their own). A claim of m parts is supported by the largest of
/// its p-values (intersection–union, Berger 1982), and refuted by the smallest one to the other side, m times. Holm's
/// procedure goes over the claims: at look k the undecided ones share the look's error, the most certain first; a claim that
/// is decided stays so and leaves its share to the others (Maurer and Bretz 2013).
///
/// - Parameter claims: All of the family. Those without points count as well: how many are judged must not depend on what
///   was found.
/// - Throws: ``MetricError/Code/outOfRange`` for the level, ``MetricError/Code/notFinite`` for a point.
public func judge(claims: [MeasuredClaim], level: Double = 0.95) throws(MetricError) -> [ClaimJudgement] {
    var judged: [ClaimJudgement] = []
    for (claim, held) in zip(claims, try heldTests(of: claims, level: level)) {
        judged.append(try held?.judgement(level: level) ?? claim.unjudged)
    }
    return judged
}

/// The verdicts of ``judge(claims:level:)`` alone, without intervals, which take most of its time.
package func verdicts(of claims: [MeasuredClaim], level: Double = 0.95) throws(MetricError) -> [Judgement.Verdict] {
    zip(claims, try heldTests(of: claims, level: level)).map { claim, held in held?.verdict ?? claim.unjudged.verdict }
}

/// The test that decided each claim, or its last; `nil` for fewer seeds than the first look needs.
private func heldTests(of claims: [MeasuredClaim], level: Double) throws(MetricError) -> [HeldTest?] {
    try requireLevel(level)
    for point in claims.flatMap(\.parts).flatMap(\.points) where !point.isFinite {
        throw MetricError(.notFinite, "a measurement is not a number.", needs: "finite points")
    }
    var held = [HeldTest?](repeating: nil, count: claims.count)
    let most = claims.map(\.looks).max() ?? 0
    for look in stride(from: 1, through: most, by: 1) {
        let prior = try SharedSpread(claims.flatMap(\.parts), seeds: ClaimLooks.seeds(of: look))
        var tests: [Int: ClaimTest] = [:]
        var open = 0
        for (index, claim) in claims.enumerated() where held[index]?.isDecided != true {
            open += 1
            if claim.looks >= look { tests[index] = try ClaimTest(claim, look, prior) }
        }
        var share = ClaimLooks.error(of: look, level: level) / Double(max(1, open))
        var hasStopped = false
        for (index, test) in tests.sorted(by: { ($0.value.pValue, $0.key) < ($1.value.pValue, $1.key) }) {
            if !hasStopped {
                share = ClaimLooks.error(of: look, level: level) / Double(open)
                hasStopped = test.pValue > share
                open -= 1
            }
            held[index] = HeldTest(test: test, share: share, isDecided: !hasStopped, open: max(1, open))
        }
    }
    return held
}

/// The last test of a claim.
private struct HeldTest {
    var test: ClaimTest
    /// The error that the look left the claim.
    var share: Double
    var isDecided: Bool
    /// Claims among which a later look shares its error.
    var open: Int

    var verdict: Judgement.Verdict {
        guard isDecided else { return .cannotTell }
        return test.support <= share ? .supported : .notSupported
    }

    func judgement(level: Double) throws(MetricError) -> ClaimJudgement {
        try test.judgement(share, isDecided: isDecided, level: level, open: open)
    }
}

extension MeasuredClaim {
    /// Looks that the part with the fewest points allows.
    fileprivate var looks: Int { ClaimLooks.count(seeds: parts.map(\.points.count).min() ?? 0) }

    /// With too few seeds for a look.
    fileprivate var unjudged: ClaimJudgement {
        let parts = parts.map { part in
            Judgement(
                mean: mean(part.points), interval: nil, pValue: 1,
                verdict: part.points.isEmpty ? .notReached : .cannotTell)
        }
        return ClaimJudgement(
            verdict: parts.allSatisfy { $0.verdict == .notReached } ? .notReached : .cannotTell, look: nil, seeds: nil,
            error: nil, pValue: 1, parts: parts)
    }
}

/// The variance that the parts of a run lend each other at a look.
private struct SharedSpread {
    /// `nil` where too few parts have points.
    private let prior: ModeratedVariance?

    /// Fewer parts lend nothing.
    private static let leastParts = 4
    /// The prior counts as no more degrees of freedom than the seeds of the first look have: where few parts scatter much more
    /// than the others, a heavier one gives them wrong verdicts in more than 5 % of simulated runs.
    private static let mostDegrees = Double(Judgement.leastPoints - 1)

    init(_ parts: [MeasuredStatement], seeds: Int) throws(MetricError) {
        var samples: [(variance: Double, degrees: Double)] = []
        for part in parts where part.resolution > 0 && part.points.count >= Judgement.leastPoints {
            let points = Array(part.points.prefix(seeds))
            guard let deviation = OcellusMetrics.deviation(of: points, resolution: part.resolution) else { continue }
            samples.append((deviation * deviation, Double(points.count - 1)))
        }
        guard samples.count >= Self.leastParts else {
            prior = nil
            return
        }
        var prior = try ModeratedVariance(samples)
        prior.priorDegrees = min(Self.mostDegrees, prior.priorDegrees)
        self.prior = prior
    }

    func deviation(_ points: [Double], _ part: MeasuredStatement) -> (deviation: Double, degrees: Double) {
        let own = OcellusMetrics.deviation(of: points, resolution: part.resolution) ?? 0
        let degrees = Double(points.count - 1)
        guard part.resolution > 0, let prior else { return (own, degrees) }
        let moderated = prior.moderated(variance: own * own, degrees: degrees)
        return (Double.sqrt(moderated.variance), moderated.degrees)
    }
}

/// The parts of a claim at a look.
private struct ClaimTest {
    struct Part {
        var statement: MeasuredStatement
        var points: [Double]
        var mean: Double
        /// Of the mean; 0 where nothing tells.
        var error: Double
        var degrees: Double
        /// p-values of *supported* and *not supported*, with what several parts cost.
        var support: Double
        var refutal: Double

        /// From the nearest margin, positive on the claimed side.
        var distance: Double {
            switch statement.expectation.kind {
            case .above: mean - statement.expectation.margin
            case .within: statement.expectation.margin - abs(mean)
            }
        }
    }
    let look: Int
    let parts: [Part]
    let support: Double
    let refutal: Double

    var pValue: Double { min(support, refutal) }

    init(_ claim: MeasuredClaim, _ look: Int, _ prior: SharedSpread) throws(MetricError) {
        self.look = look
        let seeds = ClaimLooks.seeds(of: look)
        let count = Double(claim.parts.count)
        var parts: [Part] = []
        for statement in claim.parts {
            let points = Array(statement.points.prefix(seeds))
            let centre = mean(points) ?? 0
            let (deviation, degrees) = prior.deviation(points, statement)
            let error = deviation / Double.sqrt(Double(points.count))
            func tail(_ distance: Double) -> Double { error > 0 ? studentTCDF(-distance / error, degrees: degrees) : 1 }
            let margin = statement.expectation.margin
            let (support, refutal) =
                switch statement.expectation.kind {
                case .above: (tail(centre - margin), count * tail(margin - centre))
                case .within:
                    (
                        2 * count * max(tail(margin - centre), tail(centre + margin)),
                        2 * count * min(tail(centre - margin), tail(-margin - centre))
                    )
                }
            parts.append(
                Part(
                    statement: statement, points: points, mean: centre, error: error, degrees: degrees,
                    support: min(1, support), refutal: min(1, refutal)))
        }
        self.parts = parts
        support = parts.map(\.support).max() ?? 1
        refutal = parts.map(\.refutal).min() ?? 1
    }

    /// - Parameter share: The error that the look leaves the claim.
    func judgement(
        _ share: Double, isDecided: Bool, level: Double, open: Int
    ) throws(MetricError) -> ClaimJudgement {
        var verdict = Judgement.Verdict.cannotTell
        if isDecided { verdict = support <= share ? .supported : .notSupported }
        var judged: [Judgement] = []
        for part in parts {
            var own = Judgement.Verdict.cannotTell
            if verdict == .supported || (verdict == .notSupported && part.refutal <= share) { own = verdict }
            let alone =
                part.error > 0
                ? try meanInterval(
                    part.points, resolution: part.statement.resolution, possible: part.statement.possible) : nil
            judged.append(
                Judgement(
                    mean: part.mean, interval: try interval(part, share), intervalAlone: alone,
                    pValue: min(part.support, part.refutal), verdict: own))
        }
        return ClaimJudgement(
            verdict: verdict, look: look, seeds: parts.first?.points.count, error: share, pValue: pValue,
            parts: judged, needed: isDecided ? nil : try needed(level: level, open: max(1, open)))
    }

    /// - Parameter open: Claims among which a later look shares its error.
    private func needed(level: Double, open: Int) throws(MetricError) -> SeedsNeeded {
        // Towards the verdict that is nearer: every part has to support, or one to refute.
        let isSupport = support <= refutal
        let asked = isSupport ? parts : parts.filter { $0.refutal == refutal }.prefix(1).map(\.self)
        var needed = SeedsNeeded(likely: 0, least: 0, most: 0)
        for part in asked where part.error > 0 {
            let distance = part.distance * (isSupport ? 1 : -1)
            let half = try studentTQuantile(0.9, degrees: part.degrees) * part.error
            let cost = isSupport ? 1.0 : Double(parts.count)
            func seeds(_ effect: Double, _ known: Int?) throws(MetricError) -> Int? {
                guard let known, let own = try self.seeds(part, effect, level: level, open: Double(open) * cost) else {
                    return nil
                }
                return max(known, own)
            }
            needed.likely = try seeds(distance, needed.likely)
            needed.least = try seeds(distance + half, needed.least)
            needed.most = try seeds(distance - half, needed.most)
        }
        return needed
    }

    /// The first look after this one at which an effect that lies so far beyond the margin is seen with a chance of 80 %.
    private func seeds(
        _ part: Part, _ effect: Double, level: Double, open: Double
    ) throws(MetricError) -> Int? {
        let deviation = part.error * Double.sqrt(Double(part.points.count))
        let lent = part.degrees - Double(part.points.count - 1)
        var next = look + 1
        while effect > 0, ClaimLooks.seeds(of: next) <= SeedsNeeded.largest {
            let count = Double(ClaimLooks.seeds(of: next))
            let share = ClaimLooks.error(of: next, level: level) / open
            let degrees = lent + count - 1
            let critical = try studentTQuantile(1 - share, degrees: degrees)
            let usual = try studentTQuantile(0.8, degrees: degrees)
            if effect >= (critical + usual) * deviation / Double.sqrt(count) { return Int(count) }
            next += 1
        }
        return nil
    }

    /// Its lower end is above the margin when the part supports, its upper end below it when the part refutes alone.
    private func interval(_ part: Part, _ share: Double) throws(MetricError) -> Interval? {
        guard part.error > 0 else { return nil }
        let count = Double(parts.count)
        let isWithin = part.statement.expectation.kind == .within
        let (below, above) = isWithin ? (share / 2 / count, share / 2 / count) : (share, share / count)
        let lower = try studentTQuantile(1 - below, degrees: part.degrees)
        let upper = try studentTQuantile(1 - above, degrees: part.degrees)
        return Interval(
            lower: part.mean - lower * part.error, upper: part.mean + upper * part.error, level: 1 - below - above
        ).cut(to: part.statement.possible)
    }
}
