// SPDX-License-Identifier: Apache-2.0

public import OcellusEvidence
import OcellusMetrics
import OcellusTensor

/// What the probe page shows; every number is text already.
private struct ProbeView {
    struct Cell {
        var strength: String
        var text: String
    }
    struct HeatRow {
        var label: String
        var cells: [Cell]
    }
    struct Corruptions {
        var small: [Figure]
        var severities: [String]
        var heat: [HeatRow]
        var errors: [Row]
        var notes: [String]
    }

    let version: String
    let created: String
    let title: String
    let facts: String
    let cards: [Card]
    let sections: [Section]
    let movement: [Figure]
    let names: [String]
    let perturbations: [Row]
    let corruptions: Corruptions?
    let probabilities: [Figure]
    let scoreHeads: [String]
    let scores: [Row]
    let imbalance: String?
    let abstainHeads: [String]
    let abstaining: [Row]
    let abstainingNote: String
    let chanceNote: String?
    let classHeads: [String]
    let classRows: [Row]
    let worst: [String]
    let classNote: String?
    let precision: String
    let command: String
    let dataFacts: [Pair]
    let environmentFacts: [Pair]
    let dataNotes: [String]

    init(_ record: ProbeRecord) {
        let figures = ProbeFigures(record)
        let (models, names) = (record.models, figures.names)
        let hasCorruptions = models.contains { !$0.corruptions.isEmpty }
        version = record.environment.ocellus
        created = record.created
        title = "Probe: " + names.joined(separator: ", ")
        facts = [
            record.data, "images of \(NumberText.size(record.shape))", ProbeWords.images(record),
            counted(record.classes.count, "class", plural: "classes"),
        ].filter { !$0.isEmpty }.joined(separator: " · ")
        cards = models.enumerated().map { Self.card($0.offset, $0.element, names[$0.offset]) }
        sections =
            [Section(anchor: "movement", words: "Moved images")]
            + (hasCorruptions ? [Section(anchor: "corruptions", words: "Corruptions")] : [])
            + [
                Section(anchor: "probabilities", words: "Probabilities"), Section(anchor: "classes", words: "Classes"),
                Section(anchor: "environment", words: "Repeat it"),
            ]
        movement = figures.movement()
        self.names = names
        perturbations = (models.first?.perturbations ?? []).enumerated().map { index, change in
            Row(
                label: change.name,
                cells: models.map { NumberText.percent($0.perturbations[index].consistency) })
        }
        corruptions = hasCorruptions ? Self.corruptions(record, figures) : nil
        probabilities = [figures.reliability(), figures.risk()]
        scoreHeads = ProbeWords.scoreHeads(record, isWide: true)
        abstainingNote = ProbeWords.abstainingNote(record)
        chanceNote = ProbeWords.chanceNote(record).map { "In brackets 95 % intervals over test images. " + $0 }
        imbalance = AccuracyWords.note(ProbeWords.imbalance(record), classes: record.classes)
        scores = models.enumerated().map {
            Row(
                mark: keyMark($0.offset), label: names[$0.offset],
                cells: ProbeWords.scores(record, $0.element, isWide: true))
        }
        abstainHeads = (models.first?.abstaining ?? []).map { NumberText.percent($0.error, digits: 0) }
        abstaining = models.enumerated().map {
            Row(
                mark: keyMark($0.offset), label: names[$0.offset],
                cells: $0.element.abstaining.map(ProbeWords.answers))
        }
        classHeads = names.flatMap { hasCorruptions ? [$0, "interval", "before", "after"] : [$0, "interval"] }
        classRows = record.classes.enumerated().map { index, name in
            Row(
                label: name,
                cells: [NumberText.integer(models.first?.classes[index].count ?? 0)]
                    + models.flatMap { Self.cells($0.classes[index], hasCorruptions) })
        }
        worst = zip(names, models).compactMap { ProbeWords.worst($0, $1) }
        classNote = hasCorruptions ? ProbeWords.classNote : nil
        precision = ProbeWords.precision(record)
        command = record.command.map(shellQuoted).joined(separator: " ")
        dataFacts =
            [
                Pair(term: "data", value: record.data), Pair(term: "images", value: ProbeWords.images(record)),
                Pair(term: "SHA-256", value: record.sha256), Pair(term: "seed", value: "\(record.seed)"),
            ] + zip(names, models).filter { $0 != $1.name }.map { Pair(term: $0, value: $1.name) }
        environmentFacts = record.environment.facts
        dataNotes = record.notes
    }

