// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor
import Testing

@testable import OcellusModel

@Suite("Networks that take up classes") struct WideningTests {
    @Test("every network of the library gets more logits, and keeps its weights") func zoo() throws {
        for name in Network.names {
            let network = try Network(text: name, input: [3, 32, 32], classes: 3)
            let wide = try network.widened(to: 5)
            #expect(wide == (try Network(text: name, input: [3, 32, 32], classes: 5)), "\(name)")
        }
    }

    @Test("rows of known classes come first, new ones as drawn") func rows() throws {
        let network = try Network(text: "flatten, dense 2, relu, dense classes", input: [1, 1, 2], classes: 2)
        var weights = try network.initialWeights(seed: 1)
        weights.parameters[2] = Tensor([2, 2], [1, 2, 3, 4])
        weights.parameters[3] = Tensor([2], [5, 6])
        weights.batchesTracked = 7
        let wide = try network.widened(to: 3)
        let drawn = try wide.initialWeights(seed: 9)
        let grown = try network.widened(weights, for: wide, seed: 9)
        #expect(grown.parameters[0] == weights.parameters[0] && grown.parameters[1] == weights.parameters[1])
        #expect(grown.parameters[2].scalars == [1, 2, 3, 4] + drawn.parameters[2].scalars.suffix(2))
        #expect(grown.parameters[3].scalars == [5, 6, 0] && grown.batchesTracked == 7)
        #expect(drawn.parameters[2].scalars.suffix(2) != [0, 0])
        #expect(try network.widened(weights, for: network, seed: 9) == weights)
    }

    @Test("statistics behind the last weights grow as well") func normalized() throws {
        let network = try Network(
            text: "conv 2 3x3, batchnorm, globalavgpool", input: [1, 4, 4], classes: 2)
        let wide = try network.widened(to: 4)
        let grown = try network.widened(try network.initialWeights(seed: 0), for: wide, seed: 0)
        #expect(try wide.classes() == 4 && grown.buffers.map(\.shape) == [[4], [4]])
        try wide.validate(grown)
    }

    @Test("layers without weights may follow") func scaled() throws {
        let network = try Network(text: "flatten, dense classes, scale 0.5", input: [1, 2, 2], classes: 3)
        #expect(try network.widened(to: 5).classes() == 5)
    }

    @Test("a network without such a layer, a graph and fewer classes are refused") func refused() throws {
        let pooled = try Network(text: "globalavgpool", input: [3, 8, 8], classes: 3)
        let error = #expect(throws: ModelError.self) { try pooled.widened(to: 5) }
        #expect(error?.description.contains("the network cannot take up more classes.") == true)
        let network = try Network(text: "flatten, dense classes", input: [1, 2, 2], classes: 3)
        #expect(throws: ModelError.self) { try Network(try network.graph()).widened(to: 4) }
        #expect(throws: ModelError.self) { try network.widened(to: 2) }
        #expect(try network.widened(to: 3) == network)
    }
}
