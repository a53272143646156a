// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor

/// An operator, or a setting of one, that no graph can hold.
struct ONNXUnsupported: Error {
    var reason: String
    init(_ reason: String) { self.reason = reason }
}

/// Makes a graph of ONNX's nodes, one after the other, for a batch of one image.
///
/// With one image an axis of the batch is an axis of 1, and where exporters put it plays no part: row-major elements stay where they
/// are. So a value is what ONNX says of its sizes, and a value of the graph that holds the same elements in the same order under any
/// sizes; an operator asks for those that it needs. Batches of the graph then hold what one image gives, again and again.
struct ONNXConverter {
    /// What a name stands for.
    enum Value {
        case constant(ONNXConstant)
        case activation(Activation)
    }
    struct Activation {
        var id: Graph.ValueID
        /// As ONNX has them, with a batch of one.
        var dimensions: [Int]
        var count: Int { dimensions.reduce(1, *) }
    }
    /// A node that cannot be taken.
    struct Problem {
        var type: String
        var reason: String
        var place: String
    }

    let operatorSet: Int
    let hints: [String: String]
    private let tensors: [String: ONNXTensor]
    private let reader: ONNXTensorReader
    var builder: GraphBuilder
    /// Tensors of the builder's parameters and buffers.
    var parameters: [Tensor<Float>] = []
    var buffers: [Tensor<Float>] = []
    private var values: [String: Value] = [:]
    private(set) var problems: [Problem] = []
    private var failed: Set<String> = []
    /// Results besides the first that no row gives, such as the mask of a dropout.
    private var absent: Set<String> = []
    /// What a value was reshaped or turned from.
    var reshaped: [Graph.ValueID: Graph.ValueID] = [:]
    var turned: [Graph.ValueID: (source: Graph.ValueID, order: [Int])] = [:]
    /// Names of the file for values of the graph.
    private(set) var names: [Graph.ValueID: String] = [:]
    private var parameterNames: Set<String> = ["image", "%0"]
    private var stored: [String: Graph.ValueID] = [:]
    /// Numbers that were made out of smaller constants, together.
    private var madeNumbers = 0

