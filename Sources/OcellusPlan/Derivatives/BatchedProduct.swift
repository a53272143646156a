// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

/// a, b → A·B, which are a and b or their transposes; `dA = dy·Bᵀ` and `dB = Aᵀ·dy` are such products too.
extension Op.BatchedProduct: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        let (a, b) = (node.inputs[0], node.inputs[1])
        func append(_ kind: Op.BatchedProduct, _ inputs: [ValueID], _ id: ValueID, _ suffix: String) {
            guard builder.requiresGradient(id) else { return }
            let gradient = builder.apply(
                kind, inputs, builder.program[id].shape, multiplyAdds: node.multiplyAdds, suffix: suffix)
            builder.addGradient(gradient, to: id)
        }
        // The gradient of a transposed operand is the transpose of that of the matrix.
        append(
            transposesA
                ? Op.BatchedProduct(transposesA: transposesB, transposesB: true)
                : Op.BatchedProduct(transposesB: !transposesB),
            transposesA ? [b, dy] : [dy, b], a, "first gradient")
        append(
            transposesB
                ? Op.BatchedProduct(transposesA: true, transposesB: transposesA)
                : Op.BatchedProduct(transposesA: !transposesA),
            transposesB ? [dy, a] : [a, dy], b, "second gradient")
    }
}
