// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Adds a trained vector to each token by its place: tokens have no order of their own.
///
/// Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1. `[N, T, F]` keeps its shape; the one tensor, `[1, T, F]`, has the
/// layer's own name and starts as normal numbers of standard deviation 0.02.
public struct PositionTable: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try requireTokens(graph.shape(x))
        let (count, features) = (graph.shape(x)[1], graph.shape(x)[2])
        let table = try graph.apply(
            Op.Expand(), try graph.parameter("", [1, count, features], .normal(standardDeviation: 0.02)))
        return try graph.apply(Op.Add(), x, try graph.apply(Op.Reshape([count, features]), table))
    }

    public var description: String { "PositionTable" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("position_table", word: "positions", Self()) }
}
