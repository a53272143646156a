// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// What the forward convolution of a weight decided, for its gradients.
struct ConvolutionRecord {
    var x: Layout
    var weights: Layout
    var bias: Layout?
    var y: Layout
    var window: ocellus_dnn_window
    /// The forward operation, oneDNN's hint for gradients.
    var forward: Description
    /// Where the forward operation does not end in its function: that.
    var left: UnaryFunction?
}

/// One way to ask oneDNN for a convolution: layouts, any of which may be left to it.
private struct Request {
    var x: Layout
    var weights: Layout
    var y: Layout
}

extension PlanCompiler {
    // MARK: Forward

    mutating func lowerSums(
        _ direction: ConvolutionDirection, _ convolution: Convolution, activation: UnaryFunction?, asMatrix: Bool
    ) throws(PlanError) {
        switch direction {
        case .forward: break
        case .inputGradient: return try lowerSumsInputGradient(convolution, asMatrix: asMatrix)
        case .weightGradient: return try lowerSumsWeightGradient(convolution, asMatrix: asMatrix)
        }
        let (x, w) = (operation.inputs[0], operation.inputs[1])
        // What is added comes before the function.
        let record = try directRecord(
            convolution, activation: operation.added == nil ? activation : nil, current: try maps(x).layout,
            asMatrix: asMatrix)
        convolutions[forward] = record
        var reads = [
            (OCELLUS_DNN_SOURCE, try instance(x, as: record.x)),
            (OCELLUS_DNN_WEIGHTS, try parameter(w, as: record.weights)),
        ]
        if let bias = record.bias { reads.append((OCELLUS_DNN_BIAS, try parameter(operation.inputs[2], as: bias))) }
        try convolutionStep(
            convolution, activation: record.left == nil ? activation : nil, record.forward, reads, record.y)
        if let function = record.left { applyInPlace(function, try written(operation.outputs[0])) }
    }

    /// The step of oneDNN's forward operation. What is added lies in the result's memory before, where nothing else reads
    /// it; otherwise a step of its own adds it.
    ///
    /// - Parameters:
    ///   - description: Without what is added, and without function where there is that.
    ///   - result: Layout of y.
    mutating func convolutionStep(
        _ convolution: Convolution, activation: UnaryFunction?, _ description: Description, _ reads: [(Int, Instance)],
        _ result: Layout
    ) throws(PlanError) {
        let y = operation.outputs[0]
        guard let added = operation.added else {
            return try primitive(
                convolutionName(activation: activation, adds: false), description, reads: reads,
                writes: [(OCELLUS_DNN_RESULT, newInstance(y, result))])
        }
        let addend = try instance(added, as: result)
        if isLastUse(of: addend), !reads.contains(where: { $0.1.buffer == addend.buffer }),
            let sum = try sumDescription(convolution, activation: activation, reads, result)
        {
            return try primitive(
                convolutionName(activation: activation, adds: true), sum, reads: reads,
                writes: [(OCELLUS_DNN_RESULT, newInstance(y, over: addend))])
        }
        let product = temporary(result)
        try primitive(
            convolutionName(activation: nil, adds: false), description, reads: reads,
            writes: [(OCELLUS_DNN_RESULT, product)])
        addStep(product, addend, relu: activation == .relu, to: newInstance(y, over: product), isMain: false)
        if let activation, activation != .relu { applyInPlace(activation, try written(y)) }
    }

    /// The forward operation that adds to what lies in its result; `nil` when oneDNN has none.
    private func sumDescription(
        _ convolution: Convolution, activation: UnaryFunction?, _ reads: [(Int, Instance)], _ result: Layout
    ) throws(PlanError) -> Description? {
        func layout(_ argument: Int) -> Layout? { reads.first { $0.0 == argument }?.1.layout }
        guard let x = layout(OCELLUS_DNN_SOURCE), let weights = layout(OCELLUS_DNN_WEIGHTS) else { return nil }
        return try probe(
            OCELLUS_DNN_INFERENCE, Request(x: x, weights: weights, y: result), layout(OCELLUS_DNN_BIAS),
            convolution.window, sum: true, activation: activation, hint: nil)
    }

