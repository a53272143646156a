// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics
import OcellusTensor

/// Numbers and verdicts of an evidence record as people read them, the same on the terminal and on the page.
enum EvidenceWords {
    static func verdict(_ verdict: Judgement.Verdict) -> String {
        switch verdict {
        case .supported, .notSupported: verdict.rawValue
        case .cannotTell: "cannot tell at this budget"
        case .notReached: "not reached at this budget"
        case .notJudged: "beside it"
        }
    }

    /// `+7.7`, `3.0 times`, `0.0000021`
    static func value(_ value: Double?, _ unit: Finding.Unit) -> String {
        guard let value else { return "–" }
        return switch unit {
        case .points: NumberText.points(value)
        case .ratio: NumberText.significant(value) + " times"
        case .error: rounding(value)
        case .loss: (value > 0 ? "+" : "") + NumberText.decimal(value, 2) + " nats"
        }
    }

    /// A relative difference, however small.
    static func rounding(_ value: Double) -> String {
        value > 0 && value < 1e-6 ? "< 0.000001" : NumberText.significant(value)
    }

    /// `+6.1 to +9.3 (99.85 %)`, the interval that decides with its level; `exact` for what was counted, `–` without one.
    static func interval(_ finding: Finding) -> String {
        guard let interval = finding.judgement.interval else {
            return finding.isExact && finding.judgement.mean != nil ? "exact" : "–"
        }
        return "\(range(interval, finding.unit)) (\(level(interval.level)))"
    }

    /// `+7.1 to +8.3`, the 95 % interval of the statement by itself.
    static func intervalAlone(_ finding: Finding) -> String {
        finding.judgement.intervalAlone.map { range($0, finding.unit) } ?? "–"
    }

    private static func range(_ interval: Interval, _ unit: Finding.Unit) -> String {
        "\(value(interval.lower, unit)) to \(value(interval.upper, unit))"
    }

    /// `95 %`, `99.85 %`: as many digits as tell it from 100 %.
    private static func level(_ level: Double) -> String {
        let text = NumberText.decimal(100 * level, 2)
        return (text.hasSuffix(".00") ? String(text.dropLast(3)) : text) + " %"
    }

    /// Heads of the two.
    static let intervalHeads = ["95 %, alone", "interval (level)"]

    /// What the two are.
    static let intervalNote =
        "Intervals are over trainings, tested on these test images. The one with its level is one-sided to either side at what "
        + "the look leaves the claim, with the variance that the run’s parts lend each other, and decides. The one at 95 % is "
        + "that of the part alone and decides nothing."

    /// `Judged with 3 of 5 seeds, look 1.`, and what would decide an undecided claim; `nil` where chance has no part in it.
    static func look(_ claim: ClaimRecord) -> String? {
        guard let look = claim.look, let number = look.number, let seeds = look.seeds else { return nil }
        let judged = "Judged with \(counted(seeds, "seed")), at look \(number)."
        guard claim.verdict == .cannotTell, let needed = look.needed else { return judged }
        guard let likely = needed.likely else {
            guard let least = needed.least else {
                return judged + " The effect is too close to the margin: no affordable number of seeds would decide it."
            }
            return judged
                + " As it looks no affordable number of seeds would decide it; were the effect at the far end of its 80 % interval, "
                + "\(counted(least, "seed")) would."
        }
        let least = needed.least.map { NumberText.integer($0) } ?? "?"
        let most = needed.most.map { NumberText.integer($0) } ?? "more than \(NumberText.integer(SeedsNeeded.largest))"
        return judged
            + " About \(counted(likely, "seed")) would decide it (80 % interval: \(least) to \(most)): --resume with --seeds \(likely)."
    }

