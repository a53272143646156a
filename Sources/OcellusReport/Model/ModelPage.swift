// SPDX-License-Identifier: Apache-2.0

public import OcellusEvidence
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

/// What the page of one model shows; every number is text already.
private struct ModelView {
    let kicker: String
    let title: String
    let facts: String
    let headline: String
    let reasons: [String]
    let notes: [String]
    let accuracy: Figure
    let steps: [ModelWords.Step]
    let curves: [Figure]
    let curvesNote: String
    let recall: Figure?
    let confusion: ConfusionView
    let confusionNote: String
    let classRows: [Row]
    let mistakes: MistakesView?
    let mistakesNote: String?
    let measures: [Pair]
    let settings: [Pair]
    let layers: [Row]
    let command: String
    let dataFacts: [Pair]
    let environmentFacts: [Pair]
    let dataNotes: [String]
    let sections: [Section]
    let version: String
    let created: String

    init(_ record: ModelRecord) {
        let words = ModelWords(record: record)
        let figures = ModelFigures(record: record)
        let data = record.data
        kicker = record.kind == .train ? "Ocellus training" : "Ocellus evaluation"
        title = record.kind == .train ? "\(record.name) on \(data.name)" : record.name
        facts = Self.facts(record)
        headline = words.headline
        reasons = [ModelWords.sentence(words.score), words.guessing, words.worstClass].compactMap(\.self)
        notes = record.scores.dropFirst().map(ModelWords.sentence) + (words.imbalanceNote.map { [$0] } ?? [])
        accuracy = figures.accuracy()
        steps = words.steps
        curves = figures.curves() + (figures.strengths().map { [$0] } ?? [])
        curvesNote = Self.curvesNote(record)
        recall = figures.recall()
        mistakes = MistakesView(words)
        confusion = Self.confusion(words, record.name, anchors: mistakes?.anchors ?? [])
        confusionNote =
            "Rows are true classes, columns predictions; "
            + (data.classes.count <= ConfusionView.mostNumbers
                ? "numbers are percent of the row" : "the stronger the colour, the larger the share of the row")
            + ". Blue is right, orange is wrong; orange is drawn stronger, so that rare confusions are seen."
            + (mistakes != nil && data.classes.count <= ConfusionView.mostNumbers
                ? " An underlined number leads to its pictures." : "")
        classRows = data.classes.indices.map { Self.row(words, $0) }
        mistakesNote =
            mistakes != nil
            ? nil
            : words.evaluation.correct == words.evaluation.count
                ? "No image was taken for another class." : "Pictures were left out of this record."
        measures = Self.measures(words)
        settings = Self.settings(record)
        layers = layerRows(record.network)
        command = record.command.map(shellQuoted).joined(separator: " ")
        dataFacts = Self.dataFacts(record)
        environmentFacts = record.environment.facts
        dataNotes = data.notes
        version = record.environment.ocellus
        created = record.created
        let all: [(String, String, Bool)] = [
            ("next", "What next", true), ("training", "Training", !curves.isEmpty), ("confusion", "Confusions", true),
            ("classes", "Classes", true), ("mistakes", "Mistakes", true), ("details", "Details", true),
            ("environment", "Repeat it", true),
        ]
        sections = all.filter(\.2).map { Section(anchor: $0.0, words: $0.1) }
    }

    private static func facts(_ record: ModelRecord) -> String {
        let data = record.data
        return
            ([
                record.kind == .evaluate ? data.name : nil, counted(data.classes.count, "class", plural: "classes"),
                "images of \(NumberText.size(data.shape))",
            ].compactMap(\.self)
            + data.parts.filter { $0.count > 0 }.map {
                "\(NumberText.integer($0.count)) \($0.name)"
            } + ["\(NumberText.short(record.network.parameters)) parameters"]).joined(separator: " · ")
    }