    /// oneDNN's forward operation and the layouts that it works on.
    ///
    /// - Parameter current: Of x.
    func directRecord(
        _ convolution: Convolution, activation: UnaryFunction?, current: Layout, asMatrix: Bool
    ) throws(PlanError) -> ConvolutionRecord {
        let input = shape(operation.inputs[0]).dimensions
        let output = shape(operation.outputs[0]).dimensions
        let anyWeights = try Layout.any(convolution.weightDimensions)
        let bias = convolution.hasBias ? try Layout.plain([convolution.outputChannels]) : nil
        let window = convolution.window
        var requests: [Request] = []
        let layouts =
            asMatrix
            ? [(try Layout.plain(input), try Layout.plain(output))]
            : try forwardLayouts(convolution, current, input, output)
        for (source, result) in layouts { requests.append(Request(x: source, weights: anyWeights, y: result)) }
        let isTraining = program.operations.contains { $0.phase == .backward }
        func found(_ activation: UnaryFunction?) throws(PlanError) -> Description? {
            try choose(requests, asMatrix: asMatrix) { (request) throws(PlanError) in
                try probe(
                    isTraining ? OCELLUS_DNN_TRAINING : OCELLUS_DNN_INFERENCE, request, bias, window,
                    activation: activation, hint: nil)
            }
        }
        var left: UnaryFunction?
        var description = try found(activation)
        if description == nil, activation != nil {
            (description, left) = (try found(nil), activation)
        }
        guard let description else { throw unsupported("this convolution") }
        return ConvolutionRecord(
            x: try description.required(OCELLUS_DNN_SOURCE), weights: try description.required(OCELLUS_DNN_WEIGHTS),
            bias: bias, y: try description.required(OCELLUS_DNN_RESULT), window: window, forward: description,
            left: left)
    }

    /// Layouts of input and output to ask for, best first.
    private func forwardLayouts(
        _ convolution: Convolution, _ current: Layout, _ input: [Int], _ output: [Int]
    ) throws(PlanError) -> [(Layout, Layout)] {
        // Images of up to three channels have primitives of their own that read them as they are.
        let first = convolution.inputChannels <= 3 && convolution.groups == 1 && current.block == 1
        let block = block(of: convolution, current: current, readsImages: first)
        let (plainInput, plainOutput) = (try Layout.plain(input), try Layout.plain(output))
        let (blockedInput, blockedOutput) = (
            try Layout.maps(input, block: block), try Layout.maps(output, block: block)
        )
        let blocked = (blockedInput, blockedOutput)
        return (first ? [(plainInput, blockedOutput), blocked] : [blocked])
            + [(try .any(input), try .any(output)), (plainInput, plainOutput)]
    }

    /// Block of maps: that of the input, but 8 for up to 8 maps of images, which would leave half of 16 empty.
    private func block(of convolution: Convolution, current: Layout, readsImages: Bool) -> Int {
        if readsImages { return convolution.outputChannels <= 8 ? 8 : preferredBlock }
        return current.block > 1 ? current.block : preferredBlock
    }

    // MARK: Gradients

    mutating func lowerSumsInputGradient(_ convolution: Convolution, asMatrix: Bool) throws(PlanError) {
        let (dy, w, dx) = (operation.inputs[0], operation.inputs[1], operation.outputs[0])
        guard let record = convolutions[forward] else { throw missingForward() }
        let (input, output) = (shape(dx).dimensions, shape(dy).dimensions)
        let current = try maps(dy).layout
        let anyWeights = try Layout.any(convolution.weightDimensions)
        var requests: [Request] = []
        if !asMatrix {
            for y in current.equals(record.y) ? [record.y] : [record.y, current] {
                for weights in [record.weights, anyWeights] {
                    requests.append(Request(x: record.x, weights: weights, y: y))
                    if record.x.block == 1 {
                        requests.append(
                            Request(x: try .maps(input, block: preferredBlock), weights: weights, y: y))
                    }
                }
            }
            requests.append(Request(x: try .any(input), weights: anyWeights, y: try .any(output)))
        }
        requests.append(Request(x: try .plain(input), weights: anyWeights, y: try .plain(output)))
        let description = try chooseGradient(
            OCELLUS_DNN_INPUT_GRADIENT, record, requests, asMatrix: asMatrix)
        try primitive(
            "convolution input gradient", description,
            reads: [
                (OCELLUS_DNN_RESULT_GRADIENT, try instance(dy, as: description.required(OCELLUS_DNN_RESULT_GRADIENT))),
                (OCELLUS_DNN_WEIGHTS, try instance(w, as: description.required(OCELLUS_DNN_WEIGHTS))),
            ],
            writes: [
                (
                    OCELLUS_DNN_SOURCE_GRADIENT,
                    newInstance(dx, try description.required(OCELLUS_DNN_SOURCE_GRADIENT))
                )
            ])
    }

