// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusFiles
import OcellusGraph
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusOneDNN
import OcellusPixels
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

/// What PyTorch computes with the weights of the file that is embedded: `expected.json` beside the script that converted them.
private enum Expected {
    /// After each of features.0 to features.8: shape, mean, deviation, first four numbers.
    static let stages: [(shape: Shape, mean: Double, deviation: Double, first: [Float])] = [
        ([32, 112, 112], 2.171535, 1.823309, [3.77134, 3.56959, 3.3528, 3.1252]),
        ([16, 112, 112], 0.011401, 7.345378, [-1.08232, -1.9633, -1.59429, -1.11087]),
        ([24, 56, 56], 0.319397, 9.816623, [-3.71298, -5.43053, -3.10746, -1.83714]),
        ([40, 28, 28], 0.674485, 9.762978, [-14.60317, -23.36892, -15.23557, -15.26982]),
        ([80, 14, 14], -1.381117, 9.098572, [-3.11927, -1.18887, -3.20955, -4.66368]),
        ([112, 14, 14], -0.267954, 6.426765, [0.00799, 9.86051, 6.84736, 8.87031]),
        ([192, 7, 7], 0.203871, 5.278886, [-0.38081, -1.48844, 3.91616, -0.3467]),
        ([320, 7, 7], 0.00831, 2.409128, [2.09475, 2.84548, 2.4085, 2.53574]),
        ([1280, 7, 7], 0.15774, 0.668522, [0.0, 0.0, 0.0, 0.0]),
    ]
    /// First eight of the pooled features.
    static let pooled: [Float] = [0.0, 0.0, 0.01071, 0.0, 0.0, 0.0, 0.0, 0.00276]
    static let logits: [Float] = [
        -0.50001, 1.50977, -1.31948, -1.24749, -2.29332, 0.55005, -1.8207, -0.47396,
    ]
    /// Of 1,000 classes the five with the largest logits.
    static let top: [(index: Int, logit: Float)] = [
        (418, 8.03686), (885, 5.83655), (902, 5.79582), (604, 5.52018), (782, 5.48727),
    ]
    /// The three most probable classes of photos.
    static let photos: [(file: String, top: [(index: Int, probability: Double)])] = [
        (
            "hymenoptera/val/ants/10308379_1b6c72e180.jpg",
            [(975, 0.0583), (825, 0.0536), (599, 0.0407)]
        ),
        (
            "hymenoptera/val/ants/1053149811_f62a3410d3.jpg",
            [(310, 0.8538), (308, 0.0176), (300, 0.0104)]
        ),
        (
            "hymenoptera/val/ants/1073564163_225a64f170.jpg",
            [(310, 0.2585), (314, 0.082), (315, 0.0675)]
        ),
        (
            "hymenoptera/val/ants/1119630822_cd325ea21a.jpg",
            [(310, 0.7993), (71, 0.0274), (994, 0.0165)]
        ),
        (
            "hymenoptera/val/bees/1032546534_06907fe3b3.jpg",
            [(599, 0.4931), (410, 0.132), (309, 0.0719)]
        ),
        (
            "hymenoptera/val/bees/10870992_eebeeb3a12.jpg",
            [(309, 0.6829), (308, 0.0437), (322, 0.0135)]
        ),
        (
            "hymenoptera/val/bees/1181173278_23c36fac71.jpg",
            [(309, 0.3006), (325, 0.0547), (946, 0.0408)]
        ),
        (
            "hymenoptera/val/bees/1297972485_33266a18d9.jpg",
            [(309, 0.7571), (308, 0.0863), (322, 0.0178)]
        ),
    ]
}

@Suite("EfficientNet-Lite0 and its weights") struct EfficientNetTests {
    /// sin(0.05·i + 0.07·j + c), computed in Double.
    private static let image: [Float] = {
        var image: [Float] = []
        for channel in 0..<3 {
            for row in 0..<224 {
                for column in 0..<224 {
                    let angle: Double = 0.05 * Double(row) + 0.07 * Double(column) + Double(channel)
                    image.append(Float(sin(angle)))
                }
            }
        }
        return image
    }()

    private static func run(_ network: Network, _ weights: Weights) throws -> [Float] {
        let backend = OneDNNBackend(threads: 2)
        return try backend.thread.wait {
            let predictor = try Predictor(network, batchSize: 1, backend: backend)
            try predictor.load(weights)
            return try predictor.logits(count: 1) { _, buffer in
                for index in buffer.indices { buffer[index] = image[index] }
            }.scalars
        }
    }

