// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// One step of a network as a plain value: hyper-parameters and what they mean, no tensors, no device, no backward code.
///
/// A layer of one's own is a type like those of this library: it builds operators, and plans, summaries, explanations and
/// model files take it from there.
///
///     struct SqueezedReLU: Layer {
///         func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
///             try graph.apply(Op.Scale(0.5), try graph.apply(Op.Unary(.relu), x))
///         }
///         var description: String { "SqueezedReLU" }
///     }
///
/// A model file holds it as its graph, unless it is a ``CatalogLayer`` of the ``LayerCatalog`` in use.
public protocol Layer: Hashable, Sendable, CustomStringConvertible {
    /// Adds the operators that the layer stands for.
    ///
    /// All validation lives here and in the operators' shape rules. Trained tensors are stored in the order in which they are
    /// added.
    ///
    /// - Parameter x: Maps `[N, C, H, W]` or features `[N, F]`, with N of 1.
    /// - Returns: The layer's output.
    func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID
    /// What a person calls the layer where it made maps too small for another, e.g. `2×2 pooling`.
    var reducerName: String { get }
    /// The layer with its chains of layers replaced, for layers that hold others; itself for all others.
    func mappingBranches(
        _ transform: (_ layers: [NamedLayer], _ branch: String) throws(ModelError) -> [NamedLayer]
    ) throws(ModelError) -> Self
}

extension Layer {
    public var reducerName: String { "\(description) layer" }
    public func mappingBranches(
        _ transform: (_ layers: [NamedLayer], _ branch: String) throws(ModelError) -> [NamedLayer]
    ) throws(ModelError) -> Self { self }

    /// Whether two layers are the same value.
    func equals(_ other: any Layer) -> Bool { (other as? Self) == self }
}

/// A layer that files and the one-line form can name.
///
/// Its coding keys are its own, but for `kind` and `name`, which stand beside them: what the layer is, and what it is called.
public protocol CatalogLayer: Layer, Codable {
    static var syntax: LayerSyntax<Self> { get }
}

extension Layer {
    /// What the layer means for inputs of a shape, its tensors named without a path.
    ///
    /// - Parameter input: `[N, C, H, W]` or `[N, F]`; the graph is that of a batch of one.
    public func graph(for input: Shape) throws(ModelError) -> Graph {
        try requirePositive(input)
        guard input.rank >= 1 else {
            throw ModelError(.wrongRank, "cannot run.", needs: "a batch axis", received: "\(input)")
        }
        var builder = GraphBuilder(input: input.dropFirst().batched(1))
        let output = try build(builder.input, in: &builder)
        return try builder.finished(output)
    }

    /// The output's shape, with the batch of the input.
    public func outputShape(for input: Shape) throws(ModelError) -> Shape {
        let graph = try graph(for: input)
        return try checked(graph.shape(graph.output).dropFirst().batched(input[0]))
    }

    /// Trained tensors in a fixed order, named as in the file, e.g. `weight`.
    public func parameters(for input: Shape) throws(ModelError) -> [ParameterSpec] { try graph(for: input).parameters }

    /// Tensors that training updates without a gradient, e.g. running means.
    public func buffers(for input: Shape) throws(ModelError) -> [BufferSpec] { try graph(for: input).buffers }

    /// Multiply-adds of one forward pass over the whole batch; comparisons, sums and activations count as none.
    public func multiplyAdds(for input: Shape) throws(ModelError) -> Int {
        let one = try GraphWalk(try graph(for: input)).multiplyAdds.checkedSum()
        return try product(one, input[0])
    }

    /// The window that one output position sees.
    ///
    /// - Throws: ``ModelError`` where the layer cannot run.
    public func window(for input: Shape) throws(ModelError) -> Window {
        let graph = try graph(for: input)
        return try GraphWalk(graph).windows[graph.output.index]
    }
}

extension CatalogLayer {
    public var reducerName: String { "\(Self.syntax.tag) layer" }
}

extension [Int] {
    /// The sum, or ``ModelError/Code/tooLarge`` above 2^53.
    func checkedSum() throws(ModelError) -> Int {
        var total = 0
        for element in self { total = try sum(total, element) }
        return total
    }
}
