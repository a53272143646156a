// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@Suite("The JSON form of a network") struct NetworkCodingTests {
    func decode(_ json: String) throws -> Network { try JSONDecoder().decode(Network.self, from: Data(json.utf8)) }

    @Test("every layer survives", arguments: NetworkTextTests.layers.indices)
    func roundTrip(index: Int) throws {
        let network = Network(
            input: [3, 8, 9], layers: [NetworkTextTests.layers[index].layer, NamedLayer(ReLU())], frozen: ["0"])
        let data = try JSONEncoder().encode(network)
        #expect(try JSONDecoder().decode(Network.self, from: data) == network)
    }

    @Test("the keys are fixed: files of today must read tomorrow") func keys() throws {
        let network = try decode(
            """
            {"input": [1, 8, 8], "frozen": ["stem"], "layers": [
              {"kind": "conv2d", "name": "stem", "outputChannels": 4, "kernelSize": [3, 5], "stride": [1, 1],
               "padding": {"explicit": {"top": 1, "left": 2, "bottom": 1, "right": 2}}, "dilation": [1, 1], "groups": 1,
               "hasBias": true, "initializer": {"heNormal": {}}},
              {"kind": "residual", "body": [{"kind": "batch_norm2d", "epsilon": 1e-5, "momentum": 0.5}], "shortcut": []},
              {"kind": "concatenate", "branches": [[], [{"kind": "leaky_relu", "slope": 0.25}]]},
              {"kind": "max_pool2d", "kernelSize": [2, 2], "stride": [2, 2], "padding": {"valid": {}}},
              {"kind": "flatten"},
              {"kind": "dense", "outputFeatures": 2, "hasBias": false,
               "initializer": {"normal": {"standardDeviation": 0.5}}}
            ]}
            """)
        var expected = Network(input: [1, 8, 8]) {
            Conv2D(
                4, kernelSize: Size2D(3, 5), padding: .explicit(top: 1, left: 2, bottom: 1, right: 2)
            ).initialized(.heNormal).named("stem")
            Residual { BatchNorm2D(momentum: 0.5) }
            Concatenate {
                Branch {}
                Branch { LeakyReLU(0.25) }
            }
            MaxPool2D(2)
            Flatten()
            Dense(2, hasBias: false).initialized(.normal(standardDeviation: 0.5))
        }
        expected.frozen = ["stem"]
        #expect(network == expected)
        try network.validate()
    }

    @Test("an unknown kind is refused by name") func unknownKind() throws {
        let error = try #require(throws: ModelError.self) {
            try decode(#"{"input": [1, 8, 8], "frozen": [], "layers": [{"kind": "conv2D"}]}"#)
        }
        #expect(error.kind == .unknownLayer)
        #expect(error.summary == "there is no layer of kind \"conv2D\".")
        #expect(error.received == "conv2D")
        #expect(error.advice == "did you mean \"conv2d\"?")
    }

    @Test(
        "damaged JSON is an error, not a guess",
        arguments: [
            "{}", "[]", #"{"input": [1, 8, 8], "frozen": []}"#,
            #"{"input": [1, 8, 8], "frozen": [], "layers": [{}]}"#,
            #"{"input": [1, 8, 8], "frozen": [], "layers": [{"kind": "dense"}]}"#,
            #"{"input": [1, 8, 8], "frozen": [], "layers": [{"kind": "residual", "body": [{"kind": "x"}], "shortcut": []}]}"#,
            #"{"input": [1, 8, 8], "frozen": [], "layers": [{"kind": "blur_pool2d", "kernelSize": 1.5, "stride": 1}]}"#,
        ])
    func damaged(json: String) throws {
        #expect(throws: (any Error).self) { try decode(json) }
    }
}
