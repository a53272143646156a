// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// dy, w → dx
    package struct LocallyConnectedInputGradient: Operator {
        package var forward: LocallyConnected
    }

    /// x, dy → dw, db?
    package struct LocallyConnectedWeightGradient: Operator {
        package var forward: LocallyConnected
    }
}

/// x, w, b? → y
extension Op.LocallyConnected: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.differentiateProduct(
            node, dy, input: Op.LocallyConnectedInputGradient(forward: self),
            weight: Op.LocallyConnectedWeightGradient(forward: self))
    }
}
