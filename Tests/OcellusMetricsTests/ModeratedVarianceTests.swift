// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import Testing

@testable import OcellusMetrics

@Suite("Moderated variances") struct ModeratedVarianceTests {
    @Test("digamma and trigamma are SciPy's", arguments: StatisticsValues.polygammas)
    func polygammas(x: Double, first: Double, second: Double) {
        #expect(agree(digamma(x), first, digits: 11) && agree(trigamma(x), second, digits: 11))
    }

    @Test("priors and moderated variances are those of the formula by SciPy", arguments: StatisticsValues.moderated)
    func values(
        samples: [(variance: Double, degrees: Double)], priorVariance: Double, priorDegrees: Double,
        first: (variance: Double, degrees: Double)
    ) throws {
        let prior = try ModeratedVariance(samples)
        #expect(agree(prior.priorVariance, priorVariance, digits: 9), "\(prior)")
        #expect(prior.priorDegrees == priorDegrees || agree(prior.priorDegrees, priorDegrees, digits: 9), "\(prior)")
        let own = prior.moderated(variance: samples[0].variance, degrees: samples[0].degrees)
        #expect(agree(own.variance, first.variance, digits: 9))
        #expect(own.degrees == first.degrees || agree(own.degrees, first.degrees, digits: 9))
    }

    // The 34 statements of the published run (docs/results/cifar-10): 4.2 degrees of freedom on top of two of each, and a
    // deviation of 1.27 points.
    @Test("the published run's prior") func published() throws {
        let samples = StatisticsValues.moderated[0].samples
        #expect(samples.count == 34)
        let prior = try ModeratedVariance(samples)
        #expect(abs(prior.priorDegrees - 4.2) < 0.05 && abs(prior.priorVariance.squareRoot() - 0.0127) < 0.00005)
    }

    @Test("what cannot be shrunk is refused") func errors() {
        #expect(throws: MetricError.self) { try ModeratedVariance([(1, 2)]) }
        #expect(throws: MetricError.self) { try ModeratedVariance([(1, 2), (0, 2)]) }
        #expect(throws: MetricError.self) { try ModeratedVariance([(1, 2), (1, 0)]) }
        #expect(throws: MetricError.self) { try ModeratedVariance([(1, 2), (.nan, 2)]) }
    }
}
