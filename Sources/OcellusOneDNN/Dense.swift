// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

/// What the forward product of a weight decided, for its gradients.
struct DenseRecord {
    var x: Layout
    var weights: Layout
    var bias: Layout?
    var y: Layout
    var forward: Description
}

extension PlanCompiler {
    mutating func lowerDense(hasBias: Bool, activation: UnaryFunction?) throws(PlanError) {
        let (x, w, y) = (operation.inputs[0], operation.inputs[1], operation.outputs[0])
        let outputs = shape(w)[0]
        let name = activation.map { "dense and \($0.name)" } ?? "dense"
        let layout = try denseLayout(x)
        let anyWeights = try Layout.any([outputs] + layout.dimensions.dropFirst())
        let bias = hasBias ? try Layout.plain([outputs]) : nil
        let result = try Layout.plain(rows(y))
        let isTraining = program.operations.contains { $0.phase == .backward }
        let direction = isTraining ? OCELLUS_DNN_TRAINING : OCELLUS_DNN_INFERENCE
        func found(_ activation: UnaryFunction?) throws(PlanError) -> Description? {
            try probe(direction, layout, anyWeights, bias, result, activation: activation, hint: nil)
        }
        let ending = try found(activation)
        let bare: Description? = ending == nil && activation != nil ? try found(nil) : nil
        guard let description = ending ?? bare else { throw unsupported("this dense layer") }
        let record = DenseRecord(
            x: layout, weights: try description.required(OCELLUS_DNN_WEIGHTS), bias: bias, y: result,
            forward: description)
        let updatesWithGradient =
            largeDense(w, record) != nil
            && program.operations.contains { $0.isGradient(of: operation) && $0.kind is Op.MatrixProductUpdate }
        if precision == .bfloat16, !updatesWithGradient,
            let record = try bfloat16Dense(layout, hasBias: hasBias, activation: activation)
        {
            return try lowerBfloat16(record) { (compiler, reads, result) throws(PlanError) in
                let y = compiler.newInstance(compiler.operation.outputs[0], result)
                try compiler.primitive(name, record.forward, reads: reads, writes: [(OCELLUS_DNN_RESULT, y)])
            }
        }
        denses[forward] = record
        let source = try instance(x, as: layout)
        let weights = try parameter(w, as: record.weights)
        let biasInstance = try bias.map { (layout) throws(PlanError) in try parameter(operation.inputs[2], as: layout) }
        let output = newInstance(y, result)
        if let sizes = largeDense(w, record), sizes.blocksOfOutputs >= 4 * threads {
            needScratch(floats: ocellus_dense_scratch(sizes))
            step(
                name, kernelName(sizes, record),
                reads: [source, weights] + (biasInstance.map { [$0] } ?? []), writes: [output]
            ) { resources in
                resources.call(
                    ocellus_dense_forward,
                    ocellus_dense_forward_arguments(
                        sizes: sizes, x: resources.pointer(source), w: resources.pointer(weights),
                        bias: biasInstance.map(resources.pointer), activation: activation.argument,
                        y: resources.pointer(output)))
            }
            return
        }
        var reads = [(OCELLUS_DNN_SOURCE, source), (OCELLUS_DNN_WEIGHTS, weights)]
        if let biasInstance { reads.append((OCELLUS_DNN_BIAS, biasInstance)) }
        try primitive(name, description, reads: reads, writes: [(OCELLUS_DNN_RESULT, output)])
        if ending == nil, let activation { applyInPlace(activation, output) }
    }

    /// The sizes of a dense layer for the kernels, when it has so many weights that the caches do not hold them, in blocks
    /// that the kernels know.
    private func largeDense(_ w: ValueID, _ record: DenseRecord) -> ocellus_dense? {
        guard shape(w).count >= 1 << 20, let blocks = record.weights.denseBlocks else { return nil }
        return ocellus_dense(
            batch: record.y.dimensions[0], inputs: shape(w).count / shape(w)[0], outputs: shape(w)[0],
            outputs_at_once: blocks.outputs, inputs_first: blocks.inputsFirst,
            rounds_to_bfloat16: precision == .bfloat16 && blocks.outputs % 32 == 0 && ocellus_kernels_have_bfloat16())
    }

    private func kernelName(_ sizes: ocellus_dense, _ record: DenseRecord, _ rule: String? = nil) -> String {
        let type = sizes.rounds_to_bfloat16 ? "kernel:dense:bf16" : "kernel:dense"
        return ([type] + (rule.map { [$0] } ?? []) + [record.weights.description]).joined(separator: " ")
    }

    /// Row-major features, or the maps that they were before they were flattened: a dense layer reads blocked maps as they
    /// are when its weights are laid out alike, as long as no padding lies between them.
    private func denseLayout(_ x: ValueID) throws(PlanError) -> Layout {
        let source = try written(x).layout
        return shape(x).rank == 2 && source.block > 1 && !source.isRowMajor && source.isUnpadded
            ? try .maps(source.dimensions, block: source.block) : try .plain(rows(x))
    }

