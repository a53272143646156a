// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

// Runs whose truth is known, judged by the library's own rules. The tests make 500 of each, Scripts/simulate-verdicts 10,000.

/// How often something happened among runs.
struct Frequency {
    var count = 0
    var runs = 0

    var share: Double { runs == 0 ? 0 : Double(count) / Double(runs) }
    /// The standard error of the share.
    var error: Double { runs == 0 ? 0 : (share * (1 - share) / Double(runs)).squareRoot() }

    mutating func add(_ happened: Bool) {
        runs += 1
        if happened { count += 1 }
    }
}

/// Random numbers of one run.
struct Draws {
    private var random: CounterRandom

    init(seed: UInt64, condition: Int, run: Int) {
        random = CounterRandom(seed: seed, purpose: .test, epoch: 100 + condition, sample: run)
    }

    mutating func uniform() -> Double { random.nextUniformDouble() }
    mutating func index(below count: Int) -> Int { random.nextIndex(below: count) }

    mutating func normal() throws -> Double {
        try normalQuantile(min(max(random.nextUniformDouble(), 1e-12), 1 - 1e-12))
    }
}

// MARK: Comparisons

/// Two networks, seeds and test images of a population about which everything is known.
///
/// A share of the images is uncertain: each network gets such an image right with a probability of its own, uniform between
/// 0.1 and 0.9, which a seed moves up or down for all of them. Others are always right for one network alone; for the rest
/// both networks agree.
struct ComparisonSimulation {
    var seeds: Int
    var images: Int
    /// Share of uncertain images.
    var uncertain = 0.3
    var onlyFirst = 0.03
    var onlySecond = 0.03
    /// Deviation of the difference of accuracies between seeds that the probabilities alone make.
    var seedDeviation = 0.0144
    /// Images of each class; one class for `nil`. Balanced accuracy is judged where there are several.
    var classes: [Double] = [1]

    struct Outcome {
        /// Whether the interval over trainings holds the mean difference of all trainings on these test images.
        var trainings = Frequency()
        /// Whether the interval over images holds the mean difference of the population.
        var images = Frequency()
        /// Whether the interval over trainings, taken for one about other images, holds the population's.
        var trainingsForImages = Frequency()
        /// Whether a verdict has the wrong sign, or is given although there is no difference.
        var wrong = Frequency()
        var clear = Frequency()
        /// Verdicts of the interval over trainings that would have been wrong about the population.
        var wrongBySeedsAlone = Frequency()
    }

    func outcome(runs: Int, seed: UInt64, condition: Int) throws -> Outcome {
        var outcome = Outcome()
        for run in 0..<runs {
            var draws = Draws(seed: seed, condition: condition, run: run)
            let (counts, here) = try test(&draws)
            let found = try PairedDifference(counts, measure: classes.count > 1 ? .balancedAccuracy : .accuracy)
            let truth = onlySecond - onlyFirst
            func holds(_ interval: Interval, _ value: Double) -> Bool {
                interval.lower <= value + 1e-12 && value - 1e-12 <= interval.upper
            }
            outcome.trainings.add(holds(found.trainings, here))
            outcome.images.add(holds(found.images, truth))
            outcome.trainingsForImages.add(holds(found.trainings, truth))
            outcome.clear.add(found.isClear)
            outcome.wrong.add(found.isClear && found.mean * truth <= 0)
            let isClearBySeeds = found.trainings.lower > 0 || found.trainings.upper < 0
            outcome.wrongBySeedsAlone.add(isClearBySeeds && found.mean * truth <= 0)
        }
        return outcome
    }

    /// One test set, answered by both networks with every seed, and the mean difference of all seeds on it.
    private func test(_ draws: inout Draws) throws -> (counts: PairedCounts, here: Double) {
        let scale = seedDeviation / max(1e-9, uncertain) / 2.0.squareRoot()
        // Within ±0.1, so that no probability leaves 0…1 and the mean over seeds is the probability itself.
        var shifts: [(Double, Double)] = []
        for _ in 0..<seeds {
            let (a, b) = (try draws.normal(), try draws.normal())
            shifts.append((max(-0.1, min(0.1, a * scale)), max(-0.1, min(0.1, b * scale))))
        }
        let none = [[Int]](repeating: [Int](repeating: 0, count: seeds), count: classes.count)
        var counts = PairedCounts(
            images: classes.map { Int(($0 * Double(images)).rounded()) }, onlyFirst: none, onlySecond: none,
            bySeeds: [[Int]](repeating: [Int](repeating: 0, count: 2 * seeds + 1), count: classes.count))
        var here = 0.0
        for label in counts.images.indices {
            var expected = 0.0
            for _ in 0..<counts.images[label] {
                let kind = draws.uniform()
                var sum = 0
                if kind < uncertain {
                    let (a, b) = (0.1 + 0.8 * draws.uniform(), 0.1 + 0.8 * draws.uniform())
                    expected += b - a
                    for seed in 0..<seeds {
                        let first = draws.uniform() < a + shifts[seed].0
                        let second = draws.uniform() < b + shifts[seed].1
                        if first, !second { counts.onlyFirst[label][seed] += 1 }
                        if second, !first { counts.onlySecond[label][seed] += 1 }
                        sum += (second ? 1 : 0) - (first ? 1 : 0)
                    }
                } else if kind < uncertain + onlyFirst {
                    expected -= 1
                    sum = -seeds
                    for seed in 0..<seeds { counts.onlyFirst[label][seed] += 1 }
                } else if kind < uncertain + onlyFirst + onlySecond {
                    expected += 1
                    sum = seeds
                    for seed in 0..<seeds { counts.onlySecond[label][seed] += 1 }
                }
                counts.bySeeds[label][seeds + sum] += 1
            }
            here += expected / Double(counts.images[label]) / Double(classes.count)
        }
        return (counts, here)
    }
}

