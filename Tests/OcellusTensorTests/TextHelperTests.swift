// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

@Suite("Numbers and text without a library of locales") struct TextHelperTests {
    // 0.125 and 2.5 are ties that a Double holds; 2.675 lies a little below the tie that it is written as.
    static let values: [Double] = [
        0, -0.0, 0.125, 0.375, 2.5, 3.5, -2.5, 2.675, 1.005, 0.05, 0.95, 9.995, 99.95, 0.1, 1e-7,
        .leastNonzeroMagnitude, 1e-30,
        1e15 / 3,
        4_503_599_627_370_495.5, 9_007_199_254_740_992, 1e22, 123_456_789.123_456_789, .pi, 1 - .ulpOfOne / 2,
    ]

    @Test("fixed decimals are those of C", arguments: values, [0, 1, 2, 3, 6, 10, 20])
    func fixedDecimals(value: Double, digits: Int) {
        #expect(fixed(value, decimals: digits) == String(format: "%.\(digits)f", value))
    }

    @Test("fixed decimals of many values are those of C") func manyDecimals() {
        var random = CounterRandom(seed: 7, purpose: .noise, sample: 0)
        for _ in 0..<2000 {
            let size = Int(random.nextUniformDouble() * 24) - 8
            let value = (random.nextUniformDouble() - 0.5) * (Double("1e\(size)") ?? 1)
            let digits = Int(random.nextUniformDouble() * 8)
            #expect(fixed(value, decimals: digits) == String(format: "%.\(digits)f", value), "\(value), \(digits)")
        }
    }

    @Test("significant digits are counted after rounding")
    func significant() {
        #expect(decimals(of: 1.234, significant: 3) == 2 && decimals(of: 9.996, significant: 3) == 1)
        #expect(decimals(of: 0.9996, significant: 3) == 2 && decimals(of: 0.001_234, significant: 3) == 5)
        #expect(decimals(of: 99_960, significant: 3) == -2 && decimals(of: 0, significant: 3) == 0)
        for (value, text) in [(0.512_34, "0.5123"), (2.0, "2"), (1.5, "1.5"), (12.345_6, "12.35"), (999.96, "1000")] {
            #expect(rounded(value, significant: 4) == text)
            #expect(rounded(value, significant: 4) == String(format: "%.4g", value))
        }
    }

    @Test("trimming takes white space from both ends only")
    func trimming() {
        #expect(" \t a b\r\n".trimmed == "a b" && "".trimmed == "" && " \n ".trimmed == "")
    }
}
