// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// The mean of each window over the positions inside the map; padding does not count.
///
/// `[N, C, H, W]` gives `[N, C, H′, W′]`, sizes by ``Geometry2D``. No parameters.
public struct AveragePool2D: CatalogLayer, Pool2D {
    public var kernelSize: Size2D
    public var stride: Size2D
    public var padding: Padding2D

    /// - Parameter stride: The kernel's size when left out, so that windows do not overlap.
    public init(_ kernelSize: Size2D, stride: Size2D? = nil, padding: Padding2D = .valid) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
    }

    public func geometry(for input: Shape) throws(ModelError) -> Geometry2D { try poolGeometry(input) }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.AveragePool(try geometry(for: graph.shape(x))), x)
    }

    public var description: String { "AveragePool2D(\(settings))" }
    public var reducerName: String { "\(kernelSize) pooling" }
    public static var syntax: LayerSyntax<Self> { poolSyntax("average_pool2d", word: "avgpool", Self(1)) }
}
