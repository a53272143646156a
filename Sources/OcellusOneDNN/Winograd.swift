// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension ConvolutionAlgorithm {
    /// F(4×4, 3×3) or F(5×5, 3×3), by the kernels.
    package static let winograd = ConvolutionAlgorithm(rawValue: "winograd")
}

/// ``ConvolutionAlgorithm/winograd``.
struct Winograd: EngineAlgorithm {
    var name: ConvolutionAlgorithm { .winograd }

    func canMake(
        _ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler
    ) throws(PlanError) -> Bool {
        convolution.suitsWinograd(block: compiler.preferredBlock)
            && (compiler.precision == .float32 || convolution.inputChannels % compiler.preferredBlock == 0)
    }

    /// Whether Winograd's algorithm is the fastest for a convolution.
    ///
    /// It makes a quarter of the products, which outweighs that the processor makes twice as many in bfloat16, as long
    /// as the transformed filters (4 times the filters in float32) stay in the caches and enough tiles share them. Of fewer
    /// channels the transforms outweigh the products. On Zen 4 the transform of a filter takes as long as the direct sums
    /// save in float32 at some 160 outputs, at some 480 where all of them exceed the caches. Filters that are kept
    /// transformed pay as soon as four tiles share them.
    func pays(_ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler) -> Bool {
        guard convolution.suitsWinograd(block: compiler.preferredBlock), convolution.inputChannels >= 24,
            convolution.outputChannels >= 32
        else { return false }
        let fitsCaches = convolution.fitsCachesTransformed
        if compiler.precision == .float32 {
            let least = direction == .forward && compiler.keepsFilters(convolution) ? 49 : fitsCaches ? 160 : 480
            return compiler.outputPositions(convolution) >= least
        }
        // Where some of a block is empty, the direct sum in bfloat16 is as fast.
        guard convolution.inputChannels % compiler.preferredBlock == 0 else { return false }
        let output = convolution.geometry.output
        let tiles = compiler.program.batchSize * ((output.height + 3) / 4) * ((output.width + 3) / 4)
        return tiles >= 64 && fitsCaches
    }

    func lower(
        _ direction: ConvolutionDirection, _ convolution: Convolution, activation: UnaryFunction?,
        in compiler: inout PlanCompiler
    ) throws(PlanError) {
        switch direction {
        case .forward: try compiler.lowerWinograd(convolution, activation: activation)
        case .inputGradient: try compiler.lowerWinogradInputGradient(convolution)
        case .weightGradient: try compiler.lowerWinogradWeightGradient(convolution)
        }
    }
}

extension PlanCompiler {
    // In bfloat16, maps are read and written so where what reads the result takes it, and everything else stays float32:
    // the transforms would amplify the rounding of factors.

    mutating func lowerWinograd(_ convolution: Convolution, activation: UnaryFunction?) throws(PlanError) {
        let isBfloat16 = keepsBfloat16(operation.outputs[0])
        let operands = try blockedOperands(convolution, isBfloat16 ? .bfloat16 : .float32)
        let (input, weights, output) = (operands.x, operands.weights, operands.y)
        let sizes = convolution.winogradSizes(
            batch: input.layout.dimensions[0], block: preferredBlock, precision: precision)
        needScratch(floats: ocellus_winograd_scratch(sizes, Int32(threads)))
        let kept = keepsFilters(convolution) ? keptFilters(sizes, of: weights) : nil
        step(
            convolutionName(activation: activation, adds: operands.added != nil), kernel("winograd", output),
            reads: operands.reads, writes: [output]
        ) { resources in
            resources.call(
                ocellus_winograd_forward,
                ocellus_winograd_forward_arguments(
                    sizes: sizes, type: output.layout.type.element, x: resources.elements(input),
                    w: resources.pointer(weights), u: kept.map(resources.floats),
                    bias: operands.bias.map(resources.pointer), added: operands.added.map(resources.elements),
                    activation: activation.argument, y: resources.elements(output)))
        }
    }

    /// Whether the plan keeps a convolution's transformed filters: nothing in it changes them, so few tiles share them that
    /// transforming them for each batch would be felt, and they take 5 MB at most. On Zen 4 larger ones take as long to read as
    /// direct sums take, where they come from memory. Weights that several convolutions read may lie otherwise than this one
    /// reads them, in a copy that is made in each run.
    func keepsFilters(_ convolution: Convolution) -> Bool {
        let output = convolution.geometry.output
        return !weightsChange && program.readers(of: operation.inputs[1]) <= 1
            && convolution.inputChannels * convolution.outputChannels <= 192 * 192
            && program.batchSize * ((output.height + 3) / 4) * ((output.width + 3) / 4) <= 64
    }

    /// Memory for transformed filters, by its buffer.
    private mutating func keptFilters(_ sizes: ocellus_winograd, of weights: Instance) -> Int {
        let buffer = kept(bytes: ocellus_winograd_filters_count(sizes) * MemoryLayout<Float>.stride)
        keptFilters.append { resources in
            resources.call(
                ocellus_winograd_filters,
                ocellus_winograd_filters_arguments(
                    sizes: sizes, w: resources.pointer(weights), u: resources.floats(buffer)))
        }
        return buffer
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
        ) { resources in
            resources.call(
                ocellus_winograd_input_gradient,
                ocellus_winograd_input_gradient_arguments(
                    sizes: sizes, type: dx.layout.type.element, dy: resources.elements(dy),
                    w: resources.pointer(weights), dx: resources.elements(dx)))
        }
    }

    mutating func lowerWinogradWeightGradient(_ convolution: Convolution) throws(PlanError) {
        guard let weight = forwardWeight() else { throw missingForward() }
        // Copies in bfloat16 are the smaller ones, where one is needed.
        let types = (try written(operation.inputs[0]).layout.type, try written(operation.inputs[1]).layout.type)
        let isBfloat16 = types.0 == .bfloat16 || types.1 == .bfloat16
        let x = try winogradMaps(operation.inputs[0], isBfloat16)
        let dy = try winogradMaps(operation.inputs[1], isBfloat16)
        let filters = try Layout.filters(convolution.weightDimensions, block: preferredBlock)
        let result = newInstance(operation.outputs[0], try gradientLayout(of: weight, like: filters))
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
        ) { resources in
            resources.call(
                ocellus_winograd_weight_gradient,
                ocellus_winograd_weight_gradient_arguments(
                    sizes: sizes, type: x.layout.type.element, x: resources.elements(x), dy: resources.elements(dy),
                    dw: resources.pointer(dw), db: db.map(resources.pointer)))
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

    /// Whether the filters' transforms stay in the caches.
    var fitsCachesTransformed: Bool { inputChannels * outputChannels <= 256 * 256 }

    fileprivate func winogradSizes(batch: Int, block: Int, precision: Precision) -> ocellus_winograd {
        ocellus_winograd(
            batch: batch, inputs: (inputChannels + block - 1) / block * block, outputs: outputChannels,
            height: geometry.input.height,
            width: geometry.input.width, top: geometry.before.height, left: geometry.before.width,
            output_height: geometry.output.height, output_width: geometry.output.width, block: block,
            largest_tile: precision == .bfloat16 ? 7 : 5)
    }
}
