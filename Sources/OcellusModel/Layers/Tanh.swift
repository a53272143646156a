// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = tanh(x)`, any shape.
public struct Tanh: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Unary(.tanh), x)
    }

    public var description: String { "Tanh" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("tanh", word: "tanh", Self()) }
}
