// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import OcellusReport

@Suite("Axis") struct AxisTests {
    @Test(
        "ticks stand at 1, 2 or 5 times a power of ten",
        arguments: [
            ([0.0, 2.3], ["0", "1", "2", "3"]), ([0.13, 0.97], ["0.0", "0.5", "1.0"]),
            ([-0.6, 9.8], ["−5", "0", "5", "10"]), ([1200, 5100], ["1000", "2000", "3000", "4000", "5000", "6000"]),
            ([0.0101, 0.0139], ["0.010", "0.011", "0.012", "0.013", "0.014"]),
        ])
    func linear(values: [Double], labels: [String]) {
        let axis = Axis.linear("x", covering: values)
        #expect(axis.ticks.map(\.label) == labels)
        for value in values { #expect(axis.lower <= value && value <= axis.upper) }
        #expect(axis.position(axis.lower) == 0 && axis.position(axis.upper) == 1)
    }

    @Test("percentages stay within 0 and 100") func percent() {
        #expect(Axis.percent("p", covering: [0.62, 0.995]).ticks.map(\.label) == ["60", "70", "80", "90", "100"])
        #expect(Axis.percent("p", covering: [1, 1]).upper <= 1.0 + 1e-9)
        #expect(Axis.percent("p", covering: [0, 0]).lower >= 0)
    }

    @Test(
        "every range has a place for its values",
        arguments: [[], [0.5], [0, 0], [.nan], [.infinity, 1], [-1e300, 1e300]] as [[Double]])
    func degenerate(values: [Double]) {
        let axis = Axis.linear("x", covering: values)
        #expect(axis.lower < axis.upper && axis.ticks.count >= 2 && axis.ticks.count < 20)
        for value in values where value.isFinite { #expect((0...1).contains(axis.position(value))) }
    }

    @Test("whole numbers keep their ends") func integers() {
        #expect(Axis.integers("epoch", 1, 10).ticks.map(\.label) == ["2", "4", "6", "8", "10"])
        #expect(Axis.integers("shift", -6, 6, count: 7).ticks.map(\.label) == ["−6", "−4", "−2", "0", "2", "4", "6"])
        #expect(Axis.integers("epoch", 1, 1).ticks.map(\.label) == ["1", "2"])
        #expect(Axis.integers("epoch", 1, 5).ticks.map(\.label) == ["1", "2", "3", "4", "5"])
    }

    @Test("powers of ten") func logarithmic() {
        let axis = Axis.logarithmic("parameters", covering: [122_506, 18_665_414_010])
        #expect(axis.ticks.map(\.label) == ["100 k", "1 M", "10 M", "100 M", "1 G", "10 G", "100 G"])
        #expect(abs(axis.position(1e8) - 0.5) < 1e-12)
        #expect(axis.position(0) == 0)
        #expect(Axis.logarithmic("x", covering: []).ticks.count == 2)
    }

    @Test("coordinates are short and always numbers") func coordinates() {
        #expect(
            [0, 1.25, -1.25, 100, -0.04, .nan, .infinity].map(number) == ["0", "1.3", "-1.3", "100", "0", "0", "0"])
    }
}
