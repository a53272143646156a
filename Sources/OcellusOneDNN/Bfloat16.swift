// SPDX-License-Identifier: Apache-2.0

import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension ConvolutionAlgorithm {
    /// As ``direct`` with operands in bfloat16; also of dense layers.
    package static let bfloat16 = ConvolutionAlgorithm(rawValue: "bfloat16")
}

/// ``ConvolutionAlgorithm/bfloat16``: wherever oneDNN has it.
struct Bfloat16Sums: EngineAlgorithm {
    var name: ConvolutionAlgorithm { .bfloat16 }

    func canMake(
        _ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler
    ) throws(PlanError) -> Bool {
        compiler.bfloat16Candidate != nil
    }

    func pays(_ direction: ConvolutionDirection, _ convolution: Convolution, in compiler: PlanCompiler) -> Bool {
        compiler.bfloat16Candidate != nil
    }

    func lower(
        _ direction: ConvolutionDirection, _ convolution: Convolution, activation: UnaryFunction?,
        in compiler: inout PlanCompiler
    ) throws(PlanError) {
        switch direction {
        case .forward:
            guard let record = compiler.bfloat16Products[compiler.forward] else { throw compiler.missingForward() }
            try compiler.lowerBfloat16(record) { (compiler, reads, result) throws(PlanError) in
                try compiler.convolutionStep(convolution, activation: activation, record.forward, reads, result)
            }
        case .inputGradient:
            guard try compiler.lowerBfloat16InputGradient(name: "convolution input gradient") else {
                throw compiler.missingForward()
            }
        case .weightGradient:
            guard try compiler.lowerBfloat16WeightGradient(name: "convolution weight gradient") else {
                throw compiler.missingForward()
            }
        }
    }
}

/// How a convolution or dense layer computes in bfloat16: its three directions, decided together when the forward
/// operation is compiled.
///
/// The master weights are float32. Each direction reads bfloat16 copies of its operands, which
/// ``PlanCompiler/instance(_:as:)`` makes once a step, and the two gradients share them.
struct Bfloat16Record {
    /// Layouts of the operands.
    var x: Layout
    var weights: Layout
    var y: Layout
    /// Float32, of the weights, their gradient and the optimiser's state.
    var master: Layout
    var bias: Layout?
    var forward: Description
    /// Absent where the program has no such operation.
    var inputGradient: Description?
    var weightGradient: Description?
}

/// Operand layouts of a product; any of them may be left to oneDNN.
private struct Operands {
    var x: Layout
    var weights: Layout
    var y: Layout
}

extension PlanCompiler {
    // MARK: Choice

    /// Asks oneDNN for one direction with given layouts and hint; `nil` when it has none.
    private typealias Probe = (
        _ direction: ocellus_dnn_direction, _ layouts: Operands, _ bias: Layout?, _ hint: Description?
    ) throws(PlanError) -> Description?

    /// All directions that the program needs of a product, or `nil` when oneDNN has not a fast implementation of each.
    ///
    /// - Parameters:
    ///   - sources: Layouts of x to try, best first.
    ///   - result: Of y forward, float32 or bfloat16.
    ///   - gradient: Of dy, bfloat16.
    private func bfloat16Record(
        sources: [Layout], weightDimensions: [Int], bias: Layout?, result: Layout, gradient: Layout,
        _ probe: Probe
    ) throws(PlanError) -> Bfloat16Record? {
        let isTraining = program.operations.contains { $0.phase == .backward }
        let anyWeights = try Layout.any(weightDimensions, .bfloat16)
        let gradients = program.operations.filter { $0.isGradient(of: operation) }
        for x in sources {
            guard
                let forward = try probe(
                    isTraining ? OCELLUS_DNN_TRAINING : OCELLUS_DNN_INFERENCE,
                    Operands(x: x, weights: anyWeights, y: result), bias, nil)
            else { continue }
            let weights = try forward.required(OCELLUS_DNN_WEIGHTS)
            var record = Bfloat16Record(
                x: x, weights: weights, y: gradient, master: isTraining ? try .plain(weightDimensions) : weights,
                bias: bias, forward: forward)
            if let operation = gradients.first(where: \.isProductInputGradient) {
                // Only the forward operation reads images of a few channels as they are.
                let dx = try Layout.maps(
                    x.dimensions, block: x.dimensions.count == 4 ? preferredBlock : 1,
                    keepsBfloat16(operation.outputs[0]) ? .bfloat16 : .float32)
                guard
                    let description = try probe(
                        OCELLUS_DNN_INPUT_GRADIENT, Operands(x: dx, weights: anyWeights, y: gradient), nil, forward)
                else { continue }
                record.inputGradient = description
            }
            if gradients.contains(where: \.isProductWeightGradient) {
                guard
                    let description = try probe(
                        OCELLUS_DNN_WEIGHT_GRADIENT,
                        Operands(x: x, weights: try .any(weightDimensions), y: gradient), bias, forward)
                else { continue }
                record.weightGradient = description
                record.master = try description.required(OCELLUS_DNN_WEIGHTS_GRADIENT)
            }
            return record
        }
        return nil
    }

