// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor

@testable import OcellusArchive

/// The model of the fixture `model-1.0.safetensors`, without its self-test: every kind of tensor, no round number.
enum SampleModel {
    static let network = Network(input: [3, 5, 5]) {
        Conv2D(4, kernelSize: 3)
        BatchNorm2D()
        ReLU()
        MaxPool2D(2)
        Flatten()
        Dense(3)
    }
    static let classes = ["cat", "dog", "Käuzchen \"owl\""]
    static let preprocessing = Preprocessing(
        width: 5, height: 5, channels: 3, fit: .pad, mean: [0.4914, 0.4822, 0.4465],
        standardDeviation: [0.247, 0.2435, 0.2616])
    static let record = TrainingRecord(
        optimizer: .adam(learningRate: 0.002), schedule: Schedule(.cosine(final: 0.01), warmupEpochs: 0.5),
        loss: Loss(labelSmoothing: 0.1), epochs: 10, epoch: 7, batchSize: 32, seed: .max,
        data: DataIdentity(
            name: "three animals", sha256: String(repeating: "0a", count: 32),
            splitSha256: String(repeating: "b1", count: 32)),
        validation: TrainingRecord.Score(correct: 9, count: 12), test: nil, backend: "reference",
        choices: ["0 Conv2D": "direct"], ocellusVersion: "0.1.0", date: "2026-01-31T12:00:00Z")

    static func weights() throws -> Weights {
        var weights = try network.initialWeights(seed: 1)
        weights.buffers = [Tensor([4], [0.1, -0.2, 0.3, 0]), Tensor([4], [1, 0.5, 2, 1.5])]
        weights.batchesTracked = 7
        return weights
    }

    static func file() throws -> ModelFile {
        ModelFile(
            network: network, weights: try weights(), classes: classes, preprocessing: preprocessing, record: record,
            selfTest: SelfTest(pixels: SelfTest.pixels(for: network.input), logits: [0.1, -2.5, 1e-3]))
    }
}
