// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// What a max pool left for its gradient.
struct MaxPoolRecord {
    var input: Layout
    /// Buffer of the winners' positions.
    var winners: Int

    /// Of the pool's output and its gradient.
    func output(_ shape: Shape) throws(PlanError) -> Layout {
        try .maps(shape.dimensions, block: input.block, input.type)
    }
}

extension PlanCompiler {
    private func window(_ geometry: Geometry2D) -> ocellus_window {
        ocellus_window(
            kernel_height: geometry.kernel.height, kernel_width: geometry.kernel.width,
            stride_height: geometry.stride.height, stride_width: geometry.stride.width, top: geometry.before.height,
            left: geometry.before.width, output_height: geometry.output.height, output_width: geometry.output.width)
    }

    /// The window of a convolution or of a pool, as the kernels take it.
    func kernelWindow(_ geometry: Geometry2D) -> ocellus_window { window(geometry) }

    mutating func lowerMaxPool(_ geometry: Geometry2D) throws(PlanError) {
        let x =
            if let narrow = try narrowMaps(operation.inputs[0]) { narrow } else {
                try maps(operation.inputs[0], block: joinsPoolGradient ? preferredBlock : nil)
            }
        let y = newInstance(
            operation.outputs[0],
            try .maps(shape(operation.outputs[0]).dimensions, block: x.layout.block, x.layout.type))
        let (sizes, window) = (kernelMaps(x.layout), window(geometry))
        var winners: Int?
        if operation.outputs.count == 2 {
            let buffer = temporary(bytes: y.layout.elements * ocellus_max_pool_winner_bytes(window))
            maxPools[operation.outputs[1]] = MaxPoolRecord(input: x.layout, winners: buffer)
            touch(buffer)
            winners = buffer
        }
        step("max pool", kernel("max pool", x), reads: [x], writes: [y]) { [winners] resources in
            resources.call(
                ocellus_max_pool,
                ocellus_max_pool_arguments(
                    maps: sizes, window: window, type: x.layout.type.element, x: resources.elements(x),
                    y: resources.elements(y), winners: winners.map { resources.addresses[$0] }))
        }
    }

    mutating func lowerMaxPoolGradient(_ geometry: Geometry2D, throughReLU: Bool) throws(PlanError) {
        guard let record = maxPools[operation.inputs[1]] else {
            throw PlanError(.invalid, "the pool's gradient comes before the pool.")
        }
        let output = try record.output(shape(operation.inputs[0]))
        let dy = try instance(operation.inputs[0], as: output)
        let y = throughReLU ? try instance(operation.inputs[2], as: output) : nil
        let dx = newInstance(operation.outputs[0], record.input)
        let (sizes, window) = (kernelMaps(record.input), window(geometry))
        touch(record.winners)
        step(
            throughReLU ? "max pool and relu gradient" : "max pool gradient", kernel("max pool gradient", dx),
            reads: [dy] + (y.map { [$0] } ?? []), writes: [dx]
        ) { resources in
            resources.call(
                ocellus_max_pool_gradient,
                ocellus_max_pool_gradient_arguments(
                    maps: sizes, window: window, type: record.input.type.element, dy: resources.elements(dy),
                    winners: resources.addresses[record.winners], y: y.map(resources.elements),
                    dx: resources.elements(dx)))
        }
    }

    mutating func lowerAveragePool(_ geometry: Geometry2D) throws(PlanError) {
        let (x, y) = try pooledMaps()
        let (sizes, window) = (kernelMaps(x.layout), window(geometry))
        step("average pool", kernel("average pool", x), reads: [x], writes: [y]) { resources in
            resources.call(
                ocellus_average_pool,
                ocellus_average_pool_arguments(
                    maps: sizes, window: window, from: resources.pointer(x), to: resources.pointer(y)))
        }
    }

    mutating func lowerAveragePoolGradient(_ geometry: Geometry2D) throws(PlanError) {
        let (dy, dx) = try gradientMaps()
        let (sizes, window) = (kernelMaps(dx.layout), window(geometry))
        step("average pool gradient", kernel("average pool gradient", dx), reads: [dy], writes: [dx]) { resources in
            resources.call(
                ocellus_average_pool_gradient,
                ocellus_average_pool_arguments(
                    maps: sizes, window: window, from: resources.pointer(dy), to: resources.pointer(dx)))
        }
    }

    mutating func lowerBlurPool(_ geometry: Geometry2D, _ taps: [Double]) throws(PlanError) {
        let (x, y) = try pooledMaps()
        let (sizes, window) = (kernelMaps(x.layout), window(geometry))
        step("blur pool", kernel("blur pool", x), reads: [x], writes: [y]) { resources in
            resources.call(
                ocellus_blur_pool,
                ocellus_blur_pool_arguments(
                    maps: sizes, window: window, taps: resources.table(taps), from: resources.pointer(x),
                    to: resources.pointer(y)))
        }
    }

    mutating func lowerBlurPoolGradient(_ geometry: Geometry2D, _ taps: [Double]) throws(PlanError) {
        let (dy, dx) = try gradientMaps()
        let (sizes, window) = (kernelMaps(dx.layout), window(geometry))
        step("blur pool gradient", kernel("blur pool gradient", dx), reads: [dy], writes: [dx]) { resources in
            resources.call(
                ocellus_blur_pool_gradient,
                ocellus_blur_pool_arguments(
                    maps: sizes, window: window, taps: resources.table(taps), from: resources.pointer(dy),
                    to: resources.pointer(dx)))
        }
    }

    /// Input and output of a pool whose gradient needs nothing saved.
    private mutating func pooledMaps() throws(PlanError) -> (x: Instance, y: Instance) {
        let x = try maps(operation.inputs[0])
        poolInputBlocks[forward] = x.layout.block
        let y = newInstance(
            operation.outputs[0], try .maps(shape(operation.outputs[0]).dimensions, block: x.layout.block))
        return (x, y)
    }

    /// Gradient of the output and of the input of such a pool, in the layout of its input.
    private mutating func gradientMaps() throws(PlanError) -> (dy: Instance, dx: Instance) {
        let block = poolInputBlocks[forward] ?? 1
        let dy = try maps(operation.inputs[0], block: block)
        let dx = newInstance(
            operation.outputs[0], try .maps(shape(operation.outputs[0]).dimensions, block: block))
        return (dy, dx)
    }
}

extension Op.MaxPool: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerMaxPool(geometry) }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}

extension Op.MaxPoolGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerMaxPoolGradient(geometry, throughReLU: throughReLU)
    }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        // Lowered before the gradients that reach it; what is written forward comes before the record.
        compiler.maxPools[reader.inputs[1]].map { $0.input.type == .bfloat16 } ?? true
    }
}

extension Op.AveragePool: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerAveragePool(geometry) }
}

extension Op.AveragePoolGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerAveragePoolGradient(geometry) }
}

extension Op.BlurPool: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerBlurPool(geometry, taps) }
}

extension Op.BlurPoolGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerBlurPoolGradient(geometry, taps)
    }
}
