// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

extension Op {
    /// x, γ, β, running mean, running variance → y, workspace (mean and 1/√(variance + ε) of the batch). Updates both running
    /// values in place.
    package struct BatchNormTraining: Operator {
        package var epsilon: Float
        package var momentum: Float
    }

    /// x, γ, β, running mean, running variance → y
    package struct BatchNormInference: Operator {
        package var epsilon: Float
    }

    /// dy, x, γ, β, workspace → dx, dγ, dβ; with a function, dy is the gradient of what it makes of the normalised maps.
    package struct BatchNormGradient: Operator {
        package var epsilon: Float
        package var through: UnaryFunction?
    }
}

extension Op.BatchNorm: PlannedOperator {
    func lower(_ node: inout ProgramBuilder.Node, to shape: Shape, in builder: inout ProgramBuilder) {
        guard builder.isTraining else {
            node.output = builder.apply(
                Op.BatchNormInference(epsilon: epsilon), node.inputs, shape, multiplyAdds: node.multiplyAdds)
            return
        }
        node.output = builder.value("\(node.label) output", shape, .activation)
        let saved = builder.value("\(node.label) batch statistics", [2, shape[1]], .workspace)
        node.saved = saved
        builder.append(
            Op.BatchNormTraining(epsilon: epsilon, momentum: momentum), node.inputs, [node.output, saved],
            multiplyAdds: node.multiplyAdds)
        builder.passNeed(from: node.inputs, to: node.output)
    }

    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        let x = node.inputs[0]
        let shape = builder.program[x].shape
        guard let saved = node.saved else {
            // The layer is y = s·x + t for each channel, so dx is what it makes of dy without mean and shift.
            let zeros = builder.value("\(node.label) zeros", [shape[1]], .zeros)
            builder.program.zeros.append(zeros)
            return builder.passBack(
                Op.BatchNormInference(epsilon: epsilon), [dy, node.inputs[1], zeros, zeros, node.inputs[4]], to: node)
        }
        // All three gradients come from one pass over the maps, so they are always computed together.
        let parameters = Array(node.inputs[1...2])
        let dx = builder.value("\(node.label) input gradient", shape, .gradient)
        builder.appendParameterGradients(
            Op.BatchNormGradient(epsilon: epsilon), [dy, x] + parameters + [saved], of: parameters, behind: [dx],
            multiplyAdds: node.multiplyAdds)
        builder.addGradient(dx, to: x)
    }
}
