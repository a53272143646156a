// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// `y = body(x) + shortcut(x)`; an empty shortcut is the identity. Both must give the same shape.
///
/// He et al. 2015, arXiv:1512.03385. Parameters are named `body.0.weight`, `shortcut.0.weight` unless the layers carry
/// names of their own.
public struct Residual: CatalogLayer {
    public var body: [NamedLayer]
    public var shortcut: [NamedLayer]

    public init(
        @NetworkBuilder body: () -> [NamedLayer], @NetworkBuilder shortcut: () -> [NamedLayer] = { [] }
    ) {
        self.body = body()
        self.shortcut = shortcut()
    }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let sum = try graph.build(body, branch: "body", from: x)
        let other = try graph.build(shortcut, branch: "shortcut", from: x)
        guard graph.shape(sum) == graph.shape(other) else {
            throw ModelError(
                .branchShapesDiffer, "cannot add its branches.", needs: "equal shapes",
                received:
                    "\(printed(graph.shape(sum))) from the body, \(printed(graph.shape(other))) from the shortcut",
                advice: "a 1×1 convolution with the body's stride and channels as the shortcut")
        }
        return try graph.apply(Op.Add(), sum, other)
    }

    public func mappingBranches(
        _ transform: (_ layers: [NamedLayer], _ branch: String) throws(ModelError) -> [NamedLayer]
    ) throws(ModelError) -> Residual {
        var mapped = self
        mapped.body = try transform(body, "body")
        mapped.shortcut = try transform(shortcut, "shortcut")
        return mapped
    }

    public var description: String {
        "Residual(" + body.map(\.layer.description).joined(separator: ", ")
            + (shortcut.isEmpty ? "" : "; shortcut " + shortcut.map(\.layer.description).joined(separator: ", ")) + ")"
    }
    public var reducerName: String { "residual block" }
    public static var syntax: LayerSyntax<Self> {
        let branches = LayerArgument<Self>(grammar: "`{` layers [`| shortcut` layers] `}`") {
            (parser, _, layer) throws(ModelError) in
            let branches = try parser.branches(shortcut: true)
            layer.body = branches[0]
            layer.shortcut = branches.count > 1 ? branches[1] : []
        } text: { layer, catalog in
            let shortcut = layer.shortcut.isEmpty ? [] : ["| shortcut", layer.shortcut.text(catalog)]
            return (["{", layer.body.text(catalog)] + shortcut + ["}"]).filter { !$0.isEmpty }.joined(separator: " ")
        }
        return LayerSyntax("residual", word: "residual", Self(body: {}), arguments: [branches])
    }
}
