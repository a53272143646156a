// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension ConvolutionAlgorithm {
    /// The sum as it is defined, by oneDNN on blocked maps.
    package static let direct = ConvolutionAlgorithm(rawValue: "direct")
    /// Windows unfolded into one matrix product, by oneDNN on row-major maps.
    package static let matrix = ConvolutionAlgorithm(rawValue: "matrix")
}

/// ``ConvolutionAlgorithm/direct``: what is left where nothing else pays.
struct DirectSums: EngineAlgorithm {
    var name: ConvolutionAlgorithm { .direct }
    var asksForForward: Bool { true }

    /// In bfloat16, float32 makes half as many products at once.
    func canMake(
        _ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler
    ) throws(PlanError) -> Bool { compiler.precision == .float32 }

    func pays(_ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler) -> Bool { true }

    func lower(
        _ direction: ConvolutionDirection, _ convolution: Convolution, activation: UnaryFunction?,
        in compiler: inout PlanCompiler
    ) throws(PlanError) {
        try compiler.lowerSums(direction, convolution, activation: activation, asMatrix: false)
    }
}

/// ``ConvolutionAlgorithm/matrix``.
struct WindowMatrix: EngineAlgorithm {
    var name: ConvolutionAlgorithm { .matrix }
    var asksForForward: Bool { true }

    /// Images of few channels have primitives that read them as they are.
    func canMake(
        _ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler
    ) throws(PlanError) -> Bool {
        guard compiler.precision == .float32, convolution.groups == 1, convolution.inputChannels > 3 else {
            return false
        }
        return try compiler.hasMatrixProduct(direction, of: convolution)
    }

    func pays(_ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler) -> Bool {
        false
    }

    func lower(
        _ direction: ConvolutionDirection, _ convolution: Convolution, activation: UnaryFunction?,
        in compiler: inout PlanCompiler
    ) throws(PlanError) {
        try compiler.lowerSums(direction, convolution, activation: activation, asMatrix: true)
    }
}
