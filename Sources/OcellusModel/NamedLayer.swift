// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// A layer with an optional name of its own; without one it is named by its index.
public struct NamedLayer: Hashable, Sendable {
    public var name: String?
    public var layer: any Layer

    public init(_ layer: some Layer, name: String? = nil) {
        self.layer = layer
        self.name = name
    }

    /// The path component: its own name, else its index behind the branch's name.
    ///
    /// - Parameter branch: Of the composite that holds the chain; `nil` in the network itself.
    public func component(_ index: Int, branch: String? = nil) -> String {
        name ?? (branch.map { "\($0).\(index)" } ?? "\(index)")
    }

    public static func == (a: NamedLayer, b: NamedLayer) -> Bool { a.name == b.name && a.layer.equals(b.layer) }
    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(AnyHashable(layer))
    }
}

extension Layer {
    /// This layer under a name of its own, e.g. `conv1`, which replaces its index in parameter names.
    public func named(_ name: String) -> NamedLayer { NamedLayer(self, name: name) }
}

extension NamedLayer: Codable {
    private enum Key: String, CodingKey { case kind, name }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: Key.self)
        name = try values.decodeIfPresent(String.self, forKey: .name)
        let tag = try values.decode(String.self, forKey: .kind)
        layer = try decoder.layerCatalog.syntax(tag: tag).decode(decoder)
    }

    /// - Throws: ``ModelError/Code/unknownLayer`` for a layer that the catalogue does not hold; ``Network`` stores those as
    ///   their graphs.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(name, forKey: .name)
        guard let layer = layer as? any CatalogLayer, let syntax = encoder.layerCatalog.syntax(of: layer) else {
            throw ModelError(
                .unknownLayer, "the layer \(layer) has no name in files.", needs: "a layer of the catalogue",
                advice: "add it to the LayerCatalog, or store the network, which keeps the layer's graph")
        }
        try container.encode(syntax.tag, forKey: .kind)
        try layer.encode(to: encoder)
    }
}
