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
        /// Of its pictures.
        var anchor: String?
    }

    struct Row {
        var truth: String
        var cells: [Cell]
    }

    /// More classes are drawn instead.
    static let mostNumbers = 20
    /// So few get larger cells.
    private static let few = 5

    let mark: Markup
    let label: String
    /// In place of rows.
    let drawing: Markup?
    let heads: [String]
    let rows: [Row]
    let worst: String

    init(_ findings: Findings, _ series: Int) {
        let network = findings.record.networks[series]
        self.init(
            mark: keyMark(series), label: network.name, id: "confusion-\(series)", findings.record.data.classes,
            shares: findings.shares(network))
    }

    /// - Parameters:
    ///   - id: Of the drawing, unique on the page.
    ///   - classes: Names.
    ///   - shares: `[true class][predicted class]`, of the images of the true class.
    ///   - words: What a cell says besides when it is pointed at.
    ///   - anchor: Of the pictures of a cell; `nil` where there are none.
    init(
        mark: Markup, label: String, id: String, _ classes: [String], shares: [[Double]],
        words: (_ label: Int, _ prediction: Int) -> String = { _, _ in "" },
        anchor: (_ label: Int, _ prediction: Int) -> String? = { _, _ in nil }
    ) {
        self.mark = mark
        self.label = label
        let hasCells = classes.count <= Self.mostNumbers
        drawing =
            hasCells ? nil : ConfusionDrawing(id: id, name: label, classes: classes, shares: shares).element
        heads = hasCells ? classes : []
        rows =
            hasCells
            ? classes.indices.map { label in
                Row(
                    truth: classes[label],
                    cells: classes.indices.map { prediction in
                        var cell = Self.cell(classes, label, prediction, share: shares[label][prediction])
                        cell.words += words(label, prediction)
                        cell.anchor = anchor(label, prediction)
                        return cell
                    })
            } : []
        worst = Self.worst(classes, shares)
    }

    private static func worst(_ classes: [String], _ shares: [[Double]]) -> String {
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
        return most.isEmpty
            ? "No image was classified wrongly." : "Confused most: " + most.joined(separator: ", ") + "."
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
        table(.class(rows.count <= Self.few ? "confusion few" : "confusion")) {
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
                            td(.class(cell.kind), .style("--v:\(cell.strength)%"), .title(cell.words)) {
                                if let anchor = cell.anchor {
                                    a(.link(to: anchor)) { cell.percent }
                                } else {
                                    cell.percent
                                }
                            }
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
