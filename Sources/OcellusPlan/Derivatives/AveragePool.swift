// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// dy → dx
    package struct AveragePoolGradient: Operator {
        package var geometry: Geometry2D
    }
}

/// x → y
extension Op.AveragePool: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.passBack(Op.AveragePoolGradient(geometry: geometry), [dy], to: node)
    }
}
