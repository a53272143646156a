// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

extension Shape {
    /// The offset in a tensor of these sizes, of which some are 1, of what repeats at an offset of a larger one.
    fileprivate func offset(of index: Int, in large: Shape) -> Int {
        var (rest, offset, stride) = (index, 0, 1)
        for axis in (0..<rank).reversed() {
            if self[axis] > 1 { offset += rest % large[axis] * stride }
            rest /= large[axis]
            stride *= self[axis]
        }
        return offset
    }
}

extension Op.Multiply: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (a, b) = (call.inputs[0], call.inputs[1])
        return [a.indices.map { a[$0] * b[call.shapes[1].offset(of: $0, in: call.shapes[0])] }]
    }
}

extension Op.MultiplyGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (dy, a) = (call.inputs[0], call.inputs[1])
        var db = [Double](repeating: 0, count: call.outputShape.count)
        for index in a.indices { db[call.outputShape.offset(of: index, in: call.shapes[1])] += dy[index] * a[index] }
        return [db]
    }
}
