// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// One token as features: `[N, T, F]` gives `[N, F]`. The first is that of ``ClassToken``.
public struct SelectToken: CatalogLayer {
    /// Its place, 0 ..< T.
    public var index: Int
    public init(_ index: Int = 0) { self.index = index }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try requireTokens(graph.shape(x))
        return try graph.flattened(try graph.apply(Op.Slice(offset: index, count: 1), x))
    }

    public var description: String { "SelectToken(\(index))" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax("select_token", word: "token", Self(), arguments: [.integer(\.index, "index", "a token's place")])
    }
}
