// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

extension Op {
    /// x → the part of axis 1 that starts at `offset`, as long as the output's axis 1
    package struct Slice: Operator {
        package var offset: Int
    }
}

/// branches → joined along axis 1
extension Op.Concatenate: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        var offset = 0
        for part in node.inputs {
            let shape = builder.program[part].shape
            if builder.requiresGradient(part) {
                builder.addGradient(
                    builder.apply(Op.Slice(offset: offset), [dy], shape, suffix: "slice of gradient"), to: part)
            }
            offset += shape[1]
        }
    }
}
