// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// dy, w → dx
    package struct MatrixProductInputGradient: Operator {}

    /// x, dy → dw, db?
    package struct MatrixProductWeightGradient: Operator {
        package var hasBias: Bool
    }
}

/// x, w, b? → y
extension Op.MatrixProduct: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.differentiateProduct(
            node, dy, input: Op.MatrixProductInputGradient(),
            weight: Op.MatrixProductWeightGradient(hasBias: hasBias))
    }
}
