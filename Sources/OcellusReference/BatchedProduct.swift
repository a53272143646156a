// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

extension Op.BatchedProduct: ReferenceOperator {
    func results(_ call: ReferenceCall) -> [[Double]] {
        let (a, b) = (call.inputs[0], call.inputs[1])
        let (rows, inner, columns) = sizes(call.shapes[0], call.shapes[1])
        var y: [Double] = []
        for matrix in 0..<a.count / (rows * inner) {
            let (firstA, firstB) = (matrix * rows * inner, matrix * inner * columns)
            for m in 0..<rows {
                for p in 0..<columns {
                    y.append(
                        (0..<inner).reduce(0) { sum, k in
                            sum + a[firstA + (transposesA ? k * rows + m : m * inner + k)]
                                * b[firstB + (transposesB ? p * inner + k : k * columns + p)]
                        })
                }
            }
        }
        return [y]
    }
}
