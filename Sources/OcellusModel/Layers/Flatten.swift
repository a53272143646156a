// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Joins all axes but the first, in row-major order: `[N, C, H, W]` gives `[N, C·H·W]`.
public struct Flatten: CatalogLayer {
    public init() {}

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.flattened(x)
    }

    public var description: String { "Flatten" }
    public static var syntax: LayerSyntax<Self> { LayerSyntax("flatten", word: "flatten", Self()) }
}

extension GraphBuilder {
    /// All axes but the first joined.
    mutating func flattened(_ x: Graph.ValueID) throws(ModelError) -> Graph.ValueID {
        try requirePositive(shape(x))
        return try apply(Op.Reshape([shape(x).dropFirst().count]), x)
    }
}
