// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = x` for positive x, else `y = slope · x`, any shape. Maas, Hannun and Ng 2013, ICML workshop.
public struct LeakyReLU: CatalogLayer {
    /// Slope for negative inputs, 0 ..< 1.
    public var slope: Float
    public init(_ slope: Float = 0.01) { self.slope = slope }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Unary(.leakyReLU(slope: slope)), x)
    }

    public var description: String { "LeakyReLU(\(slope))" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax("leaky_relu", word: "leakyrelu", Self(), arguments: [.number(\.slope, "slope", "a slope")])
    }
}
