// SPDX-License-Identifier: Apache-2.0

import OcellusMetrics
import OcellusTensor
import Testing

@Suite("Calibration and abstaining") struct CalibrationTests {
    private let logits = Tensor(
        [StatisticsValues.labels.count, 4], StatisticsValues.logits)
    private let labels = StatisticsValues.labels

    @Test("bins and both calibration errors are NumPy's") func errors() throws {
        let (scores, correct) = try topScores(logits: logits, labels: labels)
        let width = try Reliability(scores: scores, correct: correct, binning: .equalWidth, bins: 10)
        #expect(width.bins.map(\.count) == StatisticsValues.bins.map(\.count))
        #expect(width.bins.map(\.correct) == StatisticsValues.bins.map(\.correct))
        #expect(zip(width.bins, StatisticsValues.bins).allSatisfy { agree($0.meanScore, $1.meanScore) })
        #expect(agree(width.expectedCalibrationError, StatisticsValues.equalWidthError))
        let mass = try Reliability(scores: scores, correct: correct, binning: .equalMass, bins: 10)
        #expect(mass.bins.map(\.count) == Array(repeating: 6, count: 10))
        #expect(agree(mass.expectedCalibrationError, StatisticsValues.equalMassError))
    }

    // Scores 0.2 and 0.3 fall into one of two bins: one of two right, mean score 0.25; 0.9 alone, right.
    @Test("a worked example") func worked() throws {
        let reliability = try Reliability(
            scores: [0.9, 0.2, 0.3], correct: [true, false, true], binning: .equalWidth, bins: 2)
        #expect(reliability.bins.map(\.accuracy) == [0.5, 1])
        #expect(agree(reliability.expectedCalibrationError, (2 * 0.25 + 0.1) / 3))
        // The upper edge belongs to its bin, and so does 1.
        let edges = try Reliability(scores: [0.5, 1, 0], correct: [true, true, true], binning: .equalWidth, bins: 2)
        #expect(edges.bins.map(\.count) == [2, 1])
    }

    @Test("the Brier score is NumPy's") func brier() throws {
        #expect(agree(try brierScore(logits: logits, labels: labels), StatisticsValues.brier))
        // Certain and wrong is as bad as it gets.
        #expect(agree(try brierScore(logits: Tensor([1, 2], [-1000, 1000]), labels: [0]), 2))
    }

