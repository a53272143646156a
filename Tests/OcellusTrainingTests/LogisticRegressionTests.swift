// SPDX-License-Identifier: Apache-2.0

import COcellusInstructionSet
import Foundation
import OcellusArchive
import OcellusTensor
import OcellusTraining
import Testing

extension LogisticRegressionFixture: CustomTestStringConvertible {
    var testDescription: String { "\(labels.count) rows of \(width), \(classes) classes, strength \(strength)" }
}

@Suite("Logistic regression on features") struct LogisticRegressionTests {
    private static func regression(_ fixture: LogisticRegressionFixture) -> LogisticRegression {
        let features = FeatureMatrix(fixture.features, width: fixture.width)
        return LogisticRegression(
            features, rows: (0..<features.count).map(Int32.init), labels: fixture.labels, classes: fixture.classes,
            classWeights: fixture.classWeights)
    }

    /// Softmax of the layer's scores of a row.
    private static func probabilities(
        _ layer: (weight: [Double], bias: [Double]), of row: [Float]
    ) -> [Double] {
        var scores = layer.bias
        for output in scores.indices {
            for (index, value) in row.enumerated() {
                scores[output] += layer.weight[output * row.count + index] * Double(value)
            }
        }
        let top = scores.max() ?? 0
        let powers = scores.map { exp($0 - top) }
        return powers.map { $0 / powers.reduce(0, +) }
    }

    // The minimum is unique, so that scikit-learn's and this one are the same but for where each stops.
    @Test("finds scikit-learn's minimum", arguments: LogisticRegressionFixture.all)
    func minimum(_ fixture: LogisticRegressionFixture) {
        let regression = Self.regression(fixture)
        let fit = regression.fit(strength: fixture.strength, tolerance: 1e-10)
        #expect(fit.hasConverged)
        #expect(abs(fit.objective - fixture.objective) <= 1e-9 * fixture.objective)
        let layer = regression.layer(fit)
        for row in 0..<3 {
            let features = Array(fixture.features[row * fixture.width..<(row + 1) * fixture.width])
            let found = Self.probabilities(layer, of: features)
            let expected = fixture.probabilities[row * fixture.classes..<(row + 1) * fixture.classes]
            for (a, b) in zip(found, expected) { #expect(abs(a - b) < 1e-6) }
        }
    }

    @Test(
        "stops within a millionth of the minimum at the tolerance of a training",
        arguments: LogisticRegressionFixture.all)
    func tolerance(_ fixture: LogisticRegressionFixture) {
        let fit = Self.regression(fixture).fit(strength: fixture.strength, tolerance: 1e-8)
        #expect(abs(fit.objective - fixture.objective) <= 1e-6 * fixture.objective)
    }

    @Test("a start elsewhere ends at the same place") func warm() {
        let fixture = LogisticRegressionFixture.three
        let regression = Self.regression(fixture)
        let strong = regression.fit(strength: 10, tolerance: 1e-6)
        let warm = regression.fit(strength: fixture.strength, tolerance: 1e-10, from: strong)
        #expect(abs(warm.objective - fixture.objective) <= 1e-9 * fixture.objective)
    }

    @Test("a feature that never varies changes nothing") func constant() {
        let fixture = LogisticRegressionFixture.three
        var features: [Float] = []
        for row in 0..<fixture.labels.count {
            features += fixture.features[row * fixture.width..<(row + 1) * fixture.width]
            features.append(7.25)
        }
        let matrix = FeatureMatrix(features, width: fixture.width + 1)
        let regression = LogisticRegression(
            matrix, rows: (0..<matrix.count).map(Int32.init), labels: fixture.labels, classes: fixture.classes)
        let fit = regression.fit(strength: fixture.strength, tolerance: 1e-10)
        #expect(abs(fit.objective - fixture.objective) <= 1e-9 * fixture.objective)
        let weights = regression.layer(fit).weight
        #expect(weights.allSatisfy { $0.isFinite })
    }

    @Test("features that tell classes apart without a doubt leave finite weights") func separable() {
        let features = FeatureMatrix([0, 1, 1000, 1001], width: 1)
        let regression = LogisticRegression(features, rows: [0, 1, 2, 3], labels: [0, 0, 1, 1], classes: 2)
        let fit = regression.fit(strength: 1e-12, tolerance: 1e-9)
        #expect(fit.objective.isFinite && fit.objective < 1e-6)
        let head = regression.head(fit)
        let logits = head.logits(of: [0, 3], in: features).scalars
        #expect(logits[0] > logits[1] && logits[2] < logits[3])
    }

    // Widths with and without a rest, and numbers of rows and outputs that fill no tile.
    @Test("products are those of plain loops on every instruction set", arguments: [1, 3, 8, 21, 64, 70])
    func products(width: Int) {
        var random = CounterRandom(seed: UInt64(width), purpose: .test)
        func uniform() -> Double { Double(random.nextIndex(below: 2001)) / 1000 - 1 }
        let rows = 11
        var scalars: [Float] = []
        for _ in 0..<(rows + 2) * width { scalars.append(Float(uniform())) }
        let features = FeatureMatrix(scalars, width: width)
        let chosen = (0..<rows).map { Int32(($0 * 5 + 1) % (rows + 2)) }
        let sets = ["avx512", "avx2", "neon", "baseline"]
        for outputs in [1, 2, 3, 5, 9] {
            var weights: [Float] = []
            for _ in 0..<outputs * width { weights.append(Float(uniform())) }
            let head = Backbone.Head(
                weight: Tensor([outputs, width], weights), bias: Tensor(repeating: 0.5, [outputs]))
            let labels = chosen.indices.map { $0 % max(2, outputs) }
            for name in sets where ocellus_kernels_use_instruction_set(name) {
                let logits = head.logits(of: chosen, in: features).scalars
                for (place, row) in chosen.enumerated() {
                    for output in 0..<outputs {
                        var sum = 0.5
                        for index in 0..<width {
                            sum += Double(scalars[Int(row) * width + index]) * Double(weights[output * width + index])
                        }
                        #expect(abs(Double(logits[place * outputs + output]) - sum) <= 1e-6 * Double(width))
                    }
                }
                // A gradient that were not the objective's would end nowhere, or elsewhere.
                let regression = LogisticRegression(
                    features, rows: chosen, labels: labels, classes: max(2, outputs))
                let fit = regression.fit(strength: 0.5, tolerance: 1e-9)
                #expect(fit.hasConverged, "\(name), width \(width), \(outputs) outputs")
            }
        }
        // The best of the machine again.
        _ = sets.first { ocellus_kernels_use_instruction_set($0) }
    }
}
