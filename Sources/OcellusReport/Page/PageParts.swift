// SPDX-License-Identifier: Apache-2.0

// Parts that several pages are made of.

/// A row of a table: what it is about, with a network's mark where it is about one, and its cells.
struct Row {
    var mark = Markup()
    var label: String
    var cells: [String]
}

/// A term and what it is, as the pages' lists show them.
struct Pair {
    var term: String
    var value: String
}

/// An entry of a page's navigation.
struct Section {
    var anchor: String
    var words: String
}

/// A network or model with its numbers at the top of a page.
struct Card {
    var series: Int
    var name: String
    var accuracy: String
    var spread: String?
    var accuracyOf: String
    var pairs: [Pair]

    var key: Markup { keyMark(series) }
}

/// A table that scrolls where it is wider than the page; its first column names the rows.
///
/// - Parameters:
///   - heads: One for each column.
///   - texts: Columns of words after the first, which stand left; the others hold numbers.
///   - sorts: Whether the page's script sorts it by the column that is clicked.
func numberTable(_ heads: [String], texts: Int = 0, sorts: Bool = false, _ rows: [Row]) -> Markup {
    func style(_ column: Int) -> String? {
        let isText = column < 1 + texts
        let styles = [isText && column > 0 ? "left" : nil, sorts && isText ? "words" : nil].compactMap(\.self)
        return styles.isEmpty ? nil : styles.joined(separator: " ")
    }
    return div(.class("scroll")) {
        table(.class(sorts ? "sorts" : nil)) {
            thead {
                tr {
                    for (column, head) in heads.enumerated() {
                        th(.class(style(column)), .column) { head }
                    }
                }
            }
            tbody {
                for row in rows {
                    tr {
                        th(.row) {
                            row.mark
                            row.label
                        }
                        for (column, cell) in row.cells.enumerated() {
                            td(.class(column < texts ? "left" : nil)) { cell }
                        }
                    }
                }
            }
        }
    }
}

func note(_ words: String) -> Markup { p(.class("note")) { words } }

func sentences(_ sentences: [String], style: String = "sentences") -> Markup {
    ul(.class(style)) { for sentence in sentences { li { sentence } } }
}

func list(_ pairs: [Pair], style: String = "pairs") -> Markup {
    dl(.class(style)) {
        for pair in pairs {
            dt { pair.term }
            dd { pair.value }
        }
    }
}

func navigation(_ sections: [Section]) -> Markup {
    nav(Attribute("aria-label", "Sections")) {
        for section in sections { a(.link(to: section.anchor)) { section.words } }
    }
}

func legend(_ cards: [Card]) -> Markup {
    ul(.class("legend")) {
        for card in cards {
            li {
                card.key
                card.name
            }
        }
    }
}

func cardRow(_ cards: [Card]) -> Markup {
    div(.class("cards")) {
        for card in cards {
            div(.class("card s\(card.series % 6)")) {
                div(.class("name")) {
                    card.key
                    card.name
                }
                p(.class("big")) {
                    card.accuracy
                    if let spread = card.spread {
                        " "
                        small { spread }
                    }
                }
                note(card.accuracyOf)
                list(card.pairs)
            }
        }
    }
}

/// The figure; on a page with many its caption is left out.
func drawn(_ shown: Figure, style: String? = nil, hasCaption: Bool = true) -> Markup {
    figure(.class(style)) {
        h3 { shown.heading }
        shown.svg
        if hasCaption { figcaption { shown.caption } }
    }
}

func figures(_ shown: [Figure]) -> Markup {
    div(.class("figures")) { for each in shown { drawn(each) } }
}

/// The command line that makes the record again, as it can be copied.
func commandLine(_ text: String) -> Markup { pre { code { Markup(verbatim: text) } } }

/// Data and machine, which stand at the end of each page, and the remarks of those who read the data.
func origin(_ data: [Pair], _ environment: [Pair], notes: [String]) -> Markup {
    markup {
        div(.class("two")) {
            div {
                h4 { "Data" }
                list(data)
            }
            div {
                h4 { "Machine and software" }
                list(environment)
            }
        }
        if !notes.isEmpty {
            h4 { "Said while the data were read" }
            sentences(notes)
        }
    }
}

/// The last line of each page.
func writtenBy(
    _ version: String, from record: String? = nil, created: String = "", hasScript: Bool = false
) -> Markup {
    let source = record.map { " from the record of the \($0), \(created)" } ?? ""
    let script =
        hasScript
        ? "loads nothing; its script sorts tables and enlarges pictures, and all of it reads without"
        : "loads nothing and runs no script"
    return p { "Written by Ocellus \(version)\(source). This page \(script)." }
}