    private static func card(_ series: Int, _ model: ProbeRecord.Model, _ name: String) -> Card {
        let quarter = model.shifts.max().flatMap { model.shifts.firstIndex(of: $0) }
        var pairs = [
            Pair(
                term: "95 % interval",
                value: "\(NumberText.percent(model.interval.lower)) to \(NumberText.percent(model.interval.upper))"),
            Pair(
                term: "calibration error",
                value: NumberText.percent(model.calibrationError)
                    + (model.calibrationUncertainty.map { ", by chance \(NumberText.percent($0.byChance))" } ?? "")),
        ]
        if let quarter, model.shiftAccuracy.indices.contains(quarter) {
            pairs.append(
                Pair(
                    term: "moved by \(model.shifts[quarter]) px",
                    value: NumberText.percent(model.shiftAccuracy[quarter])))
        }
        if let corrupted = model.corruptedAccuracy {
            pairs.append(Pair(term: "corrupted, mean", value: NumberText.percent(corrupted)))
        }
        if let worst = model.worstClass {
            pairs.append(Pair(term: "worst class", value: "\(worst.name), \(NumberText.percent(worst.accuracy))"))
        }
        return Card(
            series: series, name: name, accuracy: NumberText.percent(model.accuracy),
            accuracyOf: "of the test images are classified correctly", pairs: pairs)
    }

    private static func corruptions(_ record: ProbeRecord, _ figures: ProbeFigures) -> Corruptions {
        let models = record.models
        let rows = (models.first?.corruptions ?? []).indices.map { index in
            HeatRow(
                label: ProbeWords.name(models[0].corruptions[index]),
                cells: models.flatMap { model in
                    let corrupted = model.corruptions[index]
                    return
                        (models.count == 1 ? corrupted.accuracy + [corrupted.meanAccuracy] : [corrupted.meanAccuracy])
                        .map { cell($0) }
                })
        }
        return Corruptions(
            small: figures.corruptions(),
            severities: models.count == 1 ? (1...5).map { "\($0)" } + ["mean"] : figures.names, heat: rows,
            errors: models.enumerated().map { series, model in
                Row(
                    mark: keyMark(series), label: figures.names[series],
                    cells: [
                        NumberText.percent(1 - model.undisturbedAccuracy),
                        NumberText.percent(model.meanCorruptionError),
                        NumberText.percent(model.relativeCorruptionError),
                    ])
            }, notes: [ProbeWords.errorNote] + record.corruptionNotes)
    }

    private static func cell(_ accuracy: Double) -> Cell {
        // Half the colour is enough and keeps the numbers legible in both schemes.
        Cell(strength: NumberText.decimal(60 * accuracy, 0), text: NumberText.decimal(100 * accuracy, 1))
    }

    private static func cells(_ result: ProbeRecord.ClassResult, _ hasCorruptions: Bool) -> [String] {
        let interval =
            result.interval.map { "\(NumberText.decimal(100 * $0.lower, 0))–\(NumberText.decimal(100 * $0.upper, 0))" }
        return [NumberText.percent(result.accuracy), interval ?? "–"]
            + (hasCorruptions
                ? [result.undisturbedAccuracy, result.corruptedAccuracy].map { NumberText.percent($0) } : [])
    }
}

