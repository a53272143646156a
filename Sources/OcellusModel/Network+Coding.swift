// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

extension Network: Codable {
    private enum Key: String, CodingKey { case input, layers, frozen }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        self.init(
            input: try values.decode(Shape.self, forKey: .input),
            layers: try values.decode([NamedLayer].self, forKey: .layers),
            frozen: try values.decode([String].self, forKey: .frozen))
    }

    /// A layer that the catalogue does not hold is stored as its graph.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: Key.self)
        try values.encode(input, forKey: .input)
        try values.encode(try storable(encoder.layerCatalog).layers, forKey: .layers)
        try values.encode(frozen, forKey: .frozen)
    }

    /// The network with the graphs of those layers that a catalogue does not hold.
    ///
    /// - Throws: ``ModelError`` of such a layer, or of one before it.
    public func storable(_ catalog: LayerCatalog = .standard) throws(ModelError) -> Network {
        guard try !Self.holds(layers, catalog) else { return self }
        var network = self
        network.layers = try Self.storable(layers, from: input.batched(1), catalog)
        return network
    }

    private static func holds(_ layers: [NamedLayer], _ catalog: LayerCatalog) throws(ModelError) -> Bool {
        var holdsAll = true
        for layer in layers {
            if catalog.syntax(of: layer.layer) == nil { return false }
            _ = try layer.layer.mappingBranches { (branch, _) throws(ModelError) in
                if try !holds(branch, catalog) { holdsAll = false }
                return branch
            }
        }
        return holdsAll
    }

    private static func storable(
        _ layers: [NamedLayer], from input: Shape, _ catalog: LayerCatalog
    ) throws(ModelError) -> [NamedLayer] {
        var shape = input
        var stored: [NamedLayer] = []
        for layer in layers {
            let graph = try layer.layer.graph(for: shape)
            let kept: any Layer =
                catalog.syntax(of: layer.layer) == nil
                ? try GraphLayer(graph)
                : try layer.layer.mappingBranches { (branch, _) throws(ModelError) in
                    try storable(branch, from: shape, catalog)
                }
            stored.append(NamedLayer(kept, name: layer.name))
            shape = graph.shape(graph.output)
        }
        return stored
    }
}
