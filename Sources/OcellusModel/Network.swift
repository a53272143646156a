// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// A layer with an optional name of its own; without one it is named by its index.
public struct NamedLayer: Hashable, Sendable {
    public var name: String?
    public var kind: LayerKind
    public var layer: any Layer { kind.layer }

    public init(_ layer: some Layer, name: String? = nil) {
        kind = layer.kind
        self.name = name
    }
    public init(_ kind: LayerKind, name: String? = nil) {
        self.kind = kind
        self.name = name
    }
}

extension NamedLayer: Codable {
    private enum Key: String, CodingKey { case name }
    public init(from decoder: any Decoder) throws {
        name = try decoder.container(keyedBy: Key.self).decodeIfPresent(String.self, forKey: .name)
        kind = try LayerKind(from: decoder)
    }
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(name, forKey: .name)
        try kind.encode(to: encoder)
    }
}

extension Layer {
    /// This layer under a name of its own, e.g. `conv1`, which replaces its index in parameter names.
    public func named(_ name: String) -> NamedLayer { NamedLayer(self, name: name) }
}

/// Collects the layers between braces.
@resultBuilder
public enum NetworkBuilder {
    public static func buildExpression(_ layer: some Layer) -> [NamedLayer] { [NamedLayer(layer)] }
    public static func buildExpression(_ layer: NamedLayer) -> [NamedLayer] { [layer] }
    public static func buildExpression(_ layers: [NamedLayer]) -> [NamedLayer] { layers }
    public static func buildBlock(_ parts: [NamedLayer]...) -> [NamedLayer] { parts.flatMap { $0 } }
    public static func buildOptional(_ part: [NamedLayer]?) -> [NamedLayer] { part ?? [] }
    public static func buildEither(first: [NamedLayer]) -> [NamedLayer] { first }
    public static func buildEither(second: [NamedLayer]) -> [NamedLayer] { second }
    public static func buildArray(_ parts: [[NamedLayer]]) -> [NamedLayer] { parts.flatMap { $0 } }
}

/// Layers of one branch of ``Concatenate``.
public struct Branch {
    let layers: [NamedLayer]
    public init(@NetworkBuilder _ layers: () -> [NamedLayer]) { self.layers = layers() }
}

/// Collects the branches between braces.
@resultBuilder
public enum BranchBuilder {
    public static func buildBlock(_ branches: Branch...) -> [[NamedLayer]] { branches.map(\.layers) }
}

/// A network as a value: the shape of one image and a list of layers that ends in one logit for each class.
///
///     let cnn = Network(input: [3, 32, 32]) {
///         Conv2D(32, kernelSize: 3, padding: .valid); ReLU(); MaxPool2D(2)
///         Flatten(); Dense(10)
///     }
///     try cnn.parameters().map(\.name)      // ["0.weight", "0.bias", "4.weight", "4.bias"]
///
/// Making one never throws; ``validate()`` and everything that needs shapes does, before any data are read.
public struct Network: Hashable, Sendable, Codable {
    /// Shape of one image, `[C, H, W]`.
    public var input: Shape
    public var layers: [NamedLayer]
    /// Names of parameters, or of layers by prefix, that training leaves as they are.
    public var frozen: [String] = []

    public init(input: Shape, @NetworkBuilder _ layers: () -> [NamedLayer]) {
        self.input = input
        self.layers = layers()
    }

    public init(input: Shape, layers: [NamedLayer], frozen: [String] = []) {
        self.input = input
        self.layers = layers
        self.frozen = frozen
    }

    /// The output's shape for a batch of `batchSize` images, `[N, classes]` for a classifier.
    public func outputShape(batchSize: Int = 1) throws(ModelError) -> Shape {
        try validateInput()
        return try LayerPath.outputShape(of: layers, branch: nil, for: input.batched(batchSize))
    }

    /// Number of classes: the last layer must give features `[N, classes]`.
    public func classes() throws(ModelError) -> Int {
        let output = try outputShape()
        guard output.rank == 2 else {
            throw ModelError(
                .notClasses, "the network does not end in one logit for each class.", needs: "[N, classes]",
                received: printed(output), advice: "end with Flatten or GlobalAveragePool2D, then Dense(classes)")
        }
        return output[1]
    }

    /// Trained tensors in file order; together at most 2^53 numbers.
    public func parameters() throws(ModelError) -> [ParameterSpec] {
        try validateInput()
        let specs = try LayerPath.parameters(of: layers, branch: nil, for: input.batched(1))
        var total = 0
        for spec in specs { total = try sum(total, spec.shape.count) }
        return specs
    }

    /// Running statistics in file order.
    public func buffers() throws(ModelError) -> [BufferSpec] {
        try validateInput()
        return try LayerPath.buffers(of: layers, branch: nil, for: input.batched(1))
    }

    /// Whether training leaves the parameter as it is.
    public func isFrozen(_ parameter: String) -> Bool {
        frozen.contains { parameter == $0 || parameter.hasPrefix($0 + ".") }
    }

    /// What a layer's name may be: names become parts of tensor names and words of the one-line form.
    static let nameRule = "a name of letters, digits, _ and -, with dots between parts, e.g. layer1.0"

    static func isName(_ text: String) -> Bool {
        text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty
                && part.unicodeScalars.allSatisfy {
                    $0.isASCII && ($0.properties.isAlphabetic || "0"..."9" ~= $0 || $0 == "_" || $0 == "-")
                }
        }
    }

    /// Throws for the first thing that is wrong: shapes, names, an unknown frozen name.
    public func validate() throws(ModelError) {
        _ = try classes()
        try Self.validateNames(layers)
        let names = try parameters().map(\.name) + buffers().map(\.name)
        var seen = Set<String>()
        for name in names where !seen.insert(name).inserted {
            throw ModelError(
                .duplicateName, "two tensors have the name \"\(name)\".", needs: "unique names",
                advice: "rename one of the layers")
        }
        for prefix in frozen where !names.contains(where: { $0 == prefix || $0.hasPrefix(prefix + ".") }) {
            throw ModelError(
                .unknownLayer, "the frozen name \"\(prefix)\" matches no parameter.",
                needs: "a parameter or the prefix of one", received: prefix,
                advice: closestMatch(to: prefix, in: names).map { "did you mean \"\($0)\"?" })
        }
    }

    private static func validateNames(_ layers: [NamedLayer]) throws(ModelError) {
        for layer in layers {
            if let name = layer.name, !isName(name) {
                throw ModelError(
                    .outOfRange, "a layer's name cannot be used, \(layer.layer).", needs: nameRule,
                    received: "\"\(name)\"")
            }
            switch layer.kind {
            case .residual(let residual): try validateNames(residual.body + residual.shortcut)
            case .concatenate(let joined): try validateNames(Array(joined.branches.joined()))
            default: continue
            }
        }
    }

    private func validateInput() throws(ModelError) {
        guard !layers.isEmpty else {
            throw ModelError(.emptyNetwork, "the network has no layers.", needs: "at least one layer")
        }
        try requireImage(input)
    }
}
