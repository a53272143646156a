// SPDX-License-Identifier: Apache-2.0

/// A table in aligned columns that fits the stream's width.
///
/// What does not fit is never lost silently: columns that may shrink end in `…`, and when that is not enough the
/// remaining columns follow as further blocks, each beginning with the first column.
///
///     network  parameters  test accuracy
///     ───────  ──────────  ─────────────
///     ANN      12,230,010  75.7 % ± 1.4
package struct TextTable: Sendable {
    package enum Alignment: Sendable {
        case left, right
    }

    package struct Column: Sendable {
        package var title: String
        package var alignment: Alignment
        /// May be cut with an ellipsis down to `minimum` columns.
        package var shrinks: Bool
        /// Cut inside, so that the end is seen: of a path that is the file.
        package var keepsEnd: Bool

        package init(
            _ title: String, _ alignment: Alignment = .right, shrinks: Bool = false, keepsEnd: Bool = false
        ) {
            self.title = title
            self.alignment = alignment
            self.shrinks = shrinks
            self.keepsEnd = keepsEnd
        }
    }

    package var columns: [Column]
    /// One cell for each column; missing cells are empty.
    package var rows: [[String]] = []

    private static let gap = 2
    private static let minimum = 8

    package init(_ columns: [Column], rows: [[String]] = []) {
        self.columns = columns
        self.rows = rows
    }

    /// The table's lines, each without trailing blanks and ending in a newline.
    package func rendered(_ style: TerminalStyle) -> String {
        guard !columns.isEmpty else { return "" }
        let titles = columns.map { style.shown($0.title) }
        let cells = rows.map { row in
            columns.indices.map { $0 < row.count ? style.shown(row[$0]) : "" }
        }
        var widths = columns.indices.map { column in
            cells.reduce(displayWidth(titles[column])) { max($0, displayWidth($1[column])) }
        }
        shrink(&widths, to: style.columns)
        return blocks(widths, in: style.columns).map { block in
            var lines = [
                style.bold(line(titles, block, widths, style)),
                style.dim(
                    block.map { String(repeating: style.shown("─"), count: widths[$0]) }.joined(
                        separator: String(repeating: " ", count: Self.gap))),
            ]
            lines += cells.map { line($0, block, widths, style) }
            return lines.map { $0 + "\n" }.joined()
        }.joined(separator: "\n")
    }

    private func total(_ widths: [Int]) -> Int { widths.reduce(0, +) + Self.gap * (widths.count - 1) }

    /// Takes columns away from the widest that may shrink until the table fits or none can give more.
    private func shrink(_ widths: inout [Int], to limit: Int?) {
        guard let limit else { return }
        while total(widths) > limit {
            let candidates = widths.indices.filter { columns[$0].shrinks && widths[$0] > Self.minimum }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { return }
            widths[widest] -= 1
        }
    }

    /// Column indices of each block.
    private func blocks(_ widths: [Int], in limit: Int?) -> [[Int]] {
        guard let limit, total(widths) > limit else { return [Array(widths.indices)] }
        var blocks: [[Int]] = []
        var block = [0]
        var width = widths[0]
        for column in widths.indices.dropFirst() {
            if width + Self.gap + widths[column] > limit, block.count > 1 {
                blocks.append(block)
                (block, width) = ([0], widths[0])
            }
            block.append(column)
            width += Self.gap + widths[column]
        }
        return blocks + [block]
    }

    private func line(_ cells: [String], _ block: [Int], _ widths: [Int], _ style: TerminalStyle) -> String {
        let parts = block.map { column in
            let clip = columns[column].keepsEnd ? clippedInside : clipped
            let cell = clip(cells[column], widths[column], style)
            let blanks = String(repeating: " ", count: max(0, widths[column] - displayWidth(cell)))
            return columns[column].alignment == .left ? cell + blanks : blanks + cell
        }
        let joined = parts.joined(separator: String(repeating: " ", count: Self.gap))
        return String(joined.reversed().drop { $0 == " " }.reversed())
    }
}

/// The text cut to a width, with an ellipsis where something is missing.
package func clipped(_ text: String, to width: Int, _ style: TerminalStyle) -> String {
    guard displayWidth(text) > width else { return text }
    let ellipsis = style.shown("…")
    var result = ""
    for character in text {
        if displayWidth(result) + displayWidth(String(character)) + displayWidth(ellipsis) > width { break }
        result.append(character)
    }
    return result + ellipsis
}

/// The text cut to a width, with an ellipsis in front of its last two thirds.
package func clippedInside(_ text: String, to width: Int, _ style: TerminalStyle) -> String {
    guard displayWidth(text) > width else { return text }
    let ellipsis = style.shown("…")
    func start(_ text: some Sequence<Character>, _ width: Int) -> [Character] {
        var used = 0
        return Array(
            text.prefix {
                used += displayWidth(String($0))
                return used <= width
            })
    }
    let rest = max(0, width - displayWidth(ellipsis))
    let front = start(text, rest / 3)
    let end = start(text.reversed(), rest - rest / 3)
    return String(front) + ellipsis + String(end.reversed())
}

/// Text in lines of at most the given width, broken at blanks but not before `%`; words longer than a line stay whole.
package func wrapped(_ text: String, to width: Int?, indent: Int = 0) -> String {
    guard let width, width > indent + 10 else { return text }
    var lines: [String] = []
    var line = ""
    for word in text.replacing(" %", with: "\u{A0}%").split(separator: " ") {
        if !line.isEmpty, indent + displayWidth(line) + 1 + displayWidth(String(word)) > width {
            lines.append(line)
            line = ""
        }
        line += (line.isEmpty ? "" : " ") + word
    }
    lines.append(line)
    return lines.joined(separator: "\n" + String(repeating: " ", count: indent)).replacing("\u{A0}%", with: " %")
}