    mutating func lowerDenseInputGradient() throws(PlanError) {
        if try lowerBfloat16InputGradient(name: "dense input gradient") { return }
        let (dy, w, dx) = (operation.inputs[0], operation.inputs[1], operation.outputs[0])
        guard let record = denses[forward] else { throw missingForward() }
        let gradient = try plain(dy, rows(dy))
        if let sizes = largeDense(w, record), sizes.blocksOfInputs >= 4 * threads {
            let weights = try instance(w, as: record.weights)
            let result = newInstance(dx, record.x)
            needScratch(floats: ocellus_dense_scratch(sizes))
            step(
                "dense input gradient", kernelName(sizes, record), reads: [gradient, weights],
                writes: [result]
            ) { resources in
                resources.call(
                    ocellus_dense_input_gradient,
                    ocellus_dense_input_gradient_arguments(
                        sizes: sizes, dy: resources.pointer(gradient), w: resources.pointer(weights),
                        dx: resources.pointer(result)))
            }
            return
        }
        for weights in [record.weights, try Layout.any(record.weights.dimensions)] {
            guard
                let description = try probe(
                    OCELLUS_DNN_INPUT_GRADIENT, record.x, weights, nil, gradient.layout, activation: nil,
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
        if try lowerBfloat16WeightGradient(name: "dense weight gradient") { return }
        let (x, dy) = (operation.inputs[0], operation.inputs[1])
        guard let record = denses[forward] else { throw missingForward() }
        let source = try instance(x, as: record.x)
        let gradient = try plain(dy, rows(dy))
        for weights in [record.weights, try Layout.any(record.weights.dimensions)] {
            guard
                let description = try probe(
                    OCELLUS_DNN_WEIGHT_GRADIENT, record.x, weights, record.bias, gradient.layout, activation: nil,
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

    // MARK: Gradient and update at once

    mutating func lowerDenseUpdate(_ kind: Op.MatrixProductUpdate) throws(PlanError) {
        guard let w = forwardWeight() else { throw missingForward() }
        // Where the weights lie in blocks that the kernel does not know, or are copied to bfloat16, two steps do it.
        guard let record = denses[forward], let sizes = largeDense(w, record) else {
            try lowerDenseWeightGradient(hasBias: kind.hasBias)
            return try lowerSingleUpdate(kind.optimizer, w, operation.outputs[0], operation.inputs.dropFirst(3))
        }
        let x = try instance(operation.inputs[0], as: record.x)
        let dy = try plain(operation.inputs[1], rows(operation.inputs[1]))
        let (optimizer, weights) = (kind.optimizer, try primary(w))
        let states = operation.inputs.dropFirst(3).map { newInstance($0, record.weights) }
        let db = kind.hasBias ? newInstance(operation.outputs[1], try .plain([shape(w)[0]])) : nil
        let parameter = try parameterIndex(of: w)
        needScratch(floats: ocellus_dense_scratch(sizes))
        step(
            "dense weight gradient and update",
            kernelName(sizes, record, optimizer.kernelName),
            reads: [x, dy], writes: [weights] + states + (db.map { [$0] } ?? [])
        ) { resources in
            let pointers = states.map(resources.pointer)
            return resources.call(
                ocellus_dense_update,
                ocellus_dense_update_arguments(
                    sizes: sizes, optimizer: optimizer.settings, parameter: parameter, x: resources.pointer(x),
                    dy: resources.pointer(dy), w: resources.pointer(weights),
                    m: pointers.count == 2 ? pointers[0] : nil, v: pointers.last, db: db.map(resources.pointer)))
        }
    }

    private func probe(
        _ direction: ocellus_dnn_direction, _ x: Layout, _ weights: Layout, _ bias: Layout?, _ y: Layout,
        activation: UnaryFunction?,
        hint: Description?
    ) throws(PlanError) -> Description? {
        try Description.probe { out in
            ocellus_dnn_dense(
                out, context.pointer, direction, x.pointer, weights.pointer, bias?.pointer, y.pointer,
                activation.ending(),
                hint?.pointer)
        }
    }
}

extension Layout {
    /// The blocks of a dense layer's weights when they are 16 inputs by 16, 32, 48 or 64 outputs in an order that the
    /// kernels know; the inputs may be maps in blocks of 16.
    fileprivate var denseBlocks: (outputs: Int, inputsFirst: Bool)? {
        guard let form, form.blocks.count == 2, form.blocks[0] == LayoutForm.Block(axis: 1, size: 16),
            form.blocks[1].axis == 0, [16, 32, 48, 64].contains(form.blocks[1].size)
        else { return nil }
        let outputs = form.blocks[1].size
        if form.order == [0, 1] { return (outputs, true) }
        if form.order == [1, 2, 3, 0] { return (outputs, false) }
        return nil
    }
}

extension ocellus_dense {
    fileprivate var blocksOfInputs: Int { (inputs + 15) / 16 }
    fileprivate var blocksOfOutputs: Int { (outputs + outputs_at_once - 1) / outputs_at_once }
}

extension Op.MatrixProduct: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerDense(hasBias: hasBias, activation: compiler.operation.epilogue.activation)
    }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}

extension Op.MatrixProductInputGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerDenseInputGradient() }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}

extension Op.MatrixProductWeightGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.lowerDenseWeightGradient(hasBias: hasBias)
    }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}

extension Op.MatrixProductUpdate: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerDenseUpdate(self) }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
}
