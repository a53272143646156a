// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import Testing

@Suite("Text of errors") struct ErrorTextTests {
    private struct Named: OcellusError {
        var name: String
        var code: String { "test.named" }
        var summary: String { "\(name) cannot be used." }
        var needs: String? { name }
        var received: String? { name }
        var because: String? { name }
        var advice: String? { name }
        var exitClass: ExitClass { .data }
    }

    // Escape and bell, a line that looks like another error, one that turns the writing direction, C1's CSI.
    @Test(
        "a name can neither steer the terminal nor add a line",
        arguments: [
            "a\u{1B}]0;title\u{7}b", "a\nerror[test.forged]: b", "a\u{202E}b\u{200F}\u{61C}", "a\u{9B}2Jb\r\u{2028}",
        ])
    func names(name: String) {
        let lines = Named(name: name).rendered.split(separator: "\n", omittingEmptySubsequences: false)
        #expect(lines.count == 5)
        for line in lines {
            #expect(harmless(String(line)) == String(line))
            #expect(line.contains("a\u{FFFD}") && line.contains("b"))
        }
    }

    @Test("other names are shown as they are") func plain() {
        #expect(Named(name: "Käuzchen 靴 3×3").rendered.hasPrefix("error[test.named]: Käuzchen 靴 3×3 cannot be used."))
    }
}
