// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusPlan
import OcellusTensor
import OcellusModel

/// What the forward product of a weight decided, for its gradients.
struct DenseRecord {
    var x: Layout
    var weights: Layout
    var bias: Layout?
    var y: Layout
    var forward: Description
}

extension PlanCompiler {
    mutating func lowerDense(hasBias: Bool, relu: Bool) throws(PlanError) {
        let (x, w, y) = (operation.inputs[0], operation.inputs[1], operation.outputs[0])
        let outputs = shape(w)[0]
        let source = try denseSource(x)
        let anyWeights = try Layout.any([outputs] + source.layout.dimensions.dropFirst())
        let bias = hasBias ? try Layout.plain([outputs]) : nil
        let result = try Layout.plain(shape(y).dimensions)
        let isTraining = program.operations.contains { $0.phase == .backward }
        guard
            let description = try probe(
                isTraining ? OCELLUS_DNN_TRAINING : OCELLUS_DNN_INFERENCE, source.layout, anyWeights, bias, result,
                relu: relu, hint: nil)
        else { throw unsupported("this dense layer") }
        let record = DenseRecord(
            x: source.layout, weights: try description.required(OCELLUS_DNN_WEIGHTS), bias: bias, y: result,
            forward: description)
        denses[w] = record
        var reads = [(OCELLUS_DNN_SOURCE, source), (OCELLUS_DNN_WEIGHTS, newInstance(w, record.weights))]
        if let bias { reads.append((OCELLUS_DNN_BIAS, newInstance(operation.inputs[2], bias))) }
        try primitive(
            relu ? "dense and relu" : "dense", description, reads: reads,
            writes: [(OCELLUS_DNN_RESULT, newInstance(y, result))])
    }

    /// The features, or the maps that they were before they were flattened: a dense layer reads blocked maps as they
    /// are when its weights are laid out alike, as long as no padding lies between them.
    private mutating func denseSource(_ x: ValueID) throws(PlanError) -> Instance {
        let source = try primary(x)
        if source.layout.block > 1, !source.layout.isRowMajor, source.layout.isUnpadded { return source }
        return try plain(x)
    }

    mutating func lowerDenseInputGradient() throws(PlanError) {
        let (dy, w, dx) = (operation.inputs[0], operation.inputs[1], operation.outputs[0])
        guard let record = denses[w] else { throw missingForward() }
        let gradient = try plain(dy)
        for weights in [record.weights, try Layout.any(record.weights.dimensions)] {
            guard
                let description = try probe(
                    OCELLUS_DNN_INPUT_GRADIENT, record.x, weights, nil, gradient.layout, relu: false,
                    hint: record.forward)
            else { continue }
            try primitive(
                "dense input gradient", description,
                reads: [
                    (OCELLUS_DNN_RESULT_GRADIENT, gradient),
                    (OCELLUS_DNN_WEIGHTS, try instance(w, as: description.required(OCELLUS_DNN_WEIGHTS))),
                ], writes: [(OCELLUS_DNN_SOURCE_GRADIENT, newInstance(dx, record.x))])
            return
        }
        throw unsupported("the input gradient of this dense layer")
    }

    mutating func lowerDenseWeightGradient(hasBias: Bool) throws(PlanError) {
        let (x, dy) = (operation.inputs[0], operation.inputs[1])
        guard let w = forwardWeight(), let record = denses[w] else { throw missingForward() }
        let source = try instance(x, as: record.x)
        let gradient = try plain(dy)
        for weights in [record.weights, try Layout.any(record.weights.dimensions)] {
            guard
                let description = try probe(
                    OCELLUS_DNN_WEIGHT_GRADIENT, record.x, weights, record.bias, gradient.layout, relu: false,
                    hint: record.forward)
            else { continue }
            try weightGradientStep(
                "dense weight gradient", description,
                reads: [(OCELLUS_DNN_SOURCE, source), (OCELLUS_DNN_RESULT_GRADIENT, gradient)],
                weights: record.weights, bias: record.bias)
            return
        }
        throw unsupported("the weight gradient of this dense layer")
    }

    private func probe(
        _ direction: ocellus_dnn_direction, _ x: Layout, _ weights: Layout, _ bias: Layout?, _ y: Layout, relu: Bool,
        hint: Description?
    ) throws(PlanError) -> Description? {
        try Description.probe { out in
            ocellus_dnn_dense(
                out, context.pointer, direction, x.pointer, weights.pointer, bias?.pointer, y.pointer, relu,
                hint?.pointer)
        }
    }
}
