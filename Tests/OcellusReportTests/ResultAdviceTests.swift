// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusReport
import Testing

@Suite("Advice on results") struct ResultAdviceTests {
    private static let classes = ["cat", "dog"]

    private static func onScore(correct: Int, counts: [Int]) throws -> [String] {
        ResultAdvice.onScore(
            interval: try wilsonInterval(successes: correct, of: counts.reduce(0, +)),
            imbalance: ClassImbalance(counts: counts), classes: classes, next: "train longer")
    }

    // Of 100 images 80 are dogs. Wilson's interval of 80 of 100 is 71.1 to 86.7 %, of 88 is 80.2 to 93.0 %.
    @Test("a score must lie above the largest class with its whole interval") func majority() throws {
        #expect(
            try Self.onScore(correct: 80, counts: [20, 80]) == [
                "This is not better than always answering dog, which reaches 80.0 %: train longer."
            ])
        #expect(try Self.onScore(correct: 87, counts: [20, 80]).count == 1)
        #expect(try Self.onScore(correct: 88, counts: [20, 80]).isEmpty)
        // One class cannot be told apart from anything.
        #expect(try Self.onScore(correct: 3, counts: [0, 100]).isEmpty)
    }

    @Test("memorising is said where the gap is large and beyond chance") func gap() throws {
        func advice(_ train: Double, _ correct: Int, _ count: Int) throws -> [String] {
            try ResultAdvice.onTraining(train: train, validation: (correct, count), choosesEpoch: false)
        }
        let found = try advice(0.98, 600, 1000)
        #expect(found.count == 1)
        #expect(found[0].hasPrefix("Training accuracy of 98.0 % is far above the 60.0 % of validation"))
        #expect(found[0].contains("--augment"))
        #expect(try advice(0.74, 600, 1000).isEmpty && advice(0.5, 600, 1000).isEmpty)
        // 6 of 10 may be 83 % as well.
        #expect(try advice(0.80, 6, 10).isEmpty)
        #expect(try ResultAdvice.onTraining(train: 1, validation: nil, choosesEpoch: true).isEmpty)
    }

    @Test("few images that choose an epoch are said with what they fix") func few() throws {
        func advice(_ count: Int, chooses: Bool) throws -> [String] {
            try ResultAdvice.onTraining(train: 0.5, validation: (count / 2, count), choosesEpoch: chooses)
        }
        #expect(try advice(20, chooses: true)[0].hasPrefix("Only 20 validation images chose the epoch"))
        #expect(try advice(20, chooses: true)[0].contains("29.9 % to 70.1 %"))
        #expect(try advice(20, chooses: false).isEmpty && advice(100, chooses: true).isEmpty)
    }
}
