// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Agreement with torchvision and timm") struct PublishedNetworkTests {
    /// Largest difference of a logit, as a share of the largest.
    ///
    /// Rounding errors of independent signs grow like √K·ε over K products of a sum and add over the layers: about 1e-6 of a
    /// layer's largest number in float32, 1e-5 over dozens of layers. A wrong padding, epsilon or activation changes logits by
    /// far more than a thousandth.
    static let tolerance = 1e-4

    static func numbers(_ text: String?) throws -> [Double] {
        try JSONDecoder().decode([Double].self, from: Data(try #require(text).utf8))
    }

    static func difference(_ logits: [Double], _ expected: [Double]) -> Double {
        guard logits.count == expected.count else { return .infinity }
        let scale = expected.map(abs).max() ?? 1
        return zip(logits, expected).map { abs($0 - $1) }.max().map { $0 / scale } ?? .infinity
    }

    /// The logits of the fixtures' picture by every engine, and as a classifier computes them, with batch norms folded.
    @EngineActor static func logits(_ match: WeightsMatch) throws -> [(engine: String, logits: [Double])] {
        let network = match.network
        let image = PublishedFixture.image(network.input)
        func doubles(_ tensor: Tensor<Float>) -> Tensor<Double> {
            Tensor(tensor.shape, tensor.scalars.map(Double.init))
        }
        let data = NetworkData(
            input: Tensor(network.input.batched(1), image.scalars.map(Double.init)),
            parameters: match.weights.parameters.map(doubles), buffers: match.weights.buffers.map(doubles),
            outputGradient: Tensor(repeating: 0, try network.outputShape()))
        var results = try Engine.all.map { ($0.description, try $0.infer(network, data).scalars) }
        let predictor = try Predictor(network, batchSize: 1, backend: OneDNNBackend(threads: 1))
        try predictor.load(match.weights)
        let folded = try predictor.logits(count: 1) { _, buffer in _ = buffer.update(fromContentsOf: image.scalars) }
        results.append(("onednn, folded", folded.scalars.map(Double.init)))
        return results
    }

    @Test("logits of small networks", arguments: PublishedFixture.all)
    func logits(fixture: PublishedFixture) async throws {
        let dictionary = try StateDictionary(contentsOf: fixture.url)
        let metadata = try Safetensors(contentsOf: fixture.url).metadata
        for (input, logits) in [("input", "logits"), ("resized_input", "resized")] {
            // Tables of positions alone depend on the images' size.
            guard metadata[input] != nil || input == "input" else { continue }
            let shape = Shape(try Self.numbers(metadata[input]).map { Int($0) })
            let match = try WeightsMatch(dictionary, fixture.network, input: shape)
            #expect(match.count(.unused) == 0 && match.count(.new) == 0)
            #expect(match.count(.resized) == (input == "input" ? 0 : 1))
            let expected = try Self.numbers(metadata[logits])
            for (engine, logits) in try await Self.logits(match) {
                let difference = Self.difference(logits, expected)
                #expect(difference <= Self.tolerance, "\(engine): \(difference) of the largest logit")
            }
        }
    }

    @Test("every family is there, in both libraries' names where both have it") func complete() {
        let names = Set(PublishedFixture.all.map(\.name))
        for family in [
            "resnet", "mobilenetv2", "mobilenetv3", "mobilenetv4", "efficientnet", "convnext", "deit", "dinov2",
        ] {
            #expect(names.contains { $0.hasPrefix(family) && $0.hasSuffix("timm") })
        }
        for family in ["mobilenetv2", "mobilenetv3", "efficientnet", "convnext", "vit"] {
            #expect(names.contains("\(family)-torchvision"))
        }
    }

    /// Full-size networks with random weights, made by `Scripts/fixtures/published_networks.py --check DIR`; too large to be kept.
    @Test("logits of full-size networks", .enabled(if: folder != nil)) func fullSize() async throws {
        let folder = try #require(Self.folder)
        let files = try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        for file in files.sorted(by: { $0.path < $1.path }) where file.pathExtension == "safetensors" {
            let metadata = try Safetensors(contentsOf: file).metadata
            let name = try #require(metadata["name"])
            let published = try #require(
                PublishedNetwork.named(name).first { $0.library.rawValue == metadata["library"] })
            let shape = Shape(try Self.numbers(metadata["input"]).map { Int($0) })
            let match = try WeightsMatch(try StateDictionary(contentsOf: file), published, input: shape)
            let difference = Self.difference(
                try await Self.folded(match), try Self.numbers(metadata["logits"]))
            #expect(difference <= Self.tolerance, "\(name)")
            print(
                "\(file.lastPathComponent): \(match.rows.count) tensors, difference \(difference) of the largest logit")
        }
    }

    static var folder: URL? {
        ProcessInfo.processInfo.environment["OCELLUS_TEST_PUBLISHED"].map { URL(filePath: $0) }
    }

    @EngineActor private static func folded(_ match: WeightsMatch) throws -> [Double] {
        let image = PublishedFixture.image(match.network.input)
        let predictor = try Predictor(match.network, batchSize: 1, backend: OneDNNBackend(threads: 1))
        try predictor.load(match.weights)
        return try predictor.logits(count: 1) { _, buffer in
            _ = buffer.update(fromContentsOf: image.scalars)
        }.scalars.map(Double.init)
    }
}
