// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

extension Op {
    /// dy, x, γ → dx, dγ, dβ
    package struct LayerNormGradient: Operator {
        package var epsilon: Float
    }
}

/// x, γ, β → y. The gradient computes mean and variance again: reading x is cheaper than keeping them.
extension Op.LayerNorm: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        // All three gradients come from one pass over x, so they are always computed together.
        let (x, parameters) = (node.inputs[0], Array(node.inputs.dropFirst()))
        let dx = builder.value("\(node.label) input gradient", builder.program[x].shape, .gradient)
        builder.appendParameterGradients(
            Op.LayerNormGradient(epsilon: epsilon), [dy, x, parameters[0]], of: parameters, behind: [dx],
            multiplyAdds: node.multiplyAdds)
        builder.addGradient(dx, to: x)
    }
}
