// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A sliding window over maps with every number resolved: what a convolution or pooling does to height and width.
public struct Geometry2D: Hashable, Codable, Sendable {
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

    /// Throws ``ModelError/Code/wrongOperands`` unless these are the sizes of a window over maps `[N, C, H, W]`.
    func verify(over maps: Shape) throws(ModelError) {
        let right = try Geometry2D(
            input: maps, kernel: kernel, stride: stride,
            padding: .explicit(top: before.height, left: before.width, bottom: after.height, right: after.width),
            dilation: dilation)
        guard right == self else {
            throw ModelError(
                .wrongOperands, "has sizes that do not belong together.", needs: "maps of \(right.input)",
                received: "a window over maps of \(input)")
        }
    }

    /// Kernel, and stride, padding and dilation where they are not the usual.
    func settings(usualStride: Size2D = 1) -> String {
        var parts = ["\(kernel)"]
        if stride != usualStride { parts.append("stride \(stride)") }
        if before != 0 || after != 0 {
            let padding = Padding2D.explicit(
                top: before.height, left: before.width, bottom: after.height, right: after.width)
            parts.append("padding \(padding)")
        }
        if dilation != 1 { parts.append("dilation \(dilation)") }
        return parts.joined(separator: ", ")
    }
}
