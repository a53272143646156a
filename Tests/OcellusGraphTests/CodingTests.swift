// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusGraph

@Suite("The form of a graph in files") struct CodingTests {
    static func data(_ graph: Graph) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(graph)
    }
    static func decode(_ data: Data) throws -> Graph { try JSONDecoder().decode(Graph.self, from: data) }

    /// Expects that what the form promises is kept, and that writing again gives the same bytes.
    private func expectKept(_ graph: Graph, location: SourceLocation = #_sourceLocation) throws {
        let data = try Self.data(graph)
        let back = try Self.decode(data)
        func facts(_ graph: Graph) -> [String] {
            graph.operations.map { operation in
                let reads = operation.inputs.map { "\(graph[$0].source.role) \(graph[$0].name) \(graph.shape($0))" }
                return "\(operation.kind) \(reads) \(graph[operation.output].name) \(graph.shape(operation.output)) "
                    + graph.label(of: operation)
            }
        }
        #expect(facts(back) == facts(graph), sourceLocation: location)
        #expect(back.parameters == graph.parameters && back.buffers == graph.buffers, sourceLocation: location)
        #expect(back[back.output].name == graph[graph.output].name, sourceLocation: location)
        #expect(back.description == graph.description, sourceLocation: location)
        // All but layers that hold others.
        #expect(try back.flattened() == graph.flattened(), sourceLocation: location)
        #expect(try Self.data(back) == data, sourceLocation: location)
    }

    @Test("every network of the zoo is read back", arguments: Network.smallImageNames) func zoo(name: String) throws {
        try expectKept(try Network.named(name, input: [3, 32, 32], classes: 10).graph())
    }

    private struct Squared: Layer {
        func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
            var x = try graph.apply(Op.Transpose([2, 1, 3]), try graph.apply(Op.Transpose([2, 1, 3]), x))
            let first = try graph.apply(Op.Slice(offset: 0, count: 1), x)
            let others = try graph.apply(Op.Slice(offset: 1, count: graph.shape(x)[1] - 1), x)
            x = try graph.apply(Op.Concatenate(), first, others)
            // x·xᵀ·x
            let squares = try graph.apply(Op.BatchedProduct(transposesB: true), x, x)
            x = try graph.apply(Op.BatchedProduct(), squares, x)
            let scale = try graph.apply(
                Op.Expand(), try graph.parameter("scale", graph.shape(x).dropFirst(), .ones))
            return try graph.apply(Op.Multiply(), try graph.apply(Op.Multiply(), x, x), scale)
        }
        var description: String { "Squared" }
    }

    @Test("every operator is read back") func operators() throws {
        let network = Network(input: [2, 8, 8]) {
            Conv2D(4, kernelSize: 3, stride: 2, padding: .explicit(top: 0, left: 1, bottom: 2, right: 1), groups: 2)
                .initialized(.normal(standardDeviation: 0.1))
            LocallyConnected2D(4, kernelSize: 2)
            BatchNorm2D(epsilon: 1e-3, momentum: 0.25)
            BlurPool2D(3)
            LeakyReLU(0.1)
            MaxPool2D(2)
            AveragePool2D(2, stride: 1, padding: .same)
            Concatenate {
                Branch { Scale(0.3) }
                Branch { GELU() }
            }
            Residual { Tanh() }
            Dropout(0.3)
            DropPath(0.4)
            Squared()
            LayerNorm(epsilon: 0.125)
            Flatten()
            Dense(3)
            Sigmoid()
            Softmax()
        }
        let graph = try network.graph()
        #expect(Set(graph.operations.map { type(of: $0.kind).name }) == Set(Op.all.map { $0.name }))
        try expectKept(graph)
    }

    @Test("paths and names of any characters are read back") func oddNames() throws {
        try expectKept(try GraphTests.twoPaths())
        var builder = try GraphBuilder(image: [1, 2, 2])
        let weight = try builder.parameter("a \"quoted\"\nname/with: everything é", [3, 4], .zeros)
        let x = try builder.layer("two words", "Layer, of one", from: builder.input) { (builder) throws(ModelError) in
            try builder.apply(Op.Unary(.relu), try builder.apply(Op.Reshape([4]), builder.input))
        }
        let y = try builder.apply(Op.MatrixProduct(hasBias: false), [x, weight], named: "")
        let graph = try builder.finished(y)
        try expectKept(graph)
        #expect(try Self.decode(Self.data(graph)).scopes.map(\.path) == ["two words"])
    }

    @Test("a graph as a layer is equal to what is read of it") func layer() throws {
        var builder = try GraphBuilder(image: [1, 2, 2])
        var x = builder.input
        // A layer inside another, two of one name side by side, an identity, an operation of no layer.
        x = try builder.layer("outer", "Outer", from: x) { (builder) throws(ModelError) in
            let y = try builder.layer("inner", "Inner", from: x) { (builder) throws(ModelError) in
                try builder.apply(Op.Scale(2), try builder.apply(Op.Unary(.relu), x))
            }
            return try builder.apply(Op.Add(), x, y)
        }
        for _ in 0..<2 {
            let input = x
            x = try builder.layer("same", "Same", from: x) { (builder) throws(ModelError) in
                try builder.apply(Op.Dropout(rate: 0.5, stream: builder.nextStream()), input)
            }
        }
        let last = x
        _ = try builder.layer("nothing", "Nothing", from: x) { _ in last }
        let layer = try GraphLayer(try builder.finished(try builder.apply(Op.Scale(3), [x], named: "result")))
        #expect(layer.graph.scopes.map(\.path) == ["outer.inner", "outer", "same", "result"])
        #expect(layer.graph.scopes.map(\.operations) == [0..<2, 2..<3, 3..<5, 5..<6])
        #expect(try JSONDecoder().decode(GraphLayer.self, from: JSONEncoder().encode(layer)) == layer)
    }

    @Test("the keys are fixed: files of today must read tomorrow") func keys() throws {
        let graph = try Self.decode(
            Data(
                """
                {"version": 1, "input": [1, 4, 4], "output": "sum",
                 "parameters": [{"name": "w", "shape": [1, 1, 3, 3], "initializer": {"glorotUniform": {}}, "fanIn": 9, "fanOut": 9}],
                 "buffers": [],
                 "operations": [
                  {"operator": "convolution", "reads": ["image", "w"], "writes": "c", "path": "stem", "layer": "Conv",
                   "settings": {"geometry": {"input": [4, 4], "output": [4, 4], "kernel": [3, 3], "stride": [1, 1],
                     "dilation": [1, 1], "before": [1, 1], "after": [1, 1]},
                    "inputChannels": 1, "outputChannels": 1, "groups": 1, "hasBias": false}},
                  {"operator": "unary", "reads": ["c"], "writes": "r", "path": "stem", "layer": "Conv",
                   "settings": {"function": {"leakyReLU": {"slope": 0.25}}}},
                  {"operator": "add", "reads": ["r", "image"], "writes": "sum", "settings": {}}]}
                """.utf8))
        #expect(graph.operations.map { type(of: $0.kind).name } == ["convolution", "unary", "add"])
        #expect((graph.operations[1].kind as? Op.Unary)?.function == .leakyReLU(slope: 0.25))
        #expect(graph.scopes.map(\.path) == ["stem"])
        #expect(graph.scopes.first?.operations == 0..<2)
        #expect(graph.operations[2].scope == nil)
        #expect(graph.operations[2].inputs == [graph.operations[1].output, graph.input])
        try expectKept(graph)
    }

    @Test("the documentation's example can be read") func documented() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/model-file.md")
        let parts = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```json\n")
        let graph = try Self.decode(
            Data(try #require(parts.dropFirst().first?.components(separatedBy: "```").first).utf8))
        #expect(graph.operations.map { graph[$0.output].name } == ["flat", "logits"])
        #expect(graph.shape(graph.output) == [1, 10])
    }

    @Test("a graph that could not be read back is not written") func unwritable() throws {
        var builder = try GraphBuilder(image: [1, 1, 1])
        _ = try builder.parameter("w", [1], .zeros)
        _ = try builder.parameter("w", [1], .zeros)
        let graph = try builder.finished(builder.input)
        #expect(failure { _ = try Self.data(graph) }.hasPrefix("duplicateName | two tensors have the name \"w\"."))
    }

    // MARK: Damage

    /// The JSON of a graph of one operation with some of its parts replaced.
    private static func json(
        version: String = "1", input: String = "[2, 3, 3]", parameters: String = "", buffers: String = "",
        operation: String = #""operator":"unary","settings":{"function":{"relu":{}}},"reads":["image"],"writes":"y""#,
        more: String = "", output: String = "y"
    ) -> String {
        """
        {"version":\(version),"input":\(input),"parameters":[\(parameters)],"buffers":[\(buffers)],
        "operations":[{\(operation)}\(more)],"output":"\(output)"}
        """
    }

    private func error(_ json: String) -> String { failure { _ = try Self.decode(Data(json.utf8)) } }

    @Test("damaged and hostile files are clear errors") func damaged() throws {
        #expect(error(Self.json()) == "no error")
        #expect(error(Self.json(version: "2")) == "unsupportedFormat | this version of a graph is not known. | 1 | 2")
        #expect(error(Self.json(version: "-1")).hasPrefix("unsupportedFormat"))
        #expect(error(Self.json(input: "[0, 3, 3]")).hasPrefix("wrongRank | the network's input is not an image."))
        #expect(error(Self.json(input: "[1, 1, 9223372036854775807]")).hasPrefix("wrongRank"))
        #expect(error(Self.json(input: "[]")).hasPrefix("wrongRank"))
        #expect(
            error(Self.json(output: "z"))
                == "wrongOperands | nothing before makes the value \"z\". | a tensor or an earlier result | z")
        #expect(
            error(Self.json(operation: #""operator":"group_norm","settings":{},"reads":["image"],"writes":"y""#))
                .hasPrefix("unknownOperator | there is no operator \"group_norm\". | one of add,"))
        let reads = { (name: String) in
            #""operator":"add","settings":{},"reads":["image","\#(name)"],"writes":"y""#
        }
        // Its own result, one that comes later, one that nobody makes.
        for name in ["y", "later", "nobody"] {
            let text = error(
                Self.json(
                    operation: reads(name),
                    more: #",{"operator":"add","settings":{},"reads":["y","y"],"writes":"later"}"#))
            #expect(
                text.hasPrefix("wrongOperands | operation 1 of 2, add \"y\", nothing before makes the value"), "\(text)"
            )
        }
        let tensor = { (name: String, shape: String, more: String) in
            #"{"name":"\#(name)","shape":\#(shape),"initializer":{"zeros":{}},\#(more)}"#
        }
        let fans = #""fanIn":1,"fanOut":1"#
        #expect(
            error(Self.json(parameters: tensor("y", "[2]", fans))).hasPrefix(
                "duplicateName | operation 1 of 1, unary \"y\", two values have the name \"y\"."))
        #expect(
            error(Self.json(parameters: tensor("image", "[2]", fans))).hasPrefix(
                "duplicateName | two values have the name \"image\"."))
        #expect(error(Self.json(parameters: tensor("w", "[-2]", fans))).hasPrefix("tooLarge"))
        #expect(error(Self.json(parameters: tensor("w", "[0]", fans))).hasPrefix("notPositive"))
        #expect(
            error(Self.json(parameters: tensor("w", "[9223372036854775807, 9223372036854775807]", fans))).hasPrefix(
                "tooLarge"))
        #expect(
            error(Self.json(parameters: tensor("w", "[2]", #""fanIn":-1,"fanOut":9223372036854775807"#))).hasPrefix(
                "outOfRange | the tensor \"w\" has an impossible fan-in or fan-out."))
        #expect(
            error(Self.json(buffers: #"{"name":"b","shape":[2],"initialValue":1e40}"#)).contains("dataCorrupted"))
    }

    @Test("impossible settings are errors of the operation") func settings() throws {
        func pool(
            _ kernel: String = "[2, 2]", stride: String = "[1, 1]", output: String = "[2, 2]", after: String = "[0, 0]"
        )
            -> String
        {
            error(
                Self.json(
                    operation: #"""
                        "operator":"max_pool","reads":["image"],"writes":"y","settings":{"geometry":{"input":[3,3],
                        "output":\#(output),"kernel":\#(kernel),"stride":\#(stride),"dilation":[1,1],"before":[0,0],
                        "after":\#(after)}}
                        """#))
        }
        #expect(pool() == "no error")
        for text in [
            pool("[0, 0]"), pool("[-2, -2]"), pool(stride: "[0, 1]"), pool(output: "[9, 9]"), pool(output: "[-2, -2]"),
            pool("[9223372036854775807, 9223372036854775807]"), pool(stride: "[9223372036854775807, 1]"),
            pool(after: "[-9223372036854775808, 0]"), pool(after: "[9223372036854775807, 0]"),
        ] {
            #expect(text.contains("operation 1 of 1, max_pool \"y\","), "\(text)")
        }
        #expect(pool("[2]") != "no error")
        // JSON has no NaN, and Foundation's decoder no number for it.
        let blur = error(
            Self.json(
                operation: #"""
                    "operator":"blur_pool","reads":["image"],"writes":"y","settings":{"taps":[NaN, 1, 1],"geometry":{}}
                    """#))
        #expect(blur.contains("dataCorrupted"))
        #expect(
            error(
                Self.json(
                    operation:
                        #""operator":"reshape","reads":["image"],"writes":"y","settings":{"sizes":[4294967296,4294967296]}"#
                )
            ).hasPrefix("notPositive | operation 1 of 1, reshape \"y\","))
    }

    @Test("a million operations, and as many tensors, are refused before they are read") func many() throws {
        let unit = #",{"operator":"scale","settings":{"factor":1},"reads":["image"],"writes":"z"}"#
        #expect(
            error(Self.json(more: String(repeating: unit, count: 1_000_000)))
                == "tooLarge | the graph is too large. | at most 65536 operations | 1000001")
        let tensors = String(repeating: "0,", count: 1_000_000) + "0"
        #expect(error(Self.json(parameters: tensors)).contains("at most 65536 parameters"))
    }

    @Test("deep nesting is an error") func deep() throws {
        for depth in [100, 100_000] {
            let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
            #expect(error(Self.json(input: text)) != "no error")
            let object = String(repeating: #"{"a":"#, count: depth) + "1" + String(repeating: "}", count: depth)
            #expect(error(Self.json(operation: "\"operator\":" + object)) != "no error")
        }
    }
}
