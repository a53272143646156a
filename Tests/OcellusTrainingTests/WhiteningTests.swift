// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import OcellusTraining
import Testing

@Suite("Whitening") struct WhiteningTests {
    /// Two channels would need colour images; four numbers of a 2×2 patch are enough to be correlated.
    static let network = Network(input: [1, 6, 6]) {
        Conv2D(8, kernelSize: 2, padding: .valid)
        Flatten()
        Dense(3)
    }

    @Test("the answers of the first half of the filters have the identity as second moments") func identity() throws {
        let images = try SmallData.images(30)
        let (mean, deviation) = try images.channelStatistics()
        let scaling = PixelScaling(mean: mean, standardDeviation: deviation)
        let weight = try Whitening(images: 20, epsilon: 1e-12).weight(of: Self.network, from: images, scaling: scaling)
        #expect(weight.shape == [8, 1, 2, 2])
        var moments = [Double](repeating: 0, count: 16)
        var pixels = [Float](repeating: 0, count: 36)
        for index in 0..<20 {
            try pixels.withUnsafeMutableBufferPointer { try images.copyScaled([index], by: scaling, into: $0) }
            for row in 0..<5 {
                for column in 0..<5 {
                    let patch = [0, 1, 6, 7].map { Double(pixels[row * 6 + column + $0]) }
                    let answers = (0..<4).map { k in
                        (0..<4).reduce(0.0) { $0 + Double(weight.scalars[4 * k + $1]) * patch[$1] }
                    }
                    for i in 0..<16 { moments[i] += answers[i / 4] * answers[i % 4] / (20 * 25) }
                }
            }
        }
        for i in 0..<16 { #expect(abs(moments[i] - (i / 4 == i % 4 ? 1 : 0)) < 1e-5) }
        #expect(weight.scalars[16...].elementsEqual(weight.scalars[..<16].map { -$0 }))
        // Descending eigenvalues are ascending lengths.
        let lengths = (0..<4).map { k in weight.scalars[4 * k..<4 * k + 4].reduce(0) { $0 + $1 * $1 } }
        #expect(lengths == lengths.sorted())
    }

    @Test("a training starts with them, and frozen they stay") @EngineActor func training() throws {
        var configuration = TrainingConfiguration(epochs: 1, batchSize: 4, optimizer: .adam(), whitening: Whitening())
        var network = Self.network
        network.frozen = ["0.weight"]
        let parts = try SmallData.parts()
        let session = try SmallData.session(configuration, network: network, parts: parts)
        let expected = try Whitening().weight(
            of: network, from: parts.train, scaling: PixelScaling(parts.preprocessing))
        try session.run(emit: { _ in })
        #expect(try session.lastWeights.parameters[0] == expected)
        configuration.whitening = Whitening(epsilon: 0)
        #expect(throws: ModelError.self) { try SmallData.session(configuration, network: network, parts: parts) }
    }

    @Test("first layers that cannot be whitened are refused") func refused() throws {
        for layer in [Conv2D(7, kernelSize: 2), Conv2D(10, kernelSize: 2), Conv2D(8, kernelSize: 2, dilation: 2)] {
            let network = Network(input: [1, 6, 6]) {
                layer
                Flatten()
                Dense(3)
            }
            let error = #expect(throws: ModelError.self) { try Whitening().layer(of: network) }
            #expect(error?.kind == .outOfRange)
        }
    }
}
