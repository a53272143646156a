// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// A layer's words, said once: its tag in JSON, its word and arguments in the one-line form. Parser, printer, grammar table and
/// messages about what could stand somewhere are made from it.
///
///     static var syntax: LayerSyntax<BlurPool2D> {
///         LayerSyntax(
///             "blur_pool2d", word: "blurpool", Self(),
///             arguments: [.integer(\.kernelSize, "kernel", "a kernel size")],
///             options: [.integer("stride", \.stride, unless: 2, "a stride")])
///     }
public struct LayerSyntax<Value: CatalogLayer>: Sendable {
    /// Stable across versions.
    public let tag: String
    /// `nil` for a layer without a one-line form.
    public let word: String?
    /// What arguments are read into.
    let start: Value
    let arguments: [LayerArgument<Value>]
    let options: [LayerArgument<Value>]

    /// - Parameters:
    ///   - start: With every default.
    ///   - arguments: Read in this order, none left out.
    ///   - options: Read in any order, each at most once.
    public init(
        _ tag: String, word: String?, _ start: Value, arguments: [LayerArgument<Value>] = [],
        options: [LayerArgument<Value>] = []
    ) {
        self.tag = tag
        self.word = word
        self.start = start
        self.arguments = arguments
        self.options = options
    }
}

/// An argument of a layer in the one-line form: how it is read, how it is printed, how it stands in the grammar.
public struct LayerArgument<Value>: Sendable {
    /// Words that begin it, empty for one that is told by its place. Several exclude each other.
    let words: [String]
    /// In the grammar, e.g. `channels` or `stride S`.
    let grammar: String
    let parse: @Sendable (inout NetworkTextParser, _ word: String, inout Value) throws(ModelError) -> Void
    /// `nil` where the value has its default.
    let text: @Sendable (Value, LayerCatalog) -> String?

    init(
        _ words: [String] = [], grammar: String,
        parse: @escaping @Sendable (inout NetworkTextParser, _ word: String, inout Value) throws(ModelError) -> Void,
        text: @escaping @Sendable (Value, LayerCatalog) -> String?
    ) {
        self.words = words
        self.grammar = grammar
        self.parse = parse
        self.text = text
    }
}

extension LayerArgument {
    public typealias Path<Member> = any WritableKeyPath<Value, Member> & Sendable

    /// A whole number told by its place.
    ///
    /// - Parameters:
    ///   - grammar: In the grammar, e.g. `channels`.
    ///   - what: For the message where it is missing, e.g. `a number of channels`.
    public static func integer(_ path: Path<Int>, _ grammar: String, _ what: String) -> Self {
        Self(grammar: grammar) { (parser, _, value) throws(ModelError) in
            value[keyPath: path] = try parser.integer(what)
        } text: { value, _ in
            "\(value[keyPath: path])"
        }
    }

    /// A whole number behind a word.
    public static func integer(_ word: String, _ path: Path<Int>, unless usual: Int, _ what: String) -> Self {
        Self([word], grammar: "\(word) N") { (parser, _, value) throws(ModelError) in
            value[keyPath: path] = try parser.integer(what)
        } text: { value, _ in
            value[keyPath: path] == usual ? nil : "\(word) \(value[keyPath: path])"
        }
    }

    /// A finite number told by its place.
    public static func number(_ path: Path<Float>, _ grammar: String, _ what: String) -> Self {
        Self(grammar: grammar) { (parser, _, value) throws(ModelError) in
            value[keyPath: path] = try parser.number(what)
        } text: { value, _ in
            "\(value[keyPath: path])"
        }
    }

    /// A finite number behind a word.
    public static func number(_ word: String, _ path: Path<Float>, unless usual: Float) -> Self {
        Self([word], grammar: "\(word) X") { (parser, _, value) throws(ModelError) in
            value[keyPath: path] = try parser.number("a number")
        } text: { value, _ in
            value[keyPath: path] == usual ? nil : "\(word) \(value[keyPath: path])"
        }
    }

    /// Height and width told by their place: `3` or `3x5`.
    public static func size(_ path: Path<Size2D>, _ grammar: String, _ what: String) -> Self {
        Self(grammar: grammar) { (parser, _, value) throws(ModelError) in
            value[keyPath: path] = try parser.size(what)
        } text: { value, _ in
            value[keyPath: path].text
        }
    }

    /// Height and width behind a word.
    public static func size(_ word: String, _ path: Path<Size2D>, unless usual: Size2D) -> Self {
        Self([word], grammar: "\(word) S") { (parser, _, value) throws(ModelError) in
            value[keyPath: path] = try parser.size("a \(word)")
        } text: { value, _ in
            value[keyPath: path] == usual ? nil : "\(word) \(value[keyPath: path].text)"
        }
    }

    /// `valid`, `same` or `pad P`.
    public static func padding(_ path: Path<Padding2D>, unless usual: Padding2D) -> Self {
        Self(["pad", "same", "valid"], grammar: "valid, same or pad P") { (parser, word, value) throws(ModelError) in
            switch word {
            case "valid": value[keyPath: path] = .valid
            case "same": value[keyPath: path] = .same
            default: value[keyPath: path] = try parser.padding()
            }
        } text: { value, _ in
            value[keyPath: path] == usual ? nil : value[keyPath: path].text
        }
    }

    /// A word that says what is not the default.
    public static func flag(_ word: String, _ path: Path<Bool>, means flag: Bool) -> Self {
        Self([word], grammar: word) { (_, _, value) throws(ModelError) in
            value[keyPath: path] = flag
        } text: { value, _ in
            value[keyPath: path] == flag ? word : nil
        }
    }

    /// A rule of initial weights behind `init`.
    public static func initializer(_ path: Path<Initializer>) -> Self {
        Self(["init"], grammar: "init I") { (parser, _, value) throws(ModelError) in
            value[keyPath: path] = try parser.initializer()
        } text: { value, _ in
            value[keyPath: path] == .glorotUniform ? nil : "init \(value[keyPath: path].text)"
        }
    }
}

/// A ``LayerSyntax`` of any layer.
struct AnyLayerSyntax: Sendable {
    let tag: String
    let word: String?
    let type: ObjectIdentifier
    /// The arguments in the grammar, those in brackets optional.
    let grammar: String
    let decode: @Sendable (any Decoder) throws -> any Layer
    let parse: @Sendable (inout NetworkTextParser) throws(ModelError) -> any Layer
    /// The layer in the one-line form, arguments that have their default left out.
    let text: @Sendable (any Layer, LayerCatalog) -> String?
}

extension CatalogLayer {
    static var anySyntax: AnyLayerSyntax {
        let syntax = Self.syntax
        let grammar = syntax.arguments.map(\.grammar) + syntax.options.map { "[\($0.grammar)]" }
        return AnyLayerSyntax(
            tag: syntax.tag, word: syntax.word, type: ObjectIdentifier(Self.self),
            grammar: grammar.joined(separator: " "),
            decode: { try Self(from: $0) },
            parse: { (parser) throws(ModelError) in
                var layer = syntax.start
                for argument in syntax.arguments { try argument.parse(&parser, "", &layer) }
                try parser.options(syntax.options, into: &layer)
                return layer
            },
            text: { layer, catalog in
                guard let layer = layer as? Self, let word = syntax.word else { return nil }
                let arguments = (syntax.arguments + syntax.options).compactMap { $0.text(layer, catalog) }
                return ([word] + arguments).joined(separator: " ")
            })
    }
}
