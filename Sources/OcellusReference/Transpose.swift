// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

extension Op.Transpose: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (x, from, to) = (call.inputs[0], call.shapes[0], call.outputShape)
        func strides(_ shape: Shape) -> [Int] {
            (0..<shape.rank).map { shape.dimensions[($0 + 1)...].reduce(1, *) }
        }
        let (source, result) = (strides(from), strides(to))
        return [
            (0..<to.count).map { index in
                var offset = index / result[0] * source[0]
                for (position, axis) in order.enumerated() {
                    offset += index / result[position + 1] % to[position + 1] * source[axis]
                }
                return x[offset]
            }
        ]
    }
}