extension ProbeView {
    /// The whole file.
    fileprivate var html: String {
        Page(kicker: "Ocellus probe", title: title, facts: facts, style: probeStyle).html {
            section(.id("summary"), .class("verdict")) {
                p(.class("kicker")) { "Undisturbed and disturbed" }
                cardRow(cards)
            }
            navigation(sections)
            movementSection
            if let corruptions { corruptionSection(corruptions) }
            probabilitySection
            classSection
            section(.id("environment")) {
                h2 { "Repeat it" }
                if !command.isEmpty { commandLine(command) }
                origin(dataFacts, environmentFacts, notes: dataNotes)
            }
        } footer: {
            p { "Models see the same images. Intervals are over test images, not over trainings." }
            writtenBy(version, from: "probe", created: created)
        }
    }

    private var movementSection: Markup {
        section(.id("movement")) {
            h2 { "Moved, turned and scaled images" }
            note(precision)
            legend(cards)
            figures(movement)
            h3 { "Same class after a small change" }
            numberTable(["change"] + names, perturbations)
            note(
                "Share of images that keep the answer they got unchanged, mean over directions. A person would not answer "
                    + "otherwise.")
        }
    }

    private func corruptionSection(_ corruptions: Corruptions) -> Markup {
        section(.id("corruptions")) {
            h2 { "Corrupted images" }
            note(
                "Accuracy in percent by severity, 0 for the same images as they are. All plots have the same scale.")
            legend(cards)
            div(.class("small")) { for each in corruptions.small { drawn(each, hasCaption: false) } }
            div(.class("side")) {
                div {
                    h3 { "Accuracy, %" }
                    div(.class("scroll")) { heatTable(corruptions) }
                }
                div {
                    h3 { "Mean corruption error" }
                    numberTable(["model", "undisturbed", "corrupted", "relative"], corruptions.errors)
                    sentences(corruptions.notes, style: "sentences note")
                }
            }
        }
    }

    private func heatTable(_ corruptions: Corruptions) -> Markup {
        table {
            thead {
                tr {
                    for head in ["corruption"] + corruptions.severities { th(.column) { head } }
                }
            }
            tbody {
                for row in corruptions.heat {
                    tr {
                        th(.row) { row.label }
                        for cell in row.cells { td(.class("hit"), .style("--v:\(cell.strength)%")) { cell.text } }
                    }
                }
            }
        }
    }

    private var probabilitySection: Markup {
        section(.id("probabilities")) {
            h2 { "Probabilities" }
            legend(cards)
            figures(probabilities)
            numberTable(["model"] + scoreHeads, scores)
            if let imbalance { p { imbalance } }
            if let chanceNote { note(chanceNote) }
            h3 { "Share answered at an error of at most" }
            numberTable(["model"] + abstainHeads, abstaining)
            note(abstainingNote)
        }
    }

    private var classSection: Markup {
        section(.id("classes")) {
            h2 { "Classes" }
            numberTable(["class", "images"] + classHeads, classRows)
            sentences(worst)
            note(
                "Share of each class that is recognised among all test images, with Wilson’s 95 % interval. "
                    + (classNote.map { $0 + " " } ?? "")
                    + "The worst of many classes looks worse than it is: the interval says by how much.")
        }
    }
}

/// What the probe page needs beyond the common style.
private let probeStyle: StaticString = """

    .small { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 200px), 1fr)); gap: 20px 26px; margin-top: 16px; }
    .small h3 { font-size: 14px; font-weight: 600; }
    @media (max-width: 560px) { .small { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px 12px; } .small .plot text { font-size: 15px; } }
    .side { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); gap: 8px 48px; }
    .side > div { min-width: 0; }
    .side .scroll td, .side .scroll th { padding-left: 8px; padding-right: 8px; }
    .side, section > h3 { margin-top: 30px; }
    """

extension ReportPage {
    /// The page of a probe; nothing is computed that the record does not hold.
    public static func html(for record: ProbeRecord) -> String { ProbeView(record).html }
}
