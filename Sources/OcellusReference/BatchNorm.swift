// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor
import RealModule

/// `y = scale·(x − mean)·inverse + shift` with `inverse = 1/√(variance + ε)`, for each channel of `[N,C,H,W]`.
struct Normalization {
    let epsilon: Double
    private let channels: Int
    private let area: Int
    /// Elements that each channel's statistics are taken over.
    private let count: Int

    init(shape: Shape, epsilon: Float) {
        self.epsilon = Double(epsilon)
        channels = shape[1]
        area = shape[2] * shape[3]
        count = shape[0] * area
    }

    private func channel(_ offset: Int) -> Int { offset / area % channels }

    func inverse(_ variance: Double) -> Double { 1 / .sqrt(variance + epsilon) }

    /// The sum of `terms(offset)` over each channel.
    private func sums(_ terms: (Int) -> Double) -> [Double] {
        var sums = [Double](repeating: 0, count: channels)
        for offset in 0..<count * channels { sums[channel(offset)] += terms(offset) }
        return sums
    }

    /// Of one batch. `variance` divides by the count, `unbiased` by one less; a single element has none, 0.
    func statistics(x: [Double]) -> [(mean: Double, variance: Double, unbiased: Double)] {
        let means = sums { x[$0] }.map { $0 / Double(count) }
        let squares = sums { (x[$0] - means[channel($0)]) * (x[$0] - means[channel($0)]) }
        return zip(means, squares).map { ($0, $1 / Double(count), $1 / Double(max(count - 1, 1))) }
    }

    func running(_ old: [Double], _ batch: [Double], _ momentum: Float) -> [Double] {
        zip(old, batch).map { (1 - Double(momentum)) * $0 + Double(momentum) * $1 }
    }

    func output(x: [Double], scale: [Double], shift: [Double], mean: [Double], inverse: [Double]) -> [Double] {
        x.indices.map { offset in
            let c = channel(offset)
            return scale[c] * (x[offset] - mean[c]) * inverse[c] + shift[c]
        }
    }

    /// dx, dγ, dβ through the batch's statistics (Ioffe and Szegedy 2015, section 3):
    ///
    ///     dβ = Σ dy,  dγ = Σ dy·x̂,  dx = γ·inverse·(dy − dβ/count − x̂·dγ/count)
    func gradients(dy: [Double], x: [Double], scale: [Double], saved: [Double]) -> [[Double]] {
        let (mean, inverse) = (saved[..<channels], saved[channels...])
        let normalized = x.indices.map { offset in
            (x[offset] - mean[channel(offset)]) * inverse[channels + channel(offset)]
        }
        let dShift = sums { dy[$0] }
        let dScale = sums { dy[$0] * normalized[$0] }
        let dx = x.indices.map { offset in
            let c = channel(offset)
            let centred = dy[offset] - (dShift[c] + normalized[offset] * dScale[c]) / Double(count)
            return scale[c] * inverse[channels + c] * centred
        }
        return [dx, dScale, dShift]
    }
}

extension Op.BatchNormTraining: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (inputs, ids) = (call.inputs, call.operation.inputs)
        let layer = Normalization(shape: call.shapes[0], epsilon: epsilon)
        let batch = layer.statistics(x: inputs[0])
        call.executable[ids[3]] = layer.running(inputs[3], batch.map(\.mean), momentum)
        call.executable[ids[4]] = layer.running(inputs[4], batch.map(\.unbiased), momentum)
        let (mean, inverse) = (batch.map(\.mean), batch.map { layer.inverse($0.variance) })
        return [
            layer.output(x: inputs[0], scale: inputs[1], shift: inputs[2], mean: mean, inverse: inverse),
            mean + inverse,
        ]
    }
}

extension Op.BatchNormGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let inputs = call.inputs
        let layer = Normalization(shape: call.shapes[1], epsilon: epsilon)
        var dy = inputs[0]
        if let through {
            let channels = call.shapes[1][1]
            let normalized = layer.output(
                x: inputs[1], scale: inputs[2], shift: inputs[3], mean: Array(inputs[4][..<channels]),
                inverse: Array(inputs[4][channels...]))
            let saved = through.gradientUsesOutput ? through.output(normalized) : normalized
            dy = through.gradient(dy: dy, saved: saved)
        }
        return layer.gradients(dy: dy, x: inputs[1], scale: inputs[2], saved: inputs[4])
    }
}

extension Op.BatchNormInference: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let inputs = call.inputs
        let layer = Normalization(shape: call.shapes[0], epsilon: epsilon)
        return [
            layer.output(
                x: inputs[0], scale: inputs[1], shift: inputs[2], mean: inputs[3],
                inverse: inputs[4].map(layer.inverse))
        ]
    }
}