    @Test("the weights are those of the published file") func published() throws {
        let backbone = Backbone.lite0
        let (network, weights) = try backbone.network(with: try backbone.originalHead())
        #expect(try network.parameters().reduce(0) { $0 + $1.shape.count } == 4_652_008)
        #expect((weights.parameters + weights.buffers).reduce(0) { $0 + $1.shape.count } == 4_694_024)
        try network.validate()
        try network.validate(weights)
        #expect(backbone.embeddedSHA256 == backbone.origin.sha256)
    }

    @Test("every stage is PyTorch's", arguments: 0..<9) func stage(_ number: Int) throws {
        let backbone = Backbone.lite0
        let all = backbone.features
        // A stage ends where the next one's first layer begins.
        let end =
            all.layers.firstIndex { $0.name?.hasPrefix("features.\(number + 1).") == true } ?? all.layers.count - 1
        var network = all
        network.layers = Array(all.layers[..<end]) + [NamedLayer(Flatten())]
        let (parameters, buffers) = (try network.parameters().count, try network.buffers().count)
        var weights = try backbone.weights()
        weights.parameters.removeLast(weights.parameters.count - parameters)
        weights.buffers.removeLast(weights.buffers.count - buffers)
        let values = try Self.run(network, weights)
        let expected = Expected.stages[number]
        #expect(values.count == expected.shape.count)
        var (sum, squares) = (0.0, 0.0)
        for value in values {
            sum += Double(value)
            squares += Double(value) * Double(value)
        }
        let mean = sum / Double(values.count)
        let variance = squares / Double(values.count) - mean * mean
        #expect(abs(mean - expected.mean) < 1e-4 * expected.deviation)
        #expect(abs(variance.squareRoot() - expected.deviation) < 1e-4 * expected.deviation)
        for (a, b) in zip(values, expected.first) { #expect(abs(a - b) < 1e-3 * Float(expected.deviation)) }
    }

    @Test("logits are PyTorch's within a ten-thousandth of the largest") func logits() throws {
        let backbone = Backbone.lite0
        let (network, weights) = try backbone.network(with: try backbone.originalHead())
        let logits = try Self.run(network, weights)
        let largest = Expected.top[0].logit
        for (a, b) in zip(logits, Expected.logits) { #expect(abs(a - b) <= 1e-4 * largest) }
        let order = logits.indices.sorted { logits[$0] > logits[$1] }
        #expect(Array(order.prefix(5)) == Expected.top.map(\.index))
        for (index, logit) in Expected.top { #expect(abs(logits[index] - logit) <= 1e-4 * largest) }
        let features = try Self.run(backbone.features, try backbone.weights())
        for (a, b) in zip(features, Expected.pooled) { #expect(abs(a - b) <= 1e-4) }
    }

    @Test(
        "recognises what PyTorch recognises in photos",
        .enabled(if: TestData.large("hymenoptera") != nil, "needs hymenoptera/ in OCELLUS_TEST_DATA"))
    func photos() throws {
        let folder = try #require(TestData.large("hymenoptera")).deletingLastPathComponent()
        let backbone = Backbone.lite0
        let (network, weights) = try backbone.network(with: try backbone.originalHead())
        let classifier = try Classifier(
            network: network, weights: weights, classes: (0..<1000).map(String.init),
            preprocessing: backbone.preprocessing, backend: OneDNNBackend(threads: 2))
        for (file, top) in Expected.photos {
            let prediction = try classifier.predict(folder.appending(path: file))
            // Decoders and resizers differ; classes that are nearly as probable may change places.
            for (index, probability) in top {
                #expect(abs(prediction.probabilities[index] - probability) < 0.03, "\(file)")
            }
            if top[0].probability - top[1].probability > 0.06 { #expect(prediction.index == top[0].index, "\(file)") }
        }
    }

    @Test("16-bit floats are widened exactly") func halves() {
        let values: [(UInt16, Float)] = [
            (0, 0), (0x3C00, 1), (0xC000, -2), (0x7BFF, 65504), (0x0400, 0x1p-14), (0x0001, 0x1p-24),
            (0x03FF, 0x1.FF8p-15),
            (0x8001, -0x1p-24), (0x7C00, .infinity), (0xFC00, -.infinity), (0x3555, 0.333251953125),
        ]
        for (bits, value) in values { #expect(Backbone.widened(bits) == value) }
        #expect(Backbone.widened(0x8000).sign == .minus)
        #expect(Backbone.widened(0x7E00).isNaN)
    }
}
