// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// The largest value of each window; padding never wins.
///
/// `[N, C, H, W]` gives `[N, C, H′, W′]`, sizes by ``Geometry2D``. Ties go to the first position in row-major order,
/// and the gradient goes to that one position. No parameters.
public struct MaxPool2D: Layer {
    public var kernelSize: Size2D
    public var stride: Size2D
    public var padding: Padding2D

    /// - Parameter stride: The kernel's size when left out, so that windows do not overlap.
    public init(_ kernelSize: Size2D, stride: Size2D? = nil, padding: Padding2D = .valid) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
    }

    public func geometry(for input: Shape) throws(ModelError) -> Geometry2D {
        try poolGeometry(input, kernelSize, stride, padding)
    }
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        let output = try geometry(for: input).output
        return try checked([input[0], input[1], output.height, output.width])
    }
    public func window(for input: Shape) -> Window { (try? geometry(for: input).window) ?? .pointwise }
    public var description: String { "MaxPool2D(\(poolDescription(kernelSize, stride, padding)))" }
    public var kind: LayerKind { .maxPool2D(self) }
}

/// The mean of each window over the positions inside the map; padding does not count.
///
/// `[N, C, H, W]` gives `[N, C, H′, W′]`, sizes by ``Geometry2D``. No parameters.
public struct AveragePool2D: Layer {
    public var kernelSize: Size2D
    public var stride: Size2D
    public var padding: Padding2D

    /// - Parameter stride: The kernel's size when left out.
    public init(_ kernelSize: Size2D, stride: Size2D? = nil, padding: Padding2D = .valid) {
        self.kernelSize = kernelSize
        self.stride = stride ?? kernelSize
        self.padding = padding
    }

    public func geometry(for input: Shape) throws(ModelError) -> Geometry2D {
        try poolGeometry(input, kernelSize, stride, padding)
    }
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        let output = try geometry(for: input).output
        return try checked([input[0], input[1], output.height, output.width])
    }
    public func window(for input: Shape) -> Window { (try? geometry(for: input).window) ?? .pointwise }
    public var description: String { "AveragePool2D(\(poolDescription(kernelSize, stride, padding)))" }
    public var kind: LayerKind { .averagePool2D(self) }
}

/// Smooths each map with a fixed binomial kernel, then keeps every `stride`-th position.
///
/// Zhang 2019, "Making convolutional networks shift-invariant again", arXiv:1904.11486, section 4.1: a low-pass filter
/// before sub-sampling. The kernel is the outer product of the binomial coefficients of `kernelSize − 1`, divided by
/// their sum squared; borders are reflected without repeating the edge, `(kernelSize − 1) / 2` positions before and
/// `kernelSize / 2` after.
/// `[N, C, H, W]` gives `[N, C, ⌊(H − 1) / stride⌋ + 1, …]`. No parameters.
public struct BlurPool2D: Layer {
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
        let geometry = try Geometry2D(
            input: input, kernel: Size2D(kernelSize, kernelSize), stride: Size2D(stride, stride),
            padding: .explicit(top: before, left: before, bottom: after, right: after))
        guard input[2] > after, input[3] > after else {
            throw ModelError(
                .kernelExceedsInput, "cannot reflect its border.", needs: "maps of at least \(after + 1)×\(after + 1)",
                received: printed(input), advice: "a smaller kernel or one pooling layer fewer")
        }
        return geometry
    }
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        let output = try geometry(for: input).output
        return try checked([input[0], input[1], output.height, output.width])
    }
    public func multiplyAdds(for input: Shape) throws(ModelError) -> Int {
        try product(try outputShape(for: input).count, kernelSize, kernelSize)
    }
    public func window(for input: Shape) -> Window { (try? geometry(for: input).window) ?? .pointwise }
    public var description: String { "BlurPool2D(\(kernelSize)×\(kernelSize), stride \(stride))" }
    public var kind: LayerKind { .blurPool2D(self) }
}

/// The mean of each map: `[N, C, H, W]` gives `[N, C]`. No parameters.
public struct GlobalAveragePool2D: Layer {
    public init() {}
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requireMaps(input)
        return [input[0], input[1]]
    }
    public func window(for input: Shape) -> Window { wholeMap(input) }
    public var description: String { "GlobalAveragePool2D" }
    public var kind: LayerKind { .globalAveragePool2D(self) }
}

/// The largest value of each map: `[N, C, H, W]` gives `[N, C]`; ties go to the first position. No parameters.
public struct GlobalMaxPool2D: Layer {
    public init() {}
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requireMaps(input)
        return [input[0], input[1]]
    }
    public func window(for input: Shape) -> Window { wholeMap(input) }
    public var description: String { "GlobalMaxPool2D" }
    public var kind: LayerKind { .globalMaxPool2D(self) }
}

private func wholeMap(_ input: Shape) -> Window {
    input.rank == 4 ? Window(extent: Size2D(input[2], input[3]), stride: 1, before: 0) : .pointwise
}

private func poolGeometry(
    _ input: Shape, _ kernel: Size2D, _ stride: Size2D, _ padding: Padding2D
) throws(ModelError) -> Geometry2D {
    let geometry = try Geometry2D(input: input, kernel: kernel, stride: stride, padding: padding)
    // A window that lies wholly in the padding would have no value.
    guard
        max(geometry.before.height, geometry.after.height) < kernel.height,
        max(geometry.before.width, geometry.after.width) < kernel.width
    else {
        throw ModelError(
            .outOfRange, "has windows that see only padding.", needs: "padding smaller than the kernel \(kernel)",
            received: "padding \(padding)")
    }
    return geometry
}

private func poolDescription(_ kernel: Size2D, _ stride: Size2D, _ padding: Padding2D) -> String {
    "\(kernel)" + (stride == kernel ? "" : ", stride \(stride)") + (padding == .valid ? "" : ", padding \(padding)")
}