    mutating func lowerSumsWeightGradient(_ convolution: Convolution, asMatrix: Bool) throws(PlanError) {
        let (x, dy) = (operation.inputs[0], operation.inputs[1])
        guard let w = forwardWeight() else { throw missingForward() }
        guard let record = convolutions[forward] else { throw missingForward() }
        let (input, output) = (shape(x).dimensions, shape(dy).dimensions)
        let current = try maps(dy).layout
        let anyWeights = try Layout.any(convolution.weightDimensions)
        var requests: [Request] = []
        if !asMatrix {
            for y in current.equals(record.y) ? [record.y] : [record.y, current] {
                for weights in [record.weights, anyWeights] {
                    requests.append(Request(x: record.x, weights: weights, y: y))
                }
            }
            requests.append(Request(x: try .any(input), weights: anyWeights, y: try .any(output)))
        }
        requests.append(Request(x: try .plain(input), weights: anyWeights, y: try .plain(output)))
        let description = try chooseGradient(
            OCELLUS_DNN_WEIGHT_GRADIENT, record, requests, asMatrix: asMatrix)
        let reads = [
            (OCELLUS_DNN_SOURCE, try instance(x, as: description.required(OCELLUS_DNN_SOURCE))),
            (OCELLUS_DNN_RESULT_GRADIENT, try instance(dy, as: description.required(OCELLUS_DNN_RESULT_GRADIENT))),
        ]
        try weightGradientStep(
            "convolution weight gradient", description, reads: reads, weights: try written(w).layout, bias: record.bias)
    }

    private func chooseGradient(
        _ direction: ocellus_dnn_direction, _ record: ConvolutionRecord, _ requests: [Request], asMatrix: Bool
    ) throws(PlanError) -> Description {
        let chosen = try choose(requests, asMatrix: asMatrix) { (request) throws(PlanError) in
            try probe(direction, request, record.bias, record.window, activation: nil, hint: record.forward)
        }
        guard let chosen else { throw unsupported("the gradients of this convolution") }
        return chosen
    }

    // MARK: Choice

    /// The first operation that oneDNN has for a request; unfolding into a matrix comes last unless it is asked for.
    private func choose(
        _ requests: [Request], asMatrix: Bool, _ probe: (Request) throws(PlanError) -> Description?
    ) throws(PlanError) -> Description? {
        var last: Description?
        for request in requests {
            guard let description = try probe(request) else { continue }
            if let weights = try description.layout(OCELLUS_DNN_WEIGHTS), weights.form == nil { continue }
            if description.isMatrixProduct == asMatrix { return description }
            last = last ?? description
        }
        return asMatrix ? nil : last
    }

    /// Whether oneDNN computes a direction by a matrix product.
    func hasMatrixProduct(
        _ direction: ConvolutionDirection, of convolution: Convolution
    ) throws(PlanError) -> Bool {
        let request = Request(
            x: try .plain(shape(operation.inputs[0]).dimensions), weights: try .any(convolution.weightDimensions),
            y: try .plain(shape(operation.outputs[0]).dimensions))
        let window = convolution.window
        func found(_ direction: ocellus_dnn_direction, _ hint: Description?) throws(PlanError) -> Description? {
            try choose([request], asMatrix: true) { (request) throws(PlanError) in
                try probe(direction, request, nil, window, activation: nil, hint: hint)
            }
        }
        guard let forward = try found(OCELLUS_DNN_TRAINING, nil) else { return false }
        return switch direction {
        case .forward: true
        case .inputGradient: try found(OCELLUS_DNN_INPUT_GRADIENT, forward) != nil
        case .weightGradient: try found(OCELLUS_DNN_WEIGHT_GRADIENT, forward) != nil
        }
    }

    private func probe(
        _ direction: ocellus_dnn_direction, _ request: Request, _ bias: Layout?, _ window: ocellus_dnn_window,
        sum: Bool = false, activation: UnaryFunction?, hint: Description?
    ) throws(PlanError) -> Description? {
        try Description.probe { out in
            withUnsafePointer(to: window) { window in
                ocellus_dnn_convolution(
                    out, context.pointer, direction, request.x.pointer, request.weights.pointer,
                    direction == OCELLUS_DNN_INPUT_GRADIENT ? nil : bias?.pointer, request.y.pointer, window,
                    activation.ending(sum: sum),
                    hint?.pointer)
            }
        }
    }
}
