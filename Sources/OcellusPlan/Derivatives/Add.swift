// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

/// a, b → a + b
extension Op.Add: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        for input in node.inputs { builder.addGradient(dy, to: input) }
    }
}
