// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// In training, zeroes each element with probability `rate` and divides the others by `1 − rate`; otherwise the identity.
///
/// Srivastava et al. 2014, JMLR 15:1929. The mask of (seed, step, position of the layer, element) is counter-based.
public struct Dropout: CatalogLayer {
    /// Probability of zero, 0 ..< 1.
    public var rate: Float
    public init(_ rate: Float) { self.rate = rate }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        // One that drops nothing takes no stream, so that adding it changes no other.
        if rate == 0 { return x }
        return try graph.apply(Op.Dropout(rate: rate, stream: graph.nextStream()), x)
    }

    public var description: String { "Dropout(\(rate))" }
    public static var syntax: LayerSyntax<Self> {
        LayerSyntax("dropout", word: "dropout", Self(0), arguments: [.number(\.rate, "rate", "a rate")])
    }
}
