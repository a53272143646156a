// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// dy → dx
    package struct BlurPoolGradient: Operator {
        package var geometry: Geometry2D
        package var taps: [Double]
    }
}

/// x → y
extension Op.BlurPool: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.passBack(Op.BlurPoolGradient(geometry: geometry, taps: taps), [dy], to: node)
    }
}
