// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

/// Joins tensors `[N, Cᵢ, …]` along axis 1: for each sample the blocks of all branches, one behind the other.
func concatenation(of branches: [[Double]], _ shapes: [Shape]) -> [Double] {
    var joined: [Double] = []
    for n in 0..<(shapes.first?[0] ?? 0) {
        for (branch, shape) in zip(branches, shapes) {
            let block = shape.dropFirst().count
            joined += branch[n * block..<(n + 1) * block]
        }
    }
    return joined
}

extension Op.Concatenate: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] { [concatenation(of: call.inputs, call.shapes)] }
}
