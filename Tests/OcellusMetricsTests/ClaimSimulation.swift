// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor

/// An evidence run that is looked at whenever it has grown, whose undecided claims alone get more seeds.
///
/// In each claim one part lies exactly at its margin. Taken as a hair below it, every *supported* is wrong; as a hair above it,
/// every *not supported* where the other parts hold.
struct ClaimSimulation {
    /// How the deviations of the parts differ between each other.
    enum Spread: String, CaseIterable {
        case equal = "all alike"
        /// σ²·4/χ²(4), as the runs of docs/results have it.
        case mixed = "mixed"
        /// One in seven deviates six times as much: what a prior describes worst.
        case twoKinds = "few six times as large"
    }

    /// Seeds that the run grows to.
    var seeds: Int
    var images: Int
    var claims = 11
    var parts = 2
    var others = EvidenceSimulation.Others.supported
    var spread = Spread.mixed
    /// Of each part between seeds, beside what counting adds.
    var deviation = 0.01

    private static let margin = 0.01
    private static let far = 0.1

    struct Outcome {
        /// Runs in which any record said so of a claim whose truth does not allow it.
        var supported = Frequency()
        var notSupported = Frequency()
        /// Claims with a verdict in the last record.
        var decided = Frequency()
    }

    func outcome(runs: Int, seed: UInt64, condition: Int) throws -> Outcome {
        var outcome = Outcome()
        for run in 0..<runs {
            var draws = Draws(seed: seed, condition: 1000 + condition, run: run)
            let all = try measured(&draws)
            let verdicts = try records(of: all, cutAt: draws.index(below: claims + 1))
            let said = verdicts.flatMap { $0 }
            outcome.supported.add(said.contains(.supported))
            // With another part far on the other side, not supported is right.
            outcome.notSupported.add(others != .notSupported && said.contains(.notSupported))
            for verdict in verdicts.last ?? [] {
                outcome.decided.add(verdict == .supported || verdict == .notSupported)
            }
        }
        return outcome
    }

    /// The verdicts of all records that people could see: the queue cut within the first seeds, then each look.
    private func records(of all: [MeasuredClaim], cutAt cut: Int) throws -> [[Judgement.Verdict]] {
        func with(_ counts: [Int]) -> [MeasuredClaim] {
            zip(all, counts).map { claim, count in
                MeasuredClaim(
                    claim.parts.map { part in
                        var part = part
                        part.points = Array(part.points.prefix(count))
                        return part
                    })
            }
        }
        let first = ClaimLooks.seeds(of: 1)
        var records = [try OcellusMetrics.verdicts(of: with((0..<claims).map { $0 < cut ? first : first - 1 }))]
        var counts = [Int](repeating: first, count: claims)
        for look in 1...ClaimLooks.count(seeds: seeds) {
            let verdicts = try OcellusMetrics.verdicts(of: with(counts))
            records.append(verdicts)
            for claim in 0..<claims where verdicts[claim] == .cannotTell {
                counts[claim] = ClaimLooks.seeds(of: look + 1)
            }
        }
        return records
    }

    private func measured(_ draws: inout Draws) throws -> [MeasuredClaim] {
        try (0..<claims).map { claim in
            var base: [Double] = []
            for _ in 0..<seeds { base.append(0.6 + 0.7 * deviation * (try draws.normal())) }
            let counted = base.map { share(of: $0, &draws) }
            return MeasuredClaim(
                try (0..<parts).map { part in
                    let scale = deviation * (try factor(&draws))
                    let isAtMargin = part == claim % parts || others == .atMargin
                    let effect =
                        isAtMargin
                        ? Self.margin : others == .supported ? Self.margin + Self.far : Self.margin - Self.far
                    let points = try (0..<seeds).map { seed in
                        share(of: 0.6 + effect + scale * (try draws.normal()), &draws) - counted[seed]
                    }
                    return MeasuredStatement(
                        points, .above(Self.margin), resolution: 1 / Double(images), possible: -1...1)
                })
        }
    }

    private func factor(_ draws: inout Draws) throws -> Double {
        switch spread {
        case .equal: return 1
        case .twoKinds: return draws.uniform() < 1.0 / 7 ? 6 : 1
        case .mixed:
            var sum = 0.0
            for _ in 0..<4 {
                let value = try draws.normal()
                sum += value * value
            }
            return (4 / max(0.05, sum)).squareRoot()
        }
    }

    /// A whole count whose mean is the accuracy: one of the two that are nearest.
    private func share(of accuracy: Double, _ draws: inout Draws) -> Double {
        let count = (accuracy * Double(images) + draws.uniform()).rounded(.down)
        return min(1, max(0, count / Double(images)))
    }
}
