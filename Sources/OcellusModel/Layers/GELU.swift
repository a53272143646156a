// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = x · Φ(x)` with the exact normal distribution function, any shape. Hendrycks and Gimpel 2016, arXiv:1606.08415.
public struct GELU: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Unary(.gelu), x)
    }

    public var description: String { "GELU" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("gelu", word: "gelu", Self()) }
}
