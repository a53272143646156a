// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel
import OcellusTensor

/// Writes a network as ONNX: operators of the standard set alone, one file, preprocessing inside where it is asked for.
package struct ONNXExporter {
    /// Versions of the standard set of operators that are written.
    package static let operatorSets = 17...21
    /// The first whose resize has a filter that widens.
    package static let firstWithResize = 18

    private let graph: Graph
    private let weights: Weights
    /// Version of the standard set of operators.
    let operatorSet: Int
    var onnx = ONNXGraphBuilder()
    /// What the nodes alone do not say, for ``ONNXImporter``.
    var hints: [(key: String, value: String)] = []
    private var names: [Graph.ValueID: String] = [:]
    private let readers: [Graph.ValueID: [Graph.Operation]]

    /// - Parameters:
    ///   - graph: For inference; batch norms that can be folded should have been.
    ///   - weights: Of that graph.
    ///   - preprocessing: Of its images.
    ///   - mode: How much of it the file holds.
    ///   - operatorSet: One of ``operatorSets``.
    ///   - metadata: Besides what the exporter adds: what it wrote, and the preprocessing in JSON.
    /// - Throws: ``ExchangeError``, `ModelError` for weights of another graph.
    package static func model(
        _ graph: Graph, weights: Weights, preprocessing: Preprocessing, mode: ONNXPreprocess, operatorSet: Int = 18,
        metadata: [(key: String, value: String)] = []
    ) throws -> ONNXModel {
        try graph.validate(weights)
        let classes = try graph.classes()
        guard operatorSets.contains(operatorSet), mode != .resize || operatorSet >= firstWithResize else {
            throw ExchangeError(
                .notExpressible, "this version of the operators cannot say what is asked for.",
                needs: mode == .resize ? "18 to 21 with a resize inside" : "17 to 21", received: "\(operatorSet)",
                advice: "--opset 18" + (mode == .resize ? ", or --preprocess normalize" : ""))
        }
        var exporter = ONNXExporter(graph, weights, operatorSet)
        let input = try ONNXPrefix(preprocessing: preprocessing, mode: mode).write(&exporter.onnx)
        exporter.names[graph.input] = input
        for operation in graph.operations { try exporter.write(operation) }
        let result = try exporter.name(of: graph.output)
        _ = exporter.onnx.add("Identity", [result], as: "logits")
        _ = exporter.onnx.add("Softmax", ["logits"], [("axis", .integer(-1))], as: "probabilities")
        for name in ["logits", "probabilities"] {
            exporter.onnx.output(
                ONNXValueInfo(name: name, element: 1, dimensions: [.named("batch"), .size(classes)]))
        }
        var model = ONNXModel()
        model.irVersion = operatorSet <= 18 ? 8 : operatorSet <= 20 ? 9 : 10
        model.producerName = "ocellus"
        model.producerVersion = OcellusVersion.current
        model.operatorSets = ["": operatorSet]
        model.graph = exporter.onnx.graph
        model.graph.name = "classifier"
        model.metadata =
            [
                (ONNXKey.preprocess, mode.rawValue),
                (ONNXKey.preprocessing, try ONNXKey.json(preprocessing)),
            ] + exporter.hints + metadata
        return model
    }

    private init(_ graph: Graph, _ weights: Weights, _ operatorSet: Int) {
        (self.graph, self.weights, self.operatorSet) = (graph, weights, operatorSet)
        var readers: [Graph.ValueID: [Graph.Operation]] = [:]
        for operation in graph.operations {
            for id in operation.inputs { readers[id, default: []].append(operation) }
        }
        self.readers = readers
    }

    private mutating func write(_ operation: Graph.Operation) throws {
        guard let row = Self.rows.first(where: { $0.kind == type(of: operation.kind) }) else {
            throw ExchangeError(
                .notExpressible, "\(graph.label(of: operation)) has no form in ONNX.",
                received: type(of: operation.kind).name)
        }
        onnx.place = operation.scope.map { graph.scopes[$0].path } ?? ""
        names[operation.output] = try row.write(operation, &self)
        onnx.place = ""
    }

    // MARK: What rows read

    func shape(_ id: Graph.ValueID) -> Shape { graph.shape(id) }

    /// The name of a value; a parameter's tensor is stored when it is read first.
    mutating func name(of id: Graph.ValueID) throws -> String {
        if let known = names[id] { return known }
        let tensor = try tensor(of: id)
        let name = onnx.tensor(graph[id].name, tensor.shape.dimensions, tensor.scalars)
        names[id] = name
        return name
    }

    /// The numbers of a parameter or buffer.
    func tensor(of id: Graph.ValueID) throws -> Tensor<Float> {
        switch graph[id].source {
        case .parameter(let index): return weights.parameters[index]
        case .buffer(let index): return weights.buffers[index]
        case .input, .operation:
            throw ModelError(.wrongOperands, "the graph reads \(graph[id].name) before it is made.")
        }
    }

    /// Stores a tensor that was made of a parameter under the parameter's name.
    mutating func store(_ tensor: Tensor<Float>, like id: Graph.ValueID) -> String {
        onnx.tensor(graph[id].name, tensor.shape.dimensions, tensor.scalars)
    }

    /// What an expanded parameter is called in the graph: the result of the operation that is being written.
    func expanded(_ parameter: Graph.ValueID) -> Graph.ValueID? {
        graph.operations.first { $0.kind is Op.Expand && $0.inputs == [parameter] && names[$0.output] == nil }?.output
    }

    /// Whether all that read a value repeat it along the batch themselves.
    func isOnlyAddedOrMultiplied(_ id: Graph.ValueID) -> Bool {
        let readers = readers[id] ?? []
        return id != graph.output && !readers.isEmpty
            && readers.allSatisfy { reader in
                (reader.kind is Op.Add || reader.kind is Op.Multiply)
                    && reader.inputs.contains { other in
                        other != id && graph.producer(of: other).map { !($0.kind is Op.Expand) } ?? true
                    }
            }
    }

    /// The batch's size as a list of one integer.
    mutating func batchSize() throws -> String {
        onnx.add(
            "Shape", [try name(of: graph.input)], [("start", .integer(0)), ("end", .integer(1))])
    }
}

extension Graph {
    /// The operation that makes a value; `nil` for the image and for tensors.
    func producer(of id: ValueID) -> Operation? {
        guard case .operation(let position) = self[id].source else { return nil }
        return operations[position]
    }
}
