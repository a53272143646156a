// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

/// The drawings of a model's page.
struct ModelFigures {
    let record: ModelRecord

    /// Accuracy with its interval beside what guessing reaches.
    func accuracy() -> Figure {
        let scores = record.scores.map(\.evaluation)
        let guess = scores[0].confusion.imbalance?.majorityShare ?? 0
        let rows = record.scores.map { $0.images.split(separator: " ").first.map(String.init) ?? "" } + ["guessing"]
        var frame = RowFrame(x: .percent("accuracy, %", covering: [0, 1]), rows: rows, rowHeight: 30, leftMargin: 82)
        frame.rule(guess, rows: rows.count)
        var words: [String] = []
        for (row, score) in record.scores.enumerated() {
            let interval = score.evaluation.interval
            let text =
                "\(score.images): \(NumberText.percent(score.evaluation.accuracy)), 95 % interval "
                + "\(NumberText.percent(interval.lower)) to \(NumberText.percent(interval.upper))"
            frame.point(
                1, score.evaluation.accuracy, row: row, interval: (interval.lower, interval.upper),
                style: "interval s1", title: text)
            words.append(text)
        }
        let text = "always the largest class: \(NumberText.percent(guess))"
        frame.point(5, guess, row: rows.count - 1, title: text)
        return Figure(
            svg: frame.svg.element(
                id: "accuracy", title: "Accuracy and guessing",
                description: (words + [text]).joined(separator: "; ") + "."),
            heading: "Accuracy and guessing",
            caption:
                "Bars are 95 % Wilson intervals over images; the dotted line is what always answering the largest class "
                + "reaches.")
    }

    /// Loss and accuracy over epochs; empty for a model that this record did not train.
    func curves() -> [Figure] {
        guard let training = record.training else { return [] }
        let run = TrainingCourse.Run(
            seed: training.configuration.seed, history: training.history, testedEpoch: training.epoch)
        return TrainingCurves(
            courses: [TrainingCourse(name: record.name, runs: [run])], areLabelledByImages: true
        ).figures()
    }

    /// The loss of held-out photos over the strengths that were tried; `nil` for fewer than two.
    func strengths() -> Figure? {
        guard let transfer = record.transfer, transfer.trials.count > 1 else { return nil }
        let trials = transfer.trials.filter { $0.strength > 0 }.sorted { $0.strength < $1.strength }
        var frame = Frame(
            x: .logarithmic("strength of the penalty", covering: trials.map(\.strength), count: 6),
            y: .linear("loss of held-out photos, nats", covering: trials.map(\.loss) + [0]))
        frame.line(trials.map { ($0.strength, $0.loss) }, "validation s1")
        for trial in trials {
            let isChosen = trial.strength == transfer.strength
            frame.marker(
                1, trial.strength, trial.loss, radius: isChosen ? 6 : 3,
                title: "\(NumberText.significant(trial.strength)): loss \(NumberText.decimal(trial.loss, 4)), "
                    + "\(trial.correct) of \(trial.count) right" + (isChosen ? ", chosen" : ""))
        }
        return Figure(
            svg: frame.svg.element(
                id: "strengths", title: "Loss of held-out photos by strength",
                description: "\(trials.count) strengths; chosen \(NumberText.significant(transfer.strength))."),
            heading: "How strongly the last layer is held back",
            caption:
                "Each mark is a strength that was tried on held-out photos (\(transfer.heldOutBy)); the large one has the "
                + "smallest loss and was chosen.")
    }

    /// Recall of each class with its interval; `nil` with more classes than rows can show.
    func recall() -> Figure? {
        let (classes, confusion) = (record.data.classes, record.scores[0].evaluation.confusion)
        guard (1...40).contains(classes.count) else { return nil }
        var rows: [(share: Double, interval: Interval)?] = []
        for label in classes.indices {
            let interval = try? wilsonInterval(successes: confusion.counts[label][label], of: confusion.support(label))
            rows.append(confusion.recall(label).flatMap { share in interval.map { (share, $0) } })
        }
        let values: [Double] = rows.compactMap { $0 }.flatMap { [$0.share, $0.interval.lower, $0.interval.upper] }
        var frame = RowFrame(
            x: .percent("recall, %", covering: values), rows: classes, rowHeight: 24, leftMargin: 104)
        var words: [String] = []
        for (label, row) in rows.enumerated() {
            guard let row else { continue }
            let text =
                "\(classes[label]): \(NumberText.percent(row.share)), 95 % interval "
                + "\(NumberText.percent(row.interval.lower)) to \(NumberText.percent(row.interval.upper))"
            frame.point(1, row.share, row: label, interval: (row.interval.lower, row.interval.upper), title: text)
            words.append(text)
        }
        return Figure(
            svg: frame.svg.element(
                id: "recall", title: "Recall by class", description: words.joined(separator: "; ") + "."),
            heading: "Recall by class",
            caption: "Share of the images of a class that were recognised, with 95 % Wilson intervals.")
    }
}
