// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// Collects the operations of a ``Graph``, each checked when it is added.
///
/// A layer of one's own is a value whose `build` adds operators to it:
///
///     let weight = graph.parameter("weight", [8, 3, 1, 1], .heNormal, fanIn: 3, fanOut: 8)
///     let y = try graph.apply(Op.Unary(.relu), x)
public struct GraphBuilder: Sendable {
    public private(set) var graph: Graph
    /// Path of the layer being built, with a dot behind it unless empty.
    private var prefix = ""
    private var scope: Int?
    private var streams = 0
    /// Names of values so far; what files and text call the image is taken.
    private var names: Set<String> = Graph.imageNames
    /// Composites inside composites so far.
    private var depth = 0

    /// Composites inside composites at most: enough for any network, and no file can exhaust the stack.
    public static let deepestNesting = 32

    /// Operations of a graph at most, and tensors at most: more than any network has, and no file can exhaust the memory.
    public static let largestSize = 1 << 16

    /// - Parameter input: Shape of one image, `[C, H, W]`.
    /// - Throws: ``ModelError/Code/wrongRank``.
    public init(image input: Shape) throws(ModelError) {
        try requireImage(input)
        self.init(input: input.batched(1))
    }

    /// - Parameter input: With a batch axis of 1, any rank.
    package init(input: Shape) { graph = Graph(input: input) }

    public var input: Graph.ValueID { graph.input }

    /// The shape of a value. `mutating` so that the value may be made in the call: `graph.shape(try graph.apply(…))`.
    ///
    /// - Precondition: A value of this graph.
    public mutating func shape(_ id: Graph.ValueID) -> Shape { graph.shape(id) }

    /// Adds a trained tensor of the layer being built. Tensors are stored in the order in which they are added.
    ///
    /// - Parameters:
    ///   - name: Inside the layer, e.g. `weight`; empty for a layer that is one tensor, which has the layer's own path then.
    ///   - fanIn: Inputs that one output sums over.
    ///   - fanOut: Outputs that one input reaches.
    /// - Throws: ``ModelError/Code/tooLarge`` for more than 2^53 elements; ``ModelError`` for sizes and initial values that no
    ///   tensor has.
    public mutating func parameter(
        _ name: String, _ shape: Shape, _ initializer: Initializer, fanIn: Int = 1, fanOut: Int = 1
    ) throws(ModelError) -> Graph.ValueID {
        let path = name.isEmpty ? String(prefix.dropLast()) : prefix + name
        let spec = ParameterSpec(path, try checked(shape), initializer, fanIn: fanIn, fanOut: fanOut)
        try spec.validate()
        try requireRoom(graph.parameters.count, "tensors")
        graph.parameters.append(spec)
        return add(Graph.Value(name: spec.name, shape: shape, source: .parameter(graph.parameters.count - 1)))
    }

    /// Adds a tensor that training updates without a gradient.
    public mutating func buffer(
        _ name: String, _ shape: Shape, initialValue: Float
    ) throws(ModelError) -> Graph.ValueID {
        let spec = BufferSpec(prefix + name, try checked(shape), initialValue: initialValue)
        try spec.validate()
        try requireRoom(graph.buffers.count, "tensors")
        graph.buffers.append(spec)
        return add(Graph.Value(name: spec.name, shape: shape, source: .buffer(graph.buffers.count - 1)))
    }

    /// Adds an operation.
    ///
    /// - Returns: Its result, named by a number.
    /// - Throws: ``ModelError`` for operands that do not fit the operator.
    @discardableResult
    public mutating func apply(_ kind: some GraphOperator, _ inputs: Graph.ValueID...) throws(ModelError)
        -> Graph.ValueID
    {
        try apply(kind, inputs)
    }

