// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    // In bfloat16, maps are read and written so where what reads the result takes it, and everything else stays float32:
    // the transforms would amplify the rounding of factors.

    mutating func lowerWinograd(_ convolution: Convolution, relu: Bool) throws(PlanError) {
        let (x, w, y) = (operation.inputs[0], operation.inputs[1], operation.outputs[0])
        let filters = try Layout.filters(convolution.weightDimensions, block: preferredBlock)
        let isBfloat16 = keepsBfloat16(y)
        let input = try winogradMaps(x, isBfloat16)
        let weights = newInstance(w, filters)
        let bias =
            convolution.hasBias
            ? newInstance(operation.inputs[2], try .plain([convolution.outputChannels])) : nil
        let result = try Layout.maps(shape(y).dimensions, block: preferredBlock, input.layout.type)
        let added: Instance? = if let id = convolution.added(operation) { try instance(id, as: result) } else { nil }
        // The kernel reads what it adds right before it writes there, but its input at places around.
        let output =
            if let added, added.buffer != input.buffer { newInstance(y, over: added) } else { newInstance(y, result) }
        let sizes = convolution.winogradSizes(
            batch: input.layout.dimensions[0], block: preferredBlock, precision: precision)
        needScratch(floats: ocellus_winograd_scratch(sizes, Int32(threads)))
        step(
            convolutionName(relu: relu, adds: added != nil), kernel("winograd", output),
            reads: [input, weights] + [bias, added].compactMap(\.self), writes: [output]
        ) { (resources) throws(PlanError) in
            let (w, bias) = (resources.pointer(weights), bias.map(resources.pointer))
            let scratch = try resources.lentScratch()
            return isBfloat16
                ? .winogradBfloat16(
                    sizes, x: resources.halves(input), w: w, bias: bias, added: added.map(resources.halves),
                    relu: relu, y: resources.halves(output), scratch: scratch)
                : .winograd(
                    sizes, x: resources.pointer(input), w: w, bias: bias, added: added.map(resources.pointer),
                    relu: relu, y: resources.pointer(output), scratch: scratch)
        }
    }

    mutating func lowerWinogradInputGradient(_ convolution: Convolution) throws(PlanError) {
        let isBfloat16 = keepsBfloat16(operation.outputs[0])
        let dy = try winogradMaps(operation.inputs[0], isBfloat16)
        let weights = try instance(
            operation.inputs[1], as: .filters(convolution.weightDimensions, block: preferredBlock))
        let dx = newInstance(
            operation.outputs[0],
            try .maps(shape(operation.outputs[0]).dimensions, block: preferredBlock, dy.layout.type))
        let sizes = convolution.winogradSizes(
            batch: dy.layout.dimensions[0], block: preferredBlock, precision: precision)
        needScratch(floats: ocellus_winograd_scratch(sizes, Int32(threads)))
        step(
            "convolution input gradient", kernel("winograd", dx), reads: [dy, weights], writes: [dx]
        ) { (resources) throws(PlanError) in
            let (w, scratch) = (resources.pointer(weights), try resources.lentScratch())
            return isBfloat16
                ? .winogradInputGradientBfloat16(
                    sizes, dy: resources.halves(dy), w: w, dx: resources.halves(dx), scratch: scratch)
                : .winogradInputGradient(
                    sizes, dy: resources.pointer(dy), w: w, dx: resources.pointer(dx), scratch: scratch)
        }
    }

    /// - Parameter weight: What the gradient is of; it lies as that does.
    mutating func lowerWinogradWeightGradient(
        _ convolution: Convolution, of weight: ValueID
    ) throws(PlanError) {
        // Copies in bfloat16 are the smaller ones, where one is needed.
        let types = (try written(operation.inputs[0]).layout.type, try written(operation.inputs[1]).layout.type)
        let isBfloat16 = types.0 == .bfloat16 || types.1 == .bfloat16
        let x = try winogradMaps(operation.inputs[0], isBfloat16)
        let dy = try winogradMaps(operation.inputs[1], isBfloat16)
        let filters = try Layout.filters(convolution.weightDimensions, block: preferredBlock)
        let result = newInstance(operation.outputs[0], try written(weight).layout)
        let needsReorder = !result.layout.equals(filters)
        let dw = needsReorder ? temporary(filters) : result
        let db =
            convolution.hasBias
            ? newInstance(operation.outputs[1], try .plain([convolution.outputChannels])) : nil
        let sizes = convolution.winogradSizes(
            batch: x.layout.dimensions[0], block: preferredBlock, precision: precision)
        needScratch(floats: ocellus_winograd_weight_gradient_scratch(sizes, Int32(threads)))
        step(
            "convolution weight gradient", kernel("winograd", x), reads: [x, dy],
            writes: [dw] + (db.map { [$0] } ?? [])
        ) { (resources) throws(PlanError) in
            let (dw, db) = (resources.pointer(dw), db.map(resources.pointer))
            let scratch = try resources.lentScratch()
            return isBfloat16
                ? .winogradWeightGradientBfloat16(
                    sizes, x: resources.halves(x), dy: resources.halves(dy), dw: dw, db: db, scratch: scratch)
                : .winogradWeightGradient(
                    sizes, x: resources.pointer(x), dy: resources.pointer(dy), dw: dw, db: db, scratch: scratch)
        }
        if needsReorder { try reorder(dw, to: result, name: "reorder weight gradient") }
    }

    private mutating func winogradMaps(_ id: ValueID, _ isBfloat16: Bool) throws(PlanError) -> Instance {
        try instance(id, as: .maps(shape(id).dimensions, block: preferredBlock, isBfloat16 ? .bfloat16 : .float32))
    }
}

extension Convolution {
    /// Whether Winograd's F(4×4, 3×3) applies: 3×3, stride 1, whole blocks of outputs. The inputs' last block may be part
    /// empty, since its padding is zero in maps, filters and their gradients; images of few channels lie otherwise.
    func suitsWinograd(block: Int) -> Bool {
        geometry.kernel == 3 && geometry.stride == 1 && geometry.dilation == 1 && groups == 1
            && inputChannels > 3 && outputChannels % block == 0
    }

    fileprivate func winogradSizes(batch: Int, block: Int, precision: Precision) -> ocellus_winograd {
        ocellus_winograd(
            batch: batch, inputs: (inputChannels + block - 1) / block * block, outputs: outputChannels,
            height: geometry.input.height,
            width: geometry.input.width, top: geometry.before.height, left: geometry.before.width,
            output_height: geometry.output.height, output_width: geometry.output.width, block: block,
            largest_tile: precision == .bfloat16 ? 7 : 5)
    }
}
