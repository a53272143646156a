// SPDX-License-Identifier: Apache-2.0

public import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

extension Network {
    /// Reads the JSON form of a network.
    ///
    ///     let catalog = LayerCatalog.standard.adding(SqueezedReLU.self)
    ///     let network = try Network(from: data, catalog: catalog)
    ///
    /// - Parameter catalog: The layers that the text may name.
    /// - Throws: ``ArchiveError/Code/unreadableJSON`` with the place; ``ModelError`` for unknown layers and for graphs that do not
    ///   hold together. Other shapes are not checked; ``Network/validate()`` does that.
    public init(from data: Data, catalog: LayerCatalog = .standard) throws {
        self = try CanonicalJSON.decode(
            Network.self, from: String(decoding: data, as: UTF8.self), what: "the network's JSON", catalog: catalog)
    }

    /// The JSON form: the same network always gives the same bytes.
    ///
    /// - Parameter catalog: The layers that the text may name; others are stored as their graphs.
    /// - Throws: ``ModelError`` when a layer that is stored as its graph cannot run.
    public func json(catalog: LayerCatalog = .standard) throws -> Data {
        Data(try CanonicalJSON.encode(self, catalog: catalog).utf8)
    }
}
