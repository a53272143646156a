// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// The largest value of each window; padding never wins.
///
/// `[N, C, H, W]` gives `[N, C, H′, W′]`, sizes by ``Geometry2D``. Ties go to the first position in row-major order,
/// and the gradient goes to that one position. No parameters.
public struct MaxPool2D: CatalogLayer, Pool2D {
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
        try graph.apply(Op.MaxPool(try geometry(for: graph.shape(x))), x)
    }

    public var description: String { "MaxPool2D(\(settings))" }
    public var reducerName: String { "\(kernelSize) pooling" }
    public static var syntax: LayerSyntax<Self> { poolSyntax("max_pool2d", word: "maxpool", Self(1)) }
}
