// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = x · min(max(0, x + 3), 6) / 6`, any shape: ``SiLU`` of straight pieces.
///
/// Howard et al. 2019, arXiv:1905.02244, section 5.2.
public struct HardSwish: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Unary(.hardSwish), x)
    }

    public var description: String { "HardSwish" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("hard_swish", word: "hardswish", Self()) }
}
