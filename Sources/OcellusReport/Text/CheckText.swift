// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusTensor

/// What `ocellus check` prints.
package enum CheckText {
    /// Findings of one kind that are shown before the rest is counted.
    private static func shown(_ kind: CheckReport.Finding.Kind) -> Int { kind == .labelError ? 10 : 3 }

    /// Counts, classes and findings, the worst first.
    package static func rendered(_ report: CheckReport, style: TerminalStyle) -> String {
        var sections = [facts(report, style: style)]
        if !report.classes.isEmpty { sections.append(classes(report).rendered(style)) }
        for severity in CheckReport.Finding.Severity.allCases.reversed() {
            let findings = report.findings.filter { $0.severity == severity }
            guard !findings.isEmpty else { continue }
            let title = severity == .error ? "Errors" : severity == .warning ? "Warnings" : "Notices"
            sections.append(style.bold(title) + "\n" + kinds(findings, style: style))
        }
        sections.append(verdict(report) + "\n")
        return sections.joined(separator: "\n")
    }

    /// One line for the end: what is wrong, or that nothing is.
    package static func verdict(_ report: CheckReport) -> String {
        let (errors, warnings) = (report.count(of: .error), report.count(of: .warning))
        guard errors + warnings > 0 else { return "Nothing is wrong." }
        return "\(counted(errors, "error")), \(counted(warnings, "warning"))."
    }

    private static func facts(_ report: CheckReport, style: TerminalStyle) -> String {
        let formats = report.formats.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        var lines = [
            "\(report.path): \(counted(report.images, "image")), \(NumberText.integer(report.readable)) readable",
            "formats   " + formats.map { "\($0.key) \(NumberText.integer($0.value))" }.joined(separator: ", "),
        ]
        if let sizes = report.sizes { lines.append("sizes     " + size(sizes)) }
        lines += report.notes.map { "note      \($0)" }
        return lines.map { style.shown($0) + "\n" }.joined()
    }

    static func size(_ sizes: CheckReport.Sizes) -> String {
        func text(_ size: [Int]) -> String { size.map(String.init).joined(separator: "×") }
        guard sizes.smallest != sizes.largest else { return "all \(text(sizes.median))" }
        return "smallest \(text(sizes.smallest)), median \(text(sizes.median)), largest \(text(sizes.largest)); "
            + "\(NumberText.integer(sizes.mostCommonCount)) of \(text(sizes.mostCommon))"
    }

    private static func classes(_ report: CheckReport) -> TextTable {
        let splits = report.splits
        var columns: [TextTable.Column] = [.init("class", .left, shrinks: true)]
        columns += splits.map { .init($0) }
        // A set of a thousand classes would push the findings off the screen.
        let most = 30
        var rows = report.classes.prefix(most).map { [$0.name] + counts($0, splits) }
        if report.classes.count > most { rows.append(["and \(report.classes.count - most) more"]) }
        return TextTable(columns, rows: rows)
    }

    static func counts(_ row: CheckReport.ClassCount, _ splits: [String]) -> [String] {
        splits.map { split in
            NumberText.integer(split == "train" ? row.train : split == "test" ? row.test : row.validation)
        }
    }

    private static func kinds(_ findings: [CheckReport.Finding], style: TerminalStyle) -> String {
        var lines: [String] = []
        for kind in CheckReport.Finding.Kind.allCases {
            let members = findings.filter { $0.kind == kind }
            guard !members.isEmpty else { continue }
            lines.append("  \(NumberText.integer(members.count))  \(kind.title)")
            for member in members.prefix(shown(kind)) {
                let paths = member.paths.prefix(3).joined(separator: ", ")
                let more = member.paths.count > 3 ? " and \(member.paths.count - 3) more" : ""
                lines.append("       " + (paths.isEmpty ? member.detail : "\(paths)\(more) (\(member.detail))"))
            }
            if members.count > shown(kind) {
                lines.append("       and \(NumberText.integer(members.count - shown(kind))) more")
            }
        }
        return lines.map { style.shown($0) + "\n" }.joined()
    }
}
