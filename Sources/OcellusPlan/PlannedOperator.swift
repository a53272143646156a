// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// An operator of a graph as plans know it: what it becomes in a program, and the rule of its derivative.
protocol PlannedOperator: GraphOperator {
    /// Appends the forward operation and sets the node's output; an identity sets its input.
    func lower(_ node: inout ProgramBuilder.Node, to shape: Shape, in builder: inout ProgramBuilder)
    /// Appends what computes the gradients of the inputs from that of the output.
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder)
}

extension PlannedOperator {
    /// The operator itself.
    func lower(_ node: inout ProgramBuilder.Node, to shape: Shape, in builder: inout ProgramBuilder) {
        node.output = builder.apply(self, node.inputs, shape, multiplyAdds: node.multiplyAdds)
    }
}

extension ProgramBuilder {
    /// Appends an operation whose one output is the gradient of the node's first input.
    mutating func passBack(_ kind: any Operator, _ inputs: [ValueID], to node: Node) {
        let x = node.inputs[0]
        let dx = apply(
            kind, inputs, program[x].shape, multiplyAdds: node.multiplyAdds, suffix: "input gradient")
        addGradient(dx, to: x)
    }

    /// Appends the gradients of a sum of products of input and weight.
    ///
    /// The input's gradient comes first: a backend may then update the weight while it computes its gradient.
    mutating func differentiateProduct(
        _ node: Node, _ dy: ValueID, input: any Operator, weight: any Operator
    ) {
        let parameters = Array(node.inputs.dropFirst())
        if requiresGradient(node.inputs[0]) { passBack(input, [dy, parameters[0]], to: node) }
        guard parameters.contains(where: requiresGradient) else { return }
        appendParameterGradients(
            weight, [node.inputs[0], dy], of: parameters, multiplyAdds: node.multiplyAdds)
    }
}
