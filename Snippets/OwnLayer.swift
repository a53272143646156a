// SPDX-License-Identifier: Apache-2.0

// A layer of one's own: built of operators and other layers, with words for text and files.
// snippet.hide
import Foundation
// snippet.show
import Ocellus

/// A fire module (Iandola et al. 2016, arXiv:1602.07360): few maps, then many by 1×1 and 3×3 filters side by side.
struct Fire: CatalogLayer {
    var squeezed: Int
    var expanded: Int

    func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let few = try graph.build([Conv2D(squeezed, kernelSize: 1).named("squeeze")], from: x)
        let maps = try graph.apply(Op.Unary(.relu), few)
        let one = try graph.build([Conv2D(expanded, kernelSize: 1).named("expand1x1")], from: maps)
        let three = try graph.build([Conv2D(expanded, kernelSize: 3).named("expand3x3")], from: maps)
        return try graph.apply(Op.Unary(.relu), try graph.apply(Op.Concatenate(), one, three))
    }

    var description: String { "Fire(\(squeezed), \(expanded))" }

    static let syntax = LayerSyntax(
        "fire", word: "fire", Fire(squeezed: 1, expanded: 1),
        arguments: [
            .integer(\.squeezed, "squeezed", "a number of squeezed maps"),
            .integer(\.expanded, "expanded", "a number of expanded maps"),
        ])
}

let catalog = LayerCatalog.standard.adding(Fire.self)
let network = try Network(
    text: "conv 16 3x3, relu, maxpool 2, fire 8 16, globalavgpool, dense classes", input: [3, 32, 32], classes: 10,
    catalog: catalog)
print(try network.graph())
print(try NetworkSummary(network).parameters)

// With the catalogue a file names the layer; without, it holds what the layer means.
let named = try network.json(catalog: catalog)
let anywhere = try network.json()
print(try Network(from: named, catalog: catalog) == network)
print(try Network(from: anywhere).parameters() == network.parameters())
