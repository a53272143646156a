// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y[n,i] = exp(x[n,i]) / Σ exp(x[n,j])` over features `[N, F]`.
///
/// The loss takes logits, so a classifier does not end in this layer.
public struct Softmax: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try requireFeatures(graph.shape(x))
        return try graph.apply(Op.Softmax(), x)
    }

    public var description: String { "Softmax" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("softmax", word: "softmax", Self()) }
}
