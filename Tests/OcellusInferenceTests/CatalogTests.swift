// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusInference

/// A layer of the tests' own that a catalogue can name.
private struct Doubled: CatalogLayer {
    var factor: Float
    func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        try graph.apply(Op.Scale(factor), try graph.build([Conv2D(2, kernelSize: 3).named("conv")], from: x))
    }
    var description: String { "Doubled(\(factor))" }
    static var syntax: LayerSyntax<Self> {
        LayerSyntax("doubled", word: "doubled", Self(factor: 2), arguments: [.number(\.factor, "factor", "a factor")])
    }
}

@Suite("Files of layers of one's own") struct CatalogTests {
    private let catalog = LayerCatalog.standard.adding(Doubled.self)
    private let network = Network(input: [1, 6, 6]) {
        Residual {
            Doubled(factor: 3)
        } shortcut: {
            Conv2D(2, kernelSize: 1)
        }
        BatchNorm2D()
        Flatten()
        Dense(3)
    }

    @Test("a network's JSON is read with the catalogue that it was written with; without one it holds graphs")
    func json() throws {
        let named = try network.json(catalog: catalog)
        #expect(try Network(from: named, catalog: catalog) == network)
        #expect(try network.json(catalog: catalog) == named)
        let error = #expect(throws: ModelError.self) { try Network(from: named) }
        #expect(error?.kind == .unknownLayer)
        #expect(error?.received == "doubled")
        let plain = try network.json()
        #expect(try Network(from: plain) == network.storable())
        #expect(try Network(from: plain, catalog: catalog) == network.storable())
        let damaged = #expect(throws: ArchiveError.self) { try Network(from: plain.dropLast()) }
        #expect(damaged?.summary.hasPrefix("the network's JSON is not sound JSON") == true)
        // A graph that does not hold together is the graph's own error.
        let wrong = String(decoding: plain, as: UTF8.self).replacingOccurrences(
            of: #""operator":"scale""#, with: #""operator":"scael""#)
        let unknown = #expect(throws: ModelError.self) { try Network(from: Data(wrong.utf8)) }
        #expect(unknown?.advice == "did you mean \"scale\"?")
    }

    @Test("a model file of either form gives the same answers", arguments: ClassifierTests.engines)
    func file(engine: Engine) throws {
        let model = try Classifier(
            network: network, weights: try network.initialWeights(seed: 2), classes: ["a", "b", "c"],
            preprocessing: Preprocessing(width: 6, height: 6, channels: 1), backend: engine.backend)
        let image = DecodedImage(width: 6, height: 6, channels: 1, pixels: (0..<36).map { UInt8(7 * $0) })
        let folder = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let (named, plain) = (folder.appending(path: "named"), folder.appending(path: "plain"))
        try model.save(to: named, catalog: catalog)
        try model.save(to: plain)
        let fromNamed = try Classifier(contentsOf: named, catalog: catalog, backend: engine.backend)
        let fromPlain = try Classifier(contentsOf: plain, backend: engine.backend)
        #expect(fromNamed.network == network)
        #expect(fromPlain.network == (try network.storable()))
        #expect(fromNamed.weights == model.weights && fromPlain.weights == model.weights)
        let expected = try model.predict(image).probabilities
        #expect(try fromNamed.predict(image).probabilities == expected)
        #expect(try fromPlain.predict(image).probabilities == expected)
        #expect(throws: ModelError.self) { try Classifier(contentsOf: named, backend: engine.backend) }
        // Tensors have the same names in both.
        #expect(
            try Safetensors(contentsOf: named).entries.map(\.name) == Safetensors(contentsOf: plain).entries.map(\.name)
        )
    }
}
