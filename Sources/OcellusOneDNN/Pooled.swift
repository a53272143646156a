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

extension PlanCompiler {
    /// Whether the gradient of the current max pool is made by the weight gradient of the convolution before it.
    var joinsPoolGradient: Bool {
        program.operations.contains { $0.kind is Op.PooledWeightGradient && $0.inputs[2] == operation.outputs.last }
    }

    mutating func lowerPooledWeightGradient(_ convolution: Convolution, throughReLU: Bool) throws(PlanError) {
        guard let weight = forwardWeight(), let pool = maxPools[operation.inputs[2]] else { throw missingForward() }
        note(AlgorithmChoice(.pooled, .fixed), .weightGradient)
        let output = try pool.output(shape(operation.inputs[1]))
        let dy = try instance(operation.inputs[1], as: output)
        let y: Instance? = throughReLU ? try instance(operation.inputs[3], as: output) : nil
        let x = try maps(operation.inputs[0], block: 1)
        let result = newInstance(
            operation.outputs[0], try gradientLayout(of: weight, like: .plain(convolution.weightDimensions)))
        let strides = result.layout.strides(block: 16)
        let dw = strides == nil ? temporary(try .plain(convolution.weightDimensions)) : result
        guard let strides = strides ?? dw.layout.strides(block: 16) else { throw missingForward() }
        let db =
            convolution.hasBias
            ? newInstance(operation.outputs[1], try .plain([convolution.outputChannels])) : nil
        let sizes = ocellus_pooled(
            x: kernelMaps(x.layout), y: kernelMaps(dy.layout), top: convolution.geometry.before.height,
            left: convolution.geometry.before.width,
            strides: (strides[0], strides[1], strides[2], strides[3], strides[4]))
        needScratch(floats: ocellus_pooled_gradient_scratch(sizes, Int32(threads)))
        touch(pool.winners)
        step(
            "convolution weight gradient and max pool gradient", kernel("pooled gradient", dy),
            reads: [x, dy] + (y.map { [$0] } ?? []), writes: [dw] + (db.map { [$0] } ?? [])
        ) { resources in
            resources.call(
                ocellus_pooled_gradient,
                ocellus_pooled_gradient_arguments(
                    sizes: sizes, type: dy.layout.type.element, x: resources.pointer(x),
                    dy: resources.elements(dy), y: y.map(resources.elements),
                    winners: resources.addresses[pool.winners].assumingMemoryBound(to: UInt8.self),
                    dw: resources.pointer(dw), db: db.map(resources.pointer)))
        }
        if dw.buffer != result.buffer { try reorder(dw, to: result, name: "reorder weight gradient") }
    }
}

extension Op.PooledWeightGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerPooledWeightGradient(convolution, throughReLU: throughReLU)
    }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        id == reader.inputs[0] || compiler.maxPools[reader.inputs[2]].map { $0.input.type == .bfloat16 } ?? true
    }
}