    private static func curvesNote(_ record: ModelRecord) -> String {
        if let training = record.training {
            return "The model is that of epoch \(training.epoch) of \(training.history.count); training took "
                + "\(NumberText.seconds(training.seconds)), evaluation left out."
        }
        guard let transfer = record.transfer else { return "" }
        return "A new last layer on the features of \(transfer.backbone.name), which stay as they are; all took "
            + "\(NumberText.seconds(transfer.seconds))."
    }

    private static func confusion(_ words: ModelWords, _ name: String, anchors: Set<String>) -> ConfusionView {
        let confusion = words.evaluation.confusion
        let shares = confusion.counts.map { row in
            let support = max(1, row.reduce(0, +))
            return row.map { Double($0) / Double(support) }
        }
        return ConfusionView(
            mark: Markup(), label: "True classes against answers", id: "confusion-0", words.classes, shares: shares,
            words: { label, prediction in
                " (\(NumberText.integer(confusion.counts[label][prediction])) of "
                    + "\(NumberText.integer(confusion.support(label))))"
            },
            anchor: { label, prediction in
                let anchor = MistakesView.anchor(label, prediction)
                return anchors.contains(anchor) ? anchor : nil
            })
    }

    private static func row(_ words: ModelWords, _ label: Int) -> Row {
        let confusion = words.evaluation.confusion
        let taken = words.mostTaken(label).map { "\(words.name($0.prediction)) \(NumberText.percent($0.share))" }
        let interval = try? wilsonInterval(successes: confusion.counts[label][label], of: confusion.support(label))
        return Row(
            label: words.name(label),
            cells: [
                taken ?? "–", NumberText.integer(confusion.support(label)), NumberText.percent(confusion.recall(label)),
                interval.map { "\(NumberText.percent($0.lower)) to \(NumberText.percent($0.upper))" } ?? "–",
                NumberText.percent(confusion.precision(label)), NumberText.percent(confusion.f1(label)),
            ])
    }

    private static func measures(_ words: ModelWords) -> [Pair] {
        let evaluation = words.evaluation
        return [
            Pair(term: "loss", value: "\(NumberText.decimal(evaluation.loss, 4)) nats (cross-entropy)"),
            Pair(term: "balanced accuracy", value: NumberText.percent(evaluation.balancedAccuracy)),
            Pair(term: "Brier score", value: NumberText.decimal(evaluation.brierScore, 4)),
            Pair(
                term: "calibration error",
                value:
                    "\(NumberText.percent(evaluation.calibrationError.equalWidth)) (15 bins of equal width; of equal mass "
                    + "\(NumberText.percent(evaluation.calibrationError.equalMass)))"),
        ] + (evaluation.topFiveAccuracy.map { [Pair(term: "top-5 accuracy", value: NumberText.percent($0))] } ?? [])
    }

    private static func settings(_ record: ModelRecord) -> [Pair] {
        if let training = record.training {
            return [
                Pair(term: "training", value: trainingWords(training.configuration) + "."),
                Pair(term: "seed", value: "\(training.configuration.seed)"),
                Pair(term: "memory", value: NumberText.bytes(training.memory)),
                Pair(term: "split, SHA-256", value: training.splitSha256),
            ]
        }
        guard let transfer = record.transfer else { return [] }
        return [
            Pair(
                term: "backbone",
                value: "\(transfer.backbone.name), \(transfer.backbone.license), from \(transfer.backbone.source)"),
            Pair(
                term: "strength",
                value:
                    "\(NumberText.decimal(transfer.strength, 4)) of \(transfer.trials.count) tried, by \(transfer.heldOutBy)"
            ),
        ]
    }

    private static func dataFacts(_ record: ModelRecord) -> [Pair] {
        let parts = record.data.parts.flatMap { part in
            [Pair(term: part.name, value: NumberText.integer(part.count))]
                + (part.sha256.map { [Pair(term: "SHA-256", value: $0)] } ?? [])
        }
        return [
            Pair(term: "data", value: record.data.name),
            Pair(term: "classes", value: NumberText.integer(record.data.classes.count)),
            Pair(term: "images", value: "\(NumberText.size(record.data.shape)) (width × height × channels)"),
        ] + parts + [Pair(term: "model", value: record.model)]
    }
}

