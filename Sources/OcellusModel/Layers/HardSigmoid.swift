// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = min(max(0, x + 3), 6) / 6`, any shape: ``Sigmoid`` of straight pieces.
///
/// Howard et al. 2019, arXiv:1905.02244, section 5.2.
public struct HardSigmoid: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Unary(.hardSigmoid), x)
    }

    public var description: String { "HardSigmoid" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("hard_sigmoid", word: "hardsigmoid", Self()) }
}
