// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A sliding window over maps with every number resolved: what a convolution or pooling does to height and width.
public struct Geometry2D: Hashable, Sendable {
    /// Input height and width.
    public var input: Size2D
    /// Output height and width: `⌊(input + before + after − dilation·(kernel − 1) − 1) / stride⌋ + 1`.
    public var output: Size2D
    public var kernel: Size2D
    public var stride: Size2D
    public var dilation: Size2D
    /// Rows above and columns to the left.
    public var before: Size2D
    /// Rows below and columns to the right.
    public var after: Size2D

    /// Input positions that one window covers along each axis.
    public var extent: Size2D {
        Size2D(dilation.height * (kernel.height - 1) + 1, dilation.width * (kernel.width - 1) + 1)
    }

    /// Resolves a window over maps `[N, C, H, W]`.
    ///
    /// - Throws: ``ModelError/Code/wrongRank``, ``ModelError/Code/notPositive``, ``ModelError/Code/outOfRange`` for
    ///   negative padding, ``ModelError/Code/kernelExceedsInput``, ``ModelError/Code/tooLarge`` for sizes above 2^20.
    public init(
        input shape: Shape, kernel: Size2D, stride: Size2D, padding: Padding2D, dilation: Size2D = 1
    ) throws(ModelError) {
        try requireMaps(shape)
        for (name, size) in [("kernelSize", kernel), ("stride", stride), ("dilation", dilation)] {
            guard size.height >= 1, size.width >= 1 else {
                throw ModelError(
                    .notPositive, "has a \(name) that is not positive.", needs: "\(name) of at least 1×1",
                    received: "\(size)")
            }
            guard size.height <= 1 << 20, size.width <= 1 << 20 else {
                throw ModelError(
                    .tooLarge, "has a \(name) that is too large.", needs: "at most 1048576", received: "\(size)")
            }
        }
        self.kernel = kernel
        self.stride = stride
        self.dilation = dilation
        input = Size2D(shape[2], shape[3])
        let extent = Size2D(dilation.height * (kernel.height - 1) + 1, dilation.width * (kernel.width - 1) + 1)
        switch padding {
        case .valid: (before, after) = (0, 0)
        case .same:
            let vertical = Self.samePadding(shape[2], extent.height, stride.height)
            let horizontal = Self.samePadding(shape[3], extent.width, stride.width)
            before = Size2D(vertical / 2, horizontal / 2)
            after = Size2D(vertical - vertical / 2, horizontal - horizontal / 2)
        case .explicit(let top, let left, let bottom, let right):
            guard min(top, left, bottom, right) >= 0, max(top, left, bottom, right) <= 1 << 20 else {
                throw ModelError(
                    .outOfRange, "has a padding that is out of range.", needs: "0 to 1048576 rows and columns",
                    received: "\(padding)")
            }
            (before, after) = (Size2D(top, left), Size2D(bottom, right))
        }
        let padded = Size2D(
            input.height + before.height + after.height, input.width + before.width + after.width)
        guard padded.height >= extent.height, padded.width >= extent.width else {
            throw ModelError(
                .kernelExceedsInput, "cannot run.",
                needs: "an image of at least \(extent)" + (padded == input ? "" : " with padding"),
                received: "[N, \(shape[1]), \(shape[2]), \(shape[3])]",
                advice: "padding same, a smaller kernel, or one pooling layer fewer")
        }
        output = Size2D(
            (padded.height - extent.height) / stride.height + 1, (padded.width - extent.width) / stride.width + 1)
    }

    private static func samePadding(_ input: Int, _ extent: Int, _ stride: Int) -> Int {
        let output = (input + stride - 1) / stride
        return max(0, (output - 1) * stride + extent - input)
    }

    public var window: Window { Window(extent: extent, stride: stride, before: before) }
}

/// Throws ``ModelError/Code/wrongRank`` unless `shape` is `[N, C, H, W]` with positive sizes.
func requireMaps(_ shape: Shape) throws(ModelError) {
    guard shape.rank == 4 else {
        throw ModelError(
            .wrongRank, "cannot run.", needs: "maps [N, C, H, W]", received: printed(shape),
            advice: "put it before Flatten and Dense")
    }
    try requirePositive(shape)
}

/// Throws ``ModelError/Code/wrongRank`` unless `shape` is `[N, F]` with positive sizes.
func requireFeatures(_ shape: Shape) throws(ModelError) {
    guard shape.rank == 2 else {
        throw ModelError(
            .wrongRank, "cannot run.", needs: "features [N, F]", received: printed(shape),
            advice: "put Flatten or GlobalAveragePool2D before it")
    }
    try requirePositive(shape)
}

func requirePositive(_ shape: Shape) throws(ModelError) {
    guard shape.dimensions.allSatisfy({ $0 >= 1 }), shape.checkedCount != nil else {
        throw ModelError(
            .notPositive, "received an empty or oversized tensor.", needs: "sizes of at least 1", received: "\(shape)")
    }
}

/// A shape with its batch axis printed as `N`.
func printed(_ shape: Shape) -> String {
    "[" + (["N"] + shape.dimensions.dropFirst().map(String.init)).joined(separator: ", ") + "]"
}

/// Throws ``ModelError/Code/wrongRank`` unless `shape` is `[C, H, W]` with sizes of 1 to 2^20.
func requireImage(_ shape: Shape) throws(ModelError) {
    guard shape.rank == 3, shape.dimensions.allSatisfy({ (1...1 << 20).contains($0) }) else {
        throw ModelError(
            .wrongRank, "the network's input is not an image.", needs: "[C, H, W] with sizes of at least 1",
            received: "\(shape)")
    }
}

/// Largest count of elements, weights or multiply-adds: exact in a `Double` and far from overflow when a few are added.
let largestCount = 1 << 53

/// The product, or ``ModelError/Code/tooLarge`` above ``largestCount``.
func product(_ factors: Int...) throws(ModelError) -> Int {
    guard let count = Shape(factors).checkedCount, count <= largestCount else {
        throw ModelError(
            .tooLarge, "is too large to count.", needs: "a product of at most 2^53",
            received: factors.map(String.init).joined(separator: " × "))
    }
    return count
}

/// The sum, or ``ModelError/Code/tooLarge`` above ``largestCount``; both must be at most that.
func sum(_ a: Int, _ b: Int) throws(ModelError) -> Int {
    guard a + b <= largestCount else {
        throw ModelError(.tooLarge, "is too large to count.", needs: "a sum of at most 2^53", received: "\(a) + \(b)")
    }
    return a + b
}

/// The shape itself, or ``ModelError/Code/tooLarge`` when it has more than 2^53 elements.
func checked(_ shape: Shape) throws(ModelError) -> Shape {
    guard let count = shape.checkedCount, count <= largestCount else {
        throw ModelError(
            .tooLarge, "gives a tensor that is too large to count.", needs: "at most 2^53 elements",
            received: printed(shape))
    }
    return shape
}

/// Throws ``ModelError/Code/notPositive`` unless `value` is in 1 ... 2^30.
func requireCount(_ value: Int, _ name: String) throws(ModelError) {
    guard value >= 1, value <= 1 << 30 else {
        throw ModelError(
            value < 1 ? .notPositive : .tooLarge, "has an impossible \(name).", needs: "1 to 1073741824",
            received: "\(value)")
    }
}
