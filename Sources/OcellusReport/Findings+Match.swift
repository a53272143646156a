// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics
import OcellusModel
import OcellusTraining

extension Findings {
    /// What the networks were made equal in and how close that came.
    package var matchSentence: String {
        let match = record.match
        guard let pair else { return "one network, nothing to match" }
        func compared(_ ratio: Double?, _ equal: String, _ more: String, _ fewer: String) -> String {
            guard let ratio, ratio.isFinite else { return "not known" }
            let percent = NumberText.decimal(100 * abs(ratio - 1), 1)
            guard percent != NumberText.decimal(0, 1) else { return "\(pair.first) \(equal) \(pair.second)" }
            return "\(pair.first) \(ratio > 1 ? more : fewer) \(pair.second), by \(percent) %"
        }
        func counted(_ what: String) -> String {
            compared(match.ratio, "has as many \(what) as", "has more \(what) than", "has fewer \(what) than")
        }
        return switch match.kind {
        case .asGiven: "as given: nothing was made equal"
        case .params: "parameters: " + counted("parameters")
        case .macs: "multiply-adds: " + counted("multiply-adds")
        case .recipe:
            "recipe: "
                + compared(match.ratio, "saw as many images as", "saw more images than", "saw fewer images than")
        case .time: "time: " + times(match)
        case .bestEffort: "best effort: " + counted("trials of its settings")
        }
    }

    /// `ANN over CNN was planned as 1.00 and measured as 1.03 (median over seeds)`
    private func times(_ match: ComparisonRecord.MatchRecord) -> String {
        guard let pair, let measured = match.secondsRatio else { return "not known" }
        let planned = match.plannedSecondsRatio.map { "planned as \(NumberText.decimal($0, 2)) and " } ?? ""
        return "\(pair.first) over \(pair.second) was \(planned)measured as \(NumberText.decimal(measured, 2)) "
            + "(median over seeds)"
    }

    /// A sentence for whoever reads the verdict of networks whose times were to be equal and are not; `nil` otherwise.
    package var matchWarning: String? {
        guard let pair, record.match.timesDiffer == true, let ratio = record.match.secondsRatio else { return nil }
        let percent = NumberText.decimal(100 * abs(ratio - 1), 0)
        return "\(pair.first) trained \(percent) % \(ratio > 1 ? "longer" : "shorter") than \(pair.second), although "
            + "equal times were planned: the machine had another speed while it trained than while it was measured, or the "
            + "trainings were too short. Try again while nothing else runs, with more --epochs, or with --match macs, which no machine changes."
    }

    /// What the first two networks still differ in beside themselves, for whoever reads the verdict; `nil` for nothing.
    ///
    /// A difference of training looks like one of networks: with equal recipes it may vanish.
    package var inequality: String? {
        guard let pair, record.match.costs.count > 1, record.networks.count > 1 else { return nil }
        let (first, second) = (record.networks[0], record.networks[1])
        let costs = record.match.costs
        var parts: [String] = []
        // A rate that was tuned is equal treatment.
        let isTuned = !first.tuning.isEmpty && !second.tuning.isEmpty
        let own = [first, second].map(\.configuration.optimizer)
        var optimizers = own.map { isTuned ? $0.name : "\($0.name) at \($0.learningRate)" }
        if optimizers[0] == optimizers[1], !isTuned, own[0] != own[1] { optimizers = own.map { "\($0)" } }
        if optimizers[0] != optimizers[1] {
            parts.append("\(pair.first) trained with \(optimizers[0]), \(pair.second) with \(optimizers[1])")
        }
        if costs[0].epochs != costs[1].epochs {
            parts.append("for \(epochs(costs[0])) and \(epochs(costs[1])) epochs")
        }
        if abs(costs[0].imagesSeen - costs[1].imagesSeen) >= 0.5 {
            let seen = costs.prefix(2).map { NumberText.integer(Int($0.imagesSeen.rounded())) }
            parts.append("on \(seen[0]) and \(seen[1]) images, repetitions included")
        }
        guard !parts.isEmpty else { return nil }
        let start = optimizers[0] == optimizers[1] ? "\(pair.first) and \(pair.second) trained " : ""
        return start + parts.joined(separator: ", ")
            + ": the difference may be that of the training."
            + (record.recipe == "tutorial" ? " --recipe matched trains all networks alike." : "")
    }

    /// Networks whose training loss was still falling when the training ended, for whoever reads the verdict.
    package var unfinishedLearning: String? {
        guard pair != nil else { return nil }
        let falls = record.networks.prefix(2).compactMap { network -> String? in
            let shares = network.runs.compactMap { run -> Double? in
                let losses = run.history.map(\.trainLoss).suffix(2)
                guard losses.count == 2, let before = losses.first, let last = losses.last, before > 0 else {
                    return nil
                }
                return 1 - last / before
            }
            guard let share = mean(shares), share >= Self.falling else { return nil }
            return "that of \(network.name) fell by \(NumberText.percent(share, digits: 0))"
        }
        guard !falls.isEmpty else { return nil }
        return
            "The training loss was still falling: \(falls.joined(separator: ", ")) in the last epoch (mean over seeds). "
            + "More --epochs may change the result."
    }

    /// A fall of the loss in the last epoch from which a training is not trained out.
    private static let falling = 0.05

    private func epochs(_ cost: ComparisonRecord.MatchRecord.Cost) -> String {
        cost.epochs == cost.epochs.rounded()
            ? NumberText.integer(Int(cost.epochs)) : NumberText.decimal(cost.epochs, 1)
    }

    /// Heads of ``costCells``, behind the network's name.
    package static let costHeads = ["parameters", "multiply-adds", "epochs", "images seen", "trials", "training"]

    /// What each network got and costs, one row a network.
    package var costCells: [[String]] {
        record.match.costs.map { cost in
            [
                NumberText.integer(cost.parameters), NumberText.short(cost.multiplyAdds),
                epochs(cost),
                NumberText.integer(Int(cost.imagesSeen.rounded())),
                cost.trials == 0 ? "none" : NumberText.integer(cost.trials), NumberText.seconds(cost.trainingSeconds),
            ]
        }
    }

    /// What the columns of ``costCells`` are.
    package static let costNote =
        "Multiply-adds of one image forward; epochs planned; images seen in one training, repetitions included, the mean over "
        + "seeds; trials made to tune the network; training time of one training, the median over seeds."

    /// Planned against finished.
    package var planSentence: String {
        let plan = record.plan
        let trainings =
            "\(NumberText.integer(plan.trainingsFinished)) of \(NumberText.integer(plan.trainingsPlanned)) trainings"
        return "\(seeds.count) of \(counted(plan.seeds.count, "seed")), \(trainings)"
            + (plan.lacksPictures ? ", no time for pictures" : "")
    }

    /// A sentence for whoever reads the verdict of a run that is not finished; `nil` when it is.
    package var unfinished: String? {
        guard !record.plan.isFinished else { return nil }
        return
            "The time did not suffice for everything that was planned. Finished: \(planSentence). The run can be resumed."
    }
}

extension Optimizer {
    /// Without its settings.
    fileprivate var name: String {
        switch self {
        case .sgd: "SGD"
        case .adam: "Adam"
        case .adamW: "AdamW"
        }
    }
}
