// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

@testable import OcellusInference

@Suite("Prediction and evaluation") struct ResultTests {
    @Test("ranks classes by logit, equal ones by index") func ranking() throws {
        let prediction = try Prediction(logits: [1, 3, 1, 3], classes: ["a", "b", "c", "d"])
        #expect(prediction.index == 1)
        #expect(prediction.label == "b")
        #expect(prediction.top(3).map(\.label) == ["b", "d", "a"])
        #expect(prediction.top(9).map(\.index) == [1, 3, 0, 2])
        #expect(prediction.top(0) == [] && prediction.top(-1) == [])
        // e² / (2 + 2e²)
        #expect(abs(prediction.probability - 0.440_398_538_9) < 1e-9)
        #expect(prediction.description == "b (44.0 %)")
    }

    @Test("large logits do not overflow, NaN is refused") func extremes() throws {
        let prediction = try Prediction(logits: [1e30, -1e30], classes: ["a", "b"])
        #expect(prediction.probabilities == [1, 0])
        #expect(throws: MetricError.self) { try Prediction(logits: [0, .nan], classes: ["a", "b"]) }
    }

    /// Two right of three; losses log(1 + e⁻¹), log(1 + e¹), log(1 + e⁻²).
    @Test("scores by hand") func scores() throws {
        let evaluation = try Evaluation(
            logits: Tensor([3, 2], [1, 0, 1, 0, 0, 2]), labels: [0, 1, 1], classes: ["a", "b"])
        #expect((evaluation.count, evaluation.correct) == (3, 2))
        #expect(evaluation.accuracy == 2.0 / 3)
        #expect(evaluation.confusion.counts == [[1, 0], [1, 1]])
        #expect(abs(evaluation.loss - (0.313_261_687_5 + 1.313_261_687_5 + 0.126_928_011_0) / 3) < 1e-9)
        #expect(evaluation.topFiveAccuracy == nil)
        // Of two classes: twice the square of what the label's probability lacks to 1; 1/(1 + e) = 0.2689, 1/(1 + e²) = 0.1192.
        let brier =
            2
            * (0.268_941_421_4 * 0.268_941_421_4 + 0.731_058_578_6 * 0.731_058_578_6 + 0.119_202_922_0 * 0.119_202_922_0)
            / 3
        #expect(abs(evaluation.brierScore - brier) < 1e-9)
        // Scores 0.731 (right, wrong) and 0.881 (right) fall into two of 15 bins.
        let distance = (2 * (0.731_058_578_6 - 0.5) + (1 - 0.880_797_078_0)) / 3
        #expect(abs(evaluation.calibrationError.equalWidth - distance) < 1e-9)
        // Recall 1 of the first class, 1/2 of the second.
        #expect(evaluation.balancedAccuracy == 0.75)
        #expect(evaluation.interval == (try wilsonInterval(successes: 2, of: 3)))
        #expect(evaluation.description.hasPrefix("accuracy 66.7 % (2 of 3; 95 % interval 20.8 to 93.9 %), loss 0.5845"))
    }
}