    init(_ model: ONNXModel, input: Shape, reader: ONNXTensorReader) {
        operatorSet = model.operatorSets[""] ?? 1
        hints = Dictionary(model.metadata.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        tensors = Dictionary(model.graph.initializers.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        self.reader = reader
        builder = GraphBuilder(input: input)
    }

    mutating func define(_ name: String, _ activation: Activation) { values[name] = .activation(activation) }

    // MARK: Nodes

    /// Adds what the nodes mean; those that cannot be taken are collected.
    mutating func convert(_ nodes: [ONNXNode]) throws {
        for node in nodes {
            do {
                let results = try results(of: node)
                absent.formUnion(node.outputs.dropFirst(results.count))
                for (name, value) in zip(node.outputs, results) where !name.isEmpty {
                    values[name] = value
                    if case .activation(let activation) = value, names[activation.id] == nil,
                        builder.graph.producer(of: activation.id) != nil
                    {
                        names[activation.id] = name
                    }
                }
            } catch let error as ONNXUnsupported {
                fail(node, error.reason)
            } catch let error as ModelError {
                fail(node, error.what + (error.needs.map { " It needs \($0)." } ?? ""))
            }
        }
    }

    private mutating func fail(_ node: ONNXNode, _ reason: String) {
        failed.formUnion(node.outputs)
        // What reads a failed value is no fault of its own, unless its operator is unknown too.
        if reason.isEmpty { return }
        let place = node.name.isEmpty ? node.outputs.first ?? "" : node.name
        let type = node.domain.isEmpty ? node.type : "\(node.domain).\(node.type)"
        problems.append(Problem(type: type, reason: reason, place: place))
    }

    private mutating func results(of node: ONNXNode) throws -> [Value] {
        let isStandard = node.domain.isEmpty || node.domain == "ai.onnx"
        let row = isStandard ? Self.rows[node.type] : nil
        if node.inputs.contains(where: { failed.contains($0) }) {
            let isKnown = row != nil || isStandard && ONNXFolding.types.contains(node.type)
            throw ONNXUnsupported(isKnown ? "" : "is not known")
        }
        var inputs: [Value?] = []
        for name in node.inputs { inputs.append(name.isEmpty ? nil : try value(name)) }
        if isStandard, let folded = try folded(node, inputs) { return folded }
        guard let row else { throw ONNXUnsupported("is not known") }
        return try row(ONNXCall(node: node, inputs: inputs), &self)
    }

    /// Results that do not depend on the image.
    private mutating func folded(_ node: ONNXNode, _ inputs: [Value?]) throws -> [Value]? {
        if node.type == "Shape", case .activation(let x)? = inputs.first {
            return ONNXFolding.shape(node, x.dimensions).map { [.constant($0)] }
        }
        if node.type == "Size", case .activation(let x)? = inputs.first {
            return [.constant(ONNXConstant([], integers: [x.count]))]
        }
        if node.type == "Constant", case .tensor(let tensor)? = node["value"] {
            return [.constant(try constant(tensor))]
        }
        if node.type == "ConstantOfShape", case .tensor(let tensor)? = node["value"],
            case .constant(let sizes)? = inputs.first, let list = sizes.integers, let count = ONNXShape.count(list)
        {
            let filling = try constant(tensor)
            guard filling.count == 1 else { throw ONNXUnsupported("has an impossible value") }
            return [.constant(try counted(filling.taking([Int](repeating: 0, count: count), as: list)))]
        }
        var constants: [ONNXConstant?] = []
        for input in inputs {
            switch input {
            case .constant(let constant): constants.append(constant)
            case nil: constants.append(nil)
            case .activation: return nil
            }
        }
        guard let results = ONNXFolding.fold(node, constants) else {
            if Self.rows[node.type] == nil { throw ONNXUnsupported("is not known") }
            return nil
        }
        return try results.map { .constant(try counted($0)) }
    }

    private mutating func counted(_ constant: ONNXConstant) throws -> ONNXConstant {
        try countNumbers(constant.count)
        return constant
    }

    /// A file of a few bytes can ask for large constants again and again.
    private mutating func countNumbers(_ count: Int) throws {
        madeNumbers += count
        guard madeNumbers <= 4 * ONNXShape.largestConstant else {
            throw ExchangeError(
                .tooLarge, "the network computes too many numbers that do not depend on the image.",
                needs: "at most \(4 * ONNXShape.largestConstant)")
        }
    }

    // MARK: Values

    private mutating func value(_ name: String) throws -> Value {
        if let known = values[name] { return known }
        if absent.contains(name) { throw ONNXUnsupported("reads \"\(name)\", which only training needs") }
        guard let tensor = tensors[name] else {
            throw ExchangeError(
                .corrupt, "an operator reads \"\(name)\", which nothing before it makes.",
                needs: "a tensor, an input or an earlier result")
        }
        let constant = try constant(tensor)
        // Weights are read once; what shapes are computed of is small and read often.
        if constant.count <= 1 << 10 { values[name] = .constant(constant) }
        return .constant(constant)
    }

    private func constant(_ tensor: ONNXTensor) throws -> ONNXConstant {
        if let integers = try reader.integers(of: tensor) {
            return ONNXConstant(tensor.dimensions, integers: integers)
        }
        return ONNXConstant(tensor.dimensions, try reader.floats(of: tensor))
    }

    /// The result that a name stands for.
    mutating func result(_ name: String) throws -> Value { try value(name) }

    @discardableResult
    mutating func emit(_ kind: some GraphOperator, _ inputs: Graph.ValueID...) throws -> Graph.ValueID {
        try builder.apply(kind, inputs)
    }

    /// Adds a trained tensor; the same one under the same name is added once.
    mutating func parameter(
        _ name: String, _ shape: [Int], _ numbers: [Float], _ initializer: Initializer = .zeros, fanIn: Int = 1
    ) throws -> Graph.ValueID {
        // Those without a name are made here, of less.
        if name.isEmpty { try countNumbers(numbers.count) }
        let key = "\(name) \(shape)"
        if !name.isEmpty, let known = stored[key] { return known }
        let id = try builder.parameter(
            freeName(name), Shape(shape), initializer, fanIn: max(1, fanIn), fanOut: max(1, shape.first ?? 1))
        parameters.append(Tensor(Shape(shape), numbers))
        if !name.isEmpty { stored[key] = id }
        return id
    }

    mutating func buffer(_ name: String, _ numbers: [Float], _ initialValue: Float) throws -> Graph.ValueID {
        let id = try builder.buffer(freeName(name), [numbers.count], initialValue: initialValue)
        buffers.append(Tensor([numbers.count], numbers))
        return id
    }

    private mutating func freeName(_ name: String) -> String {
        let base = name.isEmpty ? "constant" : name
        var candidate = base
        var number = 2
        while !parameterNames.insert(candidate).inserted {
            candidate = "\(base).\(number)"
            number += 1
        }
        return candidate
    }
}

/// A node with what it reads.
struct ONNXCall {
    let node: ONNXNode
    let inputs: [ONNXConverter.Value?]

    func name(_ place: Int) -> String { place < node.inputs.count ? node.inputs[place] : "" }

    func activation(_ place: Int) throws -> ONNXConverter.Activation {
        guard place < inputs.count, case .activation(let value)? = inputs[place] else {
            throw ONNXUnsupported("reads a constant where it needs a value of the image")
        }
        return value
    }

    /// `nil` when it is absent.
    func constant(_ place: Int) throws -> ONNXConstant? {
        guard place < inputs.count, let input = inputs[place] else { return nil }
        guard case .constant(let constant) = input else {
            throw ONNXUnsupported("has input \(place + 1) computed from the image")
        }
        return constant
    }

    func needed(_ place: Int) throws -> ONNXConstant {
        guard let constant = try constant(place) else { throw ONNXUnsupported("lacks input \(place + 1)") }
        return constant
    }

    func integer(_ name: String, _ usual: Int) throws -> Int {
        guard case .integer(let value) = node[name] ?? .integer(usual) else {
            throw ONNXUnsupported("has an impossible \(name)")
        }
        return value
    }

    func float(_ name: String, _ usual: Float) throws -> Float {
        guard case .float(let value) = node[name] ?? .float(usual) else {
            throw ONNXUnsupported("has an impossible \(name)")
        }
        return value
    }

    func integers(_ name: String) throws -> [Int]? {
        guard let value = node[name] else { return nil }
        guard case .integers(let list) = value else { throw ONNXUnsupported("has impossible \(name)") }
        return list
    }

    /// An attribute that later versions take as an input.
    func integers(_ name: String, orInput place: Int) throws -> [Int]? {
        if let list = try integers(name) { return list }
        guard let constant = try constant(place) else { return nil }
        guard let list = constant.integers else { throw ONNXUnsupported("has impossible \(name)") }
        return list
    }

    func text(_ name: String, _ usual: String) throws -> String {
        guard case .text(let bytes) = node[name] ?? .text(usual) else {
            throw ONNXUnsupported("has an impossible \(name)")
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension ONNXConverter {
    /// The graph of what the result needs, its values named as in the file, and its tensors.
    func pruned(to output: Graph.ValueID) throws(ModelError) -> (graph: Graph, weights: Weights) {
        let graph = builder.graph
        var needed: Set<Graph.ValueID> = [output]
        for operation in graph.operations.reversed() where needed.contains(operation.output) {
            needed.formUnion(operation.inputs)
        }
        var rebuilt = GraphBuilder(input: graph.shape(graph.input))
        var ids: [Graph.ValueID: Graph.ValueID] = [graph.input: rebuilt.input]
        var weights = Weights(parameters: [], buffers: [])
        for id in graph.valueIDs where needed.contains(id) {
            switch graph[id].source {
            case .parameter(let index):
                let spec = graph.parameters[index]
                ids[id] = try rebuilt.parameter(
                    spec.name, spec.shape, spec.initializer, fanIn: spec.fanIn, fanOut: spec.fanOut)
                weights.parameters.append(parameters[index])
            case .buffer(let index):
                let spec = graph.buffers[index]
                ids[id] = try rebuilt.buffer(spec.name, spec.shape, initialValue: spec.initialValue)
                weights.buffers.append(buffers[index])
            case .input, .operation: continue
            }
        }
        for operation in graph.operations where needed.contains(operation.output) {
            ids[operation.output] = try rebuilt.apply(
                operation.kind, operation.inputs.compactMap { ids[$0] }, named: names[operation.output])
        }
        guard let result = ids[output] else {
            throw ModelError(.wrongOperands, "the network's output is never written.", needs: "a result")
        }
        return (try rebuilt.finished(result), weights)
    }
}
