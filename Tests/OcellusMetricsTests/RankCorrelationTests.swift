// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

@Suite("Rank correlation") struct RankCorrelationTests {
    @Test("is SciPy's, ties included", arguments: SciPyValues.rankCorrelations)
    func values(first: [Double], second: [Double], value: Double) throws {
        #expect(agree(try #require(try rankCorrelation(first, second)), value, digits: 12))
        #expect(agree(try #require(try rankCorrelation(second, first)), value, digits: 12))
    }

    @Test("does not care for any growing function of the values") func monotone() throws {
        #expect(try rankCorrelation([1, 2, 3, 10], [-100, 0, 0.5, 1e9]) == 1)
        #expect(try rankCorrelation([1, 2, 3], [3, 2, 1]) == -1)
    }

    @Test("is not defined where all values are equal") func constant() throws {
        #expect(try rankCorrelation([2, 2, 2], [1, 2, 3]) == nil)
        #expect(try rankCorrelation([1, 2, 3], [0, 0, 0]) == nil)
    }

    @Test("refuses what are not pairs of numbers") func refusals() {
        #expect(throws: MetricError.self) { try rankCorrelation([1, 2], [1]) }
        #expect(throws: MetricError.self) { try rankCorrelation([1], [1]) }
        #expect(throws: MetricError.self) { try rankCorrelation([1, .nan], [1, 2]) }
    }
}
