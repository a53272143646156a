// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// In training, zeroes all of an image with probability `rate` and divides the others by `1 − rate`; otherwise the identity.
///
/// At the end of a residual's body it leaves the block out for some images: stochastic depth, Huang et al. 2016,
/// arXiv:1603.09382, by image as in Larsson, Maire and Shakhnarovich 2016, arXiv:1605.07648. The draw of (seed, step, position
/// of the layer, image) is counter-based.
public struct DropPath: CatalogLayer {
    /// Probability of zero, 0 ..< 1.
    public var rate: Float
    public init(_ rate: Float) { self.rate = rate }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        // One that drops nothing takes no stream, so that adding it changes no other.
        if rate == 0 { return x }
        return try graph.apply(Op.DropPath(rate: rate, stream: graph.nextStream()), x)
    }

    public var description: String { "DropPath(\(rate))" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax("drop_path", word: "droppath", Self(0), arguments: [.number(\.rate, "rate", "a rate")])
    }
}
