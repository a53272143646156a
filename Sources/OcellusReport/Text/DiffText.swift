// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusMetrics

/// What `ocellus diff` prints.
package enum DiffText {
    /// Images of each kind that are listed before the rest is counted.
    private static let listed = 20

    /// - Parameters:
    ///   - diff: What changed.
    ///   - names: Of the two models.
    package static func rendered(_ diff: ModelDiff, names: (String, String), style: TerminalStyle) -> String {
        func paragraph(_ text: String) -> String { wrapped(style.shown(text), to: style.columns) + "\n" }
        var text = style.bold(wrapped(style.shown(headline(diff)), to: style.columns)) + "\n"
        text += paragraph("A is \(names.0), B is \(names.1).") + paragraph(sides(diff))
        text += list("right in A, wrong in B", diff.lost, style) + list("wrong in A, right in B", diff.gained, style)
        let changed = diff.classes.filter { $0.lost + $0.gained > 0 }
        guard !changed.isEmpty else { return text }
        let table = TextTable(
            [.init("class", .left, shrinks: true), .init("images"), .init("lost"), .init("gained"), .init("p")],
            rows: changed.map { row in
                [
                    row.name, NumberText.integer(row.images), NumberText.integer(row.lost),
                    NumberText.integer(row.gained),
                    NumberText.pValue(row.pValue),
                ]
            })
        return text + table.rendered(style)
            + paragraph("p of the classes: McNemar's exact test, corrected for their number (Holm).")
    }

    /// `B is better: accuracy 81.2 % to 83.0 %, +1.8 points (95 % interval +0.3 to +3.3; McNemar's exact p = 0.021) on 1,000 images`
    package static func headline(_ diff: ModelDiff) -> String {
        let word =
            diff.isBetter ? "B is better" : diff.isWorse ? "B is worse" : "no difference is shown"
        func share(_ correct: Int) -> String { NumberText.percent(Double(correct) / Double(diff.count)) }
        return
            "\(word): accuracy \(share(diff.firstCorrect)) to \(share(diff.secondCorrect)), \(NumberText.points(diff.difference)) "
            + "points (95 % interval \(NumberText.points(diff.interval.lower)) to \(NumberText.points(diff.interval.upper)); "
            + "McNemar's exact p \(pValue(diff.pValue))) on \(counted(diff.count, "image"))"
    }

    /// How many images changed sides.
    package static func sides(_ diff: ModelDiff) -> String {
        "\(counted(diff.lost.count + diff.gained.count, "image")) changed sides: \(NumberText.integer(diff.lost.count)) lost, "
            + "\(NumberText.integer(diff.gained.count)) gained; \(NumberText.integer(diff.otherwiseWrong)) wrong in both with another "
            + "answer."
    }

    private static func pValue(_ value: Double) -> String {
        let text = NumberText.pValue(value)
        return text.hasPrefix("<") ? text : "= " + text
    }

    private static func list(_ heading: String, _ changes: [ModelDiff.Change], _ style: TerminalStyle) -> String {
        guard !changes.isEmpty else { return "" }
        let table = TextTable(
            [
                .init("image", .left, shrinks: true, keepsEnd: true), .init("class", .left, shrinks: true),
                .init("A", .left, shrinks: true), .init("B", .left, shrinks: true),
            ], rows: changes.prefix(listed).map { [$0.image, $0.label, $0.first, $0.second] })
        let rest = changes.count - listed
        return "\n" + style.bold(heading) + "\n" + table.rendered(style)
            + (rest > 0 ? "and \(NumberText.integer(rest)) more (--json, --html)\n" : "")
    }
}
