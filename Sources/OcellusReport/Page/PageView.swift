// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

/// What the comparison's page shows; every number is text already.
struct PageView {
    /// One kind of line in the legend of the training curves.
    struct Stroke {
        var style: String
        var name: String

        var mark: Markup {
            var svg = SVG(width: 30, height: 10)
            svg.line(1, 5, 29, 5, style)
            return svg.mark("stroke")
        }
    }

    struct SizeRow {
        var size: String
        var mark: Markup
        var label: String
        var cells: [String]
    }

    struct Training {
        var mark: Markup
        var label: String
        var training: String
        var tuning: String
    }

    struct Architecture {
        var mark: Markup
        var label: String
        var layers: [Row]
    }

    let title: String
    let facts: String
    let verdict: String
    let reason: String
    let visibility: String?
    /// What leads where classes are uneven, and what the verdict is about then.
    let imbalance: String?
    let testNote: String?
    /// What to know before the verdict is believed.
    let warnings: [String]
    let cards: [Card]
    let sections: [Section]
    let curves: [Figure]
    let strokes: [Stroke]
    let hasValidation: Bool
    let firstName: String
    let resultHeads: [String]
    let resultRows: [Row]
    let match: String
    let costRows: [Row]
    let seedFigures: [Figure]
    let hasPairs: Bool
    let pairHeads: [String]
    let pairRows: [Row]
    let hasClasses: Bool
    let seedNote: String
    let recall: Figure?
    let classRows: [Row]
    /// The table stands beside the figure where it is narrow enough.
    let classLayout: String
    let confusionMeasure: String
    let confusions: [ConfusionView]
    let pictures: PicturesView?
    let shift: Figure?
    let sizeFigure: Figure?
    let sizeRows: [SizeRow]
    let recipe: String
    let recipeNotes: [String]
    let trainings: [Training]
    let architectures: [Architecture]
    let checklist: [Pair]
    let command: String
    let dataFacts: [Pair]
    let environmentFacts: [Pair]
    let dataNotes: [String]
    let version: String
    let created: String

