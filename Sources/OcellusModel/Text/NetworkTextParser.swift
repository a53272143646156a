// SPDX-License-Identifier: Apache-2.0

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
    private var next = 0
    private var depth = 0

    init(_ text: String, classes: Int) {
        self.classes = classes
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
        guard let token = peek, LayerWord.all.contains(token.text) else { throw unexpected(expected: LayerWord.all) }
        next += 1
        let kind = try kind(token.text)
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
        return NamedLayer(kind, name: name)
    }

    /// Argument words that the current layer still takes, for the message about one that it does not.
    private var allowed: [String] = []

    private mutating func kind(_ word: String) throws(ModelError) -> LayerKind {
        allowed = []
        switch word {
        case "dense": return .dense(try dense())
        case "conv": return .conv2D(try convolution())
        case "local": return .locallyConnected2D(try untiedConvolution())
        case "maxpool":
            let pool = try pool()
            return .maxPool2D(MaxPool2D(pool.kernel, stride: pool.stride, padding: pool.padding))
        case "avgpool":
            let pool = try pool()
            return .averagePool2D(AveragePool2D(pool.kernel, stride: pool.stride, padding: pool.padding))
        case "blurpool":
            var layer = BlurPool2D(try integer("the kernel's size"))
            try options(["stride": { (parser) throws(ModelError) in layer.stride = try parser.integer("a stride") }])
            return .blurPool2D(layer)
        case "globalavgpool": return .globalAveragePool2D(GlobalAveragePool2D())
        case "globalmaxpool": return .globalMaxPool2D(GlobalMaxPool2D())
        case "flatten": return .flatten(Flatten())
        case "relu": return .relu(ReLU())
        case "leakyrelu": return .leakyReLU(LeakyReLU(try number("a slope")))
        case "sigmoid": return .sigmoid(Sigmoid())
        case "tanh": return .tanh(Tanh())
        case "gelu": return .gelu(GELU())
        case "softmax": return .softmax(Softmax())
        case "scale": return .scale(Scale(try number("a factor")))
        case "dropout": return .dropout(Dropout(try number("a rate")))
        case "batchnorm":
            var layer = BatchNorm2D()
            try options([
                "epsilon": { (parser) throws(ModelError) in layer.epsilon = try parser.number("a number") },
                "momentum": { (parser) throws(ModelError) in layer.momentum = try parser.number("a number") },
            ])
            return .batchNorm2D(layer)
        case "residual":
            let branches = try branches(shortcut: true)
            var layer = Residual(body: {})
            layer.body = branches[0]
            layer.shortcut = branches.count > 1 ? branches[1] : []
            return .residual(layer)
        default: return .concatenate(Concatenate(try branches(shortcut: false)))
        }
    }

    // MARK: Layers with arguments

    private mutating func dense() throws(ModelError) -> Dense {
        var layer = Dense(classes)
        if peek?.text == "classes" {
            next += 1
        } else {
            layer.outputFeatures = try integer("a number of features or the word \"classes\"")
        }
        try options([
            "nobias": { (_) throws(ModelError) in layer.hasBias = false },
            "init": { (parser) throws(ModelError) in layer.initializer = try parser.initializer() },
        ])
        return layer
    }

    private mutating func convolution() throws(ModelError) -> Conv2D {
        var layer = Conv2D(try integer("a number of channels"), kernelSize: try size("a kernel size such as 3x3"))
        try options([
            "stride": { (parser) throws(ModelError) in layer.stride = try parser.size("a stride") },
            "valid": { (_) throws(ModelError) in layer.padding = .valid },
            "same": { (_) throws(ModelError) in layer.padding = .same },
            "pad": { (parser) throws(ModelError) in layer.padding = try parser.padding() },
            "dilation": { (parser) throws(ModelError) in layer.dilation = try parser.size("a dilation") },
            "groups": { (parser) throws(ModelError) in layer.groups = try parser.integer("a number of groups") },
            "nobias": { (_) throws(ModelError) in layer.hasBias = false },
            "init": { (parser) throws(ModelError) in layer.initializer = try parser.initializer() },
        ])
        return layer
    }

    private mutating func untiedConvolution() throws(ModelError) -> LocallyConnected2D {
        var layer = LocallyConnected2D(
            try integer("a number of channels"), kernelSize: try size("a kernel size such as 3x3"))
        try options([
            "stride": { (parser) throws(ModelError) in layer.stride = try parser.size("a stride") },
            "valid": { (_) throws(ModelError) in layer.padding = .valid },
            "same": { (_) throws(ModelError) in layer.padding = .same },
            "pad": { (parser) throws(ModelError) in layer.padding = try parser.padding() },
            "nobias": { (_) throws(ModelError) in layer.hasBias = false },
            "random": { (parser) throws(ModelError) in
                layer.connectionSeed = try parser.seed("a seed of the random inputs")
            },
            "init": { (parser) throws(ModelError) in layer.initializer = try parser.initializer() },
        ])
        return layer
    }

    private mutating func pool() throws(ModelError) -> (kernel: Size2D, stride: Size2D?, padding: Padding2D) {
        let kernel = try size("a kernel size")
        var stride: Size2D?
        var padding = Padding2D.valid
        try options([
            "stride": { (parser) throws(ModelError) in stride = try parser.size("a stride") },
            "valid": { (_) throws(ModelError) in padding = .valid },
            "same": { (_) throws(ModelError) in padding = .same },
            "pad": { (parser) throws(ModelError) in padding = try parser.padding() },
        ])
        return (kernel, stride, padding)
    }

    /// `{ layers | layers … }`; with `shortcut`, at most one more branch, which starts with that word.
    private mutating func branches(shortcut: Bool) throws(ModelError) -> [[NamedLayer]] {
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

    private typealias Option = (inout NetworkTextParser) throws(ModelError) -> Void

    /// Reads argument words in any order, each at most once.
    private mutating func options(_ options: [String: Option]) throws(ModelError) {
        var left = options
        allowed = left.keys.sorted()
        while let token = peek, let option = left.removeValue(forKey: token.text) {
            // One padding excludes the others.
            if Self.paddings.contains(token.text) { for word in Self.paddings { left[word] = nil } }
            next += 1
            try option(&self)
            allowed = left.keys.sorted()
        }
    }

    private static let paddings = ["valid", "same", "pad"]

    private mutating func integer(_ what: String) throws(ModelError) -> Int {
        guard let token = peek, let value = Int(token.text) else { throw unexpected(expected: [what]) }
        next += 1
        return value
    }

    private mutating func seed(_ what: String) throws(ModelError) -> UInt64 {
        guard let token = peek, let value = UInt64(token.text) else { throw unexpected(expected: [what]) }
        next += 1
        return value
    }

    private mutating func number(_ what: String) throws(ModelError) -> Float {
        guard let token = peek, let value = Float(token.text), value.isFinite else {
            throw unexpected(expected: [what])
        }
        next += 1
        return value
    }

    /// `3` or `3x5`.
    private mutating func size(_ what: String) throws(ModelError) -> Size2D {
        let parts = (peek?.text ?? "").split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard (1...2).contains(parts.count), let height = parts[0], let width = parts[parts.count - 1] else {
            throw unexpected(expected: [what])
        }
        next += 1
        return Size2D(height, width)
    }

    /// `1` or `top:left:bottom:right`.
    private mutating func padding() throws(ModelError) -> Padding2D {
        let parts = (peek?.text ?? "").split(separator: ":", omittingEmptySubsequences: false).compactMap { Int($0) }
        let given = peek?.text.count { $0 == ":" } ?? 0
        guard parts.count == given + 1, parts.count == 1 || parts.count == 4 else {
            throw unexpected(expected: ["a padding such as 1 or 0:0:1:1 (top, left, bottom, right)"])
        }
        next += 1
        return parts.count == 1
            ? .all(parts[0]) : .explicit(top: parts[0], left: parts[1], bottom: parts[2], right: parts[3])
    }

    private mutating func initializer() throws(ModelError) -> Initializer {
        let text = peek?.text ?? ""
        let named: [String: Initializer] = [
            "glorot-uniform": .glorotUniform, "he-normal": .heNormal, "fan-in-uniform": .fanInUniform, "zeros": .zeros,
            "ones": .ones, "dirac": .dirac,
        ]
        if let rule = named[text] {
            next += 1
            return rule
        }
        if let given = text.split(separator: ":", omittingEmptySubsequences: false).pair(after: "normal"),
            let deviation = Float(given), deviation.isFinite, deviation >= 0
        {
            next += 1
            return .normal(standardDeviation: deviation)
        }
        throw unexpected(expected: named.keys.sorted() + ["normal:0.01"])
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
