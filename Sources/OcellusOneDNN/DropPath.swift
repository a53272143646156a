// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    /// Images lie one behind the other in every layout that the kernels know.
    mutating func lowerDropPath(_ rate: Float, _ stream: Int) throws(PlanError) {
        let id = operation.inputs[0]
        var x = if let narrow = try narrow(id) { narrow } else { try primary(id) }
        if x.layout.block == 0 { x = try plain(id, x.layout.dimensions) }
        let y = newInstance(operation.outputs[0], over: x)
        // Tokens lie as rows, T of an image.
        let batch = program.batchSize
        let count = x.layout.elements / batch
        let source = x
        step("drop path", kernel("philox", x), reads: [x], writes: [y]) { resources in
            resources.call(
                ocellus_drop_path,
                ocellus_drop_path_arguments(
                    batch: batch, count: count, type: source.layout.type.element, rate: rate,
                    stream: UInt32(truncatingIfNeeded: stream), x: resources.elements(source),
                    y: resources.elements(y)))
        }
    }
}

extension Op.DropPath: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerDropPath(rate, stream) }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}