    init(_ findings: Findings) {
        let record = findings.record
        let data = record.data
        title =
            findings.pair.map { "\($0.first) against \($0.second)" + (record.networks.count > 2 ? " and others" : "") }
            ?? record.networks.first?.name ?? "No network"
        let seedWords = counted(findings.seeds.count, "seed")
        facts = [
            data.name, counted(data.classes.count, "class", plural: "classes"),
            "images of \(NumberText.size(data.shape))",
            "\(NumberText.integer(data.trainCount)) for training",
            data.validationCount > 0 ? "\(NumberText.integer(data.validationCount)) for validation" : nil,
            "\(NumberText.integer(data.testCount)) for the test", "recipe \(record.recipe)", seedWords,
        ].compactMap { $0 }.joined(separator: " · ")
        verdict = findings.verdict
        reason =
            findings.verdictReason
            + (record.networks.count > 2 ? " The verdict is about the first two networks." : "")
        visibility = findings.visibility
        imbalance = findings.imbalanceNote
        testNote = AccuracyWords.testNote(findings.imbalance, measure: record.difference?.measure)
        warnings = [
            findings.unfinished, findings.matchWarning, findings.inequality, findings.unfinishedLearning,
        ].compactMap { $0 }
        cards = record.networks.enumerated().map { series, network in
            Self.card(findings, network, series)
        }
        curves = findings.trainingCurves()
        hasValidation = data.validationCount > 0
        strokes =
            (hasValidation ? [Stroke(style: "solid", name: "validation")] : [])
            + [Stroke(style: "dashed", name: "training")]
        firstName = record.networks.first?.name ?? ""
        resultHeads =
            findings.accuracyHeads
            + ["parameters", "multiply-adds", "memory", "training", "images/s"]
            + (hasValidation ? ["to \(firstName)’s best"] : [])
        resultRows = Self.resultRows(findings)
        let match = findings.matchSentence
        self.match = match.prefix(1).uppercased() + match.dropFirst()
        costRows = zip(record.networks, findings.costCells).enumerated().map { series, row in
            Row(mark: keyMark(series), label: row.0.name, cells: row.1)
        }
        seedFigures = [findings.accuracyBySeed(), findings.differenceBySeed()].compactMap { $0 }
        hasPairs = findings.pair != nil && !record.pairs.isEmpty
        pairHeads =
            findings.pair.map {
                [
                    $0.first, $0.second, "difference, points", "only \($0.first)", "only \($0.second)", "McNemar p",
                    "method",
                ]
            } ?? []
        pairRows = Self.pairRows(findings)
        hasClasses = !data.classes.isEmpty && record.networks.contains { !$0.runs.isEmpty }
        seedNote = findings.seeds.count > 1 ? ", mean over \(findings.seeds.count) seeds" : ""
        recall = findings.recallByClass()
        classRows = Self.classRows(findings)
        classLayout = recall != nil && record.networks.count <= 2 ? "beside" : ""
        confusionMeasure =
            data.classes.count <= ConfusionView.mostNumbers
            ? "numbers are percent of the row" : "the stronger the colour, the larger the share of the row"
        confusions = hasClasses ? record.networks.indices.map { ConfusionView(findings, $0) } : []
        pictures = record.pictures.map { PicturesView(findings, $0) }
        shift = findings.shiftCurves()
        sizeFigure = findings.sizeCurves()
        sizeRows = Self.sizeRows(record)
        recipe = record.recipe
        recipeNotes = record.recipeNotes
        trainings = record.networks.enumerated().map { Self.training($0.element, $0.offset) }
        architectures = record.networks.enumerated().map { Self.architecture($0.element, $0.offset) }
        checklist = findings.checklist.filter { $0.name != "repeat with" }.map { Pair(term: $0.name, value: $0.text) }
        command = findings.commandLine
        dataFacts =
            Self.dataFacts(data)
            + findings.splitHashes.map {
                Pair(term: $0.seed.map { "split of seed \($0)" } ?? "split", value: $0.sha256)
            }
        environmentFacts =
            record.environment.facts + [Pair(term: "whole run", value: NumberText.seconds(record.seconds))]
        dataNotes = data.notes
        version = record.environment.ocellus
        created = record.created
        let all: [(String, String, Bool)] = [
            ("training", "Training", !curves.isEmpty), ("results", "Results", true), ("match", "Match", true),
            ("seeds", "Seeds", true),
            ("classes", "Classes", hasClasses), ("confusion", "Confusions", hasClasses),
            ("samples", "Test images", !(pictures?.samples ?? []).isEmpty),
            ("mistakes", "Worst mistakes", !(pictures?.worst ?? []).isEmpty),
            ("filters", "Filters", pictures?.hasFilters ?? false), ("maps", "Feature maps", pictures?.hasMaps ?? false),
            ("shift", "Shift", shift != nil), ("size", "Photo sizes", !sizeRows.isEmpty), ("method", "Method", true),
            ("environment", "Repeat it", true),
        ]
        sections = all.filter(\.2).map { Section(anchor: $0.0, words: $0.1) }
    }

    private static func card(
        _ findings: Findings, _ network: ComparisonRecord.NetworkRecord, _ series: Int
    ) -> Card {
        let leading = findings.leadingAccuracy(network)
        let deviation = leading.summary.standardDeviation.flatMap { $0.isFinite ? $0 : nil }
        let seeds = counted(network.runs.count, "seed")
        return Card(
            series: series, name: network.name,
            accuracy: NumberText.percent(leading.summary.mean),
            spread: deviation.map { "± \(NumberText.decimal(100 * $0, 1))" },
            accuracyOf: deviation == nil
                ? "\(leading.name), \(seeds)" : "\(leading.name), mean ± standard deviation over \(seeds)",
            pairs: (leading.other.map { [Pair(term: "test accuracy", value: $0)] } ?? []) + [
                Pair(term: "parameters", value: NumberText.integer(network.summary.parameters)),
                Pair(term: "multiply-adds", value: NumberText.short(network.summary.multiplyAdds) + " per image"),
                Pair(term: "training", value: NumberText.seconds(findings.trainingSeconds(network) ?? .nan)),
                Pair(term: "speed", value: NumberText.rate(findings.imagesPerSecond(network) ?? .nan) + " images/s"),
            ])
    }

