// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
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
///
/// With a ``connectionSeed`` it drops locality too: each output position sees as many distinct inputs, drawn from all
/// positions and channels instead of a window, padding never. That is a sparse layer of random connections with the same count of
/// weights; ``randomInputs(for:)`` says which.
public struct LocallyConnected2D: WeightedLayer {
    public var outputChannels: Int
    public var kernelSize: Size2D
    public var stride: Size2D
    public var padding: Padding2D
    public var hasBias: Bool
    /// Draws the inputs of every output position; `nil` for those of its window.
    public var connectionSeed: UInt64?
    public var initializer = Initializer.glorotUniform

    public init(
        _ outputChannels: Int, kernelSize: Size2D, stride: Size2D = 1, padding: Padding2D = .valid,
        hasBias: Bool = true, connectionSeed: UInt64? = nil
    ) {
        self.outputChannels = outputChannels
        self.kernelSize = kernelSize
        self.stride = stride
        self.padding = padding
        self.hasBias = hasBias
        self.connectionSeed = connectionSeed
    }

    /// Sizes for maps of the given shape.
    public func operation(for input: Shape) throws(ModelError) -> Op.LocallyConnected {
        let geometry = try Geometry2D(input: input, kernel: kernelSize, stride: stride, padding: padding)
        try requireCount(outputChannels, "number of output channels")
        return Op.LocallyConnected(
            Op.Convolution(
                geometry: geometry, inputChannels: input[1], outputChannels: outputChannels, groups: 1, hasBias: hasBias
            ),
            connectionSeed: connectionSeed)
    }

    /// Which inputs every output position sees: for each position, row by row, C·kH·kW ascending offsets into one image
    /// `[C, H, W]`, in the order of the weights. `nil` without a ``connectionSeed``.
    public func randomInputs(for input: Shape) throws(ModelError) -> [Int]? {
        let operation = try operation(for: input)
        try operation.requireEnoughInputs(input)
        return operation.randomInputs
    }

    public var width: Int {
        get { outputChannels }
        set { outputChannels = newValue }
    }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let input = graph.shape(x)
        let operation = try operation(for: input)
        try operation.requireEnoughInputs(input)
        guard initializer != .dirac else {
            throw ModelError(
                .outOfRange, "cannot start as the identity.", needs: "another rule for its initial weights",
                received: "dirac", advice: "glorot-uniform, he-normal or a convolution")
        }
        let output = operation.convolution.geometry.output
        _ = try checked([input[0], outputChannels, output.height, output.width])
        let field = try product(kernelSize.height, kernelSize.width)
        _ = try product(output.height, output.width, outputChannels, input[1], field)
        let weight = try graph.parameter(
            "weight", operation.weightShape, initializer, fanIn: input[1] * field, fanOut: outputChannels * field)
        let bias = hasBias ? [try graph.parameter("bias", operation.biasShape, .zeros)] : []
        return try graph.apply(operation, [x, weight] + bias)
    }

    public var description: String {
        "LocallyConnected2D(\(outputChannels), \(kernelSize)"
            + (stride == 1 ? "" : ", stride \(stride)") + ", padding \(padding)" + (hasBias ? "" : ", no bias")
            + (connectionSeed.map { ", random inputs \($0))" } ?? ")")
    }

    public var reducerName: String { "\(kernelSize) untied convolution" }
    public static var syntax: LayerSyntax<Self> {
        let random = LayerArgument<Self>(["random"], grammar: "random N") { (parser, _, layer) throws(ModelError) in
            layer.connectionSeed = try parser.seed("a seed of the random inputs")
        } text: { layer, _ in
            layer.connectionSeed.map { "random \($0)" }
        }
        return LayerSyntax(
            "locally_connected2d", word: "local", Self(1, kernelSize: 1),
            arguments: [
                .integer(\.outputChannels, "channels", "a number of channels"),
                .size(\.kernelSize, "kernel", "a kernel size such as 3x3"),
            ],
            options: [
                .size("stride", \.stride, unless: 1), .padding(\.padding, unless: .valid),
                .flag("nobias", \.hasBias, means: false), random, .initializer(\.initializer),
            ])
    }
}
