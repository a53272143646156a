// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

/// The population's standard deviation, NumPy's default.
private func deviation(_ values: [Double]) -> Double {
    let centre = values.reduce(0, +) / Double(values.count)
    return (values.reduce(0) { $0 + ($1 - centre) * ($1 - centre) } / Double(values.count)).squareRoot()
}

@Suite("The bootstrap") struct BootstrapTests {
    private let sample = StatisticsValues.sample

    private func statistic(_ indices: [Int]) -> Double { deviation(indices.map { sample[$0] }) }

    @Test("intervals of given resamples are SciPy's") func givenResamples() throws {
        let percentile = try percentileInterval(of: StatisticsValues.distribution)
        #expect(agree(percentile.lower, StatisticsValues.percentile.0))
        #expect(agree(percentile.upper, StatisticsValues.percentile.1))
        let jackknife = sample.indices.map { left in deviation(sample.indices.filter { $0 != left }.map { sample[$0] })
        }
        let bca = try bcaInterval(
            of: StatisticsValues.distribution, estimate: deviation(sample), jackknife: jackknife)
        #expect(agree(bca.lower, StatisticsValues.bca.0) && agree(bca.upper, StatisticsValues.bca.1), "\(bca)")
    }

    // The ends of an interval from r resamples vary by about √(p(1 − p)/r)/density; 0.02 is four of those at 4,000.
    @Test("its own resamples give SciPy's intervals within chance") func ownResamples() throws {
        let bootstrap = try Bootstrap(count: sample.count, resamples: 4000, seed: 3)
        let percentile = try bootstrap.percentileInterval { statistic($0) }
        #expect(abs(percentile.lower - StatisticsValues.manyPercentile.0) < 0.02, "\(percentile)")
        #expect(abs(percentile.upper - StatisticsValues.manyPercentile.1) < 0.02, "\(percentile)")
        let bca = try bootstrap.bcaInterval { statistic($0) }
        #expect(abs(bca.lower - StatisticsValues.manyBCa.0) < 0.02, "\(bca)")
        #expect(abs(bca.upper - StatisticsValues.manyBCa.1) < 0.02, "\(bca)")
    }

    @Test("the same seed draws the same, another seed does not") func seeds() throws {
        func draw(_ seed: UInt64) throws -> [Int] { try Bootstrap(count: 50, seed: seed).indices(of: 7) }
        #expect(try draw(1) == draw(1))
        #expect(try draw(1) != draw(2))
        let bootstrap = try Bootstrap(count: 50)
        #expect(bootstrap.indices(of: 0) != bootstrap.indices(of: 1))
    }

    @Test("strata keep their sizes") func strata() throws {
        let labels = [0, 2, 2, 0, 2, 7, 2]
        let bootstrap = try Bootstrap(strata: labels, resamples: 50)
        for resample in 0..<50 {
            let drawn = bootstrap.indices(of: resample).map { labels[$0] }.sorted()
            #expect(drawn == [0, 0, 2, 2, 2, 2, 7])
        }
        // Within a stratum the draw is with replacement.
        #expect((0..<50).contains { Set(bootstrap.indices(of: $0)).count < labels.count })
    }

    @Test("groups come whole") func groups() throws {
        let groups = [5, 5, 5, 1, 1, 9]
        let bootstrap = try Bootstrap(groups: groups, resamples: 60)
        var sizes = Set<Int>()
        for resample in 0..<60 {
            let drawn = bootstrap.indices(of: resample)
            sizes.insert(drawn.count)
            let counts = Dictionary(grouping: drawn) { $0 }.mapValues(\.count)
            #expect((counts[0] ?? 0) == (counts[1] ?? 0) && (counts[1] ?? 0) == (counts[2] ?? 0))
            #expect((counts[3] ?? 0) == (counts[4] ?? 0))
        }
        // Three draws of groups of 3, 2 and 1.
        #expect(sizes.allSatisfy { (3...9).contains($0) } && sizes.count > 3)
    }

    @Test("groups make the interval of correlated images longer") func correlated() throws {
        // Ten groups of ten equal images: ten independent answers, not a hundred.
        let right = (0..<100).map { $0 / 10 % 2 == 0 ? 1.0 : 0 }
        func width(_ bootstrap: Bootstrap) throws -> Double {
            try bootstrap.percentileInterval { $0.reduce(0) { $0 + right[$1] } / Double($0.count) }.halfWidth
        }
        let alone = try width(Bootstrap(count: 100, resamples: 400))
        let together = try width(Bootstrap(groups: (0..<100).map { $0 / 10 }, resamples: 400))
        #expect(together > 2 * alone)
    }

    @Test("a statistic that never varies has an interval of no length") func constant() throws {
        let bootstrap = try Bootstrap(count: 10, resamples: 20)
        let interval = try bootstrap.bcaInterval { _ in 0.25 }
        #expect(interval == Interval(lower: 0.25, upper: 0.25))
    }

    @Test("nothing is not resampled") func empty() {
        #expect(throws: MetricError.self) { try Bootstrap(count: 0) }
        #expect(throws: MetricError.self) { try Bootstrap(strata: []) }
        #expect(throws: MetricError.self) { try Bootstrap(count: 3, resamples: 0) }
        #expect(throws: MetricError.self) { try quantile(0.5, of: []) }
        #expect(throws: MetricError.self) { try quantile(1.5, of: [1]) }
        #expect(throws: MetricError.self) { try percentileInterval(of: [1, 2], level: 1) }
    }
}
