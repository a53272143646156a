// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// A 2-D convolution (cross-correlation: the kernel is not flipped) over a batch of maps.
///
///     y[n,o,i,j] = b[o] + Σ x[n, c, i·stride + p·dilation − top, j·stride + q·dilation − left] · w[o,c,p,q]
///
/// | Tensor   | Shape                                                         |
/// | :------- | :------------------------------------------------------------ |
/// | input    | `[N, C, H, W]`                                                |
/// | output   | `[N, outputChannels, H′, W′]`, sizes by ``Geometry2D``        |
/// | `weight` | `[outputChannels, C/groups, kH, kW]`                          |
/// | `bias`   | `[outputChannels]`, absent when `hasBias` is false            |
///
/// - Initial values: `weight` Glorot uniform (Glorot and Bengio 2010, AISTATS, equation 16) as in Keras; `bias` zero.
/// - Forward cost: `N·H′·W′·outputChannels·(C/groups)·kH·kW` multiply-adds.
/// - Errors: ``ModelError/Code/channelsNotDivisible``, ``ModelError/Code/kernelExceedsInput``, and those of
///   ``Geometry2D``.
public struct Conv2D: WeightedLayer {
    public var outputChannels: Int
    public var kernelSize: Size2D
    public var stride: Size2D
    public var padding: Padding2D
    public var dilation: Size2D
    /// Blocks of channels that do not see each other; equal to C for a depthwise convolution.
    public var groups: Int
    public var hasBias: Bool
    public var initializer = Initializer.glorotUniform

    public init(
        _ outputChannels: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Padding2D = .same,
        dilation: Size2D = 1, groups: Int = 1, hasBias: Bool = true
    ) {
        self.outputChannels = outputChannels
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.dilation = dilation
        self.groups = groups
        self.hasBias = hasBias
    }

    /// The window over maps of the given shape, with the channel rules checked.
    public func geometry(for input: Shape) throws(ModelError) -> Geometry2D {
        let geometry = try Geometry2D(
            input: input, kernel: kernelSize, stride: stride, padding: padding, dilation: dilation)
        try requireCount(outputChannels, "number of output channels")
        try requireCount(groups, "number of groups")
        guard input[1] % groups == 0, outputChannels % groups == 0 else {
            throw ModelError(
                .channelsNotDivisible, "cannot split its channels into \(groups) groups.",
                needs: "input and output channels divisible by \(groups)",
                received: "\(input[1]) input and \(outputChannels) output channels",
                advice: "groups: 1, or channel counts that \(groups) divides")
        }
        return geometry
    }

    public var width: Int {
        get { outputChannels }
        set { outputChannels = newValue }
    }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let input = graph.shape(x)
        let convolution = Op.Convolution(
            geometry: try geometry(for: input), inputChannels: input[1], outputChannels: outputChannels, groups: groups,
            hasBias: hasBias)
        let output = convolution.geometry.output
        _ = try checked([input[0], outputChannels, output.height, output.width])
        let field = try product(kernelSize.height, kernelSize.width)
        _ = try product(outputChannels, input[1] / groups, field)
        let weight = try graph.parameter(
            "weight", convolution.weightShape, initializer, fanIn: input[1] / groups * field,
            fanOut: outputChannels * field)
        let bias = hasBias ? [try graph.parameter("bias", [outputChannels], .zeros)] : []
        return try graph.apply(convolution, [x, weight] + bias)
    }

    public var description: String {
        var text = "Conv2D(\(outputChannels), \(kernelSize)"
        if stride != 1 { text += ", stride \(stride.height == stride.width ? "\(stride.height)" : "\(stride)")" }
        text += ", padding \(padding)"
        if dilation != 1 { text += ", dilation \(dilation)" }
        if groups != 1 { text += ", groups \(groups)" }
        return text + (hasBias ? ")" : ", no bias)")
    }

    public var reducerName: String { "\(kernelSize) convolution" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax(
            "conv2d", word: "conv", Self(1, kernelSize: 1),
            arguments: [
                .integer(\.outputChannels, "channels", "a number of channels"),
                .size(\.kernelSize, "kernel", "a kernel size such as 3x3"),
            ],
            options: [
                .size("stride", \.stride, unless: 1), .padding(\.padding, unless: .same),
                .size("dilation", \.dilation, unless: 1),
                .integer("groups", \.groups, unless: 1, "a number of groups"),
                .flag("nobias", \.hasBias, means: false), .initializer(\.initializer),
            ])
    }
}
