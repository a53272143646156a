// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Puts a trained token in front of the others: `[N, T, F]` gives `[N, T + 1, F]`.
///
/// What the layers after it gather there is read by ``SelectToken``. Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1.
/// The one tensor, `[1, 1, F]`, has the layer's own name and starts as zeros.
public struct ClassToken: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try requireTokens(graph.shape(x))
        let features = graph.shape(x)[2]
        let token = try graph.apply(Op.Expand(), try graph.parameter("", [1, 1, features], .zeros))
        return try graph.apply(Op.Concatenate(), try graph.apply(Op.Reshape([1, features]), token), x)
    }

    public var description: String { "ClassToken" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("class_token", word: "classtoken", Self()) }
}
