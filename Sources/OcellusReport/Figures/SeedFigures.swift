// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics

extension Findings {
    /// The leading test accuracy of every seed with its interval over test images; `nil` without runs.
    func accuracyBySeed() -> Figure? {
        let runs = record.networks.flatMap(\.runs)
        guard !runs.isEmpty else { return nil }
        let values = runs.map(seedScore).flatMap { [$0.share, $0.interval.lower, $0.interval.upper] }
        let count = record.networks.count
        let heading = seedMeasure.prefix(1).uppercased() + seedMeasure.dropFirst()
        var frame = RowFrame(
            x: .percent("\(seedMeasure), %", covering: values), rows: seeds.map { "\($0)" },
            rowHeight: max(26, 11 * Double(count) + 6))
        var words: [String] = []
        for (series, network) in record.networks.enumerated() {
            for run in network.runs {
                guard let row = seeds.firstIndex(of: run.seed) else { continue }
                let (share, interval) = seedScore(run)
                let text =
                    "\(network.name), seed \(run.seed): \(NumberText.percent(share)), 95 % interval "
                    + "\(NumberText.percent(interval.lower)) to \(NumberText.percent(interval.upper))"
                frame.point(
                    series, share, row: row, offset: 11 * (Double(series) - Double(count - 1) / 2),
                    interval: (interval.lower, interval.upper), title: text)
                words.append(text)
            }
        }
        return Figure(
            svg: frame.svg.element(
                id: "seed-accuracy", title: "\(heading) by seed", description: words.joined(separator: "; ") + "."),
            heading: "\(heading) by seed",
            caption:
                "Each row is a seed: its own initial weights\(variesSplit ? ", order of images and validation split" : " and order of images"), "
                + "the same for all networks. Bars are 95 % intervals over the \(NumberText.integer(record.data.testCount)) test images."
        )
    }

    /// The paired difference of every seed, and their mean with its interval; `nil` without a pair.
    func differenceBySeed() -> Figure? {
        guard let pair, !record.pairs.isEmpty else { return nil }
        let difference = record.difference
        let points = record.pairs.indices.map(seedDifference)
        let what = difference?.measure == .balancedAccuracy ? "balanced test accuracy" : "test accuracy"
        let means = difference.map { meanRows(of: $0) } ?? []
        let values = points + [0] + means.flatMap { [$0.interval.lower, $0.interval.upper] }
        let rows = record.pairs.map { "\($0.seed)" } + means.map(\.row)
        var frame = RowFrame(
            x: .linear("\(pair.second) − \(pair.first), points", covering: values) { value, decimals in
                (value > 1e-12 ? "+" : "") + NumberText.decimal(100 * value, max(0, decimals - 2))
            }, rows: rows, leftMargin: means.isEmpty ? 52 : 104)
        frame.rule(0, rows: rows.count)
        var words: [String] = []
        for (row, seed) in record.pairs.enumerated() {
            let text =
                "seed \(seed.seed): \(NumberText.points(points[row])) points, McNemar p \(NumberText.pValue(seed.pValue))"
            frame.point(points[row] >= 0 ? 1 : 0, points[row], row: row, title: text)
            words.append(text)
        }
        if let difference {
            let series =
                switch difference.verdict {
                case .firstBetter: 0
                case .secondBetter: 1
                case .cannotTell: 5
                }
            for (row, entry) in means.enumerated() {
                let text =
                    "mean \(NumberText.points(difference.mean)) points, 95 % interval for \(entry.words) "
                    + "\(NumberText.points(entry.interval.lower)) to \(NumberText.points(entry.interval.upper))"
                frame.point(
                    series, difference.mean, row: record.pairs.count + row,
                    interval: (entry.interval.lower, entry.interval.upper), style: "interval s\(series)", title: text)
                words.append(text)
            }
        }
        let mean =
            switch means.count {
            case 0: "Fewer than \(Judgement.leastPoints) seeds get no interval."
            case 1: "The last row is the mean with its paired t 95 % interval over seeds."
            default:
                "The last rows are the mean with its 95 % intervals: for other trainings on these test images, and for other test "
                    + "images as well, which decides."
            }
        return Figure(
            svg: frame.svg.element(
                id: "seed-difference", title: "Difference of \(what) by seed",
                description: words.joined(separator: "; ") + "."),
            heading: "Difference by seed",
            caption: "Right of 0, \(pair.second) had the higher \(what); left of it, \(pair.first). " + mean)
    }

    /// The rows of a mean: one for each of its intervals.
    private func meanRows(
        of difference: ComparisonRecord.DifferenceRecord
    ) -> [(row: String, words: String, interval: Interval)] {
        guard let wider = difference.imageInterval else { return [("mean", "other trainings", difference.interval)] }
        return [
            ("trainings", "other trainings", difference.interval),
            ("and images", "other trainings and test images", wider),
        ]
    }

    /// Recall of each class for every network; `nil` with more classes than rows can show.
    func recallByClass() -> Figure? {
        let classes = record.data.classes
        guard (1...40).contains(classes.count), record.networks.contains(where: { !$0.runs.isEmpty }) else {
            return nil
        }
        let table = record.networks.map { network in
            classes.indices.map { scores(network, label: $0).recall ?? .nan }
        }
        var frame = RowFrame(
            x: .percent("recall, %", covering: table.flatMap { $0 }), rows: classes, rowHeight: 24, leftMargin: 104)
        var words: [String] = []
        for (label, name) in classes.enumerated() {
            let values = table.map { $0[label] }.filter(\.isFinite)
            if let least = values.min(), let most = values.max(), most > least {
                frame.svg.line(
                    frame.xPlace(least), frame.rowPlace(label), frame.xPlace(most), frame.rowPlace(label), "link")
            }
            for (series, network) in record.networks.enumerated() {
                let text = "\(name), \(network.name): \(NumberText.percent(table[series][label]))"
                frame.point(series, table[series][label], row: label, title: text)
                words.append(text)
            }
        }
        return Figure(
            svg: frame.svg.element(
                id: "recall", title: "Recall by class", description: words.joined(separator: "; ") + "."),
            heading: "Recall by class",
            caption: "Share of the test images of a class that were recognised"
                + (seeds.count > 1 ? ", mean over \(seeds.count) seeds." : "."))
    }
}
