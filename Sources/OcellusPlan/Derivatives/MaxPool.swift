// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

extension Op {
    /// dy, workspace, y? → dx. With y, dx is also zero where y is not positive: the gradient of a ReLU before the pool.
    package struct MaxPoolGradient: Operator {
        package var geometry: Geometry2D
        package var throughReLU = false
    }
}

/// x → y, workspace? (the winner of each window; there when a gradient is needed)
extension Op.MaxPool: PlannedOperator {
    func lower(_ node: inout ProgramBuilder.Node, to shape: Shape, in builder: inout ProgramBuilder) {
        node.output = builder.value("\(node.label) output", shape, .activation)
        builder.passNeed(from: node.inputs, to: node.output)
        if builder.requiresGradient(node.inputs[0]) {
            node.saved = builder.value("\(node.label) winners", shape, .workspace)
        }
        builder.append(self, node.inputs, [node.output] + (node.saved.map { [$0] } ?? []))
    }

    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        guard let winners = node.saved else { return }
        builder.passBack(Op.MaxPoolGradient(geometry: geometry), [dy, winners], to: node)
    }
}
