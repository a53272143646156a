// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// Reads the one-line form of a network; the grammar stands at ``Network/init(text:input:classes:)``.
struct NetworkTextParser {
    /// A word or one of `, { | }`, with the 1-based character at which it starts.
    struct Token: Equatable {
        var text: String
        var position: Int
        var isMark: Bool { text == "," || text == "{" || text == "|" || text == "}" }
    }

    /// Composites inside composites: enough for any network, and no text can exhaust the stack.
    private static let deepestNesting = 32

    private let tokens: [Token]
    private let end: Int
    private let classes: Int
    private let catalog: LayerCatalog
    private var next = 0
    private var depth = 0

    init(_ text: String, classes: Int, _ catalog: LayerCatalog) {
        self.classes = classes
        self.catalog = catalog
        let characters = Array(text)
        end = characters.count + 1
        var tokens: [Token] = []
        var position = 0
        while position < characters.count {
            let start = position
            let character = characters[position]
            position += 1
            if character.isWhitespace { continue }
            if !Self.marks.contains(character) {
                while position < characters.count, !characters[position].isWhitespace,
                    !Self.marks.contains(characters[position])
                { position += 1 }
            }
            tokens.append(Token(text: String(characters[start..<position]), position: start + 1))
        }
        self.tokens = tokens
    }

    private static let marks: Set<Character> = [",", "{", "|", "}"]

    /// The whole text.
    mutating func network() throws(ModelError) -> [NamedLayer] {
        guard !tokens.isEmpty else {
            throw ModelError(
                .emptyNetwork, "the network has no layers.", needs: "at least one layer",
                advice: "conv 32 3x3 valid, relu, maxpool 2, flatten, dense classes")
        }
        let layers = try layers()
        if next < tokens.count { throw unexpected(expected: ["\",\""]) }
        return layers
    }

    /// Layers up to a mark that ends them.
    private mutating func layers() throws(ModelError) -> [NamedLayer] {
        if let token = peek, token.text == "|" || token.text == "}" { return [] }
        var layers = [try layer()]
        while take(",") { layers.append(try layer()) }
        return layers
    }

    private mutating func layer() throws(ModelError) -> NamedLayer {
        guard let token = peek, let syntax = catalog.syntax(word: token.text) else {
            throw unexpected(expected: catalog.words)
        }
        next += 1
        allowed = []
        let layer = try syntax.parse(&self)
        var name: String?
        if let token = peek,
            let given = token.text.split(separator: "=", omittingEmptySubsequences: false).pair(after: "name")
        {
            guard Network.isName(given) else {
                throw ModelError(
                    .unreadableText, "the network's text cannot be read at character \(token.position).",
                    needs: Network.nameRule, received: "\"\(given)\"")
            }
            name = given
            next += 1
        }
        if let token = peek, !token.isMark || token.text == "{" {
            throw unexpected(expected: allowed + (name == nil ? ["name=…"] : []) + ["\",\""])
        }
        return NamedLayer(layer, name: name)
    }

    /// Argument words that the current layer still takes, for the message about one that it does not.
    private var allowed: [String] = []

    /// `{ layers | layers … }`; with `shortcut`, at most one more branch, which starts with that word.
    mutating func branches(shortcut: Bool) throws(ModelError) -> [[NamedLayer]] {
        guard depth < Self.deepestNesting else {
            throw ModelError(
                .unreadableText, "the network's text nests too deep at character \(peek?.position ?? end).",
                needs: "at most \(Self.deepestNesting) braces inside each other")
        }
        depth += 1
        defer { depth -= 1 }
        guard take("{") else { throw unexpected(expected: ["\"{\""]) }
        var branches = [try layers()]
        while !shortcut || branches.count == 1, take("|") {
            if shortcut, !take("shortcut") { throw unexpected(expected: ["shortcut"]) }
            branches.append(try layers())
        }
        guard take("}") else {
            throw unexpected(expected: ["\",\""] + (shortcut && branches.count == 2 ? [] : ["\"|\""]) + ["\"}\""])
        }
        allowed = []
        return branches
    }

    // MARK: Arguments

