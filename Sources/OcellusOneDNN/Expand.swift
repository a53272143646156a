// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerExpand() throws(PlanError) {
        let (p, result) = (operation.inputs[0], operation.outputs[0])
        let x = try parameter(p, as: try .plain(shape(p).dimensions))
        let y = newInstance(result, try .plain(shape(result).dimensions))
        let (count, batch) = (shape(p).count, shape(result)[0])
        step("expand", kernel("expand", y), reads: [x], writes: [y]) { resources in
            resources.call(
                ocellus_expand,
                ocellus_expand_arguments(
                    batch: batch, count: count, x: resources.pointer(x), y: resources.pointer(y)))
        }
    }

    mutating func lowerExpandGradient() throws(PlanError) {
        let result = operation.outputs[0]
        let dy = try plain(operation.inputs[0])
        let dp = newInstance(result, try .plain(shape(result).dimensions))
        let (count, batch) = (shape(result).count, dy.layout.dimensions[0])
        step("expand gradient", kernel("expand gradient", dy), reads: [dy], writes: [dp]) { resources in
            resources.call(
                ocellus_expand_gradient,
                ocellus_expand_arguments(
                    batch: batch, count: count, x: resources.pointer(dy), y: resources.pointer(dp)))
        }
    }
}

extension Op.Expand: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerExpand() }
}

extension Op.ExpandGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerExpandGradient() }
}