// MARK: Claims

/// An evidence run of eleven claims of three parts each, all judged together.
struct EvidenceSimulation {
    /// Where the parts lie that are not at their margin.
    enum Others: String, CaseIterable {
        case supported = "far on the claimed side"
        case notSupported = "far on the other side"
        case atMargin = "at their margins too"
    }

    var seeds: Int
    /// Test images that every accuracy counts.
    var images: Int
    var others: Others
    /// Deviation of each accuracy between seeds, beside what counting adds.
    var seedDeviation = 0.01
    /// Whether the queue ends somewhere: later claims are without points, one is without some of its seeds.
    var isCut = false
    /// Whether every statement is judged by itself as well.
    var judgesAlone = false

    private static let claims = 11
    private static let parts = 3
    private static let margin = 0.01
    /// Beyond the margin, ten times as far.
    private static let far = 0.1

    struct Outcome {
        /// Whether any statement or claim of a run got a verdict that its truth does not allow.
        var wrong = Frequency()
        /// The same with every statement judged by itself.
        var wrongAlone = Frequency()
    }

    func outcome(runs: Int, seed: UInt64, condition: Int) throws -> Outcome {
        var outcome = Outcome()
        for run in 0..<runs {
            var draws = Draws(seed: seed, condition: condition, run: run)
            let (statements, sides) = try measured(&draws)
            let judged = try judge(statements).map(\.verdict)
            outcome.wrong.add(isWrong(judged, sides))
            var alone: [Judgement.Verdict] = []
            for statement in statements where judgesAlone { alone += try judge([statement]).map(\.verdict) }
            if judgesAlone { outcome.wrongAlone.add(isWrong(alone, sides)) }
        }
        return outcome
    }

    private func range(_ claim: Int) -> Range<Int> { claim * Self.parts..<(claim + 1) * Self.parts }

    /// - Parameter sides: For each statement the verdict that its truth allows; `nil` at the margin, where none is right.
    private func isWrong(_ verdicts: [Judgement.Verdict], _ sides: [Judgement.Verdict?]) -> Bool {
        func decides(_ verdict: Judgement.Verdict) -> Bool { verdict == .supported || verdict == .notSupported }
        for (verdict, side) in zip(verdicts, sides) where decides(verdict) && verdict != side { return true }
        for claim in 0..<Self.claims {
            let truth = sides[range(claim)]
            // A claim with a part far on the other side is not supported; with one at its margin it is neither.
            let side: Judgement.Verdict? = truth.contains(.notSupported) ? .notSupported : nil
            let verdict = Judgement.Verdict.ofAll(Array(verdicts[range(claim)]))
            if decides(verdict), verdict != side { return true }
        }
        return false
    }

    private func measured(
        _ draws: inout Draws
    ) throws -> (statements: [MeasuredStatement], sides: [Judgement.Verdict?]) {
        let cut = isCut ? draws.index(below: Self.claims) : Self.claims
        let left = draws.index(below: seeds)
        var statements: [MeasuredStatement] = []
        var sides: [Judgement.Verdict?] = []
        for claim in 0..<Self.claims {
            let count = claim < cut ? seeds : claim == cut ? left : 0
            // All parts of a claim compare with one training, so they are correlated.
            var base: [Double] = []
            for _ in 0..<count { base.append(0.6 + seedDeviation * (try draws.normal())) }
            let counted = base.map { share(of: $0, &draws) }
            for part in 0..<Self.parts {
                let isAtMargin = part == claim % Self.parts || others == .atMargin
                let isWithin = (claim + part) % 4 == 0
                let effect: Double =
                    if isAtMargin {
                        isWithin && claim % 2 == 1 ? -Self.margin : Self.margin
                    } else if others == .supported {
                        isWithin ? 0 : Self.margin + Self.far
                    } else {
                        isWithin ? Self.margin + Self.far : Self.margin - Self.far
                    }
                var points: [Double] = []
                for seed in 0..<count {
                    let accuracy = 0.6 + effect + seedDeviation * (try draws.normal())
                    points.append(share(of: accuracy, &draws) - counted[seed])
                }
                statements.append(
                    MeasuredStatement(
                        points, isWithin ? .within(Self.margin) : .above(Self.margin), resolution: 1 / Double(images),
                        possible: -1...1))
                sides.append(isAtMargin ? nil : others == .supported ? .supported : .notSupported)
            }
        }
        return (statements, sides)
    }

    /// A whole count whose mean is the accuracy: one of the two that are nearest.
    private func share(of accuracy: Double, _ draws: inout Draws) -> Double {
        let count = (accuracy * Double(images) + draws.uniform()).rounded(.down)
        return min(1, max(0, count / Double(images)))
    }
}
