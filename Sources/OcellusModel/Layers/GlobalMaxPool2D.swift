// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// The largest value of each map: `[N, C, H, W]` gives `[N, C]`; ties go to the first position. No parameters.
public struct GlobalMaxPool2D: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let window = try graph.wholeMap(x)
        return try graph.flattened(try graph.apply(Op.MaxPool(window), x))
    }

    public var description: String { "GlobalMaxPool2D" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("global_max_pool2d", word: "globalmaxpool", Self()) }
}
