// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence
import OcellusMetrics
import OcellusTensor

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

    let mark: Markup
    let label: String
    /// In place of rows.
    let drawing: Markup?
    let heads: [String]
    let rows: [Row]
    let worst: String

    init(_ findings: Findings, _ series: Int) {
        let network = findings.record.networks[series]
        let classes = findings.record.data.classes
        mark = keyMark(series)
        label = network.name
        let hasCells = classes.count <= Self.mostNumbers
        drawing = hasCells ? nil : findings.confusionDrawing(series)
        let shares = findings.shares(network)
        heads = hasCells ? classes : []
        rows =
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

    var markup: Markup {
        figure {
            h3 {
                mark
                label
            }
            drawing
            if drawing == nil { div(.class("scroll")) { numbers } }
            figcaption { worst }
        }
    }

    private var numbers: Markup {
        table(.class("confusion")) {
            thead {
                tr {
                    th {}
                    for head in heads { th(.column) { span { head } } }
                }
            }
            tbody {
                for row in rows {
                    tr {
                        th(.row, .title(row.truth)) { row.truth }
                        for cell in row.cells {
                            td(.class(cell.kind), .style("--v:\(cell.strength)%"), .title(cell.words)) { cell.percent }
                        }
                    }
                }
            }
        }
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
