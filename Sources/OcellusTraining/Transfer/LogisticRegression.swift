// SPDX-License-Identifier: Apache-2.0

package import OcellusArchive
package import OcellusTensor
import RealModule

/// Multinomial logistic regression on features that it standardises itself, with a penalty on the square of its weights.
///
///     f(W, b) = Σ sᵢ·(log Σₖ exp zᵢₖ − zᵢ,label) / Σ sᵢ + λ/2·‖W‖²,   zᵢ = W·(xᵢ − mean)/deviation + b
///
/// with λ the strength, s the weights of the rows, and mean and deviation over the rows that it is fitted to. The bias is not
/// penalised. Everything is computed in Double.
///
/// Two classes have one row of weights, half of which each class gets with its sign: the same minimum as with two rows. In
/// scikit-learn's terms C = 1/(λ·Σs) for several classes and 2/(λ·Σs) for two, whose objective there penalises the difference.
package struct LogisticRegression: Sendable {
    package let features: FeatureMatrix
    /// Rows that it is fitted to.
    package let rows: [Int32]
    /// A class for each of ``rows``.
    private let labels: [Int]
    private let weights: [Double]
    private let classes: Int
    private let mean: [Double]
    private let deviation: [Double]
    private let totalWeight: Double

    /// Rows that are worked on at once: their features stay in the cache from the scores to the gradient.
    private static let block = 32

    /// - Parameters:
    ///   - rows: Of the features, at least one.
    ///   - labels: A class for each of them, below `classes`.
    ///   - classes: At least 2.
    ///   - classWeights: What rows of each class count; 1 when left out.
    package init(
        _ features: FeatureMatrix, rows: [Int32], labels: [Int], classes: Int, classWeights: [Double]? = nil
    ) {
        precondition(rows.count == labels.count && classes >= 2, "a label for each row, and two classes")
        self.features = features
        self.rows = rows
        self.labels = labels
        self.classes = classes
        weights = labels.map { classWeights?[$0] ?? 1 }
        totalWeight = weights.reduce(0, +)
        (mean, deviation) = features.statistics(of: rows)
    }

    private var outputs: Int { classes == 2 ? 1 : classes }

    /// Where a fit ended.
    package struct Fit: Sendable {
        /// `[outputs, width]` of standardised features, then `[outputs]` biases.
        fileprivate var point: [Double]
        /// f at the end.
        package var objective: Double
        package var iterations: Int
        package var evaluations: Int
        package var hasConverged: Bool
        package var strength: Double
    }

    /// - Parameters:
    ///   - strength: λ, positive.
    ///   - tolerance: Largest element of the gradient at the end.
    ///   - start: A fit of the same classes and width to begin at.
    package func fit(strength: Double, tolerance: Double, from start: Fit? = nil) -> Fit {
        let count = outputs * (features.width + 1)
        var scratch = Scratch(outputs: outputs, width: features.width, block: Self.block)
        let result = Minimizer(gradientTolerance: tolerance).minimize(
            from: start?.point ?? [Double](repeating: 0, count: count)
        ) { point, gradient in evaluate(point, strength: strength, &gradient, &scratch) }
        return Fit(
            point: result.point, objective: result.value, iterations: result.iterations,
            evaluations: result.evaluations, hasConverged: result.hasConverged, strength: strength)
    }

    /// What an evaluation works in.
    private struct Scratch {
        /// Weights of plain features, `[outputs, width]`.
        var plain: [Double]
        var scores: [Double]

        init(outputs: Int, width: Int, block: Int) {
            plain = Array(repeating: 0, count: outputs * width)
            scores = Array(repeating: 0, count: outputs * block)
        }
    }

    /// The weights of features as they come, and the biases that belong to them: the standardisation folded in.
    private func folded(_ point: [Double], into plain: inout [Double]) -> [Double] {
        let width = features.width
        return (0..<outputs).map { output in
            var shift = 0.0
            for index in 0..<width {
                let weight = point[output * width + index] / deviation[index]
                plain[output * width + index] = weight
                shift += weight * mean[index]
            }
            return point[outputs * width + output] - shift
        }
    }

    /// f and its gradient.
    private func evaluate(
        _ point: [Double], strength: Double, _ gradient: inout [Double], _ scratch: inout Scratch
    ) -> Double {
        let width = features.width
        let biases = folded(point, into: &scratch.plain)
        for index in gradient.indices { gradient[index] = 0 }
        var loss = 0.0
        let plain = scratch.plain
        rows.withUnsafeBufferPointer { rows in
            for start in stride(from: 0, to: rows.count, by: Self.block) {
                let part = UnsafeBufferPointer(rebasing: rows[start..<min(rows.count, start + Self.block)])
                plain.withUnsafeBufferPointer { plain in
                    scratch.scores.withUnsafeMutableBufferPointer { scores in
                        features.scores(of: part, weights: plain, outputs: outputs, into: scores)
                        for place in 0..<part.count {
                            let row = UnsafeMutableBufferPointer(
                                rebasing: scores[place * outputs..<(place + 1) * outputs])
                            loss += residuals(start + place, biases, row)
                        }
                        gradient.withUnsafeMutableBufferPointer { gradient in
                            for (index, residual) in scores[..<(part.count * outputs)].enumerated() {
                                gradient[outputs * width + index % outputs] += residual
                            }
                            features.addGradient(
                                of: part, residuals: UnsafeBufferPointer(scores), outputs: outputs, into: gradient)
                        }
                    }
                }
            }
        }
        return loss / totalWeight + standardize(&gradient, point, strength: strength)
    }

    /// Turns the gradient of plain weights into that of f, and gives the penalty.
    private func standardize(_ gradient: inout [Double], _ point: [Double], strength: Double) -> Double {
        let width = features.width
        // Of two classes each has half of the row, with its sign.
        let pull = outputs == 1 ? strength / 2 : strength
        var squares = 0.0
        for output in 0..<outputs {
            let bias = gradient[outputs * width + output]
            for index in 0..<width {
                let place = output * width + index
                let weight = point[place]
                gradient[place] =
                    (gradient[place] - bias * mean[index]) / (deviation[index] * totalWeight) + pull * weight
                squares += weight * weight
            }
            gradient[outputs * width + output] = bias / totalWeight
        }
        return pull / 2 * squares
    }

    /// Replaces the scores of a row by weight·(probability − truth), and gives its part of the loss.
    private func residuals(
        _ index: Int, _ biases: [Double], _ scores: UnsafeMutableBufferPointer<Double>
    ) -> Double {
        let (label, weight) = (labels[index], weights[index])
        if scores.count == 1 {
            // Positive for the second class.
            let score = scores[0] + biases[0]
            let margin = label == 1 ? score : -score
            let small = Double.exp(-abs(margin))
            let wrong = margin >= 0 ? small / (1 + small) : 1 / (1 + small)
            scores[0] = weight * (label == 1 ? -wrong : wrong)
            return weight * (Double.log(onePlus: small) + (margin >= 0 ? 0 : -margin))
        }
        var top = -Double.infinity
        for output in scores.indices {
            scores[output] += biases[output]
            top = max(top, scores[output])
        }
        let own = scores[label]
        var sum = 0.0
        for output in scores.indices {
            scores[output] = Double.exp(scores[output] - top)
            sum += scores[output]
        }
        for output in scores.indices { scores[output] *= weight / sum }
        scores[label] -= weight
        return weight * (Double.log(sum) + top - own)
    }

    /// The fit as a dense layer on features as they come, in Double: `[classes, width]` and `[classes]`.
    ///
    /// A bias that all classes share changes no probability; their mean is 0.
    package func layer(_ fit: Fit) -> (weight: [Double], bias: [Double]) {
        var plain = [Double](repeating: 0, count: outputs * features.width)
        var biases = folded(fit.point, into: &plain)
        if outputs == 1 { return (plain.map { -$0 / 2 } + plain.map { $0 / 2 }, [-biases[0] / 2, biases[0] / 2]) }
        let middle = biases.reduce(0, +) / Double(biases.count)
        for index in biases.indices { biases[index] -= middle }
        return (plain, biases)
    }

    /// As ``layer(_:)`` rounded once, as a model holds it.
    package func head(_ fit: Fit) -> Backbone.Head {
        let (weight, bias) = layer(fit)
        return Backbone.Head(
            weight: Tensor([classes, features.width], weight.map(Float.init)),
            bias: Tensor([classes], bias.map(Float.init)))
    }
}

extension Backbone.Head {
    /// Logits `[rows, classes]`, summed in Double.
    package func logits(of rows: [Int32], in features: FeatureMatrix) -> Tensor<Float> {
        let classes = bias.shape.count
        var scores = [Double](repeating: 0, count: rows.count * classes)
        rows.withUnsafeBufferPointer { rows in
            weight.scalars.map(Double.init).withUnsafeBufferPointer { weights in
                scores.withUnsafeMutableBufferPointer {
                    features.scores(of: rows, weights: weights, outputs: classes, into: $0)
                }
            }
        }
        let logits = scores.enumerated().map { Float($1 + Double(bias.scalars[$0 % classes])) }
        return Tensor([rows.count, classes], logits)
    }
}
