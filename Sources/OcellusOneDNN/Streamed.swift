// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension ConvolutionAlgorithm {
    /// The sum as it is defined, by the kernels, reading every weight once: forward, for few positions.
    package static let streamed = ConvolutionAlgorithm(rawValue: "streamed")
}

/// ``ConvolutionAlgorithm/streamed``.
struct Streamed: EngineAlgorithm {
    var name: ConvolutionAlgorithm { .streamed }

    func canMake(
        _ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler
    ) throws(PlanError) -> Bool {
        direction == .forward && compiler.precision == .float32
            && convolution.suitsStreamed(block: compiler.preferredBlock)
            && compiler.outputPositions(convolution) <= 2048
    }

    /// Whether reading every weight once is what counts.
    ///
    /// On Zen 4 it is where weights take megabytes and up to some 128 positions share them (512 maps of 4×4 from as many: half
    /// the time of oneDNN's direct sums for one sample); of fewer weights or more positions those are as fast or faster.
    func pays(_ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler) -> Bool {
        direction == .forward && compiler.precision == .float32
            && convolution.suitsStreamed(block: compiler.preferredBlock)
            && convolution.weightDimensions.reduce(1, *) >= 1 << 19 && compiler.outputPositions(convolution) <= 128
    }

    func lower(
        _ direction: ConvolutionDirection, _ convolution: Convolution, activation: UnaryFunction?,
        in compiler: inout PlanCompiler
    ) throws(PlanError) {
        guard direction == .forward else { throw compiler.missingForward() }
        try compiler.lowerStreamed(convolution, activation: activation)
    }
}

extension PlanCompiler {
    mutating func lowerStreamed(_ convolution: Convolution, activation: UnaryFunction?) throws(PlanError) {
        let operands = try blockedOperands(convolution, .float32)
        let (x, y) = (kernelMaps(operands.x.layout), kernelMaps(operands.y.layout))
        let window = kernelWindow(convolution.geometry)
        needScratch(floats: ocellus_streamed_scratch(x, y, window))
        step(
            convolutionName(activation: activation, adds: operands.added != nil), kernel("streamed", operands.y),
            reads: operands.reads, writes: [operands.y]
        ) { resources in
            resources.call(
                ocellus_streamed_forward,
                ocellus_streamed_forward_arguments(
                    x_maps: x, y_maps: y, window: window, x: resources.pointer(operands.x),
                    w: resources.pointer(operands.weights), bias: operands.bias.map(resources.pointer),
                    added: operands.added.map(resources.pointer), activation: activation.argument,
                    y: resources.pointer(operands.y)))
        }
    }
}

extension Convolution {
    /// Whether the kernel of ``ConvolutionAlgorithm/streamed`` applies: whole blocks of outputs in rows that it holds. The
    /// inputs' last block may be part empty; images of few channels lie otherwise.
    func suitsStreamed(block: Int) -> Bool {
        geometry.dilation == 1 && groups == 1 && inputChannels > 3 && outputChannels % block == 0
            && geometry.output.width <= 256
    }
}
