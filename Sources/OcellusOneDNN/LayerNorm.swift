// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    /// oneDNN normalises the last axis alone, and maps in blocks not at all: a kernel of ours takes both in row-major order.
    private func groups(_ id: ValueID) -> ocellus_layer_norm_sizes {
        let sizes = shape(id)
        let isMaps = sizes.rank == 4
        let channels = sizes[isMaps ? 1 : sizes.rank - 1]
        let inner = isMaps ? sizes[2] * sizes[3] : 1
        return ocellus_layer_norm_sizes(outer: sizes.count / (channels * inner), channels: channels, inner: inner)
    }

    mutating func lowerLayerNorm(_ epsilon: Float) throws(PlanError) {
        let inputs = operation.inputs
        let (x, sizes) = (try plain(inputs[0]), groups(inputs[0]))
        let channels = try Layout.plain([sizes.channels])
        let scale = try parameter(inputs[1], as: channels)
        let shift = try parameter(inputs[2], as: channels)
        let y = newInstance(operation.outputs[0], over: x)
        step("layer norm", kernel("layer norm", x), reads: [x, scale, shift], writes: [y]) { resources in
            resources.call(
                ocellus_layer_norm,
                ocellus_layer_norm_arguments(
                    sizes: sizes, epsilon: epsilon, x: resources.pointer(x), scale: resources.pointer(scale),
                    shift: resources.pointer(shift), y: resources.pointer(y)))
        }
    }

    mutating func lowerLayerNormGradient(_ epsilon: Float) throws(PlanError) {
        let (inputs, outputs) = (operation.inputs, operation.outputs)
        let (dy, x, sizes) = (try plain(inputs[0]), try plain(inputs[1]), groups(inputs[1]))
        let channels = try Layout.plain([sizes.channels])
        let scale = try instance(inputs[2], as: channels)
        let dx = newInstance(outputs[0], over: dy)
        let (dScale, dShift) = (newInstance(outputs[1], channels), newInstance(outputs[2], channels))
        needScratch(floats: ocellus_layer_norm_scratch(sizes))
        step(
            "layer norm gradient", kernel("layer norm gradient", x), reads: [dy, x, scale],
            writes: [dx, dScale, dShift]
        ) { resources in
            resources.call(
                ocellus_layer_norm_gradient,
                ocellus_layer_norm_gradient_arguments(
                    sizes: sizes, epsilon: epsilon, dy: resources.pointer(dy), x: resources.pointer(x),
                    scale: resources.pointer(scale), dx: resources.pointer(dx), dscale: resources.pointer(dScale),
                    dshift: resources.pointer(dShift)))
        }
    }
}

extension Op.LayerNorm: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerLayerNorm(epsilon) }
}

extension Op.LayerNormGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerLayerNormGradient(epsilon) }
}
