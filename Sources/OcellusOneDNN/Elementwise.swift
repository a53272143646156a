// SPDX-License-Identifier: Apache-2.0

import COcellusEngineKernels
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor

extension PlanCompiler {
    mutating func lowerActivation(_ activation: UnaryFunction) throws(PlanError) {
        if let narrow = NarrowActivation(activation), let x = try narrowMaps(operation.inputs[0]) {
            let y = newInstance(operation.outputs[0], over: x)
            step(activation.name, kernel("elementwise", x), reads: [x], writes: [y]) { resources in
                .activationBfloat16(narrow, x.layout.elements, x: resources.halves(x), y: resources.halves(y))
            }
            return
        }
        let (x, y) = (try primary(operation.inputs[0]), operation.outputs[0])
        var source = x
        let fillsPadding = activation == .sigmoid && !x.layout.isUnpadded
        // Only the kernels' own layouts have a way to clear what a function with f(0) ≠ 0 leaves in the padding.
        if activation == .sigmoid, x.layout.block == 0 { source = try plain(operation.inputs[0], x.layout.dimensions) }
        let result = newInstance(y, over: source)
        step("\(activation.name)", kernel("elementwise", source), reads: [source], writes: [result]) { resources in
            .activation(activation, source.layout.elements, x: resources.pointer(source), y: resources.pointer(result))
        }
        if fillsPadding {
            let maps = kernelMaps(result.layout)
            step("clear padding", kernel("zero padding", result), reads: [], writes: [result], isMain: false) {
                .zeroPadding(maps, $0.pointer(result))
            }
        }
    }

    mutating func lowerActivationGradient(_ activation: UnaryFunction) throws(PlanError) {
        if let narrow = NarrowActivation(activation), let saved = try narrowMaps(operation.inputs[1]) {
            let dy = try instance(operation.inputs[0], as: saved.layout)
            let dx = newInstance(operation.outputs[0], over: dy)
            step("\(activation.name) gradient", kernel("elementwise", dy), reads: [dy, saved], writes: [dx]) {
                resources in
                .activationGradientBfloat16(
                    narrow, dy.layout.elements, saved: resources.halves(saved), dy: resources.halves(dy),
                    dx: resources.halves(dx))
            }
            return
        }
        let saved = try primary(operation.inputs[1])
        let dy = try instance(operation.inputs[0], as: saved.layout)
        let dx = newInstance(operation.outputs[0], over: dy)
        step("\(activation.name) gradient", kernel("elementwise", dy), reads: [dy, saved], writes: [dx]) { resources in
            .activationGradient(
                activation, dy.layout.elements, saved: resources.pointer(saved), dy: resources.pointer(dy),
                dx: resources.pointer(dx))
        }
    }

    mutating func lowerScale(_ factor: Float) throws(PlanError) {
        let x = try primary(operation.inputs[0])
        let y = newInstance(operation.outputs[0], over: x)
        step("scale", kernel("elementwise", x), reads: [x], writes: [y]) { resources in
            .scale(factor, x.layout.elements, x: resources.pointer(x), y: resources.pointer(y))
        }
    }

    mutating func lowerAdd(relu: Bool) throws(PlanError) {
        let (first, second) = (operation.inputs[0], operation.inputs[1])
        if let a = try narrowMaps(first), let b = try narrowMaps(second) {
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
        let count = a.layout.elements
        step(
            relu ? "add and relu" : "add", kernel("elementwise", a), reads: [a, b], writes: [y], isMain: isMain
        ) { resources in
            a.layout.type == .bfloat16
                ? .addBfloat16(
                    count, a: resources.halves(a), b: resources.halves(b), relu: relu, y: resources.halves(y))
                : .add(count, a: resources.pointer(a), b: resources.pointer(b), relu: relu, y: resources.pointer(y))
        }
    }

    mutating func lowerReLUGradientOfSum() throws(PlanError) {
        let saved =
            if let narrow = try narrowMaps(operation.inputs[2]) { narrow } else { try primary(operation.inputs[2]) }
        let a = try instance(operation.inputs[0], as: saved.layout)
        let b = try instance(operation.inputs[1], as: saved.layout)
        let dx = newInstance(operation.outputs[0], over: a)
        step("sum and relu gradient", kernel("elementwise", a), reads: [a, b, saved], writes: [dx]) { resources in
            saved.layout.type == .bfloat16
                ? .reluGradientOfSumBfloat16(
                    a.layout.elements, a: resources.halves(a), b: resources.halves(b), saved: resources.halves(saved),
                    dx: resources.halves(dx))
                : .reluGradientOfSum(
                    a.layout.elements, a: resources.pointer(a), b: resources.pointer(b),
                    saved: resources.pointer(saved), dx: resources.pointer(dx))
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
            : ocellus_maps(batch: sizes[0], channels: sizes.dropFirst().reduce(1, *), height: 1, width: 1, block: 1)
        let source = x
        step("dropout", kernel("philox", x), reads: [x], writes: [y]) { resources in
            .dropout(maps, rate: rate, stream: stream, x: resources.pointer(source), y: resources.pointer(y))
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

    mutating func lowerSlice(_ offset: Int) throws(PlanError) {
        let (id, result) = (operation.inputs[0], operation.outputs[0])
        let (whole, sizes) = (shape(id).dimensions, shape(result).dimensions)
        let source = try primary(id).layout
        var block = 1
        if source.block > 1, source.dimensions == whole, offset % source.block == 0,
            sizes[1] % source.block == 0 || offset + sizes[1] == whole[1]
        {
            block = source.block
        }
        let x = try instance(id, as: try .maps(whole, block: block))
        let y = newInstance(result, try .maps(sizes, block: block))
        let part = Instance(buffer: x.buffer, layout: try x.layout.part(sizes, offset: offset))
        try reorder(part, to: y, name: "slice", isMain: true)
    }

    /// How a kernel of our own appears in the list of steps.
    func kernel(_ name: String, _ instance: Instance) -> String { "kernel:\(name) \(instance.layout.description)" }
}

/// Activations with kernels for bfloat16.
enum NarrowActivation {
    case relu, gelu

    init?(_ activation: UnaryFunction) {
        switch activation {
        case .relu: self = .relu
        case .gelu: self = .gelu
        case .sigmoid, .tanh, .leakyReLU: return nil
        }
    }
}

extension Op.Unary: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerActivation(function) }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        NarrowActivation(function) != nil
    }
}

extension Op.UnaryGradient: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerActivationGradient(function) }
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool {
        NarrowActivation(function) != nil && compiler.savesNarrow(id, reader)
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
    func takesBfloat16(_ id: ValueID, _ reader: Operation, in compiler: PlanCompiler) -> Bool { true }
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

extension Op.Slice: EngineOperator {
    func lower(in compiler: inout PlanCompiler) throws(PlanError) { try compiler.lowerSlice(offset) }
}
