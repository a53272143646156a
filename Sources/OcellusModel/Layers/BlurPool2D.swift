// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// Smooths each map with a fixed binomial kernel, then keeps every `stride`-th position.
///
/// Zhang 2019, "Making convolutional networks shift-invariant again", arXiv:1904.11486, section 4.1: a low-pass filter
/// before sub-sampling. The kernel is the outer product of the binomial coefficients of `kernelSize − 1`, divided by
/// their sum squared; borders are reflected without repeating the edge, `(kernelSize − 1) / 2` positions before and
/// `kernelSize / 2` after.
/// `[N, C, H, W]` gives `[N, C, ⌊(H − 1) / stride⌋ + 1, …]`. No parameters.
public struct BlurPool2D: CatalogLayer {
    /// Taps along each axis, 2 ... 7.
    public var kernelSize: Int
    public var stride: Int

    public init(_ kernelSize: Int = 3, stride: Int = 2) {
        self.kernelSize = kernelSize
        self.stride = stride
    }

    /// Normalised binomial taps along one axis.
    public var taps: [Double] {
        var row = [1.0]
        for _ in 1..<max(kernelSize, 1) { row = zip(row + [0], [0] + row).map { $0 + $1 } }
        let total = row.reduce(0, +)
        return row.map { $0 / total }
    }

    public func geometry(for input: Shape) throws(ModelError) -> Geometry2D {
        guard (2...7).contains(kernelSize) else {
            throw ModelError(
                .outOfRange, "has an unsupported kernel size.", needs: "2 to 7 taps", received: "\(kernelSize)")
        }
        let (before, after) = ((kernelSize - 1) / 2, kernelSize / 2)
        return try Geometry2D(
            input: input, kernel: Size2D(kernelSize, kernelSize), stride: Size2D(stride, stride),
            padding: .explicit(top: before, left: before, bottom: after, right: after))
    }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.BlurPool(try geometry(for: graph.shape(x)), taps: taps), x)
    }

    public var description: String { "BlurPool2D(\(kernelSize)×\(kernelSize), stride \(stride))" }
    public var reducerName: String { "\(kernelSize)×\(kernelSize) pooling" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax(
            "blur_pool2d", word: "blurpool", Self(), arguments: [.integer(\.kernelSize, "kernel", "the kernel's size")],
            options: [.integer("stride", \.stride, unless: 2, "a stride")])
    }
}
