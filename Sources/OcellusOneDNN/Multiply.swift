// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    /// A value and one that repeats along it, as `[outer, repeats, inner]` of both. Maps stay in their blocks where the other
    /// repeats along height and width, and wherever the shapes are equal.
    ///
    /// - Parameters:
    ///   - large: The larger one as it lies best.
    ///   - small: The shape that repeats.
    private mutating func repeated(
        _ large: ValueID, _ small: Shape
    ) throws(PlanError) -> (large: Instance, small: Layout, sizes: Repeats) {
        let sizes = shape(large)
        guard let plainSizes = Repeats(of: small, along: sizes) else {
            throw PlanError(.invalid, "the factor does not repeat along the product.")
        }
        if small.rank == 4, small[1] == sizes[1], small[2] * small[3] == 1, let maps = try narrowMaps(large) {
            let planes = sizes[0] * ((sizes[1] + 15) / 16)
            return (
                maps, try .maps(small.dimensions, block: 16),
                Repeats(outer: planes, repeats: sizes[2] * sizes[3], inner: 16)
            )
        }
        let layout = try primary(large).layout
        let isMaps = layout.block > 0 && layout.dimensions == sizes.dimensions && sizes.rank == 4
        if isMaps, small[1] == sizes[1], small[2] * small[3] == 1 {
            let planes = sizes[0] * ((sizes[1] + layout.block - 1) / layout.block)
            return (
                try primary(large), try .maps(small.dimensions, block: layout.block),
                Repeats(outer: planes, repeats: sizes[2] * sizes[3], inner: layout.block)
            )
        }
        if isMaps, small == sizes {
            return (
                try primary(large), layout, Repeats(outer: 1, repeats: 1, inner: layout.elements)
            )
        }
        return (try plain(large), try .plain(small.dimensions), plainSizes)
    }

    /// Whether a factor has one number for all positions of maps.
    fileprivate func repeatsOverMaps(_ small: ValueID, along large: ValueID) -> Bool {
        let (factor, sizes) = (shape(small), shape(large))
        return factor.rank == 4 && sizes.rank == 4 && factor[1] == sizes[1] && factor[2] * factor[3] == 1
            && sizes[2] * sizes[3] > 1
    }

    mutating func lowerMultiply() throws(PlanError) {
        let (a, layout, sizes) = try repeated(operation.inputs[0], shape(operation.inputs[1]))
        let b = try instance(operation.inputs[1], as: layout)
        let y = newInstance(operation.outputs[0], over: a)
        step("multiply", kernel("multiply", a), reads: [a, b], writes: [y]) { resources in
            resources.call(
                ocellus_multiply,
                ocellus_multiply_arguments(
                    outer: sizes.outer, repeats: sizes.repeats, inner: sizes.inner, type: a.layout.type.element,
                    a: resources.elements(a), b: resources.pointer(b), y: resources.elements(y)))
        }
    }

    mutating func lowerMultiplyGradient() throws(PlanError) {
        let (a, layout, sizes) = try repeated(operation.inputs[1], shape(operation.outputs[0]))
        let dy = try instance(operation.inputs[0], as: a.layout)
        let db = newInstance(operation.outputs[0], layout)
        step("multiply gradient", kernel("multiply gradient", a), reads: [dy, a], writes: [db]) { resources in
            resources.call(
                ocellus_multiply_gradient,
                ocellus_multiply_gradient_arguments(
                    outer: sizes.outer, repeats: sizes.repeats, inner: sizes.inner, type: a.layout.type.element,
                    dy: resources.elements(dy), a: resources.elements(a), db: resources.pointer(db)))
        }
    }
}

extension Op.Multiply: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerMultiply() }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        id == reader.inputs[0] && compiler.repeatsOverMaps(reader.inputs[1], along: id)
    }
}

extension Op.MultiplyGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerMultiplyGradient() }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        compiler.repeatsOverMaps(reader.outputs[0], along: id)
    }
}
