// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension ConvolutionAlgorithm {
    /// A depthwise convolution together with the batch norms and ReLUs before and behind it in training, by the kernels: a
    /// pattern of the program, no alternative to others.
    package static let depthwise = ConvolutionAlgorithm(rawValue: "depthwise")
}

/// What the forward step of such a convolution left for its gradient.
struct DepthwiseRecord {
    var sizes: ocellus_depthwise
    var x: Instance
    var weights: Instance
    var y: Instance
    var z: Instance
    var before: BatchNormRecord
    var after: BatchNormRecord
}

extension PlanCompiler {
    // The kernels compute a convolution and the norms around it faster than their parts: a training step of mobilenet-small, of
    // whose time they take a third, by a sixth (Zen 4, 2 threads, batch 128).

    mutating func lowerNormedConvolution(_ kind: Op.NormedConvolution) throws(PlanError) {
        let (inputs, outputs) = (operation.inputs, operation.outputs)
        let x = try instance(inputs[0], as: try .maps(shape(inputs[0]).dimensions, block: preferredBlock))
        let y = temporary(try .maps(shape(outputs[0]).dimensions, block: preferredBlock))
        let record = DepthwiseRecord(
            sizes: ocellus_depthwise(
                x: kernelMaps(x.layout), y: kernelMaps(y.layout), window: kernelWindow(kind.convolution.geometry)),
            x: x, weights: try parameter(inputs[5], as: .plain(shape(inputs[5]).dimensions)), y: y,
            z: newInstance(outputs[0], y.layout), before: try normRecord(inputs[1], inputs[2], x.layout),
            after: try normRecord(inputs[6], inputs[7], y.layout))
        depthwise[outputs[1]] = record
        for direction in ConvolutionDirection.allCases { note(.init(.depthwise, .fixed), direction) }
        let (before, after) = (record.before, record.after)
        needScratch(floats: ocellus_depthwise_scratch(record.sizes, Int32(threads)))
        step(
            "convolution between batch norms", kernel("depthwise", x),
            reads: [x, record.weights, before.scale, before.shift, after.scale, after.shift],
            writes: [y, record.z, before.mean, before.variance, after.mean, after.variance]
        ) { resources in
            resources.call(
                ocellus_depthwise_forward,
                ocellus_depthwise_forward_arguments(
                    sizes: record.sizes, before: before.trained(resources, kind.before.epsilon),
                    after: after.trained(resources, kind.behind.epsilon), x: resources.pointer(x),
                    w: resources.pointer(record.weights), y: resources.pointer(y), z: resources.pointer(record.z)))
        }
        try runningStatistics(before, kind.before.momentum, inputs[3], inputs[4])
        try runningStatistics(after, kind.behind.momentum, inputs[8], inputs[9])
    }

    mutating func lowerNormedConvolutionGradient(_ kind: Op.NormedConvolution) throws(PlanError) {
        let (inputs, outputs) = (operation.inputs, operation.outputs)
        guard let record = depthwise[inputs[7]] else { throw missingForward() }
        let dz = try instance(inputs[0], as: record.z.layout)
        let x = try instance(inputs[1], as: record.x.layout)
        let dx = newInstance(outputs[0], record.x.layout)
        let dw = newInstance(outputs[3], record.weights.layout)
        // Both norms have the convolution's channels.
        let layout = record.before.scale.layout
        let dBefore = (scale: newInstance(outputs[1], layout), shift: newInstance(outputs[2], layout))
        let dAfter = (scale: newInstance(outputs[4], layout), shift: newInstance(outputs[5], layout))
        let (before, after) = (record.before, record.after)
        choice = .init(.depthwise, .fixed)
        needScratch(floats: ocellus_depthwise_scratch(record.sizes, Int32(threads)))
        step(
            "convolution between batch norms gradient", kernel("depthwise gradient", x),
            reads: [
                dz, record.y, x, record.weights, before.mean, before.variance, before.scale, before.shift, after.mean,
                after.variance, after.scale, after.shift,
            ],
            writes: [dx, dw, dBefore.scale, dBefore.shift, dAfter.scale, dAfter.shift]
        ) { resources in
            resources.call(
                ocellus_depthwise_gradient,
                ocellus_depthwise_gradient_arguments(
                    sizes: record.sizes, before: before.trained(resources, kind.before.epsilon, gradients: dBefore),
                    after: after.trained(resources, kind.behind.epsilon, gradients: dAfter), x: resources.pointer(x),
                    w: resources.pointer(record.weights), y: resources.pointer(record.y), dz: resources.pointer(dz),
                    dx: resources.pointer(dx), dw: resources.pointer(dw)))
        }
    }

    private mutating func normRecord(
        _ scale: ValueID, _ shift: ValueID, _ x: Layout
    ) throws(PlanError) -> BatchNormRecord {
        let channels = try Layout.plain(shape(scale).dimensions)
        return BatchNormRecord(
            x: x, mean: temporary(channels), variance: temporary(channels), scale: try parameter(scale, as: channels),
            shift: try parameter(shift, as: channels))
    }
}

extension Op.NormedConvolution: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerNormedConvolution(self) }
}

extension Op.NormedConvolutionGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerNormedConvolutionGradient(forward)
    }
}

extension BatchNormRecord {
    fileprivate func trained(
        _ resources: Resources, _ epsilon: Float, gradients: (scale: Instance, shift: Instance)? = nil
    ) -> ocellus_trained_norm {
        ocellus_trained_norm(
            scale: resources.pointer(scale), shift: resources.pointer(shift), epsilon: epsilon,
            mean: resources.pointer(mean), variance: resources.pointer(variance),
            dscale: gradients.map { resources.pointer($0.scale) }, dshift: gradients.map { resources.pointer($0.shift) }
        )
    }
}
