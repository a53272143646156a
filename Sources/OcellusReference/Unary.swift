// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import RealModule

extension UnaryFunction {
    func output(_ x: [Double]) -> [Double] { x.map(output) }

    private func output(_ x: Double) -> Double {
        switch self {
        // Written so that a number that is not one stays visible.
        case .relu: x < 0 ? 0 : x
        case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
        case .sigmoid: 1 / (1 + .exp(-x))
        case .tanh: .tanh(x)
        case .gelu: x * normalDistribution(x)
        case .hardSigmoid: x <= -3 ? 0 : x >= 3 ? 1 : (x + 3) / 6
        case .hardSwish: x <= -3 ? 0 : x >= 3 ? x : x * (x + 3) / 6
        case .silu: x == -.infinity ? 0 : x / (1 + .exp(-x))
        case .relu6: x < 0 ? 0 : x > 6 ? 6 : x
        }
    }

    /// `saved` is y or x, by ``UnaryFunction/gradientUsesOutput``.
    func gradient(dy: [Double], saved: [Double]) -> [Double] { zip(dy, saved).map { $0 * derivative($1) } }

    private func derivative(_ saved: Double) -> Double {
        switch self {
        case .relu: saved > 0 ? 1 : 0
        case .leakyReLU(let slope): saved > 0 ? 1 : Double(slope)
        case .sigmoid: saved * (1 - saved)
        case .tanh: 1 - saved * saved
        case .gelu: normalDistribution(saved) + saved * normalDensity(saved)
        case .hardSigmoid: saved > -3 && saved < 3 ? 1 / 6 : 0
        case .hardSwish: saved <= -3 ? 0 : saved >= 3 ? 1 : saved / 3 + 0.5
        case .silu: siluDerivative(saved)
        case .relu6: saved > 0 && saved < 6 ? 1 : 0
        }
    }
}

/// σ·(1 + x·(1 − σ)) with the sigmoid σ; 1 and 0 at ±∞, where a factor is 0 and the other infinite.
private func siluDerivative(_ x: Double) -> Double {
    let sigmoid = 1 / (1 + Double.exp(-x))
    return x.isInfinite ? sigmoid : sigmoid * (1 + x * (1 - sigmoid))
}

/// Φ(x), the share of a standard normal variable below x. The complement keeps its digits for negative x.
private func normalDistribution(_ x: Double) -> Double { .erfc(-x / .sqrt(2)) / 2 }

private func normalDensity(_ x: Double) -> Double { .exp(-x * x / 2) / .sqrt(2 * .pi) }

extension Op.Unary: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] { [function.output(call.inputs[0])] }
}

extension Op.UnaryGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [function.gradient(dy: call.inputs[0], saved: call.inputs[1])]
    }
}

extension Op.ReLUGradientOfSum: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let sum = zip(call.inputs[0], call.inputs[1]).map { $0 + $1 }
        return [UnaryFunction.relu.gradient(dy: sum, saved: call.inputs[2])]
    }
}

extension Op.Scale: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] { [call.inputs[0].map { Double(factor) * $0 }] }
}
