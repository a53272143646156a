// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Puts trained tokens in front of the others: `[N, T, F]` gives `[N, T + count, F]`.
///
/// What the layers after it gather in a token is read by ``SelectToken``: Dosovitskiy et al. 2020, arXiv:2010.11929, equation 1.
/// Tokens that nobody reads are registers: Darcet et al. 2023, arXiv:2309.16588. The one tensor, `[1, count, F]`, has the layer's
/// own name and starts as zeros.
public struct ClassToken: CatalogLayer {
    /// Tokens, 1 or more.
    public var count: Int

    public init(count: Int = 1) { self.count = count }

    private enum CodingKeys: String, CodingKey { case count }

    /// A file without a count has one token.
    public init(from decoder: any Decoder) throws {
        count = try decoder.container(keyedBy: CodingKeys.self).decodeIfPresent(Int.self, forKey: .count) ?? 1
    }

    /// Says nothing of one token, which older programs read.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        if count != 1 { try values.encode(count, forKey: .count) }
    }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try requireTokens(graph.shape(x))
        try requireCount(count, "number of tokens")
        let features = graph.shape(x)[2]
        let token = try graph.apply(Op.Expand(), try graph.parameter("", [1, count, features], .zeros))
        return try graph.apply(Op.Concatenate(), try graph.apply(Op.Reshape([count, features]), token), x)
    }

    public var description: String { count == 1 ? "ClassToken" : "ClassToken(\(count) tokens)" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax(
            "class_token", word: "classtoken", Self(),
            options: [.integer("count", \.count, unless: 1, "a number of tokens")])
    }
}
