// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerSlice(_ offset: Int) throws(PlanError) {
        let (id, result) = (operation.inputs[0], operation.outputs[0])
        let (whole, sizes) = (shape(id).dimensions, shape(result).dimensions)
        let source = try primary(id).layout
        var block = 1
        if source.block > 1, source.dimensions == whole, offset % source.block == 0,
            sizes[1] % source.block == 0 || offset + sizes[1] == whole[1]
        {
            block = source.block
        }
        let x = try instance(id, as: try .maps(whole, block: block))
        let y = newInstance(result, try .maps(sizes, block: block))
        let part = Instance(buffer: x.buffer, layout: try x.layout.part(sizes, offset: offset))
        try reorder(part, to: y, name: "slice", isMain: true)
    }

    mutating func lowerSliceGradient(_ offset: Int) throws(PlanError) {
        let (id, result) = (operation.inputs[0], operation.outputs[0])
        let (part, whole) = (shape(id), shape(result))
        let dy = try plain(id)
        let dx = newInstance(result, try .plain(whole.dimensions))
        let inner = whole.dropFirst().dropFirst().count
        let (batch, first) = (whole[0], offset * inner)
        let (count, total) = (part[1] * inner, whole[1] * inner)
        step("slice gradient", kernel("slice gradient", dx), reads: [dy], writes: [dx]) { resources in
            resources.call(
                ocellus_slice_gradient,
                ocellus_slice_gradient_arguments(
                    batch: batch, whole: total, offset: first, count: count, dy: resources.pointer(dy),
                    dx: resources.pointer(dx)))
        }
    }
}

extension Op.Slice: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerSlice(offset) }
}

extension Op.SliceGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerSliceGradient(offset) }
}
