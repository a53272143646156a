// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension ConvolutionAlgorithm {
    /// The weight gradient of images through the max pool behind, by the kernels: joined with the pool's gradient, no
    /// alternative to others.
    package static let pooled = ConvolutionAlgorithm(rawValue: "pooled")
}

/// ``ConvolutionAlgorithm/pooled``: a pattern of the program decides, not a rule of the shapes.
struct PooledGradient: EngineAlgorithm {
    var name: ConvolutionAlgorithm { .pooled }

    func canMake(
        _ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler
    ) throws(PlanError) -> Bool {
        false
    }

    func pays(_ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler) -> Bool {
        false
    }

    func lower(
        _ direction: ConvolutionDirection, _ convolution: Convolution, relu: Bool, in compiler: inout PlanCompiler
    ) throws(PlanError) {
        guard direction == .weightGradient else { throw compiler.unsupported("this convolution") }
        try compiler.lowerPooledWeightGradient(convolution)
    }
}

/// What the gradient of a max pool would have been made of.
struct JoinedPool {
    /// Of the pool's output.
    var dy: Instance
    /// The pool's output where a ReLU lies before it.
    var y: Instance?
    var winners: Int
}

extension PlanCompiler {
    /// The 2×2 max pool right behind the current operation's convolution whose gradient the weight gradient
    /// makes itself; `nil` where it does not. Nothing else may read that gradient.
    func poolToJoin(_ convolution: Convolution) -> OperationID? {
        let sizes = convolution.geometry
        guard preferredBlock == 16, sizes.kernel == 3, sizes.stride == 1, sizes.dilation == 1, convolution.groups == 1,
            convolution.inputChannels <= 3, convolution.outputChannels % 16 == 0
        else { return nil }
        var found: ValueID?
        for gradient in program.operations where gradient.isGradient(of: operation) {
            if gradient.kind is Op.ConvolutionWeightGradient { found = gradient.inputs[1] }
        }
        guard let dy = found, !program[dy].isResult,
            program.operations.count(where: { $0.inputs.contains(dy) }) == 1,
            let pool = program.operations.first(where: { $0.outputs.contains(dy) }),
            let window = (pool.kind as? Op.MaxPoolGradient)?.geometry
        else { return nil }
        let isQuarter =
            window.kernel == 2 && window.stride == 2 && window.dilation == 1
            && window.before == Size2D(0, 0) && 2 * window.output.height <= window.input.height
            && 2 * window.output.width <= window.input.width
        return isQuarter ? pool.of : nil
    }

    mutating func lowerPooledWeightGradient(_ convolution: Convolution) throws(PlanError) {
        guard let weight = forwardWeight() else { throw missingForward() }
        let x = try maps(operation.inputs[0], block: 1)
        guard let pool = joinedPools[operation.inputs[1]] else { throw missingForward() }
        let result = newInstance(
            operation.outputs[0], try gradientLayout(of: weight, like: .plain(convolution.weightDimensions)))
        let strides = result.layout.strides(block: 16)
        let dw = strides == nil ? temporary(try .plain(convolution.weightDimensions)) : result
        guard let strides = strides ?? dw.layout.strides(block: 16) else { throw missingForward() }
        let db =
            convolution.hasBias
            ? newInstance(operation.outputs[1], try .plain([convolution.outputChannels])) : nil
        let sizes = ocellus_pooled(
            x: kernelMaps(x.layout), y: kernelMaps(pool.dy.layout), top: convolution.geometry.before.height,
            left: convolution.geometry.before.width,
            strides: (strides[0], strides[1], strides[2], strides[3], strides[4]))
        needScratch(floats: ocellus_pooled_gradient_scratch(sizes, Int32(threads)))
        touch(pool.winners)
        step(
            "convolution weight gradient and max pool gradient", kernel("pooled gradient", pool.dy),
            reads: [x, pool.dy] + (pool.y.map { [$0] } ?? []), writes: [dw] + (db.map { [$0] } ?? [])
        ) { resources in
            resources.call(
                ocellus_pooled_gradient,
                ocellus_pooled_gradient_arguments(
                    sizes: sizes, type: pool.dy.layout.type.element, x: resources.pointer(x),
                    dy: resources.elements(pool.dy), y: pool.y.map(resources.elements),
                    winners: resources.addresses[pool.winners].assumingMemoryBound(to: UInt8.self),
                    dw: resources.pointer(dw), db: db.map(resources.pointer)))
        }
        if dw.buffer != result.buffer { try reorder(dw, to: result, name: "reorder weight gradient") }
    }
}
