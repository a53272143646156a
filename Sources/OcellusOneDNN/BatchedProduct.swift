// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerBatchedProduct(_ kind: Op.BatchedProduct) throws(PlanError) {
        let (a, b) = (operation.inputs[0], operation.inputs[1])
        let (rows, inner, columns) = kind.sizes(shape(a), shape(b))
        let matrices = shape(a).count / (rows * inner)
        let left = try matrix(a, [matrices, rows, inner], isTransposed: kind.transposesA)
        let right = try matrix(b, [matrices, inner, columns], isTransposed: kind.transposesB)
        let y = newInstance(operation.outputs[0], try .plain([matrices, rows, columns]))
        try matrixProduct("matrix products", left, right, y, isMain: true)
    }

    /// A value as matrices of the sizes; transposed ones are read by their strides.
    private mutating func matrix(
        _ id: ValueID, _ sizes: [Int], isTransposed: Bool
    ) throws(PlanError) -> Instance {
        let x = try plain(id)
        let layout: Layout =
            isTransposed
            ? try .strided(sizes, [sizes[1] * sizes[2], 1, sizes[1]]) : try .plain(sizes)
        return Instance(buffer: x.buffer, layout: layout)
    }
}

extension Op.BatchedProduct: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerBatchedProduct(self) }
}
