// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import RealModule

extension Optimizer {
    /// One update of one parameter by the formulas of ``Optimizer``. `g` is the gradient after clipping.
    func step(
        w: [Double], g: [Double], states: [[Double]], settings: StepSettings, rateFactor: Double
    ) -> (w: [Double], states: [[Double]]) {
        let rate = settings.learningRate * rateFactor
        let pull = StepSettings.decayFactor(forRateFactor: rateFactor)
        var (w, states) = (w, states)
        switch self {
        case .sgd(_, let momentum, let nesterov, let decay):
            for i in w.indices {
                let gradient = g[i] + decay * pull * w[i]
                guard momentum > 0 else {
                    w[i] -= rate * gradient
                    continue
                }
                states[0][i] = momentum * states[0][i] + gradient
                w[i] -= rate * (nesterov ? gradient + momentum * states[0][i] : states[0][i])
            }
        case .adam(_, let beta1, let beta2, let epsilon, let decay):
            for i in w.indices {
                let step = adamStep(g[i] + decay * w[i], &states, i, beta1, beta2, epsilon, settings.updateNumber)
                w[i] -= rate * step
            }
        case .adamW(_, let beta1, let beta2, let epsilon, let decay):
            for i in w.indices {
                let step = adamStep(g[i], &states, i, beta1, beta2, epsilon, settings.updateNumber)
                w[i] -= rate * decay * pull * w[i] + rate * step
            }
        }
        return (w, states)
    }
}

/// `m̂ / (√v̂ + ε)` of element i, with both moments updated: Kingma and Ba 2015, algorithm 1.
private func adamStep(
    _ g: Double, _ states: inout [[Double]], _ i: Int, _ beta1: Double, _ beta2: Double, _ epsilon: Double,
    _ updateNumber: Int
) -> Double {
    states[0][i] = beta1 * states[0][i] + (1 - beta1) * g
    states[1][i] = beta2 * states[1][i] + (1 - beta2) * g * g
    let mean = states[0][i] / (1 - .pow(beta1, updateNumber))
    let square = states[1][i] / (1 - .pow(beta2, updateNumber))
    return mean / (.sqrt(square) + epsilon)
}

/// The factor that brings the joint norm of all gradients down to `maximum`, 1 when it is not above.
func clipFactor(_ gradients: [[Double]], maximum: Double) -> Double {
    let norm = Double.sqrt(gradients.joined().reduce(0) { $0 + $1 * $1 })
    return norm > maximum ? maximum / norm : 1
}

extension Op.GradientSums: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let executable = call.executable
        let isFirst = executable.settings.firstImage == 0
        let weight = executable.statistics.weightSum
        executable.summedWeight = isFirst ? weight : executable.summedWeight + weight
        executable.gradientFactor = 1 / executable.summedWeight
        return zip(call.inputs, call.operation.outputs).map { gradient, sum in
            let before = isFirst ? gradient.map { _ in 0 } : executable[sum]
            return zip(before, gradient).map { $0 + weight * $1 }
        }
    }
}

extension Op.GradientClip: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let executable = call.executable
        let mean = executable.summedWeight == 0 ? 1 : 1 / executable.summedWeight
        executable.gradientFactor =
            mean * clipFactor(call.inputs.map { $0.map { mean * $0 } }, maximum: maximum)
        return []
    }
}

extension Op.Update: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (executable, ids) = (call.executable, call.operation.inputs)
        var factor = 1.0
        if case .parameter(let index) = executable.program[ids[0]].role {
            factor = executable.settings.rateFactor(of: index)
        }
        let updated = optimizer.step(
            w: call.inputs[0], g: call.inputs[1].map { $0 * executable.gradientFactor },
            states: Array(call.inputs.dropFirst(2)), settings: executable.settings, rateFactor: factor)
        executable[ids[0]] = updated.w
        for (id, state) in zip(ids.dropFirst(2), updated.states) { executable[id] = state }
        return []
    }
}