    /// A convolution in bfloat16, or `nil` where oneDNN has no direct algorithm for it.
    mutating func bfloat16Convolution(_ convolution: Convolution, activation: UnaryFunction?) throws(PlanError)
        -> Bfloat16Record?
    {
        let (x, y) = (operation.inputs[0], operation.outputs[0])
        let (input, output) = (shape(x).dimensions, shape(y).dimensions)
        let blocked = try Layout.maps(input, block: preferredBlock, .bfloat16)
        // Images of up to three channels have primitives of their own that read them as they are.
        let readsPlain = convolution.inputChannels <= 3 && convolution.groups == 1
        let window = convolution.window
        let context = context
        return try bfloat16Record(
            sources: readsPlain ? [try .plain(input, .bfloat16), blocked] : [blocked],
            weightDimensions: convolution.weightDimensions,
            bias: convolution.hasBias ? try .plain([convolution.outputChannels]) : nil,
            result: try .maps(output, block: preferredBlock, keepsBfloat16(y) ? .bfloat16 : .float32),
            gradient: try .maps(output, block: preferredBlock, .bfloat16)
        ) { (direction, layouts, bias, hint) throws(PlanError) in
            let found = try Description.probe { out in
                withUnsafePointer(to: window) { window in
                    ocellus_dnn_convolution(
                        out, context.pointer, direction, layouts.x.pointer, layouts.weights.pointer, bias?.pointer,
                        layouts.y.pointer, window, (direction.isForward ? activation : nil).ending(), hint?.pointer)
                }
            }
            guard let found, !found.isMatrixProduct else { return nil }
            return found
        }
    }

    /// A dense layer in bfloat16, or `nil` where oneDNN has no implementation.
    ///
    /// - Parameter input: Dimensions and block in which x is read.
    mutating func bfloat16Dense(
        _ input: Layout, hasBias: Bool, activation: UnaryFunction?
    ) throws(PlanError) -> Bfloat16Record? {
        let (w, y) = (operation.inputs[1], operation.outputs[0])
        let outputs = shape(w)[0]
        let context = context
        return try bfloat16Record(
            sources: [try .same(as: input, .bfloat16)],
            weightDimensions: [outputs] + input.dimensions.dropFirst(), bias: hasBias ? try .plain([outputs]) : nil,
            result: try .plain(rows(y), keepsBfloat16(y) ? .bfloat16 : .float32),
            gradient: try .plain(rows(y), .bfloat16)
        ) { (direction, layouts, bias, hint) throws(PlanError) in
            try Description.probe { out in
                ocellus_dnn_dense(
                    out, context.pointer, direction, layouts.x.pointer, layouts.weights.pointer, bias?.pointer,
                    layouts.y.pointer, (direction.isForward ? activation : nil).ending(), hint?.pointer)
            }
        }
    }

    /// Whether a value is best written in bfloat16: everything that reads it would round it or takes it so.
    func keepsBfloat16(_ id: ValueID) -> Bool {
        guard precision == .bfloat16, !program[id].isResult else { return false }
        return program.operations.allSatisfy { reader in
            !reader.inputs.contains(id)
                || (reader.kind as? any EngineOperator)?.takesBfloat16(id, reader, in: self) == true
        }
    }

    /// A value that was written as maps in bfloat16; `nil` for any other.
    func narrowMaps(_ id: ValueID) throws(PlanError) -> Instance? {
        let source = try written(id)
        let layout = source.layout
        return layout.type == .bfloat16 && layout.block == 16 && layout.dimensions == shape(id).dimensions
            ? source : nil
    }

