// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusModel
import OcellusPlan
import OcellusTensor

/// What a batch norm in training left for its gradient.
struct BatchNormRecord {
    var x: Layout
    var mean: Instance
    var variance: Instance
    var scale: Instance
    var shift: Instance
    var forward: Description
}

extension PlanCompiler {
    mutating func lowerBatchNorm(_ epsilon: Float, _ momentum: Float) throws(PlanError) {
        let inputs = operation.inputs
        let x = if let narrow = try narrowMaps(inputs[0]) { narrow } else { try maps(inputs[0]) }
        let channels = try Layout.plain([shape(inputs[0])[1]])
        guard let description = try probe(OCELLUS_DNN_TRAINING, x.layout, nil, epsilon, hint: nil) else {
            throw unsupported("this batch norm")
        }
        let record = BatchNormRecord(
            x: x.layout, mean: temporary(channels), variance: temporary(channels),
            scale: newInstance(inputs[1], channels), shift: newInstance(inputs[2], channels), forward: description)
        batchNorms[operation.outputs[1]] = record
        try primitive(
            "batch norm", description,
            reads: [(OCELLUS_DNN_SOURCE, x), (OCELLUS_DNN_SCALE, record.scale), (OCELLUS_DNN_SHIFT, record.shift)],
            writes: [
                (OCELLUS_DNN_RESULT, newInstance(operation.outputs[0], x.layout)),
                (OCELLUS_DNN_MEAN, record.mean), (OCELLUS_DNN_VARIANCE, record.variance),
            ])
        let (mean, variance) = (try primary(inputs[3]), try primary(inputs[4]))
        let sizes = shape(inputs[0])
        let samples = Float(sizes[0] * sizes[2] * sizes[3])
        let correction = samples / max(1, samples - 1)
        step(
            "running statistics", "loop", reads: [record.mean, record.variance], writes: [mean, variance],
            isMain: false
        ) { resources in
            .runningStatistics(
                channels: sizes[1], mean: resources.pointer(record.mean),
                variance: resources.pointer(record.variance), runningMean: resources.pointer(mean),
                runningVariance: resources.pointer(variance), momentum: momentum, correction: correction)
        }
    }

    mutating func lowerBatchNormGradient(_ epsilon: Float) throws(PlanError) {
        let (inputs, outputs) = (operation.inputs, operation.outputs)
        guard let record = batchNorms[inputs[3]] else { throw missingForward() }
        let dy = try instance(inputs[0], as: record.x)
        let x = try instance(inputs[1], as: record.x)
        guard
            let description = try probe(
                OCELLUS_DNN_INPUT_GRADIENT, record.x, record.x, epsilon, hint: record.forward)
        else { throw unsupported("the gradient of this batch norm") }
        let channels = record.scale.layout
        var reads = [
            (OCELLUS_DNN_RESULT_GRADIENT, dy), (OCELLUS_DNN_SOURCE, x), (OCELLUS_DNN_MEAN, record.mean),
            (OCELLUS_DNN_VARIANCE, record.variance), (OCELLUS_DNN_SCALE, record.scale),
        ]
        if ocellus_dnn_batch_norm_gradient_takes_shift() { reads.append((OCELLUS_DNN_SHIFT, record.shift)) }
        try primitive(
            "batch norm gradient", description, reads: reads,
            writes: [
                (OCELLUS_DNN_SOURCE_GRADIENT, newInstance(outputs[0], record.x)),
                (OCELLUS_DNN_SCALE_GRADIENT, newInstance(outputs[1], channels)),
                (OCELLUS_DNN_SHIFT_GRADIENT, newInstance(outputs[2], channels)),
            ])
    }

    mutating func lowerBatchNormInference(_ epsilon: Float) throws(PlanError) {
        let inputs = operation.inputs
        let x = try maps(inputs[0])
        let channels = try Layout.plain([shape(inputs[0])[1]])
        guard let description = try probe(OCELLUS_DNN_INFERENCE, x.layout, nil, epsilon, hint: nil) else {
            throw unsupported("this batch norm")
        }
        // The gradient is this operation again, with the scale of the forward one and zeros for the rest.
        let scale = instances(of: inputs[1]).isEmpty ? newInstance(inputs[1], channels) : try primary(inputs[1])
        let shift = instances(of: inputs[2]).isEmpty ? newInstance(inputs[2], channels) : try primary(inputs[2])
        try primitive(
            "batch norm", description,
            reads: [
                (OCELLUS_DNN_SOURCE, x), (OCELLUS_DNN_SCALE, scale), (OCELLUS_DNN_SHIFT, shift),
                (OCELLUS_DNN_MEAN, try primary(inputs[3])), (OCELLUS_DNN_VARIANCE, try primary(inputs[4])),
            ], writes: [(OCELLUS_DNN_RESULT, newInstance(operation.outputs[0], over: x))])
    }

    private func probe(
        _ direction: ocellus_dnn_direction, _ x: Layout, _ gradient: Layout?, _ epsilon: Float, hint: Description?
    ) throws(PlanError) -> Description? {
        try Description.probe { out in
            ocellus_dnn_batch_norm(
                out, context.pointer, direction, x.pointer, gradient?.pointer, epsilon, hint?.pointer)
        }
    }
}
