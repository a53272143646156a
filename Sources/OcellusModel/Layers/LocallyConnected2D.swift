// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A convolution whose weights are not shared: every output position has its own kernel and bias.
///
///     y[n,o,i,j] = b[o,i,j] + Σ x[n, c, i·stride + p − top, j·stride + q − left] · w[i,j,o,c,p,q]
///
/// | Tensor   | Shape                                             |
/// | :------- | :------------------------------------------------ |
/// | input    | `[N, C, H, W]`                                    |
/// | output   | `[N, outputChannels, H′, W′]`                     |
/// | `weight` | `[H′, W′, outputChannels, C, kH, kW]`             |
/// | `bias`   | `[outputChannels, H′, W′]`                        |
///
/// It keeps locality and drops parameter sharing, so the pair separates the two claims.
/// Initial values and cost are those of ``Conv2D``.
public struct LocallyConnected2D: WeightedLayer {
    public var outputChannels: Int
    public var kernelSize: Size2D
    public var stride: Size2D
    public var padding: Padding2D
    public var hasBias: Bool
    public var initializer = Initializer.glorotUniform

    public init(
        _ outputChannels: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Padding2D = .valid,
        hasBias: Bool = true
    ) {
        self.outputChannels = outputChannels
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.hasBias = hasBias
    }

    public func geometry(for input: Shape) throws(ModelError) -> Geometry2D {
        let geometry = try Geometry2D(input: input, kernel: kernelSize, stride: stride, padding: padding)
        try requireCount(outputChannels, "number of output channels")
        return geometry
    }

    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        let output = try geometry(for: input).output
        return try checked([input[0], outputChannels, output.height, output.width])
    }

    public func parameters(for input: Shape) throws(ModelError) -> [ParameterSpec] {
        let output = try geometry(for: input).output
        let field = try product(kernelSize.height, kernelSize.width)
        _ = try product(output.height, output.width, outputChannels, input[1], field)
        let weight = ParameterSpec(
            "weight",
            [output.height, output.width, outputChannels, input[1], kernelSize.height, kernelSize.width],
            initializer, fanIn: input[1] * field, fanOut: outputChannels * field)
        return [weight]
            + (hasBias ? [ParameterSpec("bias", [outputChannels, output.height, output.width], .zeros)] : [])
    }

    public func multiplyAdds(for input: Shape) throws(ModelError) -> Int {
        let output = try outputShape(for: input)
        return try product(output.count, input[1], kernelSize.height, kernelSize.width)
    }

    public func window(for input: Shape) -> Window { (try? geometry(for: input).window) ?? .pointwise }

    public var description: String {
        "LocallyConnected2D(\(outputChannels), \(kernelSize)"
            + (stride == 1 ? "" : ", stride \(stride)") + ", padding \(padding)" + (hasBias ? ")" : ", no bias)")
    }

    public var kind: LayerKind { .locallyConnected2D(self) }
}
