// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerWinograd(_ convolution: Convolution, relu: Bool) throws(PlanError) {
        let (x, w) = (operation.inputs[0], operation.inputs[1])
        let filters = try Layout.filters(convolution.weightDimensions, block: preferredBlock)
        let input = try maps(x, block: preferredBlock)
        let weights = newInstance(w, filters)
        let bias =
            convolution.hasBias
            ? newInstance(operation.inputs[2], try .plain([convolution.outputChannels])) : nil
        let output = newInstance(
            operation.outputs[0], try .maps(shape(operation.outputs[0]).dimensions, block: preferredBlock))
        let sizes = convolution.winogradSizes(batch: input.layout.dimensions[0], block: preferredBlock)
        needScratch(floats: ocellus_winograd_scratch(sizes, Int32(threads)))
        note(.winograd, "forward")
        step(
            relu ? "convolution and relu" : "convolution", kernel("winograd", output),
            reads: [input, weights] + (bias.map { [$0] } ?? []), writes: [output]
        ) { (resources) throws(PlanError) in
            .winograd(
                sizes, x: resources.pointer(input), w: resources.pointer(weights), bias: bias.map(resources.pointer),
                relu: relu, y: resources.pointer(output), scratch: try resources.lentScratch())
        }
    }

    mutating func lowerWinogradInputGradient(_ convolution: Convolution) throws(PlanError) {
        let dy = try maps(operation.inputs[0], block: preferredBlock)
        let weights = try primary(operation.inputs[1])
        let dx = newInstance(
            operation.outputs[0], try .maps(shape(operation.outputs[0]).dimensions, block: preferredBlock))
        let sizes = convolution.winogradSizes(batch: dy.layout.dimensions[0], block: preferredBlock)
        needScratch(floats: ocellus_winograd_scratch(sizes, Int32(threads)))
        note(.winograd, "input gradient")
        step(
            "convolution input gradient", kernel("winograd", dx), reads: [dy, weights], writes: [dx]
        ) { (resources) throws(PlanError) in
            .winogradInputGradient(
                sizes, dy: resources.pointer(dy), w: resources.pointer(weights), dx: resources.pointer(dx),
                scratch: try resources.lentScratch())
        }
    }

    mutating func lowerWinogradWeightGradient(_ convolution: Convolution) throws(PlanError) {
        let x = try maps(operation.inputs[0], block: preferredBlock)
        let dy = try maps(operation.inputs[1], block: preferredBlock)
        let dw = newInstance(
            operation.outputs[0], try .filters(convolution.weightDimensions, block: preferredBlock))
        let db =
            convolution.hasBias
            ? newInstance(operation.outputs[1], try .plain([convolution.outputChannels])) : nil
        let sizes = convolution.winogradSizes(batch: x.layout.dimensions[0], block: preferredBlock)
        needScratch(floats: ocellus_winograd_weight_gradient_scratch(sizes, Int32(threads)))
        note(.winograd, "weight gradient")
        step(
            "convolution weight gradient", kernel("winograd", x), reads: [x, dy],
            writes: [dw] + (db.map { [$0] } ?? [])
        ) { (resources) throws(PlanError) in
            .winogradWeightGradient(
                sizes, x: resources.pointer(x), dy: resources.pointer(dy), dw: resources.pointer(dw),
                db: db.map(resources.pointer), scratch: try resources.lentScratch())
        }
    }
}

extension Convolution {
    /// Whether Winograd's F(4×4, 3×3) applies and pays: 3×3, stride 1, whole blocks of channels, and enough of them
    /// that the products outweigh the transforms.
    func suitsWinograd(block: Int) -> Bool {
        geometry.kernel == 3 && geometry.stride == 1 && geometry.dilation == 1 && groups == 1
            && inputChannels % block == 0 && outputChannels % block == 0 && min(inputChannels, outputChannels) >= 32
    }

    fileprivate func winogradSizes(batch: Int, block: Int) -> ocellus_winograd {
        ocellus_winograd(
            batch: batch, inputs: inputChannels, outputs: outputChannels, height: geometry.input.height,
            width: geometry.input.width, top: geometry.before.height, left: geometry.before.width,
            output_height: geometry.output.height, output_width: geometry.output.width, block: block)
    }
}
