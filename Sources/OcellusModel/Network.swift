// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

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
public struct Network: Hashable, Sendable {
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

    /// A network of operators that no layer made, e.g. one that was trained elsewhere. Tensors keep the graph's names.
    ///
    /// - Throws: ``ModelError`` for a graph that does not hold together.
    public init(_ graph: Graph) throws(ModelError) {
        self.init(
            input: graph.shape(graph.input).dropFirst(), layers: [NamedLayer(try GraphLayer(graph), name: "")])
    }

    /// What the network computes of one image.
    ///
    /// - Throws: ``ModelError`` naming the layer that cannot run, as its author wrote it.
    public func graph() throws(ModelError) -> Graph {
        guard !layers.isEmpty else {
            throw ModelError(.emptyNetwork, "the network has no layers.", needs: "at least one layer")
        }
        var builder = try GraphBuilder(image: input)
        let output = try builder.build(layers, from: builder.input)
        return try builder.finished(output)
    }

    /// The output's shape for a batch of `batchSize` images, `[N, classes]` for a classifier.
    public func outputShape(batchSize: Int = 1) throws(ModelError) -> Shape {
        let graph = try graph()
        return try checked(graph.shape(graph.output).dropFirst().batched(batchSize))
    }

    /// Number of classes: the last layer must give features `[N, classes]`.
    public func classes() throws(ModelError) -> Int { try graph().classes() }

    /// Trained tensors in file order; together at most 2^53 numbers.
    public func parameters() throws(ModelError) -> [ParameterSpec] {
        let specs = try graph().parameters
        _ = try specs.map(\.shape.count).checkedSum()
        return specs
    }

    /// Running statistics in file order.
    public func buffers() throws(ModelError) -> [BufferSpec] { try graph().buffers }

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
        // A set, because a file may name as many as it has tensors.
        let known = frozen.isEmpty ? [] : Set(names.flatMap(Self.prefixes))
        for prefix in frozen where !known.contains(prefix) {
            throw ModelError(
                .unknownLayer, "the frozen name \"\(prefix)\" matches no parameter.",
                needs: "a parameter or the prefix of one", received: prefix,
                advice: closestMatch(to: prefix, in: names + names.map(Self.layerPath)).map {
                    "did you mean \"\($0)\"?"
                })
        }
    }

    /// `a`, `a.0` and `a.0.weight` of `a.0.weight`.
    private static func prefixes(of tensor: String) -> [String] {
        let parts = tensor.split(separator: ".", omittingEmptySubsequences: false)
        return parts.indices.map { parts[...$0].joined(separator: ".") }
    }

    /// `layer1.0.conv1` of `layer1.0.conv1.weight`.
    private static func layerPath(of tensor: String) -> String {
        tensor.split(separator: ".").dropLast().joined(separator: ".")
    }

    private static func validateNames(_ layers: [NamedLayer]) throws(ModelError) {
        for layer in layers {
            // The whole of a graph has no name: its tensors keep theirs.
            let isWhole = layers.count == 1 && layer.layer is GraphLayer && layer.name == ""
            if let name = layer.name, !isName(name), !isWhole {
                throw ModelError(
                    .outOfRange, "a layer's name cannot be used, \(layer.layer).", needs: nameRule,
                    received: "\"\(name)\"")
            }
            _ = try layer.layer.mappingBranches { (branch, _) throws(ModelError) in
                try validateNames(branch)
                return branch
            }
        }
    }
}
