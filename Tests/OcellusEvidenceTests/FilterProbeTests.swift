// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusInference
import OcellusModel
import OcellusOneDNN
import OcellusTensor
import Testing

@testable import OcellusEvidence

@Suite("What filters detect") struct FilterProbeTests {
    private let backend = OneDNNBackend(threads: 1)

    // Class means of the two features are (1, 10) and (3, 10); the second feature never changes and tells nothing.
    @Test("the nearest mean of the strongest responses decides") func nearestMean() {
        let responses = FilterProbe.Responses(
            layer: "0", filters: 2, maps: 2, learned: [[0, 10], [2, 10], [2, 10], [4, 10]],
            test: [[1.9, 0], [2.1, 99], [-5, 10], [0, 10]])
        #expect(NearestMean.accuracy(responses, [0, 0, 1, 1], [0, 1, 0, 1], classes: 3) == 0.75)
    }

    // One filter is the first pixel's value, the other the negative of it; the dense layer takes the first class when the
    // picture is bright and the second when it is dark, both by the first filter alone.
    @Test("a filter that the network needs is told from one that it does not") func silenced() throws {
        let network = Network(input: [1, 1, 1]) {
            Conv2D(2, kernelSize: 1)
            ReLU()
            Flatten()
            Dense(2)
        }
        let weights = Weights(
            parameters: [
                Tensor([2, 1, 1, 1], [1, -1]), Tensor([2], [0, 0]), Tensor([2, 2], [1, 0, 0, 0]),
                Tensor([2], [0, 0.5]),
            ], buffers: [])
        let model = try Classifier(
            network: network, weights: weights, classes: ["bright", "dark"],
            preprocessing: Preprocessing(width: 1, height: 1, channels: 1),
            backend: backend)
        let images = try ImageSet(
            classes: ["bright", "dark"], shape: [1, 1, 1], labels: [0, 0, 1, 1], pixels: [255, 200, 0, 20])
        let result = try #require(
            try FilterProbe.result(
                model, drawn: weights, train: images, test: images, isFirst: true, withPictures: true, mayGoOn: {}))
        #expect(result.filters == 2 && result.maps == 2 && result.chance == 0.5)
        #expect(result.accuracy == 1 && result.trained == 1 && result.drawn == 1)
        // Without the first filter everything is dark; the second never responds to what is not negative.
        #expect(result.lostWithout == [0.5, 0])
        #expect(result.withoutHalf == 0.5)
        #expect(result.sheet?.filters.map(\.accuracyLost) == [0.5, 0])
    }
}
