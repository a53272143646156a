// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

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

extension Op.Slice: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [slice(call.inputs[0], call.shapes[0], from: offset, to: call.outputShape)]
    }
}

extension Op.SliceGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (dy, part, whole) = (call.inputs[0], call.shapes[0].dropFirst().count, call.outputShape)
        let start = offset * whole.dropFirst().dropFirst().count
        var dx = [Double](repeating: 0, count: whole.count)
        for n in 0..<call.batch {
            let first = n * whole.dropFirst().count + start
            dx.replaceSubrange(first..<first + part, with: dy[n * part..<(n + 1) * part])
        }
        return [dx]
    }
}