    /// Reads argument words in any order, each at most once.
    mutating func options<Value>(
        _ options: [LayerArgument<Value>], into value: inout Value
    ) throws(ModelError) {
        var left = options
        func words() -> [String] { left.flatMap(\.words).sorted() }
        if !options.isEmpty { allowed = words() }
        while let token = peek, let index = left.firstIndex(where: { $0.words.contains(token.text) }) {
            next += 1
            try left.remove(at: index).parse(&self, token.text, &value)
            allowed = words()
        }
    }

    /// A number of features, or the word for as many as there are classes.
    mutating func features() throws(ModelError) -> Int {
        if take("classes") { return classes }
        return try integer("a number of features or the word \"classes\"")
    }

    mutating func integer(_ what: String) throws(ModelError) -> Int {
        guard let token = peek, let value = Int(token.text) else { throw unexpected(expected: [what]) }
        next += 1
        return value
    }

    mutating func seed(_ what: String) throws(ModelError) -> UInt64 {
        guard let token = peek, let value = UInt64(token.text) else { throw unexpected(expected: [what]) }
        next += 1
        return value
    }

    mutating func number(_ what: String) throws(ModelError) -> Float {
        guard let token = peek, let value = Float(token.text), value.isFinite else {
            throw unexpected(expected: [what])
        }
        next += 1
        return value
    }

    /// `3` or `3x5`.
    mutating func size(_ what: String) throws(ModelError) -> Size2D {
        let parts = (peek?.text ?? "").split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(parts.count), let height = parts[0], let width = parts[parts.count - 1] else {
            throw unexpected(expected: [what])
        }
        next += 1
        return Size2D(height, width)
    }

    /// `1` or `top:left:bottom:right`.
    mutating func padding() throws(ModelError) -> Padding2D {
        let parts = (peek?.text ?? "").split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
        let given = peek?.text.count { $0 == ":" } ?? 0
        guard parts.count == given + 1, parts.count == 1 || parts.count == 4 else {
            throw unexpected(expected: ["a padding such as 1 or 0:0:1:1 (top, left, bottom, right)"])
        }
        next += 1
        return parts.count == 1
            ? .all(parts[0]) : .explicit(top: parts[0], left: parts[1], bottom: parts[2], right: parts[3])
    }

    mutating func initializer() throws(ModelError) -> Initializer {
        let text = peek?.text ?? ""
        let named: [String: Initializer] = [
            "glorot-uniform": .glorotUniform, "he-normal": .heNormal, "fan-in-uniform": .fanInUniform, "zeros": .zeros,
            "ones": .ones, "dirac": .dirac,
        ]
        if let rule = named[text] {
            next += 1
            return rule
        }
        if let given = text.split(separator: ":", omittingEmptySubsequences: false).pair(after: "constant"),
            let value = Float(given), value.isFinite
        {
            next += 1
            return .constant(value)
        }
        if let given = text.split(separator: ":", omittingEmptySubsequences: false).pair(after: "normal"),
            let deviation = Float(given), deviation.isFinite, deviation >= 0
        {
            next += 1
            return .normal(standardDeviation: deviation)
        }
        throw unexpected(expected: named.keys.sorted() + ["constant:0.1", "normal:0.01"])
    }

    // MARK: Tokens and errors

    private var peek: Token? { next < tokens.count ? tokens[next] : nil }

    private mutating func take(_ text: String) -> Bool {
        guard peek?.text == text else { return false }
        next += 1
        return true
    }

    /// The error at the next token: what could stand there, and the nearest of those words.
    private func unexpected(expected: [String]) -> ModelError {
        let list =
            expected.count == 1
            ? expected[0] : "one of " + expected.joined(separator: ", ")
        guard let token = peek else {
            return ModelError(
                .unreadableText, "the network's text ends too early, at character \(end).", needs: list,
                received: "the end of the text")
        }
        let suggestion =
            token.isMark
            ? nil
            : closestMatch(to: token.text, in: expected.filter { $0.first?.isLetter == true && !$0.contains(" ") })
        return ModelError(
            .unreadableText, "the network's text cannot be read at character \(token.position).", needs: list,
            received: "\"\(token.text)\"", advice: suggestion.map { "did you mean \"\($0)\"?" })
    }
}

extension [Substring] {
    /// The second of two parts when the first is `key`.
    fileprivate func pair(after key: String) -> String? { count == 2 && self[0] == key ? String(self[1]) : nil }
}
