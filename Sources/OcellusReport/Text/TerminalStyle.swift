// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// What the other end of a stream can show: its width, its characters, its colours.
package struct TerminalStyle: Sendable, Hashable {
    /// When to colour: the values of `--color`.
    package enum Color: String, Sendable, Hashable, CaseIterable {
        case auto, always, never
    }

    /// Width in columns; `nil` when nothing limits it, as in a file.
    package var columns: Int?
    /// Characters beyond ASCII may be written.
    package var unicode: Bool
    package var colored: Bool
    /// Lines may be rewritten in place.
    package var rewrites: Bool

    package init(columns: Int? = nil, unicode: Bool = true, colored: Bool = false, rewrites: Bool = false) {
        self.columns = columns
        self.unicode = unicode
        self.colored = colored
        self.rewrites = rewrites
    }

    /// The style of one stream.
    ///
    /// `--color` beats everything; then a non-empty `NO_COLOR`; then `CLICOLOR_FORCE` or `FORCE_COLOR`, unless 0; then
    /// whether the stream is a terminal whose `TERM` is not `dumb`. The characters follow the locale: the first of
    /// `LC_ALL`, `LC_CTYPE` and `LANG` that is not empty.
    ///
    /// - Parameter terminalColumns: The terminal's own width, used where `COLUMNS` says nothing.
    package init(
        environment: [String: String], isTerminal: Bool, color: Color = .auto, terminalColumns: Int? = nil
    ) {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let locale = (value("LC_ALL") ?? value("LC_CTYPE") ?? value("LANG") ?? "C").lowercased()
        unicode = locale.contains("utf-8") || locale.contains("utf8")
        let asked = value("COLUMNS").flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
        columns = asked ?? (isTerminal ? terminalColumns ?? 80 : nil)
        rewrites = isTerminal && value("TERM") != "dumb"
        let forced = ["CLICOLOR_FORCE", "FORCE_COLOR"].contains { value($0).map { $0 != "0" } ?? false }
        switch color {
        case .always: colored = true
        case .never: colored = false
        case .auto: colored = value("NO_COLOR") == nil && (forced || rewrites)
        }
    }

    /// The text with only what this stream can show: control characters of names become `�`, and without Unicode every
    /// symbol becomes its ASCII neighbour.
    package func shown(_ text: String) -> String {
        let safe = harmless(text)
        guard !unicode else { return safe }
        var result = ""
        for scalar in safe.unicodeScalars {
            if scalar.isASCII {
                result.unicodeScalars.append(scalar)
            } else {
                result += Self.neighbours[scalar] ?? "?"
            }
        }
        return result
    }

    private static let neighbours: [Unicode.Scalar: String] = [
        "±": "+-", "−": "-", "–": "-", "—": "-", "…": "...", "×": "x", "·": "-", "─": "-", "█": "#", "░": ".",
        "→": "->",
        "≤": "<=", "≥": ">=", "\u{A0}": " ", "’": "'", "✓": "+", "✗": "x",
    ]

    /// As ``shown(_:)``, line by line: for texts of our own that have several.
    package func shownLines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { shown(String($0)) }.joined(separator: "\n")
    }

    /// As ``shownLines(_:)`` for a message with names of files and models in it: a word wider than the stream, or than
    /// 1,000 columns where nothing limits it, keeps its beginning and its end.
    package func shownMessage(_ text: String) -> String {
        let width = max(20, columns.map { $0 - Self.messageIndent } ?? 1_000)
        return shownLines(text).split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.split(separator: " ", omittingEmptySubsequences: false)
                .map { clippedInside(String($0), to: width, self) }.joined(separator: " ")
        }.joined(separator: "\n")
    }

    /// What stands in front of the facts of an error.
    private static let messageIndent = 12

    package func bold(_ text: String) -> String { colored ? "\u{1B}[1m\(text)\u{1B}[0m" : text }
    package func dim(_ text: String) -> String { colored ? "\u{1B}[2m\(text)\u{1B}[0m" : text }
}

/// Terminal columns that the text takes: 2 for East Asian wide characters and emoji, 0 for marks that combine.
package func displayWidth(_ text: String) -> Int {
    text.unicodeScalars.reduce(0) { width, scalar in
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return width
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F,
            0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F900...0x1F9FF, 0x20000...0x3FFFD:
            return width + 2
        default: return width + 1
        }
    }
}
