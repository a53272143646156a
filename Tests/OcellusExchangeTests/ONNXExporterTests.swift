// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import Testing

@testable import OcellusExchange

@Suite("ONNX export") struct ONNXExporterTests {
    @Test("every operator has a row, once") func rows() {
        let written = ONNXExporter.rows.map { $0.kind.name }.sorted()
        #expect(written == Op.all.map { $0.name }.sorted())
    }

    /// Together they have every operator.
    private static let networks = [
        "conv 4 3 stride 2 pad 1, batchnorm, silu, avgpool 3 stride 2 pad 1, conv 4 3 groups 2 dilation 2, gelu, "
            + "globalavgpool, dense classes",
        "conv 4 3, relu6, blurpool 3 stride 2, concat { conv 4 1, leakyrelu 0.1 | conv 4 3, hardswish }, layernorm, "
            + "maxpool 3 stride 2 pad 1, flatten, dropout 0.5, dense classes",
        "conv 4 3, gate { globalavgpool, dense 4, hardsigmoid }, residual { conv 4 3, batchnorm, droppath 0.1 }, scale 0.5, "
            + "globalmaxpool, tanh, dense classes",
        "local 3 3 stride 2, relu, local 3 3 random 7, sigmoid, flatten, dense classes",
        "patches 6 4, classtoken, positions, residual { layernorm, attention 3, layerscale }, layernorm, token 0, dense classes",
        "batchnorm, flatten, dense 5, dense classes, softmax",
    ]

    private func preprocessing(_ size: Int) -> Preprocessing {
        Preprocessing(
            width: size, height: size, channels: 3, mean: [0.5, 0.25, 0.125], standardDeviation: [0.2, 0.25, 0.3])
    }

    @Test("what is written reads back and computes the same", arguments: networks, [17, 20])
    func roundTrip(text: String, operatorSet: Int) throws {
        let network = try Network(text: text, input: [3, 16, 16], classes: 3)
        let graph = try network.graph()
        let weights = Answers.weights(graph, seed: 5)
        let image = Answers.image(2 * 3 * 16 * 16, seed: 6)
        let folding = try BatchNormFolding(graph)
        let model = try ONNXExporter.model(
            folding.graph, weights: folding.fold(weights), preprocessing: preprocessing(16), mode: .normalize,
            operatorSet: operatorSet, metadata: [(ONNXKey.classes, "[\"a\",\"b\",\"c\"]")])
        let read = try ONNXImporter(WireSource(try ONNXWriter(model).bytes, path: "a.onnx"))
        #expect(read.preprocessing == preprocessing(16) && read.preprocess == .normalize)
        #expect(read.classes == ["a", "b", "c"])
        let got = try Answers.of(read.graph, read.weights, image, count: 2)
        #expect(Answers.difference(got, try Answers.of(graph, weights, image, count: 2)) < 1e-5)
    }

    @Test("every operator occurs in them") func complete() throws {
        var seen: Set<String> = []
        for text in Self.networks {
            let graph = try Network(text: text, input: [3, 16, 16], classes: 3).graph()
            seen.formUnion(graph.operations.map { type(of: $0.kind).name })
        }
        #expect(Set(Op.all.map { $0.name }).subtracting(seen) == [])
    }

    @Test(
        "the resize reads back as the preprocessing that it is, whatever the rule",
        arguments: [
            ImageFitting(Size2D(16, 16)), ImageFitting(Size2D(16, 16), fit: .pad, resampling: .bicubic),
            ImageFitting(Size2D(16, 16), fit: .stretch), ImageFitting(Size2D(16, 16), crop: .fraction(0.875)),
            ImageFitting(Size2D(16, 16), crop: .resizeSide(20)),
        ])
    func prefix(fitting: ImageFitting) throws {
        let graph = try Network(text: "flatten, dense classes", input: [3, 16, 16], classes: 3).graph()
        let preprocessing = Preprocessing(fitting: fitting, channels: 3)
        var model = try ONNXExporter.model(
            graph, weights: Answers.weights(graph, seed: 1), preprocessing: preprocessing, mode: .resize)
        func read() throws -> ONNXImporter { try ONNXImporter(WireSource(try ONNXWriter(model).bytes, path: "a.onnx")) }
        #expect(try read().preprocessing == preprocessing)
        // One number of the resize is another: it is no longer ours, and what it does is not known.
        let place = try #require(model.graph.initializers.firstIndex { $0.name.hasPrefix("mean") })
        model.graph.initializers[place] = ONNXTensor("mean", [1, 3, 1, 1], floats: [1, 0, 0])
        #expect(throws: ExchangeError.self) { try read() }
    }

    @Test("what ONNX cannot say is an error that says what to do") func impossible() throws {
        let graph = try Network(text: "flatten, dense classes", input: [3, 16, 16], classes: 3).graph()
        let weights = Answers.weights(graph, seed: 1)
        let lanczos = Preprocessing(width: 16, height: 16, channels: 3, resampling: .lanczos)
        for (preprocessing, version) in [(preprocessing(16), 17), (lanczos, 18), (preprocessing(16), 22)] {
            let error = #expect(throws: ExchangeError.self) {
                try ONNXExporter.model(
                    graph, weights: weights, preprocessing: preprocessing, mode: .resize, operatorSet: version)
            }
            #expect(error?.kind == .notExpressible && error?.advice != nil)
        }
    }
}
