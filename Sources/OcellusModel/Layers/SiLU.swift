// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = x / (1 + exp(−x))`, any shape: x times its sigmoid, also called swish.
///
/// Elfwing, Uchibe and Doya 2017, arXiv:1702.03118; Ramachandran, Zoph and Le 2017, arXiv:1710.05941.
public struct SiLU: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Unary(.silu), x)
    }

    public var description: String { "SiLU" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("silu", word: "silu", Self()) }
}
