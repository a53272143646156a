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

    /// Of ten images of class 0 six are confident, two of them of class 1: a third of the ten is expected to be wrong, so the two and
    /// the least probable of those that the network answers otherwise without being confident.
    @Test("of each class as many as the confident ones let expect") func byClass() throws {
        let own = [0.9, 0.9, 0.1, 0.1, 0.4, 0.42, 0.44, 0.46, 0.6, 0.6]
        let probabilities = own.map { [$0, 1 - $0] } + [[0.05, 0.95], [0.05, 0.95], [0.25, 0.75]]
        // Thresholds 0.492 and 0.883.
        let labels = [Int](repeating: 0, count: 10) + [1, 1, 1]
        let confident = try labelIssues(probabilities: probabilities, labels: labels)
        #expect(confident.map(\.index) == [2, 3])
        let all = try labelIssues(probabilities: probabilities, labels: labels, rule: .byClass)
        #expect(all.map(\.index) == [2, 3, 4] && all.allSatisfy { $0.suggested == 1 })
    }

    @Test("what does not fit is an error") func wrong() {
        #expect(throws: MetricError.self) { try labelIssues(probabilities: [], labels: []) }
        #expect(throws: MetricError.self) { try labelIssues(probabilities: [[0.5, 0.5]], labels: [2]) }
        #expect(throws: MetricError.self) { try labelIssues(probabilities: [[0.5], [0.5, 0.5]], labels: [0, 0]) }
        #expect(throws: MetricError.self) { try labelIssues(probabilities: [[.nan, 0.5]], labels: [0]) }
    }
}
