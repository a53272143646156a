// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor
import RealModule

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

extension Op.Softmax: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [softmax(call.inputs[0], classes: call.shapes[0].dimensions.last ?? 1)]
    }
}

extension Op.SoftmaxGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [softmaxGradient(dy: call.inputs[0], y: call.inputs[1], classes: call.shapes[0].dimensions.last ?? 1)]
    }
}
