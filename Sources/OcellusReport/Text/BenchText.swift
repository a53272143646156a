// SPDX-License-Identifier: Apache-2.0

package import OcellusTraining

/// What `ocellus bench --profile` prints: where the time of a step of training or inference goes.
package enum BenchText {
    /// One row for each step of the plan, in order, and the sums of the phases.
    package static func profile(_ profile: Benchmark.Profile, batchSize: Int, style: TerminalStyle) -> String {
        let rows = profile.rows
        let total = rows.reduce(0) { $0 + $1.milliseconds }
        var cells = rows.map { row in
            [
                row.phase, row.layer, row.name, row.implementation,
                [row.algorithm, row.chosen].compactMap(\.self).joined(separator: ", "),
                NumberText.decimal(row.milliseconds, 3), NumberText.percent(row.milliseconds / total),
                row.multiplyAdds > 0 ? rate(2 * Double(row.multiplyAdds), row.milliseconds) : "",
                rate(Double(row.bytes), row.milliseconds),
            ]
        }
        cells.append(["", "all steps", "", "", "", NumberText.decimal(total, 3), "", "", ""])
        let part =
            profile.images < batchSize ? "One part of \(profile.images) images; a batch has \(batchSize).\n\n" : ""
        return part
            + TextTable(
                [
                    .init("phase", .left), .init("layer", .left, shrinks: true), .init("step", .left, shrinks: true),
                    .init("implementation", .left, shrinks: true), .init("algorithm", .left), .init("ms"),
                    .init("share"),
                    .init("GFLOP/s"),
                    .init("GB/s"),
                ], rows: cells
            ).rendered(style)
    }

    /// Billions a second.
    private static func rate(_ amount: Double, _ milliseconds: Double) -> String {
        milliseconds > 0 ? NumberText.decimal(amount / milliseconds / 1e6, 1) : ""
    }
}