    /// The findings of a claim by what they are to it, with their positions; groups without any are left out.
    static func groups(_ claim: ClaimRecord) -> [(title: String, findings: [(position: Int, finding: Finding)])] {
        let all = claim.findings.enumerated().map { (position: $0.offset, finding: $0.element) }
        return [
            ("Measured", all.filter { !$0.finding.isExact && $0.finding.isDetail != true }),
            ("Counted or computed", all.filter { $0.finding.isExact && $0.finding.isDetail != true }),
            ("Beside it: decides nothing", all.filter { $0.finding.isDetail == true }),
        ].filter { !$0.1.isEmpty }
    }

    /// What stands before ``decisive(_:)``.
    static func decides(_ claim: ClaimRecord) -> String {
        switch claim.verdict {
        case .supported, .notSupported: "Decided by"
        case .cannotTell, .notReached, .notJudged: "Undecided:"
        }
    }

    /// The finding that a claim's verdict hangs on, in one line; what is exact has no interval.
    static func decisive(_ claim: ClaimRecord) -> String {
        guard let finding = claim.decisive else { return "" }
        guard finding.judgement.mean != nil else { return "\(finding.text): not measured" }
        return "\(finding.text): \(value(finding.judgement.mean, finding.unit))"
            + (finding.judgement.interval.map { " (\(range($0, finding.unit)) at \(level($0.level)))" } ?? "")
            + ", claimed \(margin(finding))"
    }

    /// `above +1.0`, `within ±1.0`
    static func margin(_ finding: Finding) -> String {
        let margin = finding.expectation.margin
        return switch finding.expectation.kind {
        case .above: "above \(value(margin, finding.unit))"
        case .within:
            finding.unit == .points
                ? "within ±\(NumberText.decimal(100 * margin, 1))" : "below \(value(margin, finding.unit))"
        }
    }

    static func cell(_ value: Double?, _ unit: ClaimTable.Unit) -> String {
        guard let value, value.isFinite else { return "–" }
        return switch unit {
        case .percent: NumberText.percent(value)
        case .count: abs(value) < 1e15 ? NumberText.integer(Int(value.rounded())) : "–"
        case .ratio: NumberText.significant(value)
        case .milliseconds: NumberText.significant(value) + " ms"
        case .difference: rounding(value)
        }
    }

    /// The data, the plan and how much of it is done.
    static func facts(_ record: EvidenceRecord) -> [(name: String, text: String)] {
        let (data, plan) = (record.data, record.plan)
        let environment = record.environment
        return [
            (
                "Data",
                "\(data.name): \(counted(data.classes.count, "class", plural: "classes")), images of "
                    + "\(NumberText.size(data.shape)); \(NumberText.integer(data.trainCount)) training, "
                    + "\(NumberText.integer(data.testCount)) test"
            ),
            (
                "Networks",
                record.networks.map {
                    "\($0.name) with \(NumberText.integer($0.parameters)) parameters and "
                        + "\(NumberText.short($0.multiplyAdds)) multiply-adds"
                }.joined(separator: ", ")
            ),
            (
                "Plan",
                "\(counted(plan.seeds.count, "seed")), each on \(NumberText.integer(plan.trainImages)) images for "
                    + "\(counted(plan.epochs, "epoch")); \(NumberText.integer(plan.cellsFinished)) of "
                    + "\(NumberText.integer(plan.cellsPlanned)) cells done in \(NumberText.seconds(record.seconds))"
            ),
            (
                "Machine",
                "\(environment.processor), \(counted(environment.threads, "thread")), \(environment.backendDetails), "
                    + environment.precision
            ),
        ]
    }

    /// `6 claims supported, 2 not supported, 1 cannot tell at this budget, 2 not reached at this budget`
    static func count(_ record: EvidenceRecord) -> String {
        Judgement.Verdict.allCases.compactMap { verdict in
            let count = record.claims.count { $0.verdict == verdict }
            return count == 0 ? nil : "\(NumberText.integer(count)) \(self.verdict(verdict))"
        }.joined(separator: ", ")
    }
}