    // SciPy's bounded search stops where the loss no longer changes, which fixes its argument to half the digits.
    @Test("the temperature is the one that SciPy finds") func temperature() throws {
        let fitted = try Temperature(logits: logits, labels: labels)
        #expect(agree(fitted.value, StatisticsValues.temperature, digits: 6), "\(fitted.value)")
        #expect(!fitted.isAtEdge)
        let scaled = fitted.scaled(logits)
        #expect(
            agree(try negativeLogLikelihood(logits: scaled, labels: labels), StatisticsValues.scaledLoss, digits: 6))
        #expect(try predictions(logits: scaled) == predictions(logits: logits))
    }

    @Test("answers that are all right, or useless, end at the edge of the range") func edges() throws {
        let sure = try Temperature(logits: Tensor([2, 2], [1, 0, 0, 2]), labels: [0, 1])
        #expect(sure.isAtEdge && sure.value == Temperature.range.lowerBound)
        let wrong = try Temperature(logits: Tensor([2, 2], [1, 0, 0, 2]), labels: [1, 0])
        #expect(wrong.isAtEdge && wrong.value == Temperature.range.upperBound)
    }

    @Test("risks by coverage are NumPy's") func risks() throws {
        let (scores, correct) = try topScores(logits: logits, labels: labels)
        let curve = try RiskCoverage(scores: scores, correct: correct)
        #expect(curve.points.count == Set(scores).count)
        for point in curve.points {
            let answered = Int((point.coverage * 60).rounded())
            #expect(agree(point.risk, StatisticsValues.risks[answered - 1]))
        }
        #expect(curve.points.last?.coverage == 1)
    }

    @Test("equal scores are answered together") func ties() throws {
        let curve = try RiskCoverage(
            scores: [0.9, 0.8, 0.8, 0.6, 0.5], correct: [true, true, false, true, false])
        #expect(curve.points.map(\.coverage) == [0.2, 0.6, 0.8, 1])
        #expect(curve.points.map(\.risk) == [0, 1 / 3.0, 0.25, 0.4])
        #expect(agree(curve.area, 0.4 / 3 + 0.2 * 0.25 + 0.2 * 0.4))
        #expect(curve.count == 5)
    }

    @Test("promised errors are those of the algorithm with SciPy's limits", arguments: StatisticsValues.promises)
    func promises(error: Double, found: (threshold: Double, coverage: Double, bound: Double)?) throws {
        let curve = try RiskCoverage(scores: StatisticsValues.sureness, correct: StatisticsValues.sureRight)
        let own = try curve.promise(error: error)
        #expect(own?.point.threshold == found?.threshold)
        if let own, let found {
            #expect(agree(own.point.coverage, found.coverage) && agree(own.bound, found.bound, digits: 8), "\(own)")
        }
    }

    // An answer of the score s is right with the probability s, uniform over 0.5…1, so the error above a threshold t is
    // 1 − (1 + t)/2. Of 300 repetitions at most 15 may break the promise on the mean, and more than 27 come in one of 700 runs.
    @Test("a promise is kept on new images; a threshold chosen and scored on the same ones is not")
    func keptPromises() throws {
        var (broken, naive, given) = (0, 0, 0)
        for repetition in 0..<300 {
            var random = CounterRandom(seed: 3, purpose: .test, epoch: 8, sample: repetition)
            let scores = (0..<400).map { _ in 0.5 + random.nextUniformDouble() / 2 }
            let correct = scores.map { random.nextUniformDouble() < $0 }
            let curve = try RiskCoverage(scores: scores, correct: correct)
            func error(_ threshold: Double) -> Double { 1 - (1 + threshold) / 2 }
            if let promise = try curve.promise(error: 0.15) {
                given += 1
                if error(promise.point.threshold) > 0.15 { broken += 1 }
            }
            if let last = curve.points.last(where: { $0.risk <= 0.15 }), error(last.threshold) > 0.15 { naive += 1 }
        }
        #expect(broken <= 27, "\(broken) of 300")
        #expect(given > 150, "\(given) of 300")
        #expect(naive > 100, "\(naive) of 300")
        // Seven right answers of seven promise no error of 1 %.
        let seven = try RiskCoverage(scores: Array(repeating: 0.9, count: 7), correct: Array(repeating: true, count: 7))
        #expect(try seven.promise(error: 0.01) == nil)
        #expect(throws: MetricError.self) { try seven.promise(error: 0) }
    }

    // One bin: 100 answers of the score 0.8. The mean of |k/100 − 0.8| for k of the binomial distribution is 0.03180
    // (scipy.stats.binom), and it exceeds 0.08 with a chance of 4 %, 0.07 with one of 6 %.
    @Test("a calibration error has an interval, and what chance alone gives is said") func uncertainty() throws {
        let scores = Array(repeating: 0.8, count: 100)
        func of(_ right: Int) throws -> CalibrationUncertainty {
            try CalibrationUncertainty(scores: scores, correct: (0..<100).map { $0 < right }, seed: 5)
        }
        let off = try of(60)
        #expect(abs(off.byChance - 0.0318) < 0.003 && (0.065...0.095).contains(off.chanceLimit), "\(off)")
        // 0.2 ± 1.96·√(0.6·0.4/100) = 0.104…0.296.
        #expect(abs(off.interval.lower - 0.104) < 0.015 && abs(off.interval.upper - 0.296) < 0.015, "\(off)")
        #expect(try of(60) == off)
        #expect(throws: MetricError.self) { try CalibrationUncertainty(scores: [], correct: []) }
        #expect(throws: MetricError.self) { try CalibrationUncertainty(scores: [0.5], correct: [true], resamples: 0) }
    }

    @Test("conformal thresholds are NumPy's", arguments: StatisticsValues.conformal)
    func conformal(coverage: Double, score: Double) throws {
        let threshold = try ConformalThreshold(logits: logits, labels: labels, coverage: coverage)
        #expect(agree(threshold.score, score))
    }

    @Test("sets hold the label of new images as often as promised") func coverage() throws {
        // Labels drawn from the softmax itself, so calibration and new images are exchangeable.
        func draw(_ count: Int, _ epoch: Int) -> (Tensor<Float>, [Int]) {
            var scalars: [Float] = []
            var labels: [Int] = []
            for index in 0..<count {
                var random = CounterRandom(seed: 2, purpose: .test, epoch: epoch, sample: index)
                let row = (0..<3).map { _ in 4 * random.nextUniform() }
                var rest = random.nextUniformDouble()
                let probabilities = softmax(row)
                labels.append(
                    probabilities.firstIndex { p in
                        rest -= p
                        return rest < 0
                    } ?? 2)
                scalars += row
            }
            return (Tensor([count, 3], scalars), labels)
        }
        let (calibration, known) = draw(2000, 0)
        let threshold = try ConformalThreshold(logits: calibration, labels: known, coverage: 0.9)
        let (new, truth) = draw(2000, 1)
        let held = truth.enumerated().count { row, label in
            threshold.set(new.scalars[3 * row..<3 * row + 3]).contains(label)
        }
        // Both samples vary by √(0.09/2000) = 0.7 %: four of √2 times that.
        #expect(abs(Double(held) / 2000 - 0.9) < 0.038, "\(held)")
    }

    @Test("too few calibration images let every class in") func few() throws {
        let threshold = try ConformalThreshold(logits: Tensor([2, 2], [5, 0, 0, 5]), labels: [0, 1], coverage: 0.9)
        #expect(threshold.set([100, -100] as [Float]) == [0, 1])
    }

    @Test("impossible input is refused") func impossible() {
        #expect(throws: MetricError.self) {
            try Reliability(scores: [], correct: [], binning: .equalMass)
        }
        #expect(throws: MetricError.self) { try Reliability(scores: [1.5], correct: [true], binning: .equalMass) }
        #expect(throws: MetricError.self) {
            try Reliability(scores: [0.5], correct: [true], binning: .equalMass, bins: 0)
        }
        #expect(throws: MetricError.self) { try RiskCoverage(scores: [0.5], correct: []) }
        #expect(throws: MetricError.self) { try RiskCoverage(scores: [.nan], correct: [true]) }
        #expect(throws: MetricError.self) { try brierScore(logits: Tensor([1, 2], [0, 1]), labels: [2]) }
        #expect(throws: MetricError.self) {
            try ConformalThreshold(logits: Tensor([1, 2], [0, 1]), labels: [1], coverage: 1)
        }
    }
}
