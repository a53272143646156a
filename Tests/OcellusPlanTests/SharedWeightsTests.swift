// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Weights shared between plans", .serialized) struct SharedWeightsTests {
    private static let network = Network(input: [3, 8, 8]) {
        Conv2D(32, kernelSize: 3)
        BatchNorm2D()
        ReLU()
        Conv2D(32, kernelSize: 3)
        ReLU()
        Flatten()
        Dense(40)
        ReLU()
        Dense(10)
    }

    @EngineActor private func logits(_ predictor: Predictor, _ count: Int) throws -> [Float] {
        try predictor.logits(count: count) { range, buffer in
            for (place, index) in range.enumerated() {
                for pixel in 0..<192 { buffer[place * 192 + pixel] = Float((index * 37 + pixel * 11) % 19) / 10 - 0.9 }
            }
        }.scalars
    }

    private static let precisions: [Precision] = OneDNNBackend.hasBfloat16 ? [.float32, .bfloat16] : [.float32]

    @Test("plans of several batch sizes give what they give with weights of their own", arguments: precisions)
    @EngineActor func agree(precision: Precision) throws {
        let backend = try OneDNNBackend(threads: 1, precision: precision)
        let weights = try Self.network.initialWeights(seed: 3)
        let shared = SharedWeights()
        var own = 0
        var together = 0
        for batchSize in [1, 16, 5, 1] {
            let alone = try Predictor(Self.network, batchSize: batchSize, backend: backend)
            try alone.load(weights)
            let sharing = try Predictor(Self.network, batchSize: batchSize, backend: backend, sharing: shared)
            try sharing.load(weights)
            // Seven images: batches of one, padded ones, and a rest of two.
            #expect(try logits(sharing, 7) == logits(alone, 7))
            own += alone.memory.persistent
            together += sharing.memory.persistent
        }
        let bytes = 4 * (try Self.network.parameters().reduce(0) { $0 + $1.shape.count })
        // Layouts differ between some batch sizes; the second plan of a size adds nothing.
        #expect(together < own - bytes)
        let again = try Predictor(Self.network, batchSize: 5, backend: backend, sharing: shared)
        // What one plan has loaded, every plan reads.
        let fresh = try Predictor(Self.network, batchSize: 5, backend: backend)
        try fresh.load(weights)
        #expect(try logits(again, 7) == logits(fresh, 7))
    }

    @Test("memory outlives the plan that asked for it, as long as another reads it") @EngineActor func lifetime() throws
    {
        let backend = OneDNNBackend(threads: 1)
        let weights = try Self.network.initialWeights(seed: 3)
        var first: Predictor? = try Predictor(Self.network, batchSize: 2, backend: backend)
        try first?.load(weights)
        let expected = try logits(try #require(first), 2)
        var shared = [SharedWeights()]
        first = try Predictor(Self.network, batchSize: 2, backend: backend, sharing: shared[0])
        try first?.load(weights)
        let second = try Predictor(Self.network, batchSize: 2, backend: backend, sharing: shared[0])
        first = nil
        shared = []
        #expect(try logits(second, 2) == expected)
    }

    @Test("transformed filters that plans keep follow the weights", arguments: precisions) @EngineActor
    func keptFilters(precision: Precision) throws {
        let network = Network(input: [3, 8, 8]) {
            Conv2D(32, kernelSize: 3, padding: .same)
            ReLU()
            Conv2D(32, kernelSize: 3, padding: .same)
            ReLU()
            Flatten()
            Dense(10)
        }
        let winograd = PlantedTimer { _, algorithm in algorithm == .winograd ? 1 : 4 }
        let backend = try OneDNNBackend(threads: 1, precision: precision, algorithms: winograd.book())
        let shared = SharedWeights()
        let alone = try Predictor(network, batchSize: 3, backend: backend)
        let writing = try Predictor(network, batchSize: 3, backend: backend, sharing: shared)
        let reading = try Predictor(network, batchSize: 3, backend: backend, sharing: shared)
        #expect(reading.choices.values.contains("winograd"))
        // The second convolution's filters as they are, and transformed: 36 products or more for each pair of channels.
        #expect(alone.memory.persistent >= 4 * 32 * 32 * (9 + 36))
        var seen: [[Float]] = []
        for seed in 1...3 as ClosedRange<UInt64> {
            let weights = try network.initialWeights(seed: seed)
            try alone.load(weights)
            try writing.load(weights)
            let fresh = try Predictor(network, batchSize: 3, backend: backend)
            try fresh.load(weights)
            let expected = try logits(fresh, 5)
            #expect(try logits(alone, 5) == expected)
            #expect(try logits(reading, 5) == expected)
            #expect(try logits(writing, 5) == expected)
            #expect(!seen.contains(expected))
            seen.append(expected)
        }
    }
}
