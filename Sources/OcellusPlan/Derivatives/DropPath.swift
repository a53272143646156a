// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

/// x → y = x·keep/(1 − rate), keep drawn by ``DropoutMask`` for image n of the batch as its element n; also its own gradient
extension Op.DropPath: PlannedOperator {
    func lower(_ node: inout ProgramBuilder.Node, to shape: Shape, in builder: inout ProgramBuilder) {
        node.output =
            builder.isTraining && rate > 0 ? builder.apply(self, node.inputs, shape) : node.inputs[0]
    }

    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.passBack(self, [dy], to: node)
    }
}
