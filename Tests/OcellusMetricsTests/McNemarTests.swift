// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

@Suite("McNemar's test") struct McNemarTests {
    @Test("exact below 25 discordant images, mid-p from there, both SciPy's", arguments: SciPyValues.mcNemar)
    func values(onlyFirst: Int, onlySecond: Int, exact: Double, midP: Double) {
        let test = McNemarTest(onlyFirstCorrect: onlyFirst, onlySecondCorrect: onlySecond)
        let isExact = onlyFirst + onlySecond < 25
        #expect(test.method == (isExact ? .exact : .midP))
        // Binomial terms come from log-gamma, whose error grows with n·log n.
        #expect(agree(test.pValue, isExact ? exact : midP, digits: 9), "\(test.pValue)")
    }

    @Test("counts the images on which one alone is right") func counting() throws {
        // Both, first, second, second, none.
        let test = try McNemarTest(
            firstCorrect: [true, true, false, false, false], secondCorrect: [true, false, true, true, false])
        #expect(test.onlyFirstCorrect == 1 && test.onlySecondCorrect == 2)
        // min(1, 2·(1 + 3)/8)
        #expect(test.pValue == 1)
        #expect(test.disagreement(of: 5) == 0.6)
    }

    @Test("classifiers that never differ cannot be told apart") func agreement() throws {
        let test = try McNemarTest(firstCorrect: [true, false], secondCorrect: [true, false])
        #expect(test.pValue == 1 && test.method == .exact)
    }

    @Test("different images are refused") func shapes() {
        let error = #expect(throws: MetricError.self) {
            try McNemarTest(firstCorrect: [true], secondCorrect: [true, false])
        }
        #expect(error?.kind == .shapesDiffer)
    }

    @Test("what can be seen at all is an exact count", arguments: StatisticsValues.visible)
    func visible(discordant: Int, smallest: Int?, likely: Double?) throws {
        let visibility = try McNemarVisibility(discordant: discordant)
        #expect(visibility.smallestCount == smallest)
        if let likely, let own = visibility.likelyCount {
            #expect(agree(own, likely, digits: 8), "\(own) is not \(likely)")
        } else {
            #expect(likely == nil && visibility.likelyCount == nil)
        }
    }

    @Test("the smallest visible count reaches 5 %, the next smaller one does not", arguments: 6...60)
    func edge(discordant: Int) throws {
        let count = try #require(try McNemarVisibility(discordant: discordant).smallestCount)
        func p(_ difference: Int) -> Double {
            let smaller = (discordant - difference) / 2
            return McNemarTest(onlyFirstCorrect: smaller, onlySecondCorrect: discordant - smaller).pValue
        }
        #expect(p(count) < 0.05 && (count < 2 || p(count - 2) >= 0.05))
        #expect(throws: MetricError.self) { try McNemarVisibility(discordant: -1) }
    }
}
