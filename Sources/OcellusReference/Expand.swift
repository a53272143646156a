// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

extension Op.Expand: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        [Array(repeating: call.inputs[0], count: call.batch).flatMap(\.self)]
    }
}

extension Op.ExpandGradient: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (dy, count) = (call.inputs[0], call.outputShape.count)
        return [(0..<count).map { index in (0..<call.batch).reduce(0) { $0 + dy[$1 * count + index] } }]
    }
}
