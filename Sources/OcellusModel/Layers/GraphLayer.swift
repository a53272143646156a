// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Operators that no layer of this library made: a network from elsewhere, or a layer that a file cannot name.
///
/// It runs on inputs of the one shape that it was made for. Tensors keep the names that the graph gives them. Of layers inside
/// each other the innermost are kept, and an operation that no layer made is one, named like its result.
public struct GraphLayer: CatalogLayer {
    public let graph: Graph

    /// - Throws: ``ModelError`` for a graph that does not hold together.
    public init(_ graph: Graph) throws(ModelError) {
        try graph.verify()
        self.graph = try graph.flattened()
    }

    private enum Key: String, CodingKey { case graph }

    public init(from decoder: any Decoder) throws {
        // Reading a graph verifies it.
        graph = try decoder.container(keyedBy: Key.self).decode(Graph.self, forKey: .graph).flattened()
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(graph, forKey: .graph)
    }

    public func build(_ x: Graph.ValueID, in builder: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        guard builder.shape(x) == graph.shape(graph.input) else {
            throw ModelError(
                .wrongRank, "cannot run.", needs: printed(graph.shape(graph.input)),
                received: printed(builder.shape(x)),
                because: "a graph is made for one size of image")
        }
        return try builder.inline(graph, from: x)
    }

    public var description: String {
        "Graph(\(graph.operations.count) operation\(graph.operations.count == 1 ? "" : "s"))"
    }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("graph", word: nil, empty) }

    private init(verified graph: Graph) { self.graph = graph }
    private static var empty: GraphLayer { GraphLayer(verified: GraphBuilder.identity) }
}
