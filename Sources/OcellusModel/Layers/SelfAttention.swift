// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Every token becomes a mean of all tokens' values, weighed by how well its query fits their keys, in each of several heads.
///
///     q, k, v = x·Wᵀ + b                                    of each head d = F / heads features
///     y = softmax(q·kᵀ / √d)·v, heads joined, ·W₀ᵀ + b₀
///
/// | Tensor            | Shape       | Start          |
/// | :---------------- | :---------- | :------------- |
/// | input, output     | `[N, T, F]` |                |
/// | `in_proj_weight`  | `[3·F, F]`  | Glorot uniform |
/// | `in_proj_bias`    | `[3·F]`     | 0              |
/// | `out_proj.weight` | `[F, F]`    | Glorot uniform |
/// | `out_proj.bias`   | `[F]`       | 0              |
///
/// Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2; names and rows of the tensors as in PyTorch's `MultiheadAttention`.
/// The weights `[N, heads, T, T]` are the output of a layer of their own, `weights`, which explanations can ask for.
public struct SelfAttention: CatalogLayer {
    public var heads: Int

    public init(heads: Int) { self.heads = heads }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try requireTokens(graph.shape(x))
        try requireCount(heads, "number of heads")
        let (count, features) = (graph.shape(x)[1], graph.shape(x)[2])
        guard features % heads == 0 else {
            throw ModelError(
                .channelsNotDivisible, "cannot split its features into \(heads) heads.",
                needs: "features divisible by \(heads)", received: "\(features) features",
                advice: "heads: 1, or a number that divides the features")
        }
        let size = features / heads
        let rows = try product(3, features)
        // [N, T, 3·F] as [N, T, 3·heads, d], then [N, 3·heads, T, d]: queries, keys and values lie one behind the other.
        let joined = try graph.apply(
            Op.MatrixProduct(hasBias: true), x,
            try graph.parameter(
                "in_proj_weight", [rows, features], .glorotUniform, fanIn: features, fanOut: rows),
            try graph.parameter("in_proj_bias", [rows], .zeros))
        let split = try graph.apply(
            Op.Transpose([2, 1, 3]), try graph.apply(Op.Reshape([count, 3 * heads, size]), joined))
        let query = try graph.apply(Op.Slice(offset: 0, count: heads), split)
        let key = try graph.apply(Op.Slice(offset: heads, count: heads), split)
        let value = try graph.apply(Op.Slice(offset: 2 * heads, count: heads), split)
        let scaled = try graph.apply(Op.Scale(1 / Float(size).squareRoot()), query)
        let scores = try graph.apply(Op.BatchedProduct(transposesB: true), scaled, key)
        let weights = try graph.layer("weights", "Softmax", from: scores) { (graph) throws(ModelError) in
            try graph.apply(Op.Softmax(), scores)
        }
        let mixed = try graph.apply(Op.BatchedProduct(), weights, value)
        let tokens = try graph.apply(
            Op.Reshape([count, features]), try graph.apply(Op.Transpose([2, 1, 3]), mixed))
        return try graph.apply(
            Op.MatrixProduct(hasBias: true), tokens,
            try graph.parameter(
                "out_proj.weight", [features, features], .glorotUniform, fanIn: features, fanOut: features),
            try graph.parameter("out_proj.bias", [features], .zeros))
    }

    public var description: String { "SelfAttention(\(heads) head\(heads == 1 ? "" : "s"))" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax(
            "self_attention", word: "attention", Self(heads: 1),
            arguments: [.integer(\.heads, "heads", "a number of heads")])
    }
}
