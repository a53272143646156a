// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// Runs branches on the same input and joins their maps along the channel axis (or features along F).
///
/// `[N, C, H, W]` gives `[N, ΣCᵢ, H′, W′]`; all branches must give the same H′ and W′. Parameters of branch i are named
/// `branches.i.0.weight` unless the layers carry names of their own.
public struct Concatenate: CatalogLayer {
    public var branches: [[NamedLayer]]

    public init(_ branches: [[NamedLayer]]) { self.branches = branches }

    /// `Concatenate { Branch { … }; Branch { … } }`
    public init(@BranchBuilder _ branches: () -> [[NamedLayer]]) { self.branches = branches() }

    public func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        guard !branches.isEmpty else {
            throw ModelError(.emptyNetwork, "has no branches.", needs: "at least one branch")
        }
        var parts: [Graph.ValueID] = []
        for (index, branch) in branches.enumerated() {
            parts.append(try graph.build(branch, branch: "branches.\(index)", from: x))
        }
        return try graph.apply(Op.Concatenate(), parts)
    }

    public func mappingBranches(
        _ transform: (_ layers: [NamedLayer], _ branch: String) throws(ModelError) -> [NamedLayer]
    ) throws(ModelError) -> Concatenate {
        var mapped: [[NamedLayer]] = []
        for (index, branch) in branches.enumerated() { mapped.append(try transform(branch, "branches.\(index)")) }
        return Concatenate(mapped)
    }

    public var description: String {
        "Concatenate("
            + branches.map { $0.map(\.layer.description).joined(separator: ", ") }.joined(separator: " | ") + ")"
    }
    public static var syntax: LayerSyntax<Self> {
        let branches = LayerArgument<Self>(grammar: "`{` layers [`|` layers]… `}`") {
            (parser, _, layer) throws(ModelError) in
            layer.branches = try parser.branches(shortcut: false)
        } text: { layer, catalog in
            "{ " + layer.branches.map { $0.text(catalog) }.joined(separator: " | ") + " }"
        }
        return LayerSyntax("concatenate", word: "concat", Self([]), arguments: [branches])
    }
}
