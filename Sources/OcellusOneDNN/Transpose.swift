// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    /// A copy from a form whose axes stand in the result's order and lie as they do in the input.
    mutating func lowerTranspose(_ order: [Int]) throws(PlanError) {
        let (id, result) = (operation.inputs[0], operation.outputs[0])
        let sizes = shape(id).dimensions
        let strides = sizes.indices.map { sizes[($0 + 1)...].reduce(1, *) }
        let axes = [0] + order
        let x = try plain(id)
        let turned = Instance(
            buffer: x.buffer, layout: try .strided(axes.map { sizes[$0] }, axes.map { strides[$0] }))
        let y = newInstance(result, try .plain(shape(result).dimensions))
        try reorder(turned, to: y, name: "transpose", isMain: true)
    }
}

extension Op.Transpose: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerTranspose(order) }
}
