// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph

extension Op {
    /// dy, w → dx
    package struct ConvolutionInputGradient: Operator {
        package var convolution: Convolution
        package init(convolution: Convolution) { self.convolution = convolution }
    }

    /// x, dy → dw, db?
    package struct ConvolutionWeightGradient: Operator {
        package var convolution: Convolution
        package init(convolution: Convolution) { self.convolution = convolution }
    }
}

/// x, w, b? → y
extension Op.Convolution: PlannedOperator {
    func differentiate(_ node: ProgramBuilder.Node, _ dy: ValueID, in builder: inout ProgramBuilder) {
        builder.differentiateProduct(
            node, dy, input: Op.ConvolutionInputGradient(convolution: self),
            weight: Op.ConvolutionWeightGradient(convolution: self))
    }
}
