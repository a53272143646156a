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

    public func geometry(for input: Shape) throws(ModelError) -> Geometry2D {
        let geometry = try Geometry2D(input: input, kernel: kernelSize, stride: stride, padding: padding)
        try requireCount(outputChannels, "number of output channels")
        if connectionSeed != nil {
            let (taps, inputs) = (kernelSize.height * kernelSize.width, input[2] * input[3])
            guard taps <= inputs else {
                throw ModelError(
                    .kernelExceedsInput, "cannot draw its random inputs.",
                    needs: "a kernel of at most \(inputs) values, as many as a map has", received: "\(kernelSize)",
                    advice: "a smaller kernel; padding adds no inputs")
            }
        }
        return geometry
    }

    /// Which inputs every output position sees: for each position, row by row, C·kH·kW ascending offsets into one image
    /// `[C, H, W]`, in the order of the weights. `nil` without a ``connectionSeed``.
    public func randomInputs(for input: Shape) throws(ModelError) -> [Int]? {
        let geometry = try geometry(for: input)
        return connectionSeed.map {
            Self.randomInputs(
                input[1] * kernelSize.height * kernelSize.width, of: input[1] * input[2] * input[3],
                positions: geometry.output.height * geometry.output.width, seed: $0)
        }
    }

    /// For each position `count` distinct numbers below `total`, ascending.
    package static func randomInputs(_ count: Int, of total: Int, positions: Int, seed: UInt64) -> [Int] {
        var order = Array(0..<total)
        return (0..<positions).flatMap { position in
            var random = CounterRandom(seed: seed, purpose: .connections, sample: position)
            // The first steps of a Fisher-Yates permutation; any order is as good a start for the next position.
            for index in 0..<count { order.swapAt(index, index + random.nextIndex(below: total - index)) }
            return order[..<count].sorted()
        }
    }

    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        let output = try geometry(for: input).output
        return try checked([input[0], outputChannels, output.height, output.width])
    }

    public func parameters(for input: Shape) throws(ModelError) -> [ParameterSpec] {
        let output = try geometry(for: input).output
        guard initializer != .dirac else {
            throw ModelError(
                .outOfRange, "cannot start as the identity.", needs: "another rule for its initial weights",
                received: "dirac", advice: "glorot-uniform, he-normal or a convolution")
        }
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

    public func window(for input: Shape) -> Window {
        guard var window = try? geometry(for: input).window else { return .pointwise }
        if connectionSeed != nil { window.extent = Size2D(input[2], input[3]) }
        return window
    }

    public var description: String {
        "LocallyConnected2D(\(outputChannels), \(kernelSize)"
            + (stride == 1 ? "" : ", stride \(stride)") + ", padding \(padding)" + (hasBias ? "" : ", no bias")
            + (connectionSeed.map { ", random inputs \($0))" } ?? ")")
    }

    public var kind: LayerKind { .locallyConnected2D(self) }
}
