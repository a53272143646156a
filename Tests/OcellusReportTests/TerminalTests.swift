// SPDX-License-Identifier: Apache-2.0

import OcellusReport
import Testing

@Suite("TerminalStyle") struct TerminalStyleTests {
    // Rows: environment, is a terminal, --color, expected.
    @Test(
        "decides on colour in the stated order",
        arguments: [
            ([:], true, .auto, true), ([:], false, .auto, false), (["TERM": "dumb"], true, .auto, false),
            (["NO_COLOR": "1"], true, .auto, false), (["NO_COLOR": ""], true, .auto, true),
            (["NO_COLOR": "1", "CLICOLOR_FORCE": "1"], false, .auto, false),
            (["CLICOLOR_FORCE": "1"], false, .auto, true), (["CLICOLOR_FORCE": "0"], false, .auto, false),
            (["FORCE_COLOR": "1"], false, .auto, true), (["NO_COLOR": "1"], false, .always, true),
            (["CLICOLOR_FORCE": "1"], true, .never, false),
        ] as [([String: String], Bool, TerminalStyle.Color, Bool)])
    func colour(environment: [String: String], isTerminal: Bool, color: TerminalStyle.Color, expected: Bool) {
        #expect(TerminalStyle(environment: environment, isTerminal: isTerminal, color: color).colored == expected)
    }

    @Test("takes width, characters and rewriting from the environment") func environment() {
        #expect(TerminalStyle(environment: ["COLUMNS": "72"], isTerminal: false).columns == 72)
        #expect(TerminalStyle(environment: ["COLUMNS": "wide"], isTerminal: false).columns == nil)
        #expect(TerminalStyle(environment: [:], isTerminal: true, terminalColumns: 132).columns == 132)
        #expect(TerminalStyle(environment: [:], isTerminal: true).columns == 80)
        #expect(TerminalStyle(environment: ["LANG": "de_DE.UTF-8"], isTerminal: false).unicode)
        #expect(!TerminalStyle(environment: ["LANG": "de_DE.UTF-8", "LC_ALL": "C"], isTerminal: false).unicode)
        #expect(!TerminalStyle(environment: [:], isTerminal: false).unicode)
        #expect(!TerminalStyle(environment: ["TERM": "dumb"], isTerminal: true).rewrites)
        #expect(!TerminalStyle(environment: ["CLICOLOR_FORCE": "1"], isTerminal: false).rewrites)
    }

    @Test("names cannot steer the terminal") func hostile() {
        #expect(TerminalStyle().shown("a\u{1B}[2Jb\r\n\u{9B}c\u{202E}d") == "a�[2Jb��\u{FFFD}c�d")
        #expect(TerminalStyle(unicode: false).shown("3×3 ± é") == "3x3 +- ?")
    }
}

@Suite("TextTable") struct TextTableTests {
    private let table = TextTable(
        [.init("class", .left, shrinks: true), .init("images"), .init("recall")],
        rows: [["ankle boot with laces", "200", "97.5"], ["靴", "1,000", "8.0"]])

    @Test("aligns columns, wide characters included") func aligned() {
        #expect(
            table.rendered(TerminalStyle()) == """
                class                  images  recall
                ─────────────────────  ──────  ──────
                ankle boot with laces     200    97.5
                靴                      1,000     8.0

                """)
    }

    @Test("cuts what may shrink") func cut() {
        #expect(
            table.rendered(TerminalStyle(columns: 28)) == """
                class         images  recall
                ────────────  ──────  ──────
                ankle boot …     200    97.5
                靴             1,000     8.0

                """)
    }

    @Test("continues below when nothing may shrink further") func blocks() {
        #expect(
            table.rendered(TerminalStyle(columns: 17, unicode: false)) == """
                class     images
                --------  ------
                ankle...     200
                ?          1,000

                class     recall
                --------  ------
                ankle...    97.5
                ?            8.0

                """)
    }

    @Test("colours only titles and rules") func colored() {
        let text = TextTable([.init("n")], rows: [["1"]]).rendered(TerminalStyle(colored: true))
        #expect(text == "\u{1B}[1mn\u{1B}[0m\n\u{1B}[2m─\u{1B}[0m\n1\n")
    }

    @Test("wraps at blanks and keeps percent signs") func wrap() {
        #expect(wrapped("accuracy is 84.2 % today", to: 18) == "accuracy is 84.2 %\ntoday")
        #expect(wrapped("accuracy is 84.2 % today", to: 17, indent: 2) == "accuracy is\n  84.2 % today")
        #expect(wrapped("as it is", to: nil) == "as it is")
    }
}
