// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import OcellusTraining
import Testing

/// A layer that no catalogue holds, of layers inside it.
private struct Noisy: Layer {
    func build(_ x: Graph.ValueID, in graph: inout GraphBuilder) throws(ModelError) -> Graph.ValueID {
        let maps = try graph.build([Conv2D(3, kernelSize: 3).named("conv"), NamedLayer(Dropout(0.3))], from: x)
        return try graph.apply(Op.Unary(.relu), maps)
    }
    var description: String { "Noisy" }
}

@Suite("Training a layer of one's own", .serialized) @EngineActor struct OwnLayerTrainingTests {
    private let network = Network(input: [1, 6, 6]) {
        Residual {
            Noisy()
        } shortcut: {
            Conv2D(3, kernelSize: 1)
        }
        Dropout(0.1)
        Flatten()
        Dense(3)
    }

    @Test("a checkpoint holds its graph, and a resume goes on with the same masks and bits") func resume() throws {
        let configuration = TrainingConfiguration(epochs: 2, batchSize: 4, optimizer: .adam(learningRate: 0.01))
        let undisturbed = try SmallData.session(configuration, network: network)
        for _ in 0..<6 { try undisturbed.step() }
        let first = try SmallData.session(configuration, network: network)
        for _ in 0..<3 { try first.step() }
        let second = try SmallData.session(configuration, network: network, resume: first.checkpoint())
        for _ in 0..<3 { try second.step() }
        #expect(try second.lastWeights == undisturbed.lastWeights)
        // What was given first is the network; a stored one is equal to it only as a graph.
        var other = network
        other.layers.removeFirst()
        let error = #expect(throws: TrainingError.self) {
            try SmallData.session(configuration, network: other, resume: first.checkpoint())
        }
        #expect(error?.kind == .differentRun)
    }
}
