// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusOneDNN
import OcellusPixels
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import OcellusTraining
import Testing

@testable import OcellusEvidence

/// A network that no layer made: two paths over gray 8×9 images that meet before three classes, with names of its own.
private func twoPaths() throws -> Network {
    var graph = try GraphBuilder(image: [1, 8, 9])
    func convolve(_ x: Graph.ValueID, _ kernel: Int, _ name: String) throws -> Graph.ValueID {
        let inputs = graph.shape(x)[1]
        let kind = Op.Convolution(
            geometry: try Geometry2D(input: graph.shape(x), kernel: Size2D(kernel, kernel), stride: 1, padding: .same),
            inputChannels: inputs, outputChannels: 4, groups: 1, hasBias: false)
        let weight = try graph.parameter(
            "\(name)/W", kind.weightShape, .heNormal, fanIn: inputs * kernel * kernel, fanOut: 4 * kernel * kernel)
        return try graph.apply(kind, [x, weight], named: name)
    }
    let stem = try convolve(graph.input, 3, "stem conv")
    let norm = try graph.apply(
        Op.BatchNorm(epsilon: 1e-5, momentum: 0.1),
        [
            stem, try graph.parameter("stem/γ", [4], .ones), try graph.parameter("stem/β", [4], .zeros),
            try graph.buffer("stem/mean", [4], initialValue: 0), try graph.buffer("stem/var", [4], initialValue: 1),
        ], named: "stem norm")
    let x = try graph.apply(Op.Unary(.relu), [norm], named: "stem, relu")
    let sum = try graph.apply(
        Op.Add(), [try convolve(x, 3, "left"), try convolve(x, 1, "right")], named: "paths + sum")
    let active = try graph.apply(Op.Unary(.relu), [sum], named: "joined")
    let pooled = try graph.apply(
        Op.MaxPool(try Geometry2D(input: graph.shape(active), kernel: 2, stride: 2, padding: .valid)), active)
    let flat = try graph.apply(Op.Reshape([64]), pooled)
    let weight = try graph.parameter("head/W", [3, 64], .glorotUniform, fanIn: 64, fanOut: 3)
    let bias = try graph.parameter("head/b", [3], .zeros)
    return try Network(
        try graph.finished(try graph.apply(Op.MatrixProduct(hasBias: true), [flat, weight, bias], named: "logits")))
}

/// An own layer of two convolutions and a pool, which files hold as its graph.
private struct Block: Layer {
    func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let maps = try graph.build([Conv2D(4, kernelSize: 3).named("conv"), NamedLayer(Dropout(0.2))], from: x)
        return try graph.build([MaxPool2D(2).named("pool")], from: maps)
    }
    var description: String { "Block" }
}

@Suite("A network that no layer made", .serialized) struct GraphNetworkTests {
    private let backend = OneDNNBackend(threads: 1)
    private let names = [
        "stem conv", "stem norm", "stem, relu", "left", "right", "paths + sum", "joined", "%8", "%9", "logits",
    ]

    private func trained(_ network: Network, epochs: Int = 6) async throws -> Classifier {
        let configuration = TrainingConfiguration(
            epochs: epochs, batchSize: 10, optimizer: .adam(learningRate: 0.01), result: .last)
        let run = try await Trainer(network, configuration: configuration, validationFraction: 0, backend: backend)
            .fit(MadeUpImages.dataset())
        return try Classifier(
            network: run.network, weights: run.weights, classes: run.classes, preprocessing: run.preprocessing,
            backend: backend)
    }

    @Test("its summary has the graph's own names and costs") func summary() throws {
        let summary = try NetworkSummary(try twoPaths())
        #expect(summary.rows.map(\.name) == names)
        #expect(summary.rows[0].layer == "convolution 3×3, padding 1")
        #expect(summary.parameters == 36 + 8 + 144 + 16 + 195)
        // 72 positions: 4·9, a norm's 4, 4·4·9 and 4·4; then 3·64.
        #expect(summary.multiplyAdds == 72 * (36 + 4 + 144 + 16) + 192)
        #expect(summary.rows[7].receptiveField == 6)
    }

