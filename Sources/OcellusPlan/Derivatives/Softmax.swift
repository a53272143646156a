// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// dy, y → dx
    package struct SoftmaxGradient: Operator {}
}

/// x `[N, F]` → y
extension Op.Softmax: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.passBack(Op.SoftmaxGradient(), [dy, node.output], to: node)
    }
}
