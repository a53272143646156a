// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
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

    // 1.96·√(0.1/10,000) = 0.0062 and 1.96·√(0.2/10,000) = 0.0088.
    @Test("the smallest visible difference") func visible() throws {
        let tenth = try smallestVisibleDifference(images: 10_000, disagreement: 0.1)
        let fifth = try smallestVisibleDifference(images: 10_000, disagreement: 0.2)
        #expect(Int((10_000 * tenth).rounded()) == 62)
        #expect(Int((10_000 * fifth).rounded()) == 88)
        #expect(throws: MetricError.self) { try smallestVisibleDifference(images: 0, disagreement: 0.1) }
        #expect(throws: MetricError.self) { try smallestVisibleDifference(images: 10, disagreement: 1.1) }
    }
}
