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

/// Channels `offset ..< offset + part[1]` of a tensor `[N, C, …]`.
func slice(_ whole: [Double], _ shape: Shape, from offset: Int, to part: Shape) -> [Double] {
    let area = shape.dropFirst().dropFirst().count
    var result: [Double] = []
    for n in 0..<shape[0] {
        let start = (n * shape[1] + offset) * area
        result += whole[start..<start + part[1] * area]
    }
    return result
}

extension Op.Concatenate: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] { [concatenation(of: call.inputs, call.shapes)] }
}

extension Op.Slice: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [slice(call.inputs[0], call.shapes[0], from: offset, to: call.outputShape)]
    }
}
