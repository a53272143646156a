// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusMetrics
import OcellusTensor
import Testing

@Suite("Scores of logits") struct AccuracyTests {
    // Largest at 0, at 1 and 2 alike, at 2, at 0.
    let logits = Tensor<Float>([4, 3], [3, 1, 2, 0, 5, 5, -3, -2, -1, 9, 8, 7])

    @Test("the largest logit is the prediction, ties go to the lowest index") func predicted() throws {
        #expect(try predictions(logits: logits) == [0, 1, 2, 0])
        #expect(try predictions(logits: Tensor([1, 3], [-.infinity, .infinity, 0])) == [1])
        #expect(try accuracy(logits: Tensor([2, 2], [2, 1, 0, 3]), labels: [0, 0]) == 0.5)
    }

    @Test("accuracy and top-k") func accuracies() throws {
        let labels = [0, 2, 1, 2]
        #expect(try accuracy(logits: logits, labels: labels) == 0.25)
        #expect(try topAccuracy(1, logits: logits, labels: labels) == 0.25)
        // The label is second in rows 1 (by index) and 2, third in row 3.
        #expect(try topAccuracy(2, logits: logits, labels: labels) == 0.75)
        #expect(try topAccuracy(3, logits: logits, labels: labels) == 1)
    }

    @Test("the loss is SciPy's, large logits included") func losses() throws {
        let flat = Tensor<Float>([4, 3], SciPyValues.logits.flatMap { $0 })
        let losses = try negativeLogLikelihoods(logits: flat, labels: SciPyValues.labels)
        #expect(losses.count == SciPyValues.losses.count)
        for (own, expected) in zip(losses, SciPyValues.losses) { #expect(agree(own, expected, digits: 13)) }
        let mean = try negativeLogLikelihood(logits: flat, labels: SciPyValues.labels)
        let expected = SciPyValues.losses.reduce(0, +) / 4
        #expect(agree(mean, expected, digits: 13))
        let probabilities = softmax(SciPyValues.logits[0])
        #expect(probabilities.count == 3)
        for (own, expected) in zip(probabilities, SciPyValues.firstProbabilities) {
            #expect(agree(own, expected, digits: 13))
        }
    }

    @Test("bad input is named") func errors() throws {
        let short = try #require(throws: MetricError.self) { try accuracy(logits: logits, labels: [0, 1]) }
        #expect(
            short.rendered == """
                error[metric.shapesDiffer]: labels and logits differ in number.
                  needs     4 labels
                  received  2
                """)
        let label = try #require(throws: MetricError.self) { try accuracy(logits: logits, labels: [0, 1, 3, 0]) }
        #expect(
            label.rendered == """
                error[metric.labelOutOfRange]: label 2 is not a class.
                  needs     0 ..< 3
                  received  3
                """)
        let nan = try #require(throws: MetricError.self) { try predictions(logits: Tensor([2, 2], [0, 1, 2, .nan])) }
        #expect(nan.kind == .notFinite && nan.summary == "the logits of image 1 are not numbers.")
        #expect(throws: MetricError.self) { try predictions(logits: Tensor([0, 3], [])) }
        #expect(throws: MetricError.self) { try predictions(logits: Tensor([3], [1, 2, 3])) }
        #expect(throws: MetricError.self) { try topAccuracy(4, logits: logits, labels: [0, 0, 0, 0]) }
        #expect(throws: MetricError.self) { try topAccuracy(0, logits: logits, labels: [0, 0, 0, 0]) }
    }
}

@Suite("The confusion matrix") struct ConfusionMatrixTests {
    // True class in rows. Class 3 never occurs but is predicted once; class 2 is never predicted.
    let matrix: ConfusionMatrix
    init() throws {
        matrix = try ConfusionMatrix(
            labels: [0, 0, 0, 0, 1, 1, 1, 2, 2, 2], predictions: [0, 0, 1, 3, 1, 1, 0, 1, 1, 0], classes: 4)
    }