extension ModelView {
    /// The whole file.
    var html: String {
        Page(kicker: kicker, title: title, facts: facts, style: modelStyle, hasScript: true).html {
            section(.id("summary"), .class("verdict")) {
                p(.class("kicker")) { "Result" }
                p(.class("word")) { headline }
                for reason in reasons { p(.class("reason")) { reason } }
                for words in notes { note(words) }
                drawn(accuracy, style: "single")
            }
            navigation(sections)
            nextSection
            trainingSection
            classSections
            if let mistakes {
                mistakes.markup
            } else if let mistakesNote {
                section(.id("mistakes")) {
                    h2 { "Mistakes" }
                    note(mistakesNote)
                }
            }
            detailSections
        } footer: {
            if let mistakes { p { mistakes.copies } }
            writtenBy(version, from: "run", created: created, hasScript: true)
        }
    }

    private var nextSection: Markup {
        section(.id("next")) {
            h2 { "What next" }
            Tag("ol", isBlock: true)(.class("steps")) {
                for step in steps {
                    li {
                        step.words
                        if let command = step.command { commandLine(command) }
                    }
                }
            }
        }
    }

    @MarkupBuilder private var trainingSection: Markup {
        if !curves.isEmpty {
            section(.id("training")) {
                h2 { "Training" }
                note(curvesNote)
                figures(curves)
            }
        }
    }

    @MarkupBuilder private var classSections: Markup {
        section(.id("confusion")) {
            h2 { "Confusions" }
            note(confusionNote)
            div(.class("figures")) {
                confusion.markup
                if let recall { drawn(recall) }
            }
        }
        section(.id("classes")) {
            h2 { "Classes" }
            numberTable(
                ["class", "most often taken for", "images", "recall", "95 % interval", "precision", "F1"], texts: 1,
                sorts: true, classRows)
            note(
                "Recall: share of the images of the class that were recognised, with Wilson’s interval. Precision: share of "
                    + "the images taken for the class that are of it. F1: their harmonic mean. The worst of many classes looks "
                    + "worse than it is: the interval says by how much.")
        }
    }

    @MarkupBuilder private var detailSections: Markup {
        section(.id("details")) {
            h2 { "Details" }
            list(measures, style: "pairs long")
            if !settings.isEmpty { list(settings, style: "pairs long") }
            details {
                summary { "Layer by layer" }
                numberTable(["layer", "", "output", "parameters", "multiply-adds", "sees"], texts: 1, layers)
            }
        }
        section(.id("environment")) {
            h2 { "Repeat it" }
            commandLine(command)
            origin(dataFacts, environmentFacts, notes: dataNotes)
        }
    }
}

/// What the page needs beyond the common style.
private let modelStyle: StaticString = """

    .verdict figure.single { margin-top: 22px; }
    ol.steps { padding-left: 22px; margin: 10px 0; max-width: 78ch; }
    ol.steps li { padding: 4px 0; }
    ol.steps pre { margin: 6px 0; padding: 8px 12px; }
    .shots .gallery { grid-template-columns: repeat(auto-fill, minmax(160px, 1fr)); }
    .shots .gallery img, .shots .missing { width: 100%; height: auto; aspect-ratio: 1; }
    .shots .gallery .name { font-size: 12.5px; color: var(--soft); margin: 0 0 2px; overflow-wrap: anywhere; line-height: 1.35; }
    .shots > h3 { margin-top: 26px; }
    .shots .after { margin-top: 16px; }
    @media (max-width: 560px) { .shots .gallery { grid-template-columns: repeat(2, minmax(0, 1fr)); } }
    """

extension ReportPage {
    /// The page of one model; nothing is computed that the record does not hold, apart from shares of its counts.
    public static func html(for record: ModelRecord) -> String { ModelView(record).html }
}
