// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// A fully connected layer: every output sees every input, of tokens those of its own.
///
///     y[n,o] = b[o] + Σ x[n,i] · w[o,i]
///
/// | Tensor   | Shape                                              |
/// | :------- | :------------------------------------------------- |
/// | input    | `[N, F]` or `[N, T, F]`                            |
/// | output   | `[N, outputFeatures]` or `[N, T, outputFeatures]`  |
/// | `weight` | `[outputFeatures, F]`                              |
/// | `bias`   | `[outputFeatures]`                                 |
///
/// - Initial values: `weight` Glorot uniform (Glorot and Bengio 2010, equation 16) as in Keras; `bias` zero.
/// - Forward cost: `N·F·outputFeatures` multiply-adds, T times as many for tokens.
public struct Dense: WeightedLayer {
    public var outputFeatures: Int
    public var hasBias: Bool
    public var initializer = Initializer.glorotUniform

    public init(_ outputFeatures: Int, hasBias: Bool = true) {
        self.outputFeatures = outputFeatures
        self.hasBias = hasBias
    }

    public var width: Int {
        get { outputFeatures }
        set { outputFeatures = newValue }
    }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try requireTokensOrFeatures(graph.shape(x))
        try requireCount(outputFeatures, "number of output features")
        let inputs = graph.shape(x)[graph.shape(x).rank - 1]
        _ = try product(outputFeatures, inputs)
        let weight = try graph.parameter(
            "weight", [outputFeatures, inputs], initializer, fanIn: inputs, fanOut: outputFeatures)
        let bias = hasBias ? [try graph.parameter("bias", [outputFeatures], .zeros)] : []
        return try graph.apply(Op.MatrixProduct(hasBias: hasBias), [x, weight] + bias)
    }

    public var description: String { "Dense(\(outputFeatures)\(hasBias ? "" : ", no bias"))" }
    public static var syntax: LayerSyntax<Self> {
        let features = LayerArgument<Self>(grammar: "features or the word `classes`") {
            (parser, _, layer) throws(ModelError) in
            layer.outputFeatures = try parser.features()
        } text: { layer, _ in
            "\(layer.outputFeatures)"
        }
        return LayerSyntax(
            "dense", word: "dense", Self(1), arguments: [features],
            options: [.flag("nobias", \.hasBias, means: false), .initializer(\.initializer)])
    }
}
