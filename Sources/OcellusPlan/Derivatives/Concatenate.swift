// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

/// branches → joined along axis 1
extension Op.Concatenate: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        var offset = 0
        for part in node.inputs {
            let shape = builder.program[part].shape
            if builder.requiresGradient(part) {
                builder.addGradient(
                    builder.apply(Op.Slice(offset: offset, count: shape[1]), [dy], shape, suffix: "slice of gradient"),
                    to: part)
            }
            offset += shape[1]
        }
    }
}
