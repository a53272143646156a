// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
package import OcellusModel
package import OcellusPlan
import OcellusTensor

/// Compares gradients with central differences of `L = Σ g·y` in Double on the reference backend.
///
/// `g` is the data's output gradient, which must not be constant: a constant one hides transposed indices.
/// `(L(v + h) − L(v − h)) / 2h` differs from the derivative by `h²/6·L‴` and a rounding of about `ε·|L|/h`. With
/// h = 10⁻⁵ both stay near 10⁻¹⁰ for the networks of the tests; the tolerance of 10⁻⁷ relative to the largest gradient
/// of the tensor leaves room for large third derivatives.
package struct GradientCheck {
    /// Elements whose gradient was compared.
    package private(set) var checked = 0
    /// One line for each that differs; empty when all agree.
    package private(set) var failures: [String] = []

    private static let step = 1e-5
    private static let tolerance = 1e-7

    /// - Parameter limit: Tensors with more elements are checked at that many, drawn by a fixed seed.
    package init(
        _ network: Network, _ data: NetworkData, settings: StepSettings = StepSettings(), limit: Int = 60
    ) throws {
        let engine = Engine.reference
        let run = try engine.run(network, data, settings: settings)
        let plan = try engine.plan(network, data)
        plan.executable.settings = settings

        try check(plan, plan.program.input, "input", data.input, run.inputGradient, data.outputGradient, limit)
        let names = try network.parameters().map(\.name)
        for ((id, name), tensor) in zip(zip(plan.program.parameters, names), data.parameters) {
            guard let gradient = run.parameterGradients[name] else {
                if !network.isFrozen(name) { failures.append("\(name) has no gradient") }
                continue
            }
            try check(plan, id, name, tensor, gradient, data.outputGradient, limit)
        }
    }

    private mutating func check(
        _ plan: Plan, _ id: ValueID, _ name: String, _ tensor: Tensor<Double>, _ gradient: Tensor<Double>?,
        _ outputGradient: Tensor<Double>, _ limit: Int
    ) throws {
        guard let gradient, gradient.shape == tensor.shape else {
            failures.append(
                "\(name) has gradient shape \(gradient.map { "\($0.shape)" } ?? "none"), not \(tensor.shape)")
            return
        }
        func loss(_ elements: [Double]) throws -> Double {
            try plan.executable.writeDoubles(id, elements)
            try plan.executable.run(.forward)
            return zip(try plan.executable.readDoubles(plan.program.output), outputGradient.scalars)
                .reduce(0) { $0 + $1.0 * $1.1 }
        }
        let scale = max(1, gradient.scalars.map(abs).max() ?? 0)
        var random = CounterRandom(seed: 1, purpose: .test, epoch: 3)
        for index in random.permutation(of: tensor.shape.count).prefix(limit) {
            var (above, below) = (tensor.scalars, tensor.scalars)
            above[index] += Self.step
            below[index] -= Self.step
            let numeric = try (loss(above) - loss(below)) / (above[index] - below[index])
            let analytic = gradient.scalars[index]
            checked += 1
            if !(abs(numeric - analytic) <= Self.tolerance * scale) {
                failures.append(
                    "\(name) element \(index) of \(tensor.shape): \(analytic), but differences give \(numeric)")
            }
        }
        try plan.executable.writeDoubles(id, tensor.scalars)
    }
}
