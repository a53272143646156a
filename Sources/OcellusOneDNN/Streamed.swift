// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerStreamed(_ convolution: Convolution, relu: Bool) throws(PlanError) {
        let operands = try blockedOperands(convolution, .float32)
        let (x, y) = (kernelMaps(operands.x.layout), kernelMaps(operands.y.layout))
        let window = kernelWindow(convolution.geometry)
        needScratch(floats: ocellus_streamed_scratch(x, y, window))
        step(
            convolutionName(relu: relu, adds: operands.added != nil), kernel("streamed", operands.y),
            reads: operands.reads, writes: [operands.y]
        ) { resources in
            resources.call(
                ocellus_streamed_forward,
                ocellus_streamed_forward_arguments(
                    x_maps: x, y_maps: y, window: window, x: resources.pointer(operands.x),
                    w: resources.pointer(operands.weights), bias: operands.bias.map(resources.pointer),
                    added: operands.added.map(resources.pointer), relu: relu, y: resources.pointer(operands.y)))
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
