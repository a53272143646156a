// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import OcellusReport

@Suite("Bars of a dense layer") struct FeatureBarsTests {
    private func drawn(_ bars: FeatureBars) throws -> PageStructure {
        let page = PageStructure(bars.markup.html)
        try #require(page.problem == nil, "\(page.problem ?? "")")
        return page
    }

    @Test("units that are classes have their names and values beside them, above and below 0") func named() throws {
        let page = try drawn(FeatureBars(values: [2, -1, 0], names: ["cat", "<dog>", "owl"], words: "3 values"))
        for text in ["cat", "<dog>", "owl", "2.00", "−1.00"] { #expect(page.text.contains(text), "\(text)") }
        let bars = page.elements.filter { $0.name == "rect" }
        #expect(bars.map { $0.attributes["class"] } == ["above", "below", "above"])
        let widths = bars.compactMap { $0.attributes["width"].flatMap(Double.init) }
        #expect(widths.count == 3 && widths[2] == 0 && abs(widths[0] - 2 * widths[1]) < 0.2)
        #expect(page.elements.first?.attributes["aria-label"] == "3 values")
    }

    @Test("hundreds of units are two paths; what is no number is drawn as 0") func many() throws {
        let values = (0..<256).map { $0 % 2 == 0 ? Double($0) : -1 } + [.nan, .infinity]
        let page = try drawn(FeatureBars(values: values, names: [], words: "many"))
        let paths = page.elements.filter { $0.name == "path" }
        #expect(paths.map { $0.attributes["class"] } == ["above", "below"])
        // 0 has no bar.
        #expect(
            paths[0].attributes["d"]?.count { $0 == "M" } == 127 && paths[1].attributes["d"]?.count { $0 == "M" } == 128
        )
        let zeros = try drawn(FeatureBars(values: [0, 0], names: [], words: "nothing"))
        #expect(zeros.count("path") == 0 && zeros.count("line") == 1)
    }
}
