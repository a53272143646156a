// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusEvidence

@Suite("Variants of the networks") struct NetworkVariantTests {
    private let cnn = Network.cnn(input: [3, 32, 32], classes: 10)

    private func text(_ variant: NetworkVariant) -> String { variant.applied(to: cnn).text }

    @Test("change one thing and nothing else") func changes() {
        #expect(NetworkVariant.convolutional.applied(to: cnn) == cnn)
        #expect(
            text(NetworkVariant(base: .convolutional, activation: .identity, pooling: .average))
                == "conv 32 3 valid, avgpool 2, conv 64 3 valid, avgpool 2, flatten, dense 64, dense 10")
        #expect(
            text(NetworkVariant(base: .convolutional, activation: .gelu))
                == "conv 32 3 valid, gelu, maxpool 2, conv 64 3 valid, gelu, maxpool 2, flatten, dense 64, gelu, dense 10"
        )
        #expect(
            text(NetworkVariant(base: .convolutional, pooling: .stride))
                == "conv 32 3 stride 2 valid, relu, conv 64 3 stride 2 valid, relu, flatten, dense 64, relu, dense 10")
        #expect(
            text(NetworkVariant(base: .convolutional, pooling: .none))
                == "conv 32 3 valid, relu, conv 64 3 valid, relu, flatten, dense 64, relu, dense 10")
        #expect(
            text(NetworkVariant(base: .convolutional, pooling: .blur))
                == "conv 32 3 valid, relu, maxpool 2 stride 1, blurpool 3, conv 64 3 valid, relu, maxpool 2 stride 1, "
                + "blurpool 3, flatten, dense 64, relu, dense 10")
    }

    @Test("strides with as many parameters, within half a unit of the hidden layer") func evenStride() throws {
        let even = NetworkVariant(base: .convolutional, pooling: .evenStride).applied(
            to: .cnn(input: [1, 28, 28], classes: 10))
        let own = Network.cnn(input: [1, 28, 28], classes: 10)
        func parameters(_ network: Network) throws -> Int { try network.parameters().reduce(0) { $0 + $1.shape.count } }
        // 6×6 positions of 64 maps in the place of 5×5, and one bias and ten weights behind a unit.
        #expect(abs(try parameters(even) - parameters(own)) <= (6 * 6 * 64 + 11) / 2)
        #expect(text(NetworkVariant(base: .convolutional, pooling: .global)).contains("globalmaxpool, dense 64"))
    }

    // Counted by hand for the twin of the tutorial's network: 32·30²·(27 + 1) + 64·13²·(288 + 1) and the dense layers.
    @Test("the untied twin has as many outputs and 4,080,394 parameters") func untied() throws {
        let twin = NetworkVariant(base: .convolutional, connections: .untied).applied(to: cnn)
        #expect(try twin.parameters().reduce(0) { $0 + $1.shape.count } == 4_080_394)
        #expect(try twin.outputShape() == cnn.outputShape())
        #expect(try NetworkSummary(twin).multiplyAdds == NetworkSummary(cnn).multiplyAdds)
    }

    @Test("every variant is a network, under a name of its own") func names() throws {
        var ids = Set<String>()
        for activation in NetworkVariant.Activation.allCases {
            for pooling in NetworkVariant.Pooling.allCases {
                for connections in NetworkVariant.Connections.allCases {
                    let variant = NetworkVariant(
                        base: .convolutional, activation: activation, pooling: pooling, connections: connections)
                    #expect(ids.insert(variant.id).inserted)
                    if connections == .shared || pooling != .none { try variant.applied(to: cnn).validate() }
                }
            }
        }
    }
}
