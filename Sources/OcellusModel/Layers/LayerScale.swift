// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = γ · x` with a trained factor for each channel of maps `[N, C, H, W]` or feature of `[N, T, F]` and `[N, F]`.
///
/// At the end of a residual's body it starts near 0, so that deep networks begin as the identity: Touvron et al. 2021,
/// arXiv:2103.17239, section 2.
///
/// | Tensor        | Shape                                   | Start    |
/// | :------------ | :-------------------------------------- | :------- |
/// | input, output | `[N, C, H, W]`, `[N, T, F]` or `[N, F]` |          |
/// | `gamma` (γ)   | `[C]` or `[F]`                          | `start`  |
public struct LayerScale: CatalogLayer {
    /// Of every factor.
    public var start: Float

    public init(start: Float = 1e-5) { self.start = start }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let shape = graph.shape(x)
        let channels = try Op.LayerNorm.channels(of: shape)
        var factor = try graph.apply(Op.Expand(), try graph.parameter("gamma", [channels], .constant(start)))
        if shape.rank == 4 { factor = try graph.apply(Op.Reshape([channels, 1, 1]), factor) }
        if shape.rank == 3 { factor = try graph.apply(Op.Reshape([1, channels]), factor) }
        return try graph.apply(Op.Multiply(), x, factor)
    }

    public var description: String { "LayerScale" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax("layer_scale", word: "layerscale", Self(), options: [.number("start", \.start, unless: 1e-5)])
    }
}
