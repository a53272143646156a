// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// dy → dp, the sum over the images
    package struct ExpandGradient: Operator {}
}

/// p → y
extension Op.Expand: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.appendParameterGradients(Op.ExpandGradient(), [dy], of: node.inputs, multiplyAdds: 0)
    }
}
