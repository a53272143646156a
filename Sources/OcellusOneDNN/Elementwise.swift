// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import COneDNN
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerActivation(_ activation: UnaryFunction) throws(PlanError) {
        let narrow = try narrow(operation.inputs[0])
        var x = if let narrow { narrow } else { try primary(operation.inputs[0]) }
        let fillsPadding = activation.movesZero && !x.layout.isUnpadded
        // Only the kernels' own layouts have a way to clear what a function with f(0) ≠ 0 leaves in the padding.
        if activation.movesZero, x.layout.block == 0 { x = try plain(operation.inputs[0], x.layout.dimensions) }
        let y = newInstance(operation.outputs[0], over: x)
        elementwise(activation.name, activation.kernel, x, factor: activation.slope, to: y)
        guard fillsPadding else { return }
        let maps = kernelMaps(y.layout)
        step("clear padding", kernel("zero padding", y), reads: [], writes: [y], isMain: false) { resources in
            resources.call(
                ocellus_maps_zero_padding,
                ocellus_maps_zero_padding_arguments(
                    maps: maps, type: y.layout.type.element, x: resources.elements(y)))
        }
    }

    mutating func lowerActivationGradient(_ activation: UnaryFunction) throws(PlanError) {
        let narrow = try narrow(operation.inputs[1])
        let saved = if let narrow { narrow } else { try primary(operation.inputs[1]) }
        let dy = try instance(operation.inputs[0], as: saved.layout)
        elementwise(
            "\(activation.name) gradient", activation.gradientKernel, saved, dy, factor: activation.slope,
            to: newInstance(operation.outputs[0], over: dy))
    }

    mutating func lowerScale(_ factor: Float) throws(PlanError) {
        let x = try primary(operation.inputs[0])
        elementwise("scale", ocellus_scale, x, factor: factor, to: newInstance(operation.outputs[0], over: x))
    }

    mutating func lowerAdd(relu: Bool) throws(PlanError) {
        let (first, second) = (operation.inputs[0], operation.inputs[1])
        if let layout = try parameterLayout(ofGradient: operation.outputs[0]) {
            let (a, b) = (try instance(first, as: layout), try instance(second, as: layout))
            return addStep(a, b, relu: relu, to: newInstance(operation.outputs[0], layout))
        }
        if let a = try narrow(first), try narrow(second) != nil {
            let b = try instance(second, as: a.layout)
            return addStep(a, b, relu: relu, to: newInstance(operation.outputs[0], over: a))
        }
        // The blocked form wins, since what comes next is likely a convolution.
        let blocks = (try primary(first).layout.block, try primary(second).layout.block)
        let prefersSecond = blocks.0 <= 1 && blocks.1 > 1
        let a = try primary(prefersSecond ? second : first)
        let b = try instance(prefersSecond ? first : second, as: a.layout)
        addStep(a, b, relu: relu, to: newInstance(operation.outputs[0], over: a))
    }

    /// Adds two values of one layout.
    mutating func addStep(_ a: Instance, _ b: Instance, relu: Bool, to y: Instance, isMain: Bool = true) {
        elementwise(
            relu ? "add and relu" : "add", relu ? ocellus_add_relu : ocellus_add, a, b, to: y, isMain: isMain)
    }

    mutating func lowerReLUGradientOfSum() throws(PlanError) {
        let saved =
            if let narrow = try narrow(operation.inputs[2]) { narrow } else { try primary(operation.inputs[2]) }
        let a = try instance(operation.inputs[0], as: saved.layout)
        let b = try instance(operation.inputs[1], as: saved.layout)
        elementwise(
            "sum and relu gradient", ocellus_add_relu_gradient, saved, a, b,
            to: newInstance(operation.outputs[0], over: a))
    }

    /// Adds a step of an elementwise kernel on values of one layout.
    mutating func elementwise(
        _ name: String, _ function: @escaping ocellus_kernel, _ a: Instance, _ b: Instance? = nil, _ c: Instance? = nil,
        factor: Float = 0, to y: Instance, isMain: Bool = true
    ) {
        let layout = a.layout
        step(
            name, kernel("elementwise", a), reads: [a, b, c].compactMap(\.self), writes: [y], isMain: isMain
        ) { resources in
            resources.call(
                function,
                ocellus_elementwise_arguments(
                    type: layout.type.element, count: layout.elements, a: resources.elements(a),
                    b: b.map(resources.elements), c: c.map(resources.elements), factor: factor,
                    y: resources.elements(y)))
        }
    }

    mutating func lowerDropout(_ rate: Float, _ stream: Int) throws(PlanError) {
        let id = operation.inputs[0]
        var x = try primary(id)
        if x.layout.block == 0 { x = try plain(id, x.layout.dimensions) }
        let y = newInstance(operation.outputs[0], over: x)
        let sizes = x.layout.dimensions
        let maps =
            sizes.count == 4
            ? kernelMaps(x.layout)
            : ocellus_maps(
                batch: program.batchSize, channels: x.layout.elements / program.batchSize, height: 1, width: 1, block: 1
            )
        let source = x
        step("dropout", kernel("philox", x), reads: [x], writes: [y]) { resources in
            resources.call(
                ocellus_dropout,
                ocellus_dropout_arguments(
                    maps: maps, rate: rate, stream: UInt32(truncatingIfNeeded: stream), x: resources.pointer(source),
                    y: resources.pointer(y)))
        }
    }

    mutating func lowerConcatenate() throws(PlanError) {
        let result = operation.outputs[0]
        let dimensions = shape(result).dimensions
        let block = try sharedBlock(operation.inputs)
        let y = newInstance(result, try .maps(dimensions, block: block))
        var offset = 0
        for part in operation.inputs {
            let sizes = shape(part).dimensions
            let place = Instance(buffer: y.buffer, layout: try y.layout.part(sizes, offset: offset))
            let x = try instance(part, as: try .maps(sizes, block: block))
            offset += sizes[1]
            try reorder(x, to: place, name: "concatenate", isMain: offset == dimensions[1])
        }
    }

    /// The block in which all parts can lie behind one another: every part but the last must fill its blocks.
    private mutating func sharedBlock(_ parts: [ValueID]) throws(PlanError) -> Int {
        guard shape(parts[0]).rank == 4 else { return 1 }
        var blocks = Set<Int>()
        for part in parts { blocks.insert(try primary(part).layout.block) }
        guard let block = blocks.first, blocks.count == 1, block > 1 else { return 1 }
        return parts.dropLast().allSatisfy { shape($0)[1] % block == 0 } ? block : 1
    }

    /// How a kernel of our own appears in the list of steps.
    func kernel(_ name: String, _ instance: Instance) -> String { "kernel:\(name) \(instance.layout.description)" }
}

