// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

/// What the page says of a model in words, from its record alone.
struct ModelWords {
    /// Something to do next, with the command for it where there is one.
    struct Step {
        var words: String
        var command: String?
    }

    /// A mistake that was said with more than this is a label to look at.
    private static let sure = 0.9

    let record: ModelRecord

    var classes: [String] { record.data.classes }
    /// The score to read first; a record that was checked has one.
    var score: ModelRecord.Score { record.scores[0] }
    var evaluation: Evaluation { score.evaluation }
    private var imbalance: ClassImbalance? { evaluation.confusion.imbalance }

    /// The largest words of the page.
    var headline: String {
        imbalance?.isUneven == true
            ? "Balanced accuracy \(NumberText.percent(evaluation.balancedAccuracy))"
            : "Accuracy \(NumberText.percent(evaluation.accuracy))"
    }

    /// Numbers behind a score, as one sentence.
    static func sentence(_ score: ModelRecord.Score) -> String {
        let evaluation = score.evaluation
        let text = AccuracyWords.score(
            correct: evaluation.correct, of: evaluation.count,
            interval: (evaluation.interval.lower, evaluation.interval.upper), balanced: evaluation.balancedAccuracy,
            balancedInterval: evaluation.balancedInterval, evaluation.confusion.imbalance)
        return "\(score.images.prefix(1).uppercased())\(score.images.dropFirst()): \(text)."
    }

    /// Whether the model is better than guessing, and how sure that is; `nil` where one class is all that there is.
    var guessing: String? {
        guard let imbalance, imbalance.classes > 1 else { return nil }
        let guess =
            "Always answering \(name(imbalance.largestClass)), the largest class, would be right for "
            + "\(NumberText.percent(imbalance.majorityShare)) of these images: "
        return guess
            + (ResultAdvice.isAboveMajority(evaluation.interval, imbalance)
                ? "the model is better than that, by more than chance (95 % interval)."
                : "the model cannot be told from that.")
    }

    /// What uneven classes mean for the numbers; `nil` where they are even.
    var imbalanceNote: String? { AccuracyWords.note(imbalance, classes: classes) }

    /// The class with the smallest recall and what it is taken for; `nil` where every image was recognised.
    var worstClass: String? {
        let confusion = evaluation.confusion
        let worst = classes.indices.filter { confusion.recall($0) != nil }
            .min { (confusion.recall($0) ?? 1, $0) < (confusion.recall($1) ?? 1, $1) }
        guard let worst, let recall = confusion.recall(worst), recall < 1, let taken = mostTaken(worst) else {
            return nil
        }
        return
            "\(name(worst)) is recognised least (\(NumberText.percent(recall)) of its images) and most often taken for "
            + "\(name(taken.prediction)) (\(NumberText.percent(taken.share)))."
    }

    /// What a class is most often taken for, and the share of its images; `nil` where all are recognised.
    func mostTaken(_ label: Int) -> (prediction: Int, share: Double)? {
        let row = evaluation.confusion.counts[label]
        let others = row.indices.filter { $0 != label && row[$0] > 0 }
        guard let most = others.max(by: { (row[$0], $1) < (row[$1], $0) }) else { return nil }
        return (most, Double(row[most]) / Double(evaluation.confusion.support(label)))
    }

    func name(_ label: Int) -> String { classes.indices.contains(label) ? classes[label] : "class \(label)" }

    /// The name of an image without the path of the data that it lies in.
    func shortName(_ mistake: ModelRecord.Mistake) -> String {
        let folder = record.data.path.reversed().drop { $0 == "/" }.reversed() + "/"
        return mistake.name.hasPrefix(folder) ? String(mistake.name.dropFirst(folder.count)) : mistake.name
    }

    /// What to do next, the most useful first.
    var steps: [Step] {
        let model = shellQuoted(record.model)
        let path = shellQuoted(record.data.path)
        var steps = record.advice.map { Step(words: $0) }
        if let step = longer { steps.append(step) }
        if let mistakes = record.mistakes, !mistakes.shown.isEmpty {
            let sure = mistakes.shown.count { $0.answerProbability > Self.sure }
            let labels =
                sure > 0
                ? ": \(counted(sure, "mistake")) below \(sure == 1 ? "was" : "were") made with more than "
                    + "\(NumberText.percent(Self.sure, digits: 0)): see whether the label is right." : "."
            steps.append(
                Step(
                    words: "Look at the mistakes" + labels
                        + " Labels anywhere in the data that look wrong are listed by",
                    command: "ocellus check \(path) --label-errors"))
        }
        steps += [
            Step(
                words: "What it makes of moved, turned and corrupted pictures:",
                command: "ocellus probe \(model) --data \(path)"),
            Step(words: "Which pixels decided:", command: "ocellus explain \(model) picture.jpg"),
            Step(words: "Use it:", command: "ocellus predict \(model) picture.jpg"),
        ]
        return steps
    }

    /// Whether the last epoch was the best so far.
    private var longer: Step? {
        guard let training = record.training, let run = record.run, training.configuration.steps == nil,
            let last = training.history.last, training.history.count == training.configuration.epochs,
            let accuracy = last.validationAccuracy,
            training.history.dropLast().allSatisfy({ ($0.validationAccuracy ?? 0) < accuracy })
        else { return nil }
        return Step(
            words: "The last epoch was the best on validation images, so a longer training may do better:",
            command: "ocellus train --resume \(shellQuoted(run)) --epochs \(2 * training.configuration.epochs)")
    }
}
