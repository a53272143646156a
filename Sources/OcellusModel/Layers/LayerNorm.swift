// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Normalises each image on its own, over the channels of every position, then scales and shifts them.
///
///     y = γ·(x − mean)/√(variance + ε) + β,  mean and (biased) variance over C or F
///
/// | Tensor         | Shape                                      | Start |
/// | :------------- | :----------------------------------------- | :---- |
/// | input, output  | `[N, C, H, W]`, `[N, T, F]` or `[N, F]`    |       |
/// | `weight` (γ)   | `[C]` or `[F]`                             | 1     |
/// | `bias` (β)     | `[C]` or `[F]`                             | 0     |
///
/// Ba, Kiros and Hinton 2016, arXiv:1607.06450; over the channels of maps as in Liu et al. 2022, arXiv:2201.03545.
public struct LayerNorm: CatalogLayer {
    public var epsilon: Float

    public init(epsilon: Float = 1e-5) { self.epsilon = epsilon }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let channels = try Op.LayerNorm.channels(of: graph.shape(x))
        return try graph.apply(
            Op.LayerNorm(epsilon: epsilon), x, try graph.parameter("weight", [channels], .ones),
            try graph.parameter("bias", [channels], .zeros))
    }

    public var description: String { "LayerNorm" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax("layer_norm", word: "layernorm", Self(), options: [.number("epsilon", \.epsilon, unless: 1e-5)])
    }
}