/// A function's kernels, and what there is to know of them.
private struct UnaryKernels {
    var function: ocellus_kernel
    /// Of what was saved and the gradient of the result.
    var gradient: ocellus_kernel
    /// As other kernels name it.
    var code: ocellus_function
    /// What it is to oneDNN, in at most two steps.
    var posts: [ocellus_dnn_post]
    /// Whether f(0) ≠ 0.
    var movesZero = false
}

private func post(_ function: ocellus_dnn_function, _ alpha: Float = 0, _ beta: Float = 0) -> ocellus_dnn_post {
    ocellus_dnn_post(function: function, alpha: alpha, beta: beta)
}

extension UnaryFunction {
    private var kernels: UnaryKernels {
        switch self {
        case .relu:
            UnaryKernels(
                function: ocellus_relu, gradient: ocellus_relu_gradient, code: ocellus_function_relu,
                posts: [post(OCELLUS_DNN_RELU)])
        case .leakyReLU(let slope):
            UnaryKernels(
                function: ocellus_leaky_relu, gradient: ocellus_leaky_relu_gradient, code: ocellus_function_leaky_relu,
                posts: [post(OCELLUS_DNN_RELU, slope)])
        case .sigmoid:
            UnaryKernels(
                function: ocellus_sigmoid, gradient: ocellus_sigmoid_gradient, code: ocellus_function_sigmoid,
                posts: [post(OCELLUS_DNN_LOGISTIC)], movesZero: true)
        case .tanh:
            UnaryKernels(
                function: ocellus_tanh, gradient: ocellus_tanh_gradient, code: ocellus_function_tanh,
                posts: [post(OCELLUS_DNN_TANH)])
        case .gelu:
            UnaryKernels(
                function: ocellus_gelu, gradient: ocellus_gelu_gradient, code: ocellus_function_gelu,
                posts: [post(OCELLUS_DNN_GELU)])
        case .relu6:
            UnaryKernels(
                function: ocellus_relu6, gradient: ocellus_relu6_gradient, code: ocellus_function_relu6,
                posts: [post(OCELLUS_DNN_CLIP, 0, 6)])
        case .silu:
            UnaryKernels(
                function: ocellus_silu, gradient: ocellus_silu_gradient, code: ocellus_function_silu,
                posts: [post(OCELLUS_DNN_SWISH, 1)])
        case .hardSwish:
            UnaryKernels(
                function: ocellus_hard_swish, gradient: ocellus_hard_swish_gradient, code: ocellus_function_hard_swish,
                posts: [post(OCELLUS_DNN_HARD_SWISH)])
        case .hardSigmoid:
            UnaryKernels(
                function: ocellus_hard_sigmoid, gradient: ocellus_hard_sigmoid_gradient,
                code: ocellus_function_hard_sigmoid,
                posts: [post(OCELLUS_DNN_LINEAR, 1 / 6, 0.5), post(OCELLUS_DNN_CLIP, 0, 1)], movesZero: true)
        }
    }

