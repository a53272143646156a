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
        return try LayerPath.outputShape(of: layers, for: input.batched(batchSize))
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

    /// Trained tensors in file order.
    public func parameters() throws(ModelError) -> [ParameterSpec] {
        try validateInput()
        return try LayerPath.parameters(of: layers, branch: nil, for: input.batched(1))
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

    /// Throws for the first thing that is wrong: shapes, names, an unknown frozen name.
    public func validate() throws(ModelError) {
        _ = try classes()
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

    private func validateInput() throws(ModelError) {
        guard !layers.isEmpty else {
            throw ModelError(.emptyNetwork, "the network has no layers.", needs: "at least one layer")
        }
        guard input.rank == 3, input.dimensions.allSatisfy({ (1...1 << 20).contains($0) }) else {
            throw ModelError(
                .wrongRank, "the network's input is not an image.", needs: "[C, H, W] with sizes of at least 1",
                received: "\(input)")
        }
    }
}

/// What a chain of layers does to shapes, with errors that name the layer's place.
package enum LayerPath {
    /// Runs `body` with each layer, its local name and its input shape; an error gets the layer's place.
    package static func walk(
        _ layers: [NamedLayer], from input: Shape,
        _ body: (_ layer: NamedLayer, _ index: Int, _ input: Shape, _ output: Shape) throws(ModelError) -> Void
    ) throws(ModelError) -> Shape {
        var shape = input
        for (index, layer) in layers.enumerated() {
            do {
                let output = try layer.layer.outputShape(for: shape)
                try body(layer, index, shape, output)
                shape = output
            } catch {
                var located = error
                let place = "layer \(index + 1) of \(layers.count), \(layer.layer)"
                located.layer = located.layer.map { "\(place): \($0)" } ?? place
                if index > 0, located.received == printed(shape) {
                    located.received = "\(printed(shape)) from layer \(index), \(layers[index - 1].layer)"
                }
                throw located
            }
        }
        return shape
    }

    /// The path component of a layer: its own name, else its index behind the branch's name.
    package static func component(_ layer: NamedLayer, _ index: Int, branch: String?) -> String {
        layer.name ?? (branch.map { "\($0).\(index)" } ?? "\(index)")
    }

    static func outputShape(of layers: [NamedLayer], for input: Shape) throws(ModelError) -> Shape {
        try walk(layers, from: input) { (_, _, _, _) throws(ModelError) in }
    }

    static func parameters(of layers: [NamedLayer], branch: String?, for input: Shape) throws(ModelError)
        -> [ParameterSpec]
    {
        var specs: [ParameterSpec] = []
        _ = try walk(layers, from: input) { (layer, index, input, _) throws(ModelError) in
            for var spec in try layer.layer.parameters(for: input) {
                spec.name = component(layer, index, branch: branch) + "." + spec.name
                specs.append(spec)
            }
        }
        return specs
    }

    static func buffers(of layers: [NamedLayer], branch: String?, for input: Shape) throws(ModelError) -> [BufferSpec] {
        var specs: [BufferSpec] = []
        _ = try walk(layers, from: input) { (layer, index, input, _) throws(ModelError) in
            for var spec in try layer.layer.buffers(for: input) {
                spec.name = component(layer, index, branch: branch) + "." + spec.name
                specs.append(spec)
            }
        }
        return specs
    }

    static func multiplyAdds(of layers: [NamedLayer], for input: Shape) throws(ModelError) -> Int {
        var total = 0
        _ = try walk(layers, from: input) { (layer, _, input, _) throws(ModelError) in
            total += try layer.layer.multiplyAdds(for: input)
        }
        return total
    }

    /// Windows compose: extents add up in units of the strides so far.
    package static func window(of layers: [NamedLayer], for input: Shape) -> Window {
        var total = Window.pointwise
        var shape = input
        for layer in layers {
            total = total.followed(by: layer.layer.window(for: shape))
            guard let next = try? layer.layer.outputShape(for: shape) else { break }
            shape = next
        }
        return total
    }
}

extension Window {
    /// The window of `next` applied to this one's outputs (Araujo, Norris and Sim 2019, Distill, equation 2).
    package func followed(by next: Window) -> Window {
        Window(
            extent: Size2D(
                extent.height + (next.extent.height - 1) * stride.height,
                extent.width + (next.extent.width - 1) * stride.width),
            stride: Size2D(stride.height * next.stride.height, stride.width * next.stride.width),
            before: Size2D(
                before.height + next.before.height * stride.height, before.width + next.before.width * stride.width))
    }
}
