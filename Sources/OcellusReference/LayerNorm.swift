// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor
import RealModule

/// The groups of elements of a tensor that are normalised together: `[outer, channels, inner]`, over the channels.
private struct LayerNormalization {
    let epsilon: Double
    let outer: Int
    let channels: Int
    let inner: Int

    init(_ shape: Shape, epsilon: Float) {
        self.epsilon = Double(epsilon)
        channels = shape[shape.rank == 4 ? 1 : shape.rank - 1]
        inner = shape.rank == 4 ? shape[2] * shape[3] : 1
        outer = shape.count / (channels * inner)
    }

    /// Calls `body` for every group, with the offset of each of its elements in the order of the channels.
    func forEachGroup(_ body: ([Int]) -> Void) {
        for o in 0..<outer {
            for i in 0..<inner { body((0..<channels).map { (o * channels + $0) * inner + i }) }
        }
    }

    /// `(x − mean)/√(variance + ε)` of a group, and the factor `1/√(variance + ε)`.
    func normalized(_ x: [Double], _ group: [Int]) -> (values: [Double], inverse: Double) {
        let mean = group.reduce(0) { $0 + x[$1] } / Double(channels)
        let variance = group.reduce(0) { $0 + (x[$1] - mean) * (x[$1] - mean) } / Double(channels)
        let inverse = 1 / Double.sqrt(variance + epsilon)
        return (group.map { (x[$0] - mean) * inverse }, inverse)
    }
}

extension Op.LayerNorm: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (x, scale, shift) = (call.inputs[0], call.inputs[1], call.inputs[2])
        let layer = LayerNormalization(call.shapes[0], epsilon: epsilon)
        var y = x
        layer.forEachGroup { group in
            let normalized = layer.normalized(x, group).values
            for (c, offset) in group.enumerated() { y[offset] = scale[c] * normalized[c] + shift[c] }
        }
        return [y]
    }
}

extension Op.LayerNormGradient: ReferenceOperator {
    /// With x̂ the normalised x and g = γ·dy: `dβ = Σ dy`, `dγ = Σ dy·x̂`, `dx = (g − mean(g) − x̂·mean(g·x̂))/√(variance + ε)`.
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (dy, x, scale) = (call.inputs[0], call.inputs[1], call.inputs[2])
        let layer = LayerNormalization(call.shapes[1], epsilon: epsilon)
        var dx = x
        var dScale = [Double](repeating: 0, count: layer.channels)
        var dShift = dScale
        layer.forEachGroup { group in
            let (normalized, inverse) = layer.normalized(x, group)
            let g = group.enumerated().map { scale[$0] * dy[$1] }
            let mean = g.reduce(0, +) / Double(layer.channels)
            let product = zip(g, normalized).reduce(0) { $0 + $1.0 * $1.1 } / Double(layer.channels)
            for (c, offset) in group.enumerated() {
                dx[offset] = inverse * (g[c] - mean - normalized[c] * product)
                dScale[c] += dy[offset] * normalized[c]
                dShift[c] += dy[offset]
            }
        }
        return [dx, dScale, dShift]
    }
}
