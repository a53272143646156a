// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

@Suite("Confident learning") struct ConfidentLearningTests {
    @Test("suspects the images that cleanlab suspects, in its order, with its margins") func cleanlab() throws {
        let issues = try labelIssues(
            probabilities: LabelErrorValues.probabilities, labels: LabelErrorValues.labels)
        #expect(issues.map(\.index) == LabelErrorValues.issues)
        #expect(issues.count >= 5)
        for (issue, score) in zip(issues, LabelErrorValues.scores) {
            #expect(abs((issue.margin + 1) / 2 - score) < 1e-6)
        }
    }

    /// Thresholds: class 0 (0.9 + 0.2 + 0.7)/3 = 0.6, class 1 (0.6 + 0.8)/2 = 0.7.
    @Test("a worked example") func worked() throws {
        let probabilities = [[0.9, 0.1], [0.2, 0.8], [0.7, 0.3], [0.4, 0.6], [0.2, 0.8]]
        let issues = try labelIssues(probabilities: probabilities, labels: [0, 0, 0, 1, 1])
        #expect(issues.map(\.index) == [1])
        #expect(issues.first?.given == 0 && issues.first?.suggested == 1)
        #expect(issues.first?.probability == 0.8 && issues.first?.givenProbability == 0.2)
        #expect(abs((issues.first?.margin ?? 0) + 0.6) < 1e-12)
        #expect(try labelIssues(probabilities: probabilities, labels: [0, 0, 0, 1, 1], judged: [true, false]) == [])
    }

    @Test("what does not fit is an error") func wrong() {
        #expect(throws: MetricError.self) { try labelIssues(probabilities: [], labels: []) }
        #expect(throws: MetricError.self) { try labelIssues(probabilities: [[0.5, 0.5]], labels: [2]) }
        #expect(throws: MetricError.self) { try labelIssues(probabilities: [[0.5], [0.5, 0.5]], labels: [0, 0]) }
        #expect(throws: MetricError.self) { try labelIssues(probabilities: [[.nan, 0.5]], labels: [0]) }
    }
}
