// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

/// A layer of the tests' own, with words: `twopath N [drop X]`, two convolutions side by side and a dropout behind their sum.
struct TwoPath: CatalogLayer {
    var channels: Int
    var rate: Float = 0.5

    func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let wide = try graph.build([Conv2D(channels, kernelSize: 3, hasBias: false).named("wide")], from: x)
        let narrow = try graph.build([Conv2D(channels, kernelSize: 1, hasBias: false).named("narrow")], from: x)
        let sum = try graph.apply(Op.Unary(.relu), try graph.apply(Op.Add(), wide, narrow))
        return try graph.apply(Op.Dropout(rate: rate, stream: graph.nextStream()), sum)
    }

    var description: String { "TwoPath(\(channels), drop \(rate))" }

    static var syntax: LayerSyntax<Self> {
        LayerSyntax(
            "two_path", word: "twopath", Self(channels: 1),
            arguments: [.integer(\.channels, "channels", "a number of channels")],
            options: [.number("drop", \.rate, unless: 0.5)])
    }
}

/// A layer without words.
struct Doubled: Layer {
    func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let bias = try graph.parameter("factor", [1, 4], .ones)
        let flat = try graph.apply(Op.Reshape([4]), try graph.apply(Op.Scale(2), x))
        return try graph.apply(Op.MatrixProduct(hasBias: false), flat, bias)
    }
    var description: String { "Doubled" }
}

@Suite("A layer of one's own") struct OwnLayerTests {
    private let catalog = LayerCatalog.standard.adding(TwoPath.self)
    private let network = Network(input: [3, 6, 6]) {
        Dropout(0.1)
        Residual {
            TwoPath(channels: 3, rate: 0.25)
            ReLU()
        }
        TwoPath(channels: 4).named("own")
        Flatten()
        Dense(2)
    }

    private func encoded(_ network: Network, _ catalog: LayerCatalog) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.userInfo[try #require(CodingUserInfoKey.layerCatalog)] = catalog
        return try encoder.encode(network)
    }
    private func decoded(_ data: Data, _ catalog: LayerCatalog) throws -> Network {
        let decoder = JSONDecoder()
        decoder.userInfo[try #require(CodingUserInfoKey.layerCatalog)] = catalog
        return try decoder.decode(Network.self, from: data)
    }

    @Test("its tensors and operations stand under its path") func built() throws {
        #expect(
            try network.parameters().map(\.name) == [
                "1.body.0.wide.weight", "1.body.0.narrow.weight", "own.wide.weight", "own.narrow.weight", "4.weight",
                "4.bias",
            ])
        let graph = try network.graph()
        #expect(graph.scopes.map(\.path).contains("1.body.0.wide"))
        #expect(try NetworkSummary(network).rows.map(\.name) == ["0", "1", "own", "3", "4"])
        // 4·36·(9 + 1)·3
        #expect(try NetworkSummary(network).rows[2].multiplyAdds == 4320)
        #expect(try NetworkSummary(network).rows[2].receptiveField == 5)
        try network.validate()
    }

    @Test("each dropout draws from a stream of its own, those inside own layers too") func streams() throws {
        func streams(_ network: Network) throws -> [Int] {
            try network.graph().operations.compactMap { ($0.kind as? Op.Dropout)?.stream }
        }
        #expect(try streams(network) == [0, 1, 2])
        #expect(try streams(network.storable()) == [0, 1, 2])
        #expect(try streams(Network(network.graph())) == [0, 1, 2])
    }

