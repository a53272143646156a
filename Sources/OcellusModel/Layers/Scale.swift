// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = factor · x`, any shape; the factor is fixed, not trained.
public struct Scale: CatalogLayer {
    public var factor: Float
    public init(_ factor: Float) { self.factor = factor }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Scale(factor), x)
    }

    public var description: String { "Scale(\(factor))" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax("scale", word: "scale", Self(1), arguments: [.number(\.factor, "factor", "a factor")])
    }
}
