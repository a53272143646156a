// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A fully connected layer: every output sees every input.
///
///     y[n,o] = b[o] + Σ x[n,i] · w[o,i]
///
/// | Tensor   | Shape                     |
/// | :------- | :------------------------ |
/// | input    | `[N, F]`                  |
/// | output   | `[N, outputFeatures]`     |
/// | `weight` | `[outputFeatures, F]`     |
/// | `bias`   | `[outputFeatures]`        |
///
/// - Initial values: `weight` Glorot uniform (Glorot and Bengio 2010, equation 16) as in Keras; `bias` zero.
/// - Forward cost: `N·F·outputFeatures` multiply-adds.
public struct Dense: WeightedLayer {
    public var outputFeatures: Int
    public var hasBias: Bool
    public var initializer = Initializer.glorotUniform

    public init(_ outputFeatures: Int, hasBias: Bool = true) {
        self.outputFeatures = outputFeatures
        self.hasBias = hasBias
    }

    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        try requireFeatures(input)
        try requireCount(outputFeatures, "number of output features")
        return try checked([input[0], outputFeatures])
    }

    public func parameters(for input: Shape) throws(ModelError) -> [ParameterSpec] {
        _ = try outputShape(for: input)
        _ = try product(outputFeatures, input[1])
        let weight = ParameterSpec(
            "weight", [outputFeatures, input[1]], initializer, fanIn: input[1], fanOut: outputFeatures)
        return [weight] + (hasBias ? [ParameterSpec("bias", [outputFeatures], .zeros)] : [])
    }

    public func multiplyAdds(for input: Shape) throws(ModelError) -> Int {
        _ = try outputShape(for: input)
        return try product(input[0], input[1], outputFeatures)
    }

    public var description: String { "Dense(\(outputFeatures)\(hasBias ? "" : ", no bias"))" }
    public var kind: LayerKind { .dense(self) }
}
