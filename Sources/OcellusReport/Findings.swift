// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusMetrics
import OcellusModel
import OcellusTraining

/// What the terminal and the page both say about a record, in words and numbers taken from it alone.
package struct Findings {
    package let record: ComparisonRecord

    package init(_ record: ComparisonRecord) { self.record = record }

    /// Seeds in the order of the runs.
    package var seeds: [UInt64] { record.networks.first?.runs.map(\.seed) ?? [] }

    /// The pair that is compared, when there is one.
    package var pair: (first: String, second: String)? {
        record.networks.count < 2 ? nil : (record.networks[0].name, record.networks[1].name)
    }

    /// `CNN better`, `ANN better` or `cannot tell`, and why there is no more to say where there is not.
    package var verdict: String {
        guard let pair else { return "one network, nothing to compare" }
        guard let difference = record.difference else {
            return record.pairs.count < Judgement.leastPoints
                ? "cannot tell with \(counted(record.pairs.count, "seed"))" : "cannot tell"
        }
        return switch difference.verdict {
        case .firstBetter: "\(pair.first) better"
        case .secondBetter: "\(pair.second) better"
        case .cannotTell: "cannot tell"
        }
    }

    /// The numbers behind the verdict, as one sentence.
    package var verdictReason: String {
        guard let pair else { return "A verdict needs two networks." }
        let what = "\(pair.second) − \(pair.first)"
        guard let difference = record.difference else {
            let needed = "A verdict needs at least \(Judgement.leastPoints) seeds"
            guard let only = record.pairs.first, record.pairs.count == 1 else {
                return needed + ": fewer say next to nothing about the spread between trainings."
            }
            return "\(what) = \(NumberText.points(only.difference)) points on these test images "
                + "(McNemar, \(only.method): p \(equal(NumberText.pValue(only.pValue)))), but one training of each says "
                + "nothing about the spread between trainings. \(needed)."
        }
        let unit = difference.measure == .balancedAccuracy ? "points of balanced accuracy" : "points"
        let level = NumberText.percent(difference.interval.level, digits: 0)
        let overSeeds = "paired t over \(counted(seeds.count, "seed"))"
        let rule = difference.verdict == .cannotTell ? "holds 0." : "does not hold 0."
        guard let wider = difference.imageInterval else {
            return
                "\(what) = \(NumberText.points(difference.mean)) \(unit), \(level) interval \(range(difference.interval)) "
                + "(\(overSeeds)). The interval \(rule)"
        }
        return
            "\(what) = \(NumberText.points(difference.mean)) \(unit). \(level) intervals: \(range(difference.interval)) for "
            + "other trainings, tested on these images (\(overSeeds)); \(range(wider)) for other test images of the kind as well. "
            + "The second one decides: it \(rule)"
    }

    /// `+6.2 to +9.2`
    private func range(_ interval: Interval) -> String {
        "\(NumberText.points(interval.lower)) to \(NumberText.points(interval.upper))"
    }

    /// What could have been seen at all.
    package var visibility: String? {
        var sentences: [String] = []
        if let difference = record.difference {
            let likely = difference.likelyVisibleDifference.map {
                "; one of \(magnitude($0)) would get a verdict with a chance of 80 %"
            }
            sentences.append(
                "A mean difference below \(magnitude(difference.smallestVisibleDifference)) points could not have been told "
                    + "from 0 here\(likely ?? "").")
        }
        if let sentence = pairVisibility { sentences.append(sentence) }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    /// What McNemar's test could have seen of one pair of models.
    private var pairVisibility: String? {
        guard !record.pairs.isEmpty else { return nil }
        func span(_ values: [Double]) -> String? {
            guard let least = values.min(), let most = values.max() else { return nil }
            return magnitude(least) == magnitude(most) ? magnitude(least) : "\(magnitude(least)) to \(magnitude(most))"
        }
        let seen = record.pairs.compactMap(\.smallestVisibleDifference).filter(\.isFinite)
        let images = "these \(counted(record.data.testCount, "test image"))"
        guard let needed = span(seen) else {
            return
                "Of one pair of models McNemar's test can see nothing on \(images): too few of them tell the two apart."
        }
        let likely = span(record.pairs.compactMap(\.likelyVisibleDifference).filter(\.isFinite)).map {
            ", and \($0) to be seen with a chance of 80 %"
        }
        let blind = record.pairs.count - seen.count
        return
            "On \(images) one pair of models must differ by \(needed) points to be seen by McNemar's test\(likely ?? "")"
            + (blind > 0 ? "; \(counted(blind, "seed")) had too few images that tell the two apart." : ".")
    }

    /// Median over seeds, which one slow training does not move; `nil` without runs.
    package func trainingSeconds(_ network: ComparisonRecord.NetworkRecord) -> Double? {
        median(network.runs.map(\.trainingSeconds))
    }

    package func imagesPerSecond(_ network: ComparisonRecord.NetworkRecord) -> Double? {
        median(network.runs.map(\.imagesPerSecond))
    }

    /// Median over the seeds that reached it, and how many did: `3.1 s`, `3.1 s (4 of 5)`, `never`, `–`.
    package func secondsToFirstBest(_ network: ComparisonRecord.NetworkRecord) -> String {
        guard record.data.validationCount > 0, !network.runs.isEmpty else { return "–" }
        let reached = network.runs.compactMap(\.secondsToFirstBest)
        guard let typical = median(reached) else { return "never" }
        let share = reached.count == network.runs.count ? "" : " (\(reached.count) of \(network.runs.count))"
        return NumberText.seconds(typical) + share
    }

    /// Whether what trains and what validates differ between seeds.
    package var variesSplit: Bool { Set(record.networks.first?.runs.map(\.splitSha256) ?? []).count > 1 }

    /// SHA-256 of what trains and what validates: one without a seed where it is the same for all, else one for each.
    package var splitHashes: [(seed: UInt64?, sha256: String)] {
        let runs = record.networks.first?.runs ?? []
        guard variesSplit else { return runs.first.map { [(nil, $0.splitSha256)] } ?? [] }
        return runs.map { ($0.seed, $0.splitSha256) }
    }

    /// Precision, recall and F1 of one class, each the mean over the seeds where it is defined.
    package struct ClassScores {
        package var precision: Double?
        package var recall: Double?
        package var f1: Double?
    }

    package func scores(_ network: ComparisonRecord.NetworkRecord, label: Int) -> ClassScores {
        let matrices = network.runs.map(\.confusion).filter { label < $0.classes }
        return ClassScores(
            precision: mean(matrices.compactMap { $0.precision(label) }),
            recall: mean(matrices.compactMap { $0.recall(label) }), f1: mean(matrices.compactMap { $0.f1(label) }))
    }

    /// `[true class][predicted class]`: share of the images of a class that were taken for each class, mean over the
    /// seeds whose test images hold the class; 0 where none do.
    package func shares(_ network: ComparisonRecord.NetworkRecord) -> [[Double]] {
        let classes = record.data.classes.count
        var sums = Array(repeating: Array(repeating: 0.0, count: classes), count: classes)
        for label in 0..<classes {
            var seedsWithImages = 0.0
            for matrix in network.runs.map(\.confusion) where matrix.classes == classes && matrix.support(label) > 0 {
                let support = Double(matrix.support(label))
                for prediction in 0..<classes {
                    sums[label][prediction] += Double(matrix.counts[label][prediction]) / support
                }
                seedsWithImages += 1
            }
            if seedsWithImages > 0 { for prediction in 0..<classes { sums[label][prediction] /= seedsWithImages } }
        }
        return sums
    }

    /// The name of a class, or its number where the record has none.
    package func className(_ label: Int) -> String {
        record.data.classes.indices.contains(label) ? record.data.classes[label] : "class \(label)"
    }

    /// The command as one line that a shell reads back.
    package var commandLine: String { record.command.map(shellQuoted).joined(separator: " ") }

    /// The points that a careful reader asks about, and what this run can say to each.
    package var checklist: [(name: String, text: String)] {
        var list: [(name: String, text: String)] = []
        list.append(("seeds", "\(seeds.count) (\(seeds.map(String.init).joined(separator: ", ")))"))
        let sharesSplits = record.networks.allSatisfy { network in
            network.runs.map(\.splitSha256) == record.networks.first?.runs.map(\.splitSha256)
        }
        list.append(
            (
                "split",
                (variesSplit ? "one for each seed, by SHA-256" : "one for all seeds, by SHA-256")
                    + (sharesSplits ? "; the same for every network" : "; NOT the same for every network")
            ))
        list.append(
            (
                "test images read",
                counted(record.testReadings, "time")
                    + " for \(counted(record.networks.reduce(0) { $0 + $1.runs.count }, "trained model"))"
            ))
        for network in record.networks {
            list.append(
                (
                    "budget of \(network.name)",
                    "\(NumberText.short(network.summary.parameters)) parameters, "
                        + "\(NumberText.short(network.summary.multiplyAdds)) multiply-adds per image, "
                        + "\(words(of: network.configuration)), "
                        + "\(NumberText.seconds(trainingSeconds(network) ?? .nan)) of training"
                ))
        }
        list += [("match", matchSentence), ("finished", planSentence)]
        let trials = record.networks.map { "\($0.name) \($0.tuning.count)" }.joined(separator: ", ")
        list.append(
            (
                "tuning trials",
                record.networks.allSatisfy(\.tuning.isEmpty)
                    ? "none: nothing was tuned" : "\(trials), on validation images of a split of their own"
            ))
        list.append(
            (
                "intervals",
                "Wilson 95 % over test images; paired t 95 % over seeds"
                    + (record.difference?.imageInterval == nil
                        ? "" : "; for the verdict, both kinds of chance together, 95 %")
            ))
        list.append(("paired test", pairedTests))
        list.append(("smallest visible difference", visibility ?? "not known without a pair"))
        list.append(("calibration", "not measured: probabilities are softmax values, not calibrated"))
        list.append(("robustness", shiftSummary ?? "not measured"))
        list.append(("verdict", verdict))
        list.append(("repeat with", commandLine))
        return list
    }

    private var pairedTests: String {
        guard !record.pairs.isEmpty else { return "none: it needs two networks" }
        let values = record.pairs.map { "\($0.seed): p \(equal(NumberText.pValue($0.pValue))) (\($0.method))" }
        return "McNemar for each seed, never pooled; " + values.joined(separator: ", ")
    }

    /// Accuracy without shift, half-way and at the largest shift.
    private var shiftSummary: String? {
        guard let curves = record.pictures?.shifts, !curves.isEmpty else { return nil }
        let parts = curves.compactMap { curve -> String? in
            guard let largest = curve.shifts.map(abs).max(), largest > 0 else { return nil }
            let values = [0, largest / 2, largest].compactMap { distance -> String? in
                let points = zip(curve.shifts, curve.accuracy).filter { abs($0.0) == distance }.map(\.1)
                return mean(points).map { "\(distance) px \(NumberText.percent($0))" }
            }
            return "\(curve.network) " + values.joined(separator: ", ")
        }
        return parts.isEmpty ? nil : "accuracy of shifted test images: " + parts.joined(separator: "; ")
    }

    private func magnitude(_ fraction: Double) -> String { NumberText.decimal(100 * abs(fraction), 1) }

    private func equal(_ value: String) -> String { value.hasPrefix("<") ? value : "= \(value)" }
}

/// A word as a POSIX shell reads it back.
func shellQuoted(_ word: String) -> String {
    let plain =
        !word.isEmpty
        && word.unicodeScalars.allSatisfy {
            $0.properties.isAlphabetic || ("0"..."9").contains($0) || "-_./=:,+@%".unicodeScalars.contains($0)
        }
    return plain ? word : "'" + word.replacing("'", with: #"'\''"#) + "'"
}