    /// A value that was written in bfloat16 as elementwise kernels take it: maps, or row-major; `nil` for any other.
    func narrow(_ id: ValueID) throws(PlanError) -> Instance? {
        if let maps = try narrowMaps(id) { return maps }
        let source = try written(id)
        return source.layout.type == .bfloat16 && source.layout.block == 1 ? source : nil
    }

    // MARK: Steps

    /// - Parameter step: Adds the step, from what it reads and the layout of its result.
    mutating func lowerBfloat16(
        _ record: Bfloat16Record,
        _ step: (inout PlanCompiler, [(Int, Instance)], Layout) throws(PlanError) -> Void
    ) throws(PlanError) {
        let (x, w) = (operation.inputs[0], operation.inputs[1])
        bfloat16Products[forward] = record
        noteBfloat16(.forward)
        _ = try parameter(w, as: record.master)
        var reads = [
            (OCELLUS_DNN_SOURCE, try instance(x, as: record.x)),
            (OCELLUS_DNN_WEIGHTS, try instance(w, as: record.weights)),
        ]
        if let bias = record.bias { reads.append((OCELLUS_DNN_BIAS, try parameter(operation.inputs[2], as: bias))) }
        try step(&self, reads, try record.forward.required(OCELLUS_DNN_RESULT))
    }

    /// The input gradient of a layer that computes in bfloat16; false when it does not.
    mutating func lowerBfloat16InputGradient(name: String) throws(PlanError) -> Bool {
        let (dy, w, dx) = (operation.inputs[0], operation.inputs[1], operation.outputs[0])
        guard let record = bfloat16Products[forward] else { return false }
        guard let description = record.inputGradient else { throw missingForward() }
        noteBfloat16(.inputGradient)
        try primitive(
            name, description,
            reads: [
                (OCELLUS_DNN_RESULT_GRADIENT, try instance(dy, as: record.y)),
                (OCELLUS_DNN_WEIGHTS, try instance(w, as: description.required(OCELLUS_DNN_WEIGHTS))),
            ],
            writes: [
                (OCELLUS_DNN_SOURCE_GRADIENT, newInstance(dx, try description.required(OCELLUS_DNN_SOURCE_GRADIENT)))
            ])
        return true
    }

    /// The weight gradient of a layer that computes in bfloat16; false when it does not.
    mutating func lowerBfloat16WeightGradient(name: String) throws(PlanError) -> Bool {
        let (x, dy) = (operation.inputs[0], operation.inputs[1])
        guard let w = forwardWeight(), let record = bfloat16Products[forward] else { return false }
        guard let description = record.weightGradient else { throw missingForward() }
        noteBfloat16(.weightGradient)
        let reads = [
            (OCELLUS_DNN_SOURCE, try instance(x, as: record.x)),
            (OCELLUS_DNN_RESULT_GRADIENT, try instance(dy, as: record.y)),
        ]
        try weightGradientStep(name, description, reads: reads, weights: try written(w).layout, bias: record.bias)
        return true
    }

    /// A convolution has noted its choice; a dense layer has none to make.
    private mutating func noteBfloat16(_ direction: ConvolutionDirection) {
        if choice == nil { note(AlgorithmChoice(.bfloat16, .fixed), direction) }
    }
}

extension ocellus_dnn_direction {
    fileprivate var isForward: Bool { self == OCELLUS_DNN_INFERENCE || self == OCELLUS_DNN_TRAINING }
}

extension Operation {
    fileprivate var isProductInputGradient: Bool {
        kind is Op.ConvolutionInputGradient || kind is Op.MatrixProductInputGradient
    }

    fileprivate var isProductWeightGradient: Bool {
        kind is Op.ConvolutionWeightGradient || kind is Op.PooledWeightGradient
            || kind is Op.MatrixProductWeightGradient || kind is Op.MatrixProductUpdate
    }
}

extension Layout {
    /// Row-major order, or maps in blocks, as `other` has, in another type.
    fileprivate static func same(as other: Layout, _ type: Precision) throws(PlanError) -> Layout {
        try maps(other.dimensions, block: max(1, other.block), type)
    }
}
