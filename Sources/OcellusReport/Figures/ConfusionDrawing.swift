// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics

/// All classes against all as a drawing, for more of them than a table can hold.
struct ConfusionDrawing {
    /// Unique on the page.
    let id: String
    /// Whose it is.
    let name: String
    let classes: [String]
    /// `[true class][predicted class]`, of the images of the true class.
    let shares: [[Double]]

    /// Cells that say which classes they are of, the largest shares beside the diagonal.
    private static let mostNamed = 400
    /// Shares from which the six strengths of colour are drawn.
    private static let bounds = [0.005, 0.02, 0.05, 0.15, 0.4, 0.7]
    private static let margin = 26.0

    /// Whole units for each cell, so that neighbours meet without a seam.
    private var cell: Double { max(1, ((Frame.width - Self.margin - 6) / Double(classes.count)).rounded(.down)) }

    var element: Markup {
        let side = cell * Double(classes.count)
        var svg = SVG(width: side + Self.margin + 6, height: side + Self.margin + 6)
        svg.rectangle(Self.margin, 4, side, side, "frame")
        for isDiagonal in [false, true] { draw(&svg, isDiagonal: isDiagonal) }
        name(&svg)
        svg.text("predicted class", Self.margin + side / 2, side + 22, .middle, "label title")
        svg.text("true class", 14, 4 + side / 2, .middle, "label title", rotated: true)
        let diagonal = mean(classes.indices.map { shares[$0][$0] }) ?? .nan
        return svg.element(
            id: id, title: "Confusion matrix of \(name)",
            description: "\(classes.count) classes in the order of the table of classes; mean share on the diagonal "
                + "\(NumberText.percent(diagonal)).")
    }

    private func place(_ label: Int, _ prediction: Int) -> (x: Double, y: Double) {
        (Self.margin + cell * Double(prediction), 4 + cell * Double(label))
    }

    /// One path for each strength keeps the page small.
    private func draw(_ svg: inout SVG, isDiagonal: Bool) {
        var paths = Array(repeating: "", count: Self.bounds.count)
        for label in classes.indices {
            for prediction in classes.indices where (label == prediction) == isDiagonal {
                let share = shares[label][prediction]
                guard let strength = Self.bounds.lastIndex(where: { share >= $0 }) else { continue }
                let (x, y) = place(label, prediction)
                paths[strength] += "M\(number(x)) \(number(y))h\(number(cell))v\(number(cell))h\(number(-cell))Z"
            }
        }
        for (strength, path) in paths.enumerated() where !path.isEmpty {
            svg.path(path, "\(isDiagonal ? "hit" : "miss") heat\(strength)")
        }
    }

    /// Over the cells with the largest shares lie areas that say what they are of.
    private func name(_ svg: inout SVG) {
        var named: [(label: Int, prediction: Int)] = []
        for label in classes.indices {
            for prediction in classes.indices where label != prediction && shares[label][prediction] >= Self.bounds[0] {
                named.append((label, prediction))
            }
        }
        named.sort { shares[$0.label][$0.prediction] > shares[$1.label][$1.prediction] }
        for (label, prediction) in named.prefix(Self.mostNamed) {
            let (x, y) = place(label, prediction)
            svg.rectangle(
                x, y, cell, cell, "named",
                title: "\(classes[label]) taken for \(classes[prediction]): "
                    + NumberText.percent(shares[label][prediction]))
        }
    }
}
