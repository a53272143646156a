// SPDX-License-Identifier: Apache-2.0

import COcellusRegression
import OcellusTensor

/// Rows of features, `[rows, width]`, which are computed with in Double.
package struct FeatureMatrix: Sendable {
    package let width: Int
    package let count: Int
    /// Row-major.
    package let scalars: [Float]

    /// - Precondition: As many numbers as rows of that width have.
    package init(_ scalars: [Float], width: Int) {
        precondition(width > 0 && scalars.count % width == 0, "\(scalars.count) numbers in rows of \(width)")
        self.scalars = scalars
        self.width = width
        count = scalars.count / width
    }

    /// Adds up something of each of some rows.
    private func forEachRow(_ rows: [Int32], _ body: (UnsafePointer<Float>) -> Void) {
        scalars.withUnsafeBufferPointer { scalars in
            guard let base = scalars.baseAddress else { return }
            for row in rows { body(base + Int(row) * width) }
        }
    }

    /// Mean and standard deviation of each feature over some rows. A feature that does not vary gets a deviation of 1, so that
    /// scaling by it changes nothing.
    package func statistics(of rows: [Int32]) -> (mean: [Double], deviation: [Double]) {
        let share = 1 / Double(max(1, rows.count))
        var mean = [Double](repeating: 0, count: width)
        forEachRow(rows) { row in for index in 0..<width { mean[index] += Double(row[index]) } }
        for index in 0..<width { mean[index] *= share }
        var variance = [Double](repeating: 0, count: width)
        forEachRow(rows) { row in
            for index in 0..<width {
                let distance = Double(row[index]) - mean[index]
                variance[index] += distance * distance
            }
        }
        let deviation = zip(mean, variance).map { mean, sum in
            let deviation = (sum * share).squareRoot()
            // A spread of the size of float32's roundings is none.
            return deviation <= 1e-7 * max(abs(mean), .leastNormalMagnitude) ? 1 : deviation
        }
        return (mean, deviation)
    }

    /// `scores[i][k] = Σ features[rows[i]] · weights[k]`
    ///
    /// - Parameters:
    ///   - rows: Each in `0 ..< count`.
    ///   - weights: `[outputs, width]`
    ///   - scores: Gets `[rows, outputs]`.
    func scores(
        of rows: UnsafeBufferPointer<Int32>, weights: UnsafeBufferPointer<Double>, outputs: Int,
        into scores: UnsafeMutableBufferPointer<Double>
    ) {
        precondition(weights.count >= outputs * width && scores.count >= rows.count * outputs, "sizes of scores")
        scalars.withUnsafeBufferPointer {
            ocellus_regression_scores(
                ocellus_feature_rows(features: $0.baseAddress, rows: rows.baseAddress, count: rows.count, width: width),
                weights.baseAddress, outputs, scores.baseAddress)
        }
    }

    /// `gradient[k] += Σ residuals[i][k] · features[rows[i]]`
    func addGradient(
        of rows: UnsafeBufferPointer<Int32>, residuals: UnsafeBufferPointer<Double>, outputs: Int,
        into gradient: UnsafeMutableBufferPointer<Double>
    ) {
        precondition(
            gradient.count >= outputs * width && residuals.count >= rows.count * outputs, "sizes of a gradient")
        scalars.withUnsafeBufferPointer {
            ocellus_regression_gradient(
                ocellus_feature_rows(features: $0.baseAddress, rows: rows.baseAddress, count: rows.count, width: width),
                residuals.baseAddress, outputs, gradient.baseAddress)
        }
    }
}
