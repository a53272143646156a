// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// The mean of each map: `[N, C, H, W]` gives `[N, C]`. No parameters.
public struct GlobalAveragePool2D: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let window = try graph.wholeMap(x)
        return try graph.flattened(try graph.apply(Op.AveragePool(window), x))
    }

    public var description: String { "GlobalAveragePool2D" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("global_average_pool2d", word: "globalavgpool", Self()) }
}

extension GraphBuilder {
    /// The one window that holds all of the maps.
    mutating func wholeMap(_ x: Graph.ValueID) throws(ModelError) -> Geometry2D {
        try requireMaps(shape(x))
        return try Geometry2D(
            input: shape(x), kernel: Size2D(shape(x)[2], shape(x)[3]), stride: 1, padding: .valid)
    }
}
