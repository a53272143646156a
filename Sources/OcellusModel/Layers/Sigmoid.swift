// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = 1 / (1 + exp(−x))`, any shape.
public struct Sigmoid: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Unary(.sigmoid), x)
    }

    public var description: String { "Sigmoid" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("sigmoid", word: "sigmoid", Self()) }
}
