// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// dy, (y or x by ``UnaryFunction/gradientUsesOutput``) → dx
    package struct UnaryGradient: Operator {
        package var function: UnaryFunction
    }

    /// a, b, y → a + b where y is positive, else 0: the gradient of a ReLU whose output y was used twice.
    package struct ReLUGradientOfSum: Operator {}
}

extension UnaryFunction {
    /// Whether the gradient is computed from the output (else from the input).
    package var gradientUsesOutput: Bool {
        switch self {
        // Of a leaky ReLU either has the sign.
        case .relu, .sigmoid, .tanh, .relu6, .leakyReLU: true
        case .gelu, .silu, .hardSwish, .hardSigmoid: false
        }
    }
}

/// x → y
extension Op.Unary: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        let saved = function.gradientUsesOutput ? node.output : node.inputs[0]
        builder.passBack(Op.UnaryGradient(function: function), [dy, saved], to: node)
    }
}
