// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusTensor
import Testing

@testable import OcellusExchange

@Suite("ONNX import") struct ONNXImporterTests {
    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Fixtures")

    private struct Expected: Decodable {
        var shape: [Int]
        var input: [Float]
        var output: [Float]
    }

    /// Made by Scripts/fixtures/onnx_models.py with ONNX Runtime.
    private func expected(_ name: String) throws -> Expected {
        let data = try Data(contentsOf: Self.fixtures.appending(path: "expected.json"))
        return try #require(try JSONDecoder().decode([String: Expected].self, from: data)[name])
    }

    @Test(
        "agrees with ONNX Runtime on what PyTorch's exporters write",
        arguments: ["cnn-dynamo", "cnn-torchscript", "transformer-dynamo", "transformer-torchscript", "external"])
    func agrees(name: String) throws {
        let model = try ONNXImporter(contentsOf: Self.fixtures.appending(path: "\(name).onnx"))
        let wanted = try expected(name)
        let got = try Answers.of(model.graph, model.weights, wanted.input)
        // Sums in another order, over a handful of layers of at most 27 terms.
        #expect(Answers.difference(got, wanted.output) < 1e-5)
        #expect(model.preprocessing == nil && model.preprocess == nil)
        // A batch is what one image gives, again.
        let twice = try Answers.of(model.graph, model.weights, wanted.input + wanted.input, count: 2)
        #expect(twice == got + got)
    }

    @Test("takes channels that come last, padding and activations in pieces, and leaves the last softmax out")
    func channelsLast() throws {
        let model = try ONNXImporter(contentsOf: Self.fixtures.appending(path: "channels-last.onnx"))
        let wanted = try expected("channels-last")
        #expect(model.graph.shape(model.graph.input) == [1, 3, 9, 9])
        #expect(model.graph.operations.map { type(of: $0.kind).name }.first == "convolution", "nothing is turned twice")
        #expect(!model.graph.operations.contains { $0.kind is Op.Softmax })
        #expect(model.notices.contains { $0.contains("softmax") })
        let planes = (0..<3).flatMap { channel in (0..<81).map { wanted.input[$0 * 3 + channel] } }
        let logits = try Answers.of(model.graph, model.weights, planes)
        let sum = logits.map { exp($0) }.reduce(0, +)
        #expect(Answers.difference(logits.map { exp($0) / sum }, wanted.output) < 1e-5)
    }

    @Test("every unknown operator is in one error, with its place and how often") func unknown() throws {
        let error = #expect(throws: ExchangeError.self) {
            try ONNXImporter(contentsOf: Self.fixtures.appending(path: "unknown.onnx"))
        }
        #expect(error?.kind == .unknownOperators)
        #expect(
            error?.received
                == "Selu is not known (1×, first at \"second\"); Elu is not known (2×, first at \"third\")")
    }

    @Test("values keep the file's names, weights those of the network") func names() throws {
        let model = try ONNXImporter(contentsOf: Self.fixtures.appending(path: "cnn-dynamo.onnx"))
        #expect(model.graph.parameters.contains { $0.name == "deep.weight" })
        #expect(model.graph.operations.allSatisfy { !model.graph[$0.output].name.isEmpty })
        let text = try JSONEncoder().encode(model.graph)
        #expect(try JSONDecoder().decode(Graph.self, from: text).operations.count == model.graph.operations.count)
    }

    @Test("mutants are errors or other networks, never a crash") func mutants() throws {
        let bytes = try [UInt8](Data(contentsOf: Self.fixtures.appending(path: "cnn-dynamo.onnx")))
        var random = CounterRandom(seed: 1, purpose: .test)
        var refused = 0
        for _ in 0..<400 {
            var mutant = bytes
            for _ in 0...random.nextIndex(below: 3) {
                mutant[random.nextIndex(below: mutant.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            do {
                _ = try ONNXImporter(WireSource(mutant, path: "mutant.onnx"))
            } catch let error as any OcellusError {
                #expect(!error.summary.isEmpty)
                refused += 1
            }
        }
        #expect(refused > 40)
    }
}
