// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerSoftmax() throws(PlanError) {
        let x = try plain(operation.inputs[0])
        let description = try Description.probe { out in
            ocellus_dnn_softmax(out, context.pointer, OCELLUS_DNN_TRAINING, x.layout.pointer, nil)
        }
        guard let description else { throw unsupported("this softmax") }
        softmaxes[operation.outputs[0]] = description
        try primitive(
            "softmax", description, reads: [(OCELLUS_DNN_SOURCE, x)],
            writes: [(OCELLUS_DNN_RESULT, newInstance(operation.outputs[0], x.layout))])
    }

    mutating func lowerSoftmaxGradient() throws(PlanError) {
        let (dy, y) = (try plain(operation.inputs[0]), try plain(operation.inputs[1]))
        let hint = softmaxes[operation.inputs[1]]
        let description = try Description.probe { out in
            ocellus_dnn_softmax(
                out, context.pointer, OCELLUS_DNN_INPUT_GRADIENT, y.layout.pointer, hint?.pointer)
        }
        guard let description else { throw unsupported("the gradient of this softmax") }
        try primitive(
            "softmax gradient", description, reads: [(OCELLUS_DNN_RESULT_GRADIENT, dy), (OCELLUS_DNN_RESULT, y)],
            writes: [(OCELLUS_DNN_SOURCE_GRADIENT, newInstance(operation.outputs[0], y.layout))])
    }

    mutating func lowerLoss(_ loss: Loss) throws(PlanError) {
        let logits = try plain(operation.inputs[0])
        let (labels, weights) = (try primary(operation.inputs[1]), try primary(operation.inputs[2]))
        let dlogits = newInstance(operation.outputs[0], logits.layout)
        let sizes = shape(operation.inputs[0])
        step(
            "softmax cross-entropy", kernel("softmax cross-entropy", logits), reads: [logits, labels, weights],
            writes: [dlogits]
        ) { resources in
            .loss(
                batch: sizes[0], classes: sizes[1], logits: resources.pointer(logits),
                labels: resources.addresses[labels.buffer].assumingMemoryBound(to: Int32.self),
                weights: resources.pointer(weights), classWeights: loss.classWeights.map { resources.table($0) },
                smoothing: loss.labelSmoothing, dlogits: resources.pointer(dlogits))
        }
    }
}
