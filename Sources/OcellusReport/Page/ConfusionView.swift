// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics

/// One confusion matrix: a table with numbers, or a drawing where there are too many classes to read numbers.
struct ConfusionView {
    struct Cell {
        var kind: String
        /// Percent of the cell's colour.
        var strength: String
        var percent: String
        var words: String
    }

    struct Row {
        var truth: String
        var cells: [Cell]
    }

    /// More classes are drawn instead.
    static let mostNumbers = 20

    let mark: String
    let label: String
    let drawing: String
    let hasCells: Bool
    let heads: [String]
    let confusionRows: [Row]
    let worst: String

    init(_ findings: Findings, _ series: Int) {
        let network = findings.record.networks[series]
        let classes = findings.record.data.classes
        mark = keyMark(series)
        label = network.name
        hasCells = classes.count <= Self.mostNumbers
        drawing = hasCells ? "" : findings.confusionDrawing(series)
        let shares = findings.shares(network)
        heads = hasCells ? classes : []
        confusionRows =
            hasCells
            ? classes.indices.map { label in
                Row(
                    truth: classes[label],
                    cells: classes.indices.map { Self.cell(classes, label, $0, share: shares[label][$0]) })
            } : []
        var confused: [(label: Int, prediction: Int, share: Double)] = []
        for label in classes.indices {
            for prediction in classes.indices where label != prediction && shares[label][prediction] > 0 {
                confused.append((label, prediction, shares[label][prediction]))
            }
        }
        confused.sort { ($1.share, $0.label, $0.prediction) < ($0.share, $1.label, $1.prediction) }
        let most = confused.prefix(3).map {
            "\(classes[$0.label]) taken for \(classes[$0.prediction]) (\(NumberText.percent($0.share)))"
        }
        worst =
            most.isEmpty ? "No image was classified wrongly." : "Confused most: " + most.joined(separator: ", ") + "."
    }

    private static func cell(_ classes: [String], _ label: Int, _ prediction: Int, share: Double) -> Cell {
        let isHit = label == prediction
        // Errors reach the full colour at 40 %, or the rare ones could not be told from none.
        let strength = isHit ? 0.1 + 0.9 * share : share > 0 ? 0.08 + 0.92 * min(1, share / 0.4) : 0
        let percent = 100 * share
        let text = share == 0 ? "" : percent < 1 ? "<1" : NumberText.decimal(percent, 0)
        let verb = isHit ? "recognised" : "taken for \(classes[prediction])"
        return Cell(
            kind: isHit ? "hit" : "miss", strength: NumberText.decimal(100 * strength, 0), percent: text,
            words: "\(classes[label]) \(verb): \(NumberText.percent(share))")
    }
}