    @Test("counts by hand") func counts() {
        #expect(matrix.counts == [[2, 1, 0, 1], [1, 2, 0, 0], [1, 2, 0, 0], [0, 0, 0, 0]])
        #expect(matrix.total == 10 && matrix.correct == 4 && matrix.classes == 4)
        #expect((0..<4).map(matrix.support) == [4, 3, 3, 0])
    }

    @Test("precision, recall and F1 by hand") func scores() {
        // Predicted as 0: 2 + 1 + 1, as 1: 1 + 2 + 2, as 2: none, as 3: one.
        let precision: [Double?] = [2.0 / 4, 2.0 / 5, nil, 0]
        let recall: [Double?] = [2.0 / 4, 2.0 / 3, 0, nil]
        // 2·tp / (predicted + support)
        let f1: [Double?] = [4.0 / 8, 4.0 / 8, 0, 0]
        #expect((0..<4).map(matrix.precision) == precision)
        #expect((0..<4).map(matrix.recall) == recall)
        #expect((0..<4).map(matrix.f1) == f1)
        let balanced = (0.5 + 2.0 / 3 + 0) / 3
        #expect(agree(matrix.balancedAccuracy ?? -1, balanced))
        #expect(matrix.macroF1 == 0.25)
    }

    @Test("a class that neither occurs nor is predicted has no score") func absent() throws {
        let matrix = try ConfusionMatrix(labels: [0], predictions: [0], classes: 2)
        #expect(matrix.f1(1) == nil && matrix.precision(1) == nil && matrix.recall(1) == nil)
        #expect(matrix.balancedAccuracy == 1 && matrix.macroF1 == 1)
        let empty = try ConfusionMatrix(labels: [], predictions: [], classes: 2)
        #expect(empty.balancedAccuracy == nil && empty.macroF1 == nil)
    }

    @Test("uneven classes, where balanced accuracy leads, begin above 1.5 times; empty classes do not count")
    func imbalance() throws {
        let limit = try #require(ClassImbalance(counts: [100, 150, 0]))
        #expect(!limit.isUneven && limit.ratio == 1.5 && limit.classes == 2 && limit.majorityShare == 0.6)
        let uneven = try #require(ClassImbalance(counts: [100, 0, 151, 151]))
        #expect(uneven.isUneven && uneven.largestClass == 2 && uneven.largest == 151 && uneven.smallest == 100)
        #expect(uneven.classes == 3)
        #expect(ClassImbalance(counts: [0, 7])?.ratio == 1)
        #expect(ClassImbalance(counts: []) == nil && ClassImbalance(counts: [0, 0]) == nil)
        #expect(matrix.imbalance == ClassImbalance(counts: [4, 3, 3, 0]))
    }

    @Test("the most confused pairs, largest first") func confused() {
        let pairs = matrix.mostConfused(3)
        #expect(pairs.map(\.label) == [2, 0, 0])
        #expect(pairs.map(\.prediction) == [1, 1, 3])
        #expect(pairs.map(\.count) == [2, 1, 1])
        #expect(matrix.mostConfused(-1).isEmpty)
    }

    @Test("survives JSON; a damaged one is refused") func coding() throws {
        let data = try JSONEncoder().encode(matrix)
        #expect(try JSONDecoder().decode(ConfusionMatrix.self, from: data) == matrix)
        for text in [#"{"counts": [[1, 2]]}"#, #"{"counts": []}"#, #"{"counts": [[1, -1], [0, 0]]}"#, "{}"] {
            #expect(throws: (any Error).self) { try JSONDecoder().decode(ConfusionMatrix.self, from: Data(text.utf8)) }
        }
    }

    @Test("bad input is refused") func errors() {
        #expect(throws: MetricError.self) { try ConfusionMatrix(labels: [0], predictions: [], classes: 2) }
        #expect(throws: MetricError.self) { try ConfusionMatrix(labels: [2], predictions: [0], classes: 2) }
        #expect(throws: MetricError.self) { try ConfusionMatrix(labels: [0], predictions: [-1], classes: 2) }
        #expect(throws: MetricError.self) { try ConfusionMatrix(labels: [], predictions: [], classes: 0) }
    }
}
