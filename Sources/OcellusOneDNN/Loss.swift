// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerSoftmax() throws(PlanError) {
        let x = try plain(operation.inputs[0], rows(operation.inputs[0]))
        let description = try Description.probe { out in
            ocellus_dnn_softmax(out, context.pointer, x.layout.pointer)
        }
        guard let description else { throw unsupported("this softmax") }
        try primitive(
            "softmax", description, reads: [(OCELLUS_DNN_SOURCE, x)],
            writes: [(OCELLUS_DNN_RESULT, newInstance(operation.outputs[0], x.layout))])
    }

    mutating func lowerSoftmaxGradient() throws(PlanError) {
        // A kernel of our own: below AVX-512, oneDNN 2.6 has only its reference for this.
        let sizes = rows(operation.inputs[1])
        let (dy, y) = (try plain(operation.inputs[0], sizes), try plain(operation.inputs[1], sizes))
        let dx = newInstance(operation.outputs[0], over: dy)
        step("softmax gradient", kernel("softmax gradient", y), reads: [dy, y], writes: [dx]) { resources in
            resources.call(
                ocellus_softmax_gradient,
                ocellus_softmax_gradient_arguments(
                    batch: sizes[0], features: sizes[1], y: resources.pointer(y), dy: resources.pointer(dy),
                    dx: resources.pointer(dx)))
        }
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
            resources.call(
                ocellus_softmax_cross_entropy,
                ocellus_softmax_cross_entropy_arguments(
                    batch: sizes[0], classes: sizes[1], logits: resources.pointer(logits),
                    labels: resources.elements(labels).assumingMemoryBound(to: Int32.self),
                    sample_weights: resources.pointer(weights),
                    class_weights: loss.classWeights.map { resources.table($0) },
                    label_smoothing: loss.labelSmoothing, dlogits: resources.pointer(dlogits)))
        }
    }
}

extension Op.Softmax: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerSoftmax() }
}

extension Op.SoftmaxGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerSoftmaxGradient() }
}

extension Op.SoftmaxCrossEntropy: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerLoss(loss) }
}
