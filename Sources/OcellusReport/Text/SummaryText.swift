// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
import OcellusTensor

/// What `ocellus summary` prints: what a network costs, layer by layer and at several image sizes.
package enum SummaryText {
    /// One table: layer, output, parameters, multiply-adds, activation bytes, receptive field, and the totals.
    package static func layers(_ name: String, _ summary: NetworkSummary, style: TerminalStyle) -> String {
        let columns: [TextTable.Column] = [
            .init("", .right), .init("layer", .left, shrinks: true), .init("output", .left), .init("parameters"),
            .init("multiply-adds"), .init("activations"), .init("sees"),
        ]
        var rows = summary.rows.map { row in
            [
                row.name, row.layer, NumberText.size(row.output), NumberText.integer(row.parameters),
                NumberText.integer(row.multiplyAdds), NumberText.bytes(row.activationBytes),
                row.receptiveField.map { NumberText.size($0) } ?? "–",
            ]
        }
        rows.append([
            "", "total", "", NumberText.integer(summary.parameters), NumberText.integer(summary.multiplyAdds),
            NumberText.bytes(summary.activationBytes), "",
        ])
        let heading = "\(name) for images of \(NumberText.size(summary.input)) (width × height × channels)"
        let note =
            "For one image: multiply-adds forward; activations in 32-bit floats; parameters take "
            + "\(NumberText.bytes(4 * summary.parameters)); \"sees\" is the receptive field in pixels."
        return style.bold(wrapped(style.shown(heading), to: style.columns)) + "\n"
            + TextTable(columns, rows: rows).rendered(style)
            + style.dim(wrapped(style.shown(note), to: style.columns)) + "\n"
    }

    /// One row for each image size, with parameters, their bytes and multiply-adds of each network beside each other.
    ///
    /// - Parameter networks: Each network's summaries; the first network's sizes make the rows, and a network without
    ///   one of those sizes shows `–`.
    package static func sizes(_ networks: [(name: String, summaries: [NetworkSummary])], style: TerminalStyle) -> String
    {
        var columns: [TextTable.Column] = [.init("image", .left)]
        for network in networks {
            columns += [.init("\(network.name) parameters"), .init("bytes"), .init("multiply-adds")]
        }
        let rows = (networks.first?.summaries ?? []).map { first in
            [NumberText.size(first.input)]
                + networks.flatMap { network in
                    network.summaries.first { $0.input == first.input }.map {
                        [
                            NumberText.integer($0.parameters), NumberText.bytes(4 * $0.parameters),
                            NumberText.short($0.multiplyAdds),
                        ]
                    } ?? ["–", "–", "–"]
                }
        }
        return style.bold(style.shown("The same networks for other image sizes")) + "\n"
            + TextTable(columns, rows: rows).rendered(style)
    }
}