    @Test("text: parsed, printed, in the grammar, near words") func text() throws {
        let text = "dropout 0.1, residual { twopath 3 drop 0.25, relu }, twopath 4 name=own, flatten, dense 2"
        #expect(try Network(text: text, input: [3, 6, 6], classes: 2, catalog: catalog) == network)
        #expect(network.text(catalog) == text)
        #expect(catalog.grammar.first { $0.word == "twopath" }?.arguments == "channels [drop X]")
        #expect(catalog.words.contains("twopath") && !LayerCatalog.standard.words.contains("twopath"))
        let error = #expect(throws: ModelError.self) {
            try Network(text: "twopaht 3, flatten", input: [3, 6, 6], classes: 2, catalog: catalog)
        }
        #expect(error?.advice == "did you mean \"twopath\"?")
        #expect(throws: ModelError.self) {
            try Network(text: "twopath", input: [3, 6, 6], classes: 2, catalog: catalog)
        }
        #expect(throws: ModelError.self) { try Network(text: text, input: [3, 6, 6], classes: 2) }
        // What cannot be read back is printed as the layer describes itself.
        #expect(network.text.contains("TwoPath(4, drop 0.5) name=own"))
    }

    @Test("JSON with the catalogue names it, and reads it back") func named() throws {
        let data = try encoded(network, catalog)
        #expect(String(decoding: data, as: UTF8.self).contains(#""kind":"two_path""#))
        #expect(try decoded(data, catalog) == network)
        let error = #expect(throws: ModelError.self) { try decoded(data, .standard) }
        #expect(error?.summary == "there is no layer of kind \"two_path\".")
    }

    @Test("JSON without the catalogue holds its graph, inside a residual too") func unregistered() throws {
        let data = try encoded(network, .standard)
        let text = String(decoding: data, as: UTF8.self)
        #expect(!text.contains("two_path"))
        let back = try decoded(data, .standard)
        #expect(back == (try network.storable()))
        #expect(try encoded(back, .standard) == data)
        #expect(try back.parameters() == network.parameters())
        let (graph, stored) = (try network.graph(), try back.graph())
        #expect(stored.operations.map { "\($0.kind)" } == graph.operations.map { "\($0.kind)" })
        #expect(stored.operations.map(\.inputs.count) == graph.operations.map(\.inputs.count))
        let residual = try #require(back.layers[1].layer as? Residual)
        #expect(residual.body[0].layer is GraphLayer && residual.body[1].layer is ReLU)
        #expect(back.layers[2].layer is GraphLayer && back.layers[2].name == "own")
        // With the catalogue nothing is replaced.
        #expect(try network.storable(catalog) == network)
    }

    @Test("a layer without words is stored as its graph") func wordless() throws {
        let network = Network(input: [1, 2, 2]) { Doubled().named("twice") }
        let back = try decoded(try encoded(network, catalog), catalog)
        #expect(try back.parameters() == network.parameters())
        #expect(try back.graph().operations.map { "\($0.kind)" } == network.graph().operations.map { "\($0.kind)" })
        #expect(throws: ModelError.self) { try JSONEncoder().encode(NamedLayer(Doubled())) }
        // The graph was made for one size.
        var larger = back
        larger.input = [1, 3, 3]
        let error = #expect(throws: ModelError.self) { try larger.graph() }
        #expect(error?.because == "a graph is made for one size of image")
    }

    @Test("errors name it, and the place inside it") func errors() throws {
        let network = Network(input: [3, 6, 6]) {
            ReLU()
            TwoPath(channels: 0)
        }
        let error = #expect(throws: ModelError.self) { try network.graph() }
        #expect(
            error?.summary
                == "layer 2 of 2, TwoPath(0, drop 0.5): layer 1 of 1, Conv2D(0, 3×3, padding same, no bias), "
                + "has an impossible number of output channels.")
    }

    @Test("a layer that gives a tensor is refused by name") func tensor() throws {
        struct Wrong: Layer {
            func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
                try graph.parameter("w", [1, 4], .zeros)
            }
            var description: String { "Wrong" }
        }
        let error = #expect(throws: ModelError.self) { try Network(input: [1, 2, 2]) { Wrong() }.graph() }
        #expect(error?.summary == "layer 1 of 1, Wrong, gives what is no result.")
    }

    @Test("one of a tag or word takes the place of the one before") func replaced() throws {
        struct Other: CatalogLayer {
            func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID { x }
            var description: String { "Other" }
            static var syntax: LayerSyntax<Self> { LayerSyntax("other", word: "relu", Self()) }
        }
        let other = LayerCatalog.standard.adding(Other.self)
        #expect(try Network(text: "relu", input: [1, 1, 1], classes: 1, catalog: other).layers[0].layer is Other)
        #expect(other.tag(of: Other()) == "other")
        #expect(other.tag(of: ReLU()) == nil)
    }
}
