// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

/// x → y; the gradient takes the input's sizes
extension Op.Reshape: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.passBack(Op.Reshape(builder.program[node.inputs[0]].shape.dropFirst()), [dy], to: node)
    }
}
