// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// The one-line form of a network: `conv 32 3x3 valid, relu, maxpool 2, flatten, dense 10`.
///
///     layers   = [ layer { "," layer } ]
///     layer    = word { argument } [ "name=" name ]
///     argument = number | size | word | "{" layers { "|" [ "shortcut" ] layers } "}"
///
/// ``LayerCatalog/grammar`` lists the words with their arguments; <doc:OneLineForm> shows them as a table.
extension Network {
    /// Reads a network's name or its one-line form.
    ///
    /// - Parameters:
    ///   - text: A name of ``names``, or layers.
    ///   - input: Shape of one image, `[C, H, W]`.
    ///   - classes: What `dense classes` and the networks known by name end in.
    ///   - catalog: The layers that have words.
    /// - Throws: ``ModelError/Code/unreadableText`` with the place, what was expected there and a near word;
    ///   ``ModelError/Code/unknownNetwork``. The network's shapes are not checked; ``validate()`` does that.
    ///
    ///     try Network(text: "flatten, dense 64, relu, dense classes", input: [1, 28, 28], classes: 10)
    public init(
        text: String, input: Shape, classes: Int, catalog: LayerCatalog = .standard
    ) throws(ModelError) {
        let trimmed = Array(text).trimmingSpaces
        // A single word without arguments is a network's name unless it is a layer's.
        if !trimmed.isEmpty, !trimmed.contains(where: { $0.isWhitespace || ",{|}".contains($0) }),
            catalog.syntax(word: String(trimmed)) == nil
        {
            self = try Network.named(String(trimmed), input: input, classes: classes)
            return
        }
        var parser = NetworkTextParser(text, classes: classes, catalog)
        self.init(input: input, layers: try parser.network())
    }

    /// The layers in the one-line form; ``init(text:input:classes:catalog:)`` reads it back to an equal network.
    ///
    /// Frozen names are not part of it. A layer that the catalogue does not hold, or that has no words, is printed as it
    /// describes itself, which cannot be read back.
    public func text(_ catalog: LayerCatalog) -> String { layers.text(catalog) }

    /// As ``text(_:)`` with this library's layers.
    public var text: String { text(.standard) }
}

extension Array where Element == Character {
    fileprivate var trimmingSpaces: ArraySlice<Character> {
        let front = drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return [] }
        return front[...last]
    }
}

extension [NamedLayer] {
    func text(_ catalog: LayerCatalog) -> String {
        map { layer in
            let words = catalog.syntax(of: layer.layer)?.text(layer.layer, catalog) ?? "\(layer.layer)"
            return layer.name.map { "\(words) name=\($0)" } ?? words
        }.joined(separator: ", ")
    }
}

extension Size2D {
    var text: String { height == width ? "\(height)" : "\(height)x\(width)" }
}

extension Padding2D {
    var text: String {
        switch self {
        case .valid: "valid"
        case .same: "same"
        case .explicit(let top, let left, let bottom, let right):
            top == left && left == bottom && bottom == right ? "pad \(top)" : "pad \(top):\(left):\(bottom):\(right)"
        }
    }
}

extension Initializer {
    /// The rule in the one-line form.
    var text: String {
        switch self {
        case .zeros: "zeros"
        case .ones: "ones"
        case .glorotUniform: "glorot-uniform"
        case .heNormal: "he-normal"
        case .fanInUniform: "fan-in-uniform"
        case .normal(let deviation): "normal:\(deviation)"
        case .constant(let value): "constant:\(value)"
        case .dirac: "dirac"
        }
    }
}