    private static func resultRows(_ findings: Findings) -> [Row] {
        findings.record.networks.enumerated().map { series, network in
            Row(
                mark: keyMark(series), label: network.name,
                cells: findings.accuracyCells(network) + [
                    NumberText.integer(network.summary.parameters),
                    NumberText.integer(network.summary.multiplyAdds), NumberText.bytes(network.trainingMemory),
                    NumberText.seconds(findings.trainingSeconds(network) ?? .nan),
                    NumberText.rate(findings.imagesPerSecond(network) ?? .nan),
                ] + (findings.record.data.validationCount > 0 ? [findings.secondsToFirstBest(network)] : []))
        }
    }

    private static func pairRows(_ findings: Findings) -> [Row] {
        findings.record.pairs.enumerated().map { index, pair in
            let accuracies = findings.record.networks.prefix(2).map { network in
                NumberText.percent(network.runs.first { $0.seed == pair.seed }.map { findings.seedScore($0).share })
            }
            return Row(
                label: "\(pair.seed)",
                cells: accuracies + [
                    NumberText.points(findings.seedDifference(index)), NumberText.integer(pair.onlyFirstCorrect),
                    NumberText.integer(pair.onlySecondCorrect), NumberText.pValue(pair.pValue), pair.method,
                ])
        }
    }

    private static func classRows(_ findings: Findings) -> [Row] {
        let data = findings.record.data
        return data.classes.indices.map { label in
            let count = data.testCounts.indices.contains(label) ? NumberText.integer(data.testCounts[label]) : "–"
            return Row(
                label: data.classes[label],
                cells: [count]
                    + findings.record.networks.flatMap { network in
                        let scores = findings.scores(network, label: label)
                        return [scores.precision, scores.recall, scores.f1].map {
                            NumberText.decimal(100 * ($0 ?? .nan), 1)
                        }
                    })
        }
    }

    private static func sizeRows(_ record: ComparisonRecord) -> [SizeRow] {
        var sizes: [Shape] = []
        for cost in record.networks.flatMap(\.atPhotoSizes) where !sizes.contains(cost.input) {
            sizes.append(cost.input)
        }
        return sizes.flatMap { size in
            record.networks.enumerated().compactMap { series, network in
                network.atPhotoSizes.first { $0.input == size }.map { cost in
                    SizeRow(
                        size: NumberText.size(size), mark: keyMark(series), label: network.name,
                        cells: [
                            NumberText.integer(cost.parameters), NumberText.bytes(4 * cost.parameters),
                            NumberText.short(cost.multiplyAdds),
                        ])
                }
            }
        }
    }

    private static func training(_ network: ComparisonRecord.NetworkRecord, _ series: Int) -> Training {
        Training(
            mark: keyMark(series), label: network.name, training: trainingWords(network.configuration),
            tuning: TrialText.tuning(network.tuning))
    }

    private static func architecture(_ network: ComparisonRecord.NetworkRecord, _ series: Int) -> Architecture {
        Architecture(mark: keyMark(series), label: network.name, layers: layerRows(network.summary))
    }

    private static func dataFacts(_ data: ComparisonRecord.DataDescription) -> [Pair] {
        [
            Pair(term: "data", value: data.name),
            Pair(term: "classes", value: NumberText.integer(data.classes.count)),
            Pair(term: "images", value: "\(NumberText.size(data.shape)) (width × height × channels)"),
            Pair(term: "training", value: NumberText.integer(data.trainCount)),
            Pair(
                term: "validation",
                value: data.validationCount > 0 ? NumberText.integer(data.validationCount) : "none held out"),
            Pair(term: "test", value: NumberText.integer(data.testCount)), Pair(term: "SHA-256", value: data.sha256),
        ]
    }
}
