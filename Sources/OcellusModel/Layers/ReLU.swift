// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = max(0, x)`, any shape. The gradient at 0 is 0. Nair and Hinton 2010, ICML.
public struct ReLU: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Unary(.relu), x)
    }

    public var description: String { "ReLU" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("relu", word: "relu", Self()) }
}
