// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    /// oneDNN normalises the last axis alone, and maps in blocks not at all: a kernel of ours takes both as they lie, and in
    /// bfloat16 too, with sums in float32.
    ///
    /// - Parameter y: The result or its gradient.
    private func sizes(_ x: Instance, _ id: ValueID, _ y: Precision) -> ocellus_layer_norm_sizes {
        let sizes = shape(id)
        let isMaps = sizes.rank == 4
        let channels = sizes[isMaps ? 1 : sizes.rank - 1]
        let inner = isMaps ? sizes[2] * sizes[3] : 1
        return ocellus_layer_norm_sizes(
            outer: sizes.count / (channels * inner), channels: channels, inner: inner,
            block: x.layout.block == 16 ? 16 : 0, x_type: x.layout.type.element, y_type: y.element)
    }

    /// What is normalised: maps in blocks of 16 or rows as they lie, else row-major in float32.
    private mutating func normalized(_ id: ValueID) throws(PlanError) -> Instance {
        if shape(id).rank == 4 {
            let x = if let maps = try narrowMaps(id) { maps } else { try primary(id) }
            if x.layout.block == 16, x.layout.dimensions == shape(id).dimensions { return x }
        } else if let rows = try narrow(id) {
            return rows
        }
        return try plain(id)
    }

    mutating func lowerLayerNorm(_ epsilon: Float) throws(PlanError) {
        let (inputs, id) = (operation.inputs, operation.outputs[0])
        let x = try normalized(inputs[0])
        let takesBoth = x.layout.block == 16 || shape(id).rank != 4
        let type: Precision = takesBoth && keepsBfloat16(id) ? .bfloat16 : .float32
        let sizes = sizes(x, inputs[0], type)
        let channels = try Layout.plain([sizes.channels])
        let scale = try parameter(inputs[1], as: channels)
        let shift = try parameter(inputs[2], as: channels)
        let y =
            type == x.layout.type
            ? newInstance(id, over: x)
            : newInstance(id, try .maps(x.layout.dimensions, block: max(1, x.layout.block), type))
        step("layer norm", kernel("layer norm", y), reads: [x, scale, shift], writes: [y]) { resources in
            resources.call(
                ocellus_layer_norm,
                ocellus_layer_norm_arguments(
                    sizes: sizes, epsilon: epsilon, x: resources.elements(x), scale: resources.pointer(scale),
                    shift: resources.pointer(shift), y: resources.elements(y)))
        }
    }

    mutating func lowerLayerNormGradient(_ epsilon: Float) throws(PlanError) {
        let (inputs, outputs) = (operation.inputs, operation.outputs)
        let x = try normalized(inputs[1])
        let takesBoth = x.layout.block == 16 || shape(inputs[1]).rank != 4
        let type: Precision = takesBoth ? try written(inputs[0]).layout.type : .float32
        let dy = try instance(inputs[0], as: .maps(x.layout.dimensions, block: max(1, x.layout.block), type))
        let sizes = sizes(x, inputs[1], type)
        let channels = try Layout.plain([sizes.channels])
        let scale = try instance(inputs[2], as: channels)
        let dx = type == x.layout.type ? newInstance(outputs[0], over: dy) : newInstance(outputs[0], x.layout)
        let (dScale, dShift) = (newInstance(outputs[1], channels), newInstance(outputs[2], channels))
        needScratch(floats: ocellus_layer_norm_scratch(sizes))
        step(
            "layer norm gradient", kernel("layer norm gradient", x), reads: [dy, x, scale],
            writes: [dx, dScale, dShift]
        ) { resources in
            resources.call(
                ocellus_layer_norm_gradient,
                ocellus_layer_norm_gradient_arguments(
                    sizes: sizes, epsilon: epsilon, dy: resources.elements(dy), x: resources.elements(x),
                    scale: resources.pointer(scale), dx: resources.elements(dx), dscale: resources.pointer(dScale),
                    dshift: resources.pointer(dShift)))
        }
    }
}

extension Op.LayerNorm: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerLayerNorm(epsilon) }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        compiler.preferredBlock == 16
    }
}

extension Op.LayerNormGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerLayerNormGradient(epsilon) }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        compiler.preferredBlock == 16
    }
}
