// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
import OcellusPlan
package import OcellusTensor

/// Largest differences that a test accepts, one for each element.
package struct Bounds {
    package var output: [Double]
    package var inputGradient: [Double]
    package var parameterGradients: [String: [Double]]

    package init(output: [Double], inputGradient: [Double], parameterGradients: [String: [Double]]) {
        self.output = output
        self.inputGradient = inputGradient
        self.parameterGradients = parameterGradients
    }
}

extension Engine {
    /// Bounds for a network that is linear in its input and in each parameter.
    ///
    /// A sum of K products in floating point differs from the exact one by at most `K·ε/(1 − K·ε)·Σ|x·w|` in any order
    /// (Higham 2002, "Accuracy and stability of numerical algorithms", section 3.1), which is below `2·K·ε·Σ|x·w|`.
    /// Factors that are rounded by at most u of themselves first add `(2·u + u²)·Σ|x·w|`.
    /// The sums of absolute values come from running the reference on absolute values.
    ///
    /// - Parameter terms: K, at least the longest sum of any of the results, bias included.
    package func bounds(_ network: Network, _ data: NetworkData, terms: Int) throws -> Bounds {
        let magnitudes = try Engine.reference.run(network, data.mapped(abs))
        let factors = factorEpsilon * (2 + factorEpsilon)
        func bound(_ tensor: Tensor<Double>) -> [Double] {
            tensor.scalars.map { (2 * Double(terms) * epsilon * sumFactor + factors) * $0 }
        }
        return Bounds(
            output: bound(magnitudes.output), inputGradient: magnitudes.inputGradient.map(bound) ?? [],
            parameterGradients: magnitudes.parameterGradients.mapValues(bound))
    }

    /// The same absolute bound everywhere: `units` roundings of numbers up to `scale`.
    package func bounds(like run: NetworkRun, units: Double, scale: Double) -> Bounds {
        let bound = units * epsilon * scale
        func repeated(_ tensor: Tensor<Double>) -> [Double] { Array(repeating: bound, count: tensor.shape.count) }
        return Bounds(
            output: repeated(run.output), inputGradient: run.inputGradient.map(repeated) ?? [],
            parameterGradients: run.parameterGradients.mapValues(repeated))
    }
}

/// Describes the first result in which two runs differ by more than the bounds, or `nil`; no bounds means equality.
package func difference(_ actual: NetworkRun, _ expected: NetworkRun, _ bounds: Bounds? = nil) -> String? {
    if let text = difference(actual.output, expected.output, bounds?.output) { return "output: " + text }
    switch (actual.inputGradient, expected.inputGradient) {
    case (let actual?, let expected?):
        if let text = difference(actual, expected, bounds?.inputGradient) { return "input gradient: " + text }
    case (nil, nil): break
    default: return "only one run has an input gradient"
    }
    guard Set(actual.parameterGradients.keys) == Set(expected.parameterGradients.keys) else {
        return
            "gradients of \(actual.parameterGradients.keys.sorted()), not \(expected.parameterGradients.keys.sorted())"
    }
    for (name, gradient) in actual.parameterGradients.sorted(by: { $0.key < $1.key }) {
        guard let other = expected.parameterGradients[name] else { continue }
        if let text = difference(gradient, other, bounds?.parameterGradients[name]) {
            return "gradient of \(name): " + text
        }
    }
    return nil
}

/// Describes the element that exceeds its bound by most, or `nil` when none does; no bounds means equality.
package func difference(
    _ actual: Tensor<Double>, _ expected: Tensor<Double>, _ bounds: [Double]? = nil
) -> String? {
    guard actual.shape == expected.shape else { return "shape \(actual.shape), not \(expected.shape)" }
    guard bounds.map({ $0.count == actual.scalars.count }) ?? true else {
        return "\(bounds?.count ?? 0) bounds for \(actual.scalars.count) elements"
    }
    var worst: (index: Int, excess: Double)?
    for index in actual.scalars.indices {
        let excess = abs(actual.scalars[index] - expected.scalars[index]) - (bounds?[index] ?? 0)
        // Written so that a result that is not a number fails.
        if !(excess <= worst?.excess ?? 0) { worst = (index, excess.isNaN ? .infinity : excess) }
    }
    return worst.map { worst in
        "element \(worst.index) of \(actual.shape) is \(actual.scalars[worst.index]), not "
            + "\(expected.scalars[worst.index]) ± \(bounds?[worst.index] ?? 0)"
    }
}

/// As ``difference(_:_:_:)-(Tensor<Double>,_,_)`` with one bound for all elements.
package func difference(_ actual: Tensor<Double>, _ expected: Tensor<Double>, within bound: Double) -> String? {
    difference(actual, expected, Array(repeating: bound, count: expected.shape.count))
}
