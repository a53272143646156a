// SPDX-License-Identifier: Apache-2.0

import OcellusReport
import Testing

@Suite("NumberText") struct NumberTextTests {
    @Test("numbers print the same in every locale") func numbers() {
        #expect([0, 999, 1000, -1_234_567].map(NumberText.integer) == ["0", "999", "1,000", "−1,234,567"])
        #expect(
            [999, 1000, 999_600, 12_230_010, 4_040_000].map(NumberText.short) == [
                "999", "1.00 k", "1.00 M", "12.2 M", "4.04 M",
            ])
        #expect([0, 512, 48_920_040].map(NumberText.bytes) == ["0 B", "512 B", "48.9 MB"])
        #expect(
            [0.0123, 9.104, 23.2, 59.97, 200, 3900].map(NumberText.seconds) == [
                "0.0123 s", "9.10 s", "23.2 s", "1 min 00 s", "3 min 20 s", "1 h 05 min",
            ])
        #expect([0.0771, -0.0771, 0.0001, -0.0001].map(NumberText.points) == ["+7.7", "−7.7", "0.0", "0.0"])
        #expect([0.0001, 0.0314, 1].map(NumberText.pValue) == ["< 0.001", "0.031", "1.000"])
        #expect([99.94, 1720.4, 0].map(NumberText.rate) == ["99.9", "1,720", "0"])
    }

    @Test("what is not a number prints as a dash") func notFinite() {
        for value in [Double.nan, .infinity, -.infinity] {
            #expect(NumberText.decimal(value, 1) == "–")
            #expect(NumberText.percent(value) == "–")
            #expect(NumberText.points(value) == "–")
            #expect(NumberText.seconds(value) == "–")
            #expect(NumberText.rate(value) == "–")
            #expect(NumberText.significant(value) == "–")
            #expect(NumberText.pValue(value) == "–")
        }
        #expect(NumberText.percent(nil) == "–")
    }
}