    var kernel: ocellus_kernel { kernels.function }
    fileprivate var gradientKernel: ocellus_kernel { kernels.gradient }
    var code: ocellus_function { kernels.code }
    var posts: [ocellus_dnn_post] { kernels.posts }
    /// Whether f(0) ≠ 0.
    var movesZero: Bool { kernels.movesZero }

    /// Of the side where it is not the identity; 0 for those that have none.
    var slope: Float { if case .leakyReLU(let slope) = self { slope } else { 0 } }
}

extension Op.Unary: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerActivation(function) }
    /// What the host reads was rounded no more than it must be.
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        !compiler.program[reader.outputs[0]].isResult
    }
}

extension Op.UnaryGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerActivationGradient(function) }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        compiler.savesNarrow(id, reader)
    }
}

extension Op.ReLUGradientOfSum: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerReLUGradientOfSum() }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        compiler.savesNarrow(id, reader)
    }
}

extension PlanCompiler {
    /// Whether what a gradient reads of the forward operation, its last input, is in bfloat16, or is the value itself.
    fileprivate func savesNarrow(_ id: ValueID, _ reader: Operation) -> Bool {
        guard let saved = reader.inputs.last else { return false }
        return saved == id || instances(of: saved).first?.layout.type == .bfloat16
    }
}

extension Op.Scale: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerScale(factor) }
}

extension Op.Add: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerAdd(relu: compiler.endsInReLU) }
    /// Tokens are added to what stays in float32 over all blocks, which they would be converted to.
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        compiler.shape(id).rank == 4
            || reader.inputs.allSatisfy { $0 == id || compiler.instances(of: $0).first?.layout.type == .bfloat16 }
    }
}

extension Op.Reshape: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) {
        try compiler.alias(compiler.operation.outputs[0], of: compiler.operation.inputs[0])
    }
}

extension Op.Dropout: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerDropout(rate, stream) }
}

extension Op.Concatenate: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerConcatenate() }
}
