// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = min(max(0, x), 6)`, any shape. Krizhevsky 2010, "Convolutional deep belief networks on CIFAR-10".
public struct ReLU6: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Unary(.relu6), x)
    }

    public var description: String { "ReLU6" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("relu6", word: "relu6", Self()) }
}
