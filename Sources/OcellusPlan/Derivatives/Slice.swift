// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// dy → dx, zero outside the part of axis 1 that starts at `offset`
    package struct SliceGradient: Operator {
        package var offset: Int
    }
}

/// x → y
extension Op.Slice: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.passBack(Op.SliceGradient(offset: offset), [dy], to: node)
    }
}
