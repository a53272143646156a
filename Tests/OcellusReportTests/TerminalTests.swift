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

    @Test("cuts paths inside, so that the file is seen") func paths() {
        var table = TextTable([.init("image", .left, shrinks: true, keepsEnd: true), .init("n")])
        table.rows = [["photos/of/the/summer/0001.jpg", "1"], ["a.jpg", "2"]]
        #expect(
            table.rendered(TerminalStyle(columns: 22)) == """
                image                n
                ───────────────────  ─
                photos…mer/0001.jpg  1
                a.jpg                2

                """)
        #expect(clippedInside("靴靴靴靴靴", to: 6, TerminalStyle()) == "…靴靴")
        #expect(clippedInside("abcdef", to: 6, TerminalStyle()) == "abcdef")
    }

    @Test("a name longer than the line is shortened in messages, control characters gone") func messages() {
        let name = "\u{1B}]0;x\u{7}" + String(repeating: "n", count: 300) + ".png"
        let text = "error[a.b]: \(name) is bad.\n  needs     \(name)"
        for columns in [40, 80, 120] {
            let lines = TerminalStyle(columns: columns).shownMessage(text).split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.allSatisfy { $0.contains("…") && $0.contains(".png") && !$0.contains("\u{1B}") })
            #expect(displayWidth(String(lines[1])) <= columns)
        }
        #expect(TerminalStyle().shownMessage("a \(String(repeating: "b", count: 999)) c").count == 1_003)
        #expect(TerminalStyle().shownMessage(String(repeating: "b", count: 5_000)).count == 1_000)
    }

    @Test("numbers that JSON cannot say are null") func json() throws {
        struct Document: Encodable {
            var someName = "\"null\""
            var numbers = [1.5, .nan, .infinity, -.infinity]
            var single = Float.nan
        }
        #expect(
            try JSONText.encoded(Document(), pretty: false)
                == #"{"numbers":[1.5,null,null,null],"single":null,"some_name":"\"null\""}"#)
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