    @Test("it trains, is saved, read, asked, evaluated, probed and explained") func whole() async throws {
        let images = try MadeUpImages.dataset()
        let model = try await trained(try twoPaths())
        let accuracy = try model.evaluate(images.test).accuracy
        #expect(accuracy > 0.6)
        let picture = try images.test.image(at: 0)
        try await MadeUpImages.inTemporaryDirectory { folder in
            let file = folder.appending(path: "model.safetensors")
            try model.save(to: file)
            let back = try Classifier(contentsOf: file, backend: backend)
            #expect(back.network == model.network && back.weights.parameters == model.weights.parameters)
            #expect(back.weights.buffers == model.weights.buffers)
            #expect(try back.predict(picture).probabilities == model.predict(picture).probabilities)
            #expect(try back.evaluate(images.test).accuracy == accuracy)
            let tensors = try Safetensors(contentsOf: file).entries.map(\.name)
            #expect(Set(tensors).isSuperset(of: ["stem/γ", "left/W", "stem/mean", "head/b"]))
            try back.save(to: folder.appending(path: "again.safetensors"))
            #expect(
                try Data(contentsOf: folder.appending(path: "again.safetensors")) == Data(contentsOf: file))
        }

        let probe = try ModelProbe(images: 12).record(of: [("a graph", model)], test: images.test)
        #expect(probe.models.first?.accuracy == accuracy)

        var explainer = Explainer()
        explainer.randomModels = 1
        explainer.noiseImages = 2
        let record = try await explainer.record(
            of: [("a graph", model)], pictures: [.init(name: "bar", image: picture)])
        let explained = try #require(record.models.first)
        // The last maps with filters behind them, after the sum and the ReLU that follow.
        #expect(explained.layer == "joined")
        #expect(explained.receptiveField?.theoretical == 5)
        #expect(explained.summary.rows.map(\.name) == names)
        #expect(explained.explanations.first?.maps.count == 3)
        #expect(explained.filters.map(\.layer) == ["stem conv", "left", "right"])
        #expect(explained.filters.map(\.receptiveField) == [3, 5, 3])
        explainer.layer = "left"
        explainer.drawsPictures = false
        let left = try await explainer.record(of: [("a graph", model)], pictures: [.init(name: "bar", image: picture)])
        #expect(left.models.first?.layer == "left")
        explainer.layer = "lfet"
        let error = await #expect(throws: ModelError.self) {
            try await explainer.record(of: [("a graph", model)], pictures: [.init(name: "bar", image: picture)])
        }
        #expect(error?.advice == "did you mean \"left\"?")
    }

    @Test("it is compared with a network of layers; what needs layers says so") func compared() async throws {
        let images = try MadeUpImages.dataset()
        let graph = try twoPaths()
        var configuration = MadeUpImages.configuration(.tutorial, seeds: [1], epochs: 1)
        configuration.networks[1] = .init(name: "graph", network: graph)
        try await MadeUpImages.inTemporaryDirectory { folder in
            let path = folder.appending(path: "run").path(percentEncoded: false)
            let comparison = try Comparison.create(
                configuration, images: images, backend: MadeUpImages.backend, at: path)
            let record = try await comparison.run(report: { _ in })
            #expect(record.networks[1].network == graph)
            #expect(record.pictures?.filters[1].map(\.layer) == ["stem conv", "left", "right"])
            // As text and back.
            let text = try CanonicalJSON.encode(record)
            #expect(try CanonicalJSON.decode(ComparisonRecord.self, from: text).networks[1].network == graph)
        }
        let settings = TrialSettings(learningRate: 0.1, dropout: 0.5)
        #expect(settings.applied(to: graph) == graph)
        #expect(throws: EvidenceError.self) { try NetworkMatch.params.resized(graph, toFit: MadeUpImages.dense) }
    }

    @Test("a filter's patches are what the filter sees, not what its layer makes of it") func windows() async throws {
        let network = Network(input: [1, 8, 9]) {
            Block().named("block")
            Flatten()
            Dense(3)
        }
        let model = try await trained(network, epochs: 1)
        let sheets = try await EngineActor.run {
            try FilterPictures(model: model, test: MadeUpImages.set(count: 9, seed: 3)).sheets()
        }
        #expect(sheets.map(\.layer) == ["block.conv"])
        #expect(sheets.first?.receptiveField == 3)
        #expect(try NetworkSummary(network).rows[0].receptiveField == 4)
        // From a file the layer is its graph.
        try await MadeUpImages.inTemporaryDirectory { folder in
            let file = folder.appending(path: "model.safetensors")
            try model.save(to: file)
            let back = try Classifier(contentsOf: file, backend: backend)
            #expect(back.network == (try network.storable()))
            let picture = try MadeUpImages.set(count: 1, seed: 5).image(at: 0)
            #expect(try back.predict(picture).probabilities == model.predict(picture).probabilities)
            let stored = try await EngineActor.run {
                try FilterPictures(model: back, test: MadeUpImages.set(count: 9, seed: 3)).sheets()
            }
            #expect(stored.map(\.layer) == ["block.conv"])
            #expect(stored.first?.receptiveField == 3)
        }
    }
}
