// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

/// x → y; the gradient is put back into the input's order
extension Op.Transpose: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.passBack(inverse, [dy], to: node)
    }
}