    /// Adds an operation that reads a list of values.
    ///
    /// - Parameter name: Of the result, for people and files; a number when left out. One that is taken gets a number behind it.
    @discardableResult
    public mutating func apply(
        _ kind: some GraphOperator, _ inputs: [Graph.ValueID], named name: String? = nil
    ) throws(ModelError) -> Graph.ValueID {
        let shape = try graph.resultShape(of: kind, inputs)
        let index = graph.operations.count
        try requireRoom(index, "operations")
        let name = free(name ?? "%\(index + 1)")
        let output = add(Graph.Value(name: name, shape: shape, source: .operation(index)))
        graph.operations.append(Graph.Operation(kind: kind, inputs: inputs, output: output, scope: scope))
        return output
    }

    /// The number of the stream that the next operator draws from: each has one of its own.
    public mutating func nextStream() -> Int {
        defer { streams += 1 }
        return streams
    }

    /// The graph, which gives `output`. `mutating` so that the output may be made in the call.
    ///
    /// - Throws: ``ModelError/Code/wrongOperands`` for a tensor, and for a value of another graph.
    public mutating func finished(_ output: Graph.ValueID) throws(ModelError) -> Graph {
        try graph.requireResult(output)
        var graph = graph
        graph.output = output
        return graph
    }

    /// Runs `body` for a layer inside the one being built: its tensors carry the name behind its own path.
    ///
    /// - Parameters:
    ///   - name: The part of the path, e.g. `body.0`; empty for a layer whose tensors and layers stand in this one's place.
    ///   - layer: As the layer prints itself.
    /// - Returns: What `body` returns: the layer's output.
    public mutating func layer(
        _ name: String, _ layer: String, from input: Graph.ValueID,
        _ body: (inout GraphBuilder) throws(ModelError) -> Graph.ValueID
    ) throws(ModelError) -> Graph.ValueID {
        guard depth < Self.deepestNesting else {
            throw ModelError(
                .tooLarge, "nests too deep.", needs: "at most \(Self.deepestNesting) layers inside each other")
        }
        let outer = (prefix, scope)
        let index = graph.scopes.count
        let first = graph.operations.count
        graph.scopes.append(
            Graph.Scope(
                path: prefix + name, layer: layer, parent: scope, operations: first..<first, input: input,
                output: input))
        (prefix, scope, depth) = (name.isEmpty ? prefix : prefix + name + ".", index, depth + 1)
        defer { (prefix, scope, depth) = (outer.0, outer.1, depth - 1) }
        let output = try body(&self)
        try graph.requireResult(output)
        graph.scopes[index].operations = first..<graph.operations.count
        graph.scopes[index].output = output
        return output
    }

    private mutating func add(_ value: Graph.Value) -> Graph.ValueID {
        graph.values.append(value)
        names.insert(value.name)
        return Graph.ValueID(index: graph.values.count - 1)
    }
}

extension GraphBuilder {
    private func requireRoom(_ count: Int, _ what: String) throws(ModelError) {
        guard count < Self.largestSize else {
            throw ModelError(
                .tooLarge, "makes the graph too large.", needs: "at most \(Self.largestSize) \(what)", received: "more")
        }
    }

    /// The name itself, or with the first number behind it that makes it one of its own.
    private func free(_ name: String) -> String {
        guard names.contains(name) else { return name }
        var number = 2
        while names.contains("\(name).\(number)") { number += 1 }
        return "\(name).\(number)"
    }
}

extension Graph {
    /// What the image is called in text and in files.
    static let imageNames: Set<String> = ["%0", "image"]

    /// Throws unless the value is the image or what an operation makes.
    func requireResult(_ id: ValueID) throws(ModelError) {
        guard values.indices.contains(id.index), self[id].source.role == .activation else {
            throw ModelError(
                .wrongOperands, "gives what is no result.", needs: "the image or what an operation of the graph makes",
                received: values.indices.contains(id.index) ? self[id].name : "a value of another graph")
        }
    }

