// SPDX-License-Identifier: Apache-2.0

import OcellusPlan
import RealModule

extension Activation {
    func output(_ x: [Double]) -> [Double] { x.map(output) }

    private func output(_ x: Double) -> Double {
        switch self {
        // Written so that a number that is not one stays visible.
        case .relu: x < 0 ? 0 : x
        case .leakyReLU(let slope): x > 0 ? x : Double(slope) * x
        case .sigmoid: 1 / (1 + .exp(-x))
        case .tanh: .tanh(x)
        case .gelu: x * normalDistribution(x)
        }
    }

    /// `saved` is y or x, by ``Activation/gradientUsesOutput``.
    func gradient(dy: [Double], saved: [Double]) -> [Double] { zip(dy, saved).map { $0 * derivative($1) } }

    private func derivative(_ saved: Double) -> Double {
        switch self {
        case .relu: saved > 0 ? 1 : 0
        case .leakyReLU(let slope): saved > 0 ? 1 : Double(slope)
        case .sigmoid: saved * (1 - saved)
        case .tanh: 1 - saved * saved
        case .gelu: normalDistribution(saved) + saved * normalDensity(saved)
        }
    }
}

/// Φ(x), the share of a standard normal variable below x. The complement keeps its digits for negative x.
private func normalDistribution(_ x: Double) -> Double { .erfc(-x / .sqrt(2)) / 2 }

private func normalDensity(_ x: Double) -> Double { .exp(-x * x / 2) / .sqrt(2 * .pi) }

/// `y[n,i] = exp(x[n,i]) / Σ exp(x[n,j])`, each row shifted by its maximum so that nothing overflows.
func softmax(_ x: [Double], classes: Int) -> [Double] {
    var y: [Double] = []
    for start in stride(from: 0, to: x.count, by: classes) {
        let row = x[start..<start + classes]
        let maximum = row.max() ?? 0
        let powers = row.map { Double.exp($0 - maximum) }
        let sum = powers.reduce(0, +)
        y += powers.map { $0 / sum }
    }
    return y
}

/// `dx[n,i] = y[n,i] · (dy[n,i] − Σ dy[n,j]·y[n,j])`
func softmaxGradient(dy: [Double], y: [Double], classes: Int) -> [Double] {
    var dx: [Double] = []
    for start in stride(from: 0, to: y.count, by: classes) {
        let row = start..<start + classes
        let mean = row.reduce(0) { $0 + dy[$1] * y[$1] }
        dx += row.map { y[$0] * (dy[$0] - mean) }
    }
    return dx
}

extension ReferenceExecutable {
    /// `y = x·keep / (1 − rate)`
    func dropout(_ x: [Double], rate: Float, stream: Int) -> [Double] {
        let first = settings.firstImage * (x.count / program.batchSize)
        return x.indices.map { index in
            let isKept = DropoutMask.isKept(
                first + index, rate: rate, seed: settings.dropoutSeed, step: settings.dropoutStep, stream: stream)
            return isKept ? x[index] / (1 - Double(rate)) : 0
        }
    }
}
