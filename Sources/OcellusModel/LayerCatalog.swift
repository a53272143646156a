// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// The layers that files and the one-line form can name: those of this library, and one's own.
///
/// A value that is passed in: nothing is registered anywhere.
///
///     let catalog = LayerCatalog.standard.adding(SqueezedReLU.self)
///     let network = try Network(from: data, catalog: catalog)
public struct LayerCatalog: Sendable {
    /// The layers of this library, in alphabetical order of their tags.
    public static let standard = LayerCatalog([
        AveragePool2D.self, BatchNorm2D.self, BlurPool2D.self, ClassToken.self, Concatenate.self, Conv2D.self,
        Dense.self, DropPath.self, Dropout.self, Flatten.self, Gate.self, GELU.self, GlobalAveragePool2D.self,
        GlobalMaxPool2D.self, GraphLayer.self, HardSigmoid.self, HardSwish.self, LayerNorm.self, LayerScale.self,
        LeakyReLU.self, LocallyConnected2D.self, MaxPool2D.self, PatchEmbedding.self, PositionTable.self, ReLU.self,
        ReLU6.self, Residual.self, Scale.self, SelectToken.self, SelfAttention.self, Sigmoid.self, SiLU.self,
        Softmax.self, Tanh.self,
    ])

    let layers: [AnyLayerSyntax]

    /// - Parameter types: A later one takes the place of an earlier one with its tag.
    public init(_ types: [any CatalogLayer.Type]) { layers = types.map { $0.anySyntax } }

    private init(layers: [AnyLayerSyntax]) { self.layers = layers }

    /// The catalogue with one more layer; one of the same tag or word gives way to it.
    public func adding(_ type: any CatalogLayer.Type) -> LayerCatalog {
        let new = type.anySyntax
        return LayerCatalog(
            layers: layers.filter { $0.tag != new.tag && ($0.word == nil || $0.word != new.word) } + [new])
    }

    /// The words that name layers in JSON, in alphabetical order.
    public var tags: [String] { layers.map(\.tag).sorted() }

    /// The words that start a layer in the one-line form, in alphabetical order.
    public var words: [String] { layers.compactMap(\.word).sorted() }

    /// The word that names a layer in JSON; `nil` for one that the catalogue does not hold.
    public func tag(of layer: any Layer) -> String? { syntax(of: layer)?.tag }

    /// - Throws: ``ModelError/Code/unknownLayer`` with a near tag.
    func syntax(tag: String) throws(ModelError) -> AnyLayerSyntax {
        guard let syntax = layers.first(where: { $0.tag == tag }) else {
            throw ModelError(
                .unknownLayer, "there is no layer of kind \"\(tag)\".", needs: "one of \(tags.joined(separator: ", "))",
                received: tag, advice: closestMatch(to: tag, in: tags).map { "did you mean \"\($0)\"?" })
        }
        return syntax
    }

    func syntax(word: String) -> AnyLayerSyntax? { layers.first { $0.word == word } }

    func syntax(of layer: any Layer) -> AnyLayerSyntax? {
        layers.first { $0.type == ObjectIdentifier(type(of: layer)) }
    }

    /// The table of the one-line form: words with the grammar of their arguments, in the order of the words.
    public var grammar: [(word: String, arguments: String)] {
        layers.compactMap { syntax in syntax.word.map { ($0, syntax.grammar) } }.sorted { $0.0 < $1.0 }
    }
}

extension CodingUserInfoKey {
    /// A ``LayerCatalog`` for decoding and encoding networks with layers of one's own.
    ///
    /// `nil` never comes: any text is a key.
    public static let layerCatalog = CodingUserInfoKey(rawValue: "ocellus.layerCatalog")
}

extension Decoder {
    var layerCatalog: LayerCatalog {
        CodingUserInfoKey.layerCatalog.flatMap { userInfo[$0] as? LayerCatalog } ?? .standard
    }
}

extension Encoder {
    var layerCatalog: LayerCatalog {
        CodingUserInfoKey.layerCatalog.flatMap { userInfo[$0] as? LayerCatalog } ?? .standard
    }
}
