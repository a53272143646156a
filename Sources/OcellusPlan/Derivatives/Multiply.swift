// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

extension Op {
    /// dy, a → db, the sum of `dy · a` where b repeats
    package struct MultiplyGradient: Operator {}
}

/// a, b → a · b; the gradient of a is `dy · b`
extension Op.Multiply: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        let (a, b) = (node.inputs[0], node.inputs[1])
        if builder.requiresGradient(a) { builder.passBack(self, [dy, b], to: node) }
        guard builder.requiresGradient(b) else { return }
        builder.addGradient(
            builder.apply(Op.MultiplyGradient(), [dy, a], builder.program[b].shape, suffix: "factor gradient"), to: b)
    }
}
