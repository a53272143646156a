// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension ConvolutionAlgorithm {
    /// The sum as it is defined, by the kernels on maps whose vectors hold 16 samples: for few channels.
    package static let chwn = ConvolutionAlgorithm(rawValue: "chwn")
}

/// ``ConvolutionAlgorithm/chwn``.
struct Chwn: EngineAlgorithm {
    var name: ConvolutionAlgorithm { .chwn }
    var readsAnyMaps: Bool { true }

    /// Where blocks are full it is not worth a measurement.
    func canMake(
        _ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler
    ) throws(PlanError) -> Bool {
        isPossible(convolution, in: compiler) && convolution.filledShareOfBlocks < 1 && compiler.program.batchSize >= 16
    }

    private func isPossible(_ convolution: Convolution, in compiler: PlanCompiler) -> Bool {
        compiler.precision == .float32 && convolution.suitsChwn && compiler.operation.added == nil
    }

    /// Whether vectors across samples are faster than blocks of channels.
    ///
    /// On Zen 4 they are where channels leave a fifth of their blocks empty (1.1 to 2.8 times as fast), as long as every
    /// thread has a group of samples; where blocks are full they are slower.
    func pays(_ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler) -> Bool {
        let kernel = convolution.geometry.kernel
        return compiler.preferredBlock == 16 && isPossible(convolution, in: compiler)
            && convolution.filledShareOfBlocks <= 0.8
            && kernel.height * kernel.width >= 9 && compiler.program.batchSize >= max(2, compiler.threads) * 16
    }

    func lower(
        _ direction: ConvolutionDirection, _ convolution: Convolution, activation: UnaryFunction?,
        in compiler: inout PlanCompiler
    ) throws(PlanError) {
        switch direction {
        case .forward: try compiler.lowerChwn(convolution, activation: activation)
        case .inputGradient: try compiler.lowerChwnInputGradient(convolution)
        case .weightGradient: try compiler.lowerChwnWeightGradient(convolution)
        }
    }
}

extension PlanCompiler {
    // Maps are read as they lie, in float32, and written in blocks as the neighbours like them. Filters are row-major.

    mutating func lowerChwn(_ convolution: Convolution, activation: UnaryFunction?) throws(PlanError) {
        let (w, y) = (operation.inputs[1], operation.outputs[0])
        let x = try maps(operation.inputs[0])
        let weights = try parameter(w, as: .plain(convolution.weightDimensions))
        let bias =
            convolution.hasBias
            ? try parameter(operation.inputs[2], as: .plain([convolution.outputChannels])) : nil
        let result = newInstance(
            y, try .maps(shape(y).dimensions, block: convolution.outputChannels <= 8 ? 8 : preferredBlock))
        let sizes = chwnSizes(convolution, x.layout, result.layout)
        step(
            convolutionName(activation: activation, adds: false), kernel("chwn", result),
            reads: [x, weights] + (bias.map { [$0] } ?? []), writes: [result]
        ) { resources in
            resources.call(
                ocellus_chwn_forward,
                ocellus_chwn_forward_arguments(
                    sizes: sizes, x: resources.pointer(x), w: resources.pointer(weights),
                    bias: bias.map(resources.pointer), activation: activation.argument, y: resources.pointer(result)))
        }
    }

    mutating func lowerChwnInputGradient(_ convolution: Convolution) throws(PlanError) {
        let dy = try maps(operation.inputs[0])
        let weights = try instance(operation.inputs[1], as: .plain(convolution.weightDimensions))
        let id = operation.outputs[0]
        let dx = newInstance(
            id, try .maps(shape(id).dimensions, block: convolution.inputChannels <= 8 ? 8 : preferredBlock))
        let sizes = chwnSizes(convolution, dx.layout, dy.layout)
        step(
            "convolution input gradient", kernel("chwn", dx), reads: [dy, weights], writes: [dx]
        ) { resources in
            resources.call(
                ocellus_chwn_input_gradient,
                ocellus_chwn_input_gradient_arguments(
                    sizes: sizes, dy: resources.pointer(dy), w: resources.pointer(weights), dx: resources.pointer(dx)))
        }
    }

    mutating func lowerChwnWeightGradient(_ convolution: Convolution) throws(PlanError) {
        guard let weight = forwardWeight() else { throw missingForward() }
        let (x, dy) = (try maps(operation.inputs[0]), try maps(operation.inputs[1]))
        let filters = try Layout.plain(convolution.weightDimensions)
        let result = newInstance(operation.outputs[0], try gradientLayout(of: weight, like: filters))
        let needsReorder = !result.layout.equals(filters)
        let dw = needsReorder ? temporary(filters) : result
        let db =
            convolution.hasBias
            ? newInstance(operation.outputs[1], try .plain([convolution.outputChannels])) : nil
        let sizes = chwnSizes(convolution, x.layout, dy.layout)
        step(
            "convolution weight gradient", kernel("chwn", x), reads: [x, dy], writes: [dw] + (db.map { [$0] } ?? [])
        ) { resources in
            resources.call(
                ocellus_chwn_weight_gradient,
                ocellus_chwn_weight_gradient_arguments(
                    sizes: sizes, x: resources.pointer(x), dy: resources.pointer(dy), dw: resources.pointer(dw),
                    db: db.map(resources.pointer)))
        }
        if needsReorder { try reorder(dw, to: result, name: "reorder weight gradient") }
    }

    /// The sizes, after asking for the scratch that they need.
    private mutating func chwnSizes(_ convolution: Convolution, _ x: Layout, _ y: Layout) -> ocellus_chwn {
        let geometry = convolution.geometry
        let sizes = ocellus_chwn(
            x: kernelMaps(x), y: kernelMaps(y), kernel_height: geometry.kernel.height,
            kernel_width: geometry.kernel.width, top: geometry.before.height, left: geometry.before.width)
        needScratch(floats: ocellus_chwn_scratch(sizes, Int32(threads)))
        return sizes
    }
}

extension Convolution {
    /// Whether the kernels of ``ConvolutionAlgorithm/chwn`` apply: stride 1, one group, padding below the kernel's size, few
    /// channels, and maps of 16 samples that each thread's cache holds.
    var suitsChwn: Bool {
        let sizes = geometry
        let cached = 1 << 17
        return sizes.stride == 1 && sizes.dilation == 1 && groups == 1 && max(inputChannels, outputChannels) <= 32
            && max(sizes.before.height, sizes.after.height) < sizes.kernel.height
            && max(sizes.before.width, sizes.after.width) < sizes.kernel.width
            && 16 * inputChannels * (sizes.input.height + sizes.kernel.height)
                * (sizes.input.width + sizes.kernel.width)
                <= cached
            && 16 * outputChannels * sizes.output.height * sizes.output.width <= cached
    }

    /// The share of a block of 8 inputs times that of a block of 8 outputs that holds channels, on average.
    var filledShareOfBlocks: Double {
        func filled(_ channels: Int) -> Double { Double(channels) / Double((channels + 7) / 8 * 8) }
        // Images of few channels are not in blocks.
        return (inputChannels <= 3 ? 1 : filled(inputChannels)) * filled(outputChannels)
    }
}
