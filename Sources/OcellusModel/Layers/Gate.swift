// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = x · body(x)`: what the body makes of the input weighs it.
///
/// A body that gives one number for each channel, `[N, C]` or `[N, C, 1, 1]`, weighs whole maps: the squeeze-and-excite of
/// Hu, Shen and Sun 2017, arXiv:1709.01507, is
///
///     Gate { GlobalAveragePool2D(); Dense(4); ReLU(); Dense(64); Sigmoid() }
///
/// One that gives the input's shape weighs every element. Parameters are named `body.1.weight` unless the layers carry names
/// of their own.
public struct Gate: CatalogLayer {
    public var body: [NamedLayer]

    public init(@NetworkBuilder _ body: () -> [NamedLayer]) { self.body = body() }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        var gate = try graph.build(body, branch: "body", from: x)
        let (input, found) = (graph.shape(x), graph.shape(gate))
        if input.rank == 4, found.rank == 2 { gate = try graph.apply(Op.Reshape([found[1], 1, 1]), gate) }
        guard graph.shape(gate) == input || input.rank == 4 && graph.shape(gate) == [input[0], input[1], 1, 1] else {
            throw ModelError(
                .branchShapesDiffer, "cannot weigh its input.",
                needs: "\(printed(input))\(input.rank == 4 ? ", or [N, \(input[1])]" : "") from the body",
                received: printed(found), advice: "a last layer of as many channels as the input has")
        }
        return try graph.apply(Op.Multiply(), x, gate)
    }

    public func mappingBranches(
        _ transform: (_ layers: [NamedLayer], _ branch: String) throws(ModelError) -> [NamedLayer]
    ) throws(ModelError) -> Gate {
        var mapped = self
        mapped.body = try transform(body, "body")
        return mapped
    }

    public var description: String { "Gate(" + body.map(\.layer.description).joined(separator: ", ") + ")" }
    public static var syntax: LayerSyntax<Self> {
        let body = LayerArgument<Self>(grammar: "`{` layers `}`") { (parser, _, layer) throws(ModelError) in
            let branches = try parser.branches(shortcut: false)
            guard branches.count == 1 else {
                throw ModelError(
                    .unreadableText, "the network's text gives a gate several branches.", needs: "gate { layers }",
                    received: "\(branches.count) branches")
            }
            layer.body = branches[0]
        } text: { layer, catalog in
            "{ " + layer.body.text(catalog) + " }"
        }
        return LayerSyntax("gate", word: "gate", Self {}, arguments: [body])
    }
}
