// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

/// The pictures that a model got wrong: the worst of all, then by the pair of classes.
struct MistakesView {
    struct Pair {
        var anchor: String
        var words: String
        var facts: String
        var items: [PicturesView.Item]
    }

    /// Pairs that are open before a click.
    private static let open = 3

    let note: String
    let worst: [PicturesView.Item]
    let pairs: [Pair]
    /// Of the pairs that have pictures.
    let anchors: Set<String>
    let copies: String

    /// `nil` where there are no pictures.
    init?(_ words: ModelWords) {
        guard let mistakes = words.record.mistakes, !mistakes.shown.isEmpty else { return nil }
        note =
            "\(NumberText.integer(mistakes.count)) of \(NumberText.integer(words.evaluation.count)) \(words.score.images) "
            + "were taken for another class. Below each picture its own class, its file or number, and what the model said, "
            + "with the probability that it gave (softmax: a large one does not mean that it is right)."
        worst = mistakes.shown.prefix(ModelRecord.Mistakes.worst).map { Self.item($0, words) }
        let groups = Dictionary(grouping: mistakes.shown) { Self.anchor($0.label, $0.answer) }
        pairs = words.evaluation.confusion.mostConfused(.max).compactMap { pair in
            let anchor = Self.anchor(pair.label, pair.prediction)
            guard let shown = groups[anchor] else { return nil }
            let support = words.evaluation.confusion.support(pair.label)
            return Pair(
                anchor: anchor, words: "\(words.name(pair.label)) taken for \(words.name(pair.prediction))",
                facts: counted(pair.count, "image")
                    + ", \(NumberText.percent(Double(pair.count) / Double(support))) of the class"
                    + (shown.count < pair.count ? "; the worst \(NumberText.integer(shown.count)) shown" : ""),
                items: shown.map { Self.item($0, words) })
        }
        anchors = Set(groups.keys)
        let pictures = counted(mistakes.shown.count, "picture")
        copies =
            mistakes.areFiles
            ? "This page contains small copies of \(pictures) of your data, without the metadata of the files: whoever gets the "
                + "page, or record.json, sees them. --no-pictures makes both without."
            : "This page contains copies of \(pictures) of the data."
    }

    static func anchor(_ label: Int, _ answer: Int) -> String { "pair-\(label)-\(answer)" }

    private static func item(_ mistake: ModelRecord.Mistake, _ words: ModelWords) -> PicturesView.Item {
        let (truth, answer) = (words.name(mistake.label), words.name(mistake.answer))
        return PicturesView.Item(
            image: ImageView(
                copy: mistake.picture, width: mistake.width, height: mistake.height,
                alternative: "\(mistake.name): \(truth), taken for \(answer) with "
                    + NumberText.percent(mistake.answerProbability)),
            truth: truth, name: words.shortName(mistake),
            said: [
                PicturesView.Said(words: "✗ \(answer) \(NumberText.percent(mistake.answerProbability))"),
                PicturesView.Said(words: "its own class \(NumberText.percent(mistake.labelProbability))"),
            ])
    }

    @MarkupBuilder var markup: Markup {
        section(.id("mistakes"), .class("shots")) {
            h2 { "Mistakes" }
            p(.class("note")) { note }
            h3 { "The worst" }
            PicturesView.gallery(worst)
            p(.class("note after")) {
                "The pictures with the largest loss: the model was surest of another class. Look at their labels before you "
                "blame the model."
            }
            h3 { "By pair of classes" }
            for (index, pair) in pairs.enumerated() {
                details(.class("slim"), .open(index < Self.open)) {
                    summary {
                        pair.words
                        " "
                        span(.class("soft")) { pair.facts }
                    }
                    div(.id(pair.anchor)) { PicturesView.gallery(pair.items) }
                }
            }
            p(.class("note after")) { copies }
        }
    }
}
