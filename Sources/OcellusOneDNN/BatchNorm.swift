// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// What a batch norm in training left for its gradient.
struct BatchNormRecord {
    var x: Layout
    /// Of the batch.
    var mean: Instance
    var variance: Instance
    var scale: Instance
    var shift: Instance
}

extension PlanCompiler {
    mutating func lowerBatchNorm(_ epsilon: Float, _ momentum: Float, activation: UnaryFunction?) throws(PlanError) {
        let inputs = operation.inputs
        let x = if let narrow = try narrowMaps(inputs[0]) { narrow } else { try maps(inputs[0]) }
        let channels = try Layout.plain([shape(inputs[0])[1]])
        let record = BatchNormRecord(
            x: x.layout, mean: temporary(channels), variance: temporary(channels),
            scale: try parameter(inputs[1], as: channels), shift: try parameter(inputs[2], as: channels))
        batchNorms[operation.outputs[1]] = record
        let (maps, type) = (kernelMaps(x.layout), x.layout.type)
        needScratch(floats: ocellus_batch_norm_scratch(maps))
        step(
            "batch statistics", kernel("moments", x), reads: [x], writes: [record.mean, record.variance], isMain: false
        ) { resources in
            resources.call(
                ocellus_batch_norm_statistics,
                ocellus_batch_norm_statistics_arguments(
                    maps: maps, type: type.element, x: resources.elements(x), mean: resources.pointer(record.mean),
                    variance: resources.pointer(record.variance)))
        }
        try normalize(x, record, epsilon, activation: activation)
        try runningStatistics(record, momentum, inputs[3], inputs[4])
    }

    /// Moves running values towards those of the batch.
    mutating func runningStatistics(
        _ record: BatchNormRecord, _ momentum: Float, _ runningMean: ValueID, _ runningVariance: ValueID
    ) throws(PlanError) {
        let (mean, variance) = (try primary(runningMean), try primary(runningVariance))
        let sizes = record.x.dimensions
        let samples = Float(sizes[0] * sizes[2] * sizes[3])
        let correction = samples / max(1, samples - 1)
        step(
            "running statistics", "loop", reads: [record.mean, record.variance], writes: [mean, variance],
            isMain: false
        ) { resources in
            resources.call(
                ocellus_running_statistics,
                ocellus_running_statistics_arguments(
                    channels: sizes[1], mean: resources.pointer(record.mean),
                    variance: resources.pointer(record.variance), running_mean: resources.pointer(mean),
                    running_variance: resources.pointer(variance), momentum: momentum, correction: correction))
        }
    }

    mutating func lowerBatchNormInference(_ epsilon: Float, activation: UnaryFunction?) throws(PlanError) {
        let inputs = operation.inputs
        let x = try maps(inputs[0])
        let channels = try Layout.plain([shape(inputs[0])[1]])
        needScratch(floats: ocellus_batch_norm_scratch(kernelMaps(x.layout)))
        // The gradient is this operation again, with the scale of the forward one and zeros for the rest.
        let scale = try parameter(inputs[1], as: channels)
        let shift = try parameter(inputs[2], as: channels)
        let record = BatchNormRecord(
            x: x.layout, mean: try primary(inputs[3]), variance: try primary(inputs[4]), scale: scale, shift: shift)
        try normalize(x, record, epsilon, activation: activation)
    }

    /// The step that writes the operation's output, with what is added and the function where it has them.
    private mutating func normalize(
        _ x: Instance, _ record: BatchNormRecord, _ epsilon: Float, activation: UnaryFunction?
    ) throws(PlanError) {
        let added: Instance? = if let id = operation.added { try instance(id, as: x.layout) } else { nil }
        let y = newInstance(operation.outputs[0], over: added ?? x)
        let (maps, type) = (kernelMaps(x.layout), x.layout.type)
        step(
            "batch norm" + (added == nil ? "" : " and add") + (activation.map { " and \($0.name)" } ?? ""),
            kernel("normalize", x),
            reads: [x, record.mean, record.variance, record.scale, record.shift] + (added.map { [$0] } ?? []),
            writes: [y]
        ) { resources in
            resources.call(
                ocellus_batch_norm,
                ocellus_batch_norm_arguments(
                    maps: maps, type: type.element, rule: record.rule(resources, epsilon, activation: activation),
                    x: resources.elements(x), added: added.map(resources.elements), y: resources.elements(y)))
        }
    }

    mutating func lowerBatchNormGradient(_ epsilon: Float, activation: UnaryFunction?) throws(PlanError) {
        let (inputs, outputs) = (operation.inputs, operation.outputs)
        guard let record = batchNorms[inputs[4]] else { throw missingForward() }
        let dy = try instance(inputs[0], as: record.x)
        let x = try instance(inputs[1], as: record.x)
        let channels = record.scale.layout
        let dx = newInstance(outputs[0], over: dy)
        let (dScale, dShift) = (newInstance(outputs[1], channels), newInstance(outputs[2], channels))
        let (maps, type) = (kernelMaps(record.x), record.x.type)
        needScratch(floats: ocellus_batch_norm_scratch(maps))
        step(
            activation.map { "batch norm and \($0.name) gradient" } ?? "batch norm gradient",
            kernel("normalize gradient", x),
            reads: [dy, x, record.mean, record.variance, record.scale, record.shift], writes: [dx, dScale, dShift]
        ) { resources in
            resources.call(
                ocellus_batch_norm_gradient,
                ocellus_batch_norm_gradient_arguments(
                    maps: maps, type: type.element, rule: record.rule(resources, epsilon, activation: activation),
                    x: resources.elements(x), dy: resources.elements(dy), dx: resources.elements(dx),
                    dscale: resources.pointer(dScale), dshift: resources.pointer(dShift)))
        }
    }
}

extension Op.BatchNormTraining: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerBatchNorm(epsilon, momentum, activation: compiler.operation.epilogue.activation)
    }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}

extension Op.BatchNormInference: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerBatchNormInference(epsilon, activation: compiler.operation.epilogue.activation)
    }
}

extension Op.BatchNormGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerBatchNormGradient(epsilon, activation: through)
    }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        compiler.batchNorms[reader.inputs[4]].map { $0.x.type == .bfloat16 } ?? true
    }
}

extension BatchNormRecord {
    fileprivate func rule(_ resources: Resources, _ epsilon: Float, activation: UnaryFunction?) -> ocellus_normalization
    {
        ocellus_normalization(
            mean: resources.pointer(mean), variance: resources.pointer(variance), scale: resources.pointer(scale),
            shift: resources.pointer(shift), epsilon: epsilon, activation: activation.argument)
    }
}
