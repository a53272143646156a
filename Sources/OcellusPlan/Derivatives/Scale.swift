// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

/// x → y; also its own gradient
extension Op.Scale: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.passBack(self, [dy], to: node)
    }
}