    /// The shape of what an operator makes of the inputs, with their number, roles and sizes checked.
    func resultShape(of kind: some GraphOperator, _ inputs: [ValueID]) throws(ModelError) -> Shape {
        guard inputs.allSatisfy({ values.indices.contains($0.index) }) else {
            throw ModelError(
                .wrongOperands, "\(type(of: kind).name) reads a value of another graph.",
                needs: "values that this graph holds")
        }
        let roles = inputs.map { self[$0].source.role }
        let wanted = kind.operands ?? Array(repeating: .activation, count: max(1, roles.count))
        guard roles == wanted else {
            throw ModelError(
                .wrongOperands, "\(type(of: kind).name) cannot read its operands.",
                needs: wanted.map { "\($0)" }.joined(separator: ", "),
                received: roles.map { "\($0)" }.joined(separator: ", "))
        }
        let shape = try checked(try kind.resultShape(inputs.map { self.shape($0) }))
        guard shape.rank >= 1, shape[0] == 1 else {
            throw ModelError(
                .wrongOperands, "\(type(of: kind).name) does not keep the batch axis.", needs: "a first axis of 1",
                received: "\(shape)")
        }
        return shape
    }
}

extension GraphBuilder {
    /// The graph that gives back its input.
    package static var identity: Graph { Graph(input: [1, 1]) }

    /// Adds the operations of another graph, with the layers that they have there or, where one has none, as a layer named like
    /// its result. Layers that hold others are left out. Tensors keep their names behind the path of the layer being built;
    /// operators that draw get streams of their own.
    ///
    /// - Parameter x: In the place of the graph's input.
    /// - Returns: Its output.
    public mutating func inline(_ other: Graph, from x: Graph.ValueID) throws(ModelError) -> Graph.ValueID {
        var ids: [Graph.ValueID: Graph.ValueID] = [other.input: x]
        var parameters: [Graph.ValueID] = []
        var buffers: [Graph.ValueID] = []
        for spec in other.parameters {
            parameters.append(
                try parameter(spec.name, spec.shape, spec.initializer, fanIn: spec.fanIn, fanOut: spec.fanOut))
        }
        for spec in other.buffers {
            buffers.append(try buffer(spec.name, spec.shape, initialValue: spec.initialValue))
        }
        for (id, value) in zip(other.valueIDs, other.values) {
            switch value.source {
            case .input, .operation: continue
            case .parameter(let position): ids[id] = parameters[position]
            case .buffer(let position): ids[id] = buffers[position]
            }
        }
        func known(_ id: Graph.ValueID) throws(ModelError) -> Graph.ValueID {
            guard let known = ids[id] else { throw ModelError(.wrongOperands, "reads a value that is not made yet.") }
            return known
        }
        for run in other.runs {
            let first = other.operations[run.lowerBound]
            let scope = first.scope.map { other.scopes[$0] } ?? other.scope(ofSingle: run.lowerBound)
            let input = try first.inputs.first.map { (id) throws(ModelError) in try known(id) }
            _ = try layer(scope.path, scope.layer, from: input ?? x) { (builder) throws(ModelError) in
                var output = builder.input
                for (position, operation) in zip(run, other.operations[run]) {
                    var inputs: [Graph.ValueID] = []
                    for id in operation.inputs { inputs.append(try known(id)) }
                    var kind = operation.kind
                    if var drawing = kind as? any DrawingOperator {
                        drawing.stream = builder.nextStream()
                        kind = drawing
                    }
                    // Numbers count the operations of the graph that they are in.
                    let name = other[operation.output].name
                    output = try builder.apply(kind, inputs, named: name == "%\(position + 1)" ? nil : name)
                    ids[operation.output] = output
                }
                return output
            }
        }
        return try known(other.output)
    }
}

extension Graph {
    /// The graph as ``GraphBuilder/inline(_:from:)`` adds it to an empty one: as it is after a file.
    package func flattened() throws(ModelError) -> Graph {
        var builder = GraphBuilder(input: shape(input))
        let output = try builder.inline(self, from: builder.input)
        return try builder.finished(output)
    }
}
