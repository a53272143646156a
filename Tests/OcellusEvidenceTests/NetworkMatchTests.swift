// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusTensor
import Testing

@testable import OcellusEvidence

@Suite("Matching the costs of networks") struct NetworkMatchTests {
    private let ann = Network.ann(input: [3, 32, 32], classes: 10)
    private let cnn = Network.cnn(input: [3, 32, 32], classes: 10)

    @Test(
        "the dense network gets the convolutional one's cost within two percent",
        arguments: [NetworkMatch.params, .macs])
    func tutorial(match: NetworkMatch) throws {
        let resized = try match.resized(ann, toFit: cnn)
        let (own, other) = (try NetworkSummary(resized.network), try NetworkSummary(cnn))
        let ratio =
            match == .params
            ? Double(own.parameters) / Double(other.parameters) : Double(own.multiplyAdds) / Double(other.multiplyAdds)
        #expect(abs(ratio - 1) < 0.02 && abs(ratio - resized.ratio) < 1e-12, "\(resized)")
        let classes = try resized.network.classes()
        // Depth, classes and the proportion of the widths stay.
        #expect(resized.network.layers.count == ann.layers.count && classes == 10)
        let widths = resized.network.layers.compactMap { ($0.layer as? Dense)?.outputFeatures }
        #expect(abs(Double(widths[0]) / Double(widths[1]) - 3) < 0.2)
        #expect(match.note("ANN", "CNN", resized)?.contains("hidden widths of ANN") == true)
    }

    // With the tutorial's recipe, parameters made equal would be compared between SGD for 5 epochs and Adam for 10.
    @Test("what is made equal is trained alike unless another recipe is named")
    func recipes() {
        for match in NetworkMatch.allCases {
            let recipe = match.defaultRecipe
            #expect(match.recipe == nil || recipe == match.recipe)
            let trainings = [ann, cnn].map { recipe.configuration(for: $0, seed: 0) }
            let isAlike = trainings[0] == trainings[1]
            #expect(isAlike == (match != .asGiven), "\(match)")
        }
    }

    // 3·w + w + w·2 + 2 = 6·w + 2 parameters: w = 8 gives exactly 50.
    @Test("a worked example") func worked() throws {
        let small = Network(input: [1, 1, 3]) {
            Flatten()
            Dense(1)
            ReLU()
            Dense(2)
        }
        let large = Network(input: [1, 1, 3]) {
            Flatten()
            Dense(8)
            ReLU()
            Dense(2)
        }
        let resized = try NetworkMatch.params.resized(small, toFit: large)
        #expect(resized.network == large && resized.ratio == 1)
    }

    @Test("the other way round works as well, and as given changes nothing") func others() throws {
        let resized = try NetworkMatch.params.resized(cnn, toFit: ann)
        #expect(abs(resized.ratio - 1) < 0.02 && resized.factor > 1)
        #expect(try NetworkMatch.asGiven.resized(ann, toFit: cnn).network == ann)
        #expect(NetworkMatch.asGiven.note("a", "b", resized) == nil)
    }

    @Test("what cannot be matched is refused") func refusals() throws {
        var error = #expect(throws: EvidenceError.self) {
            try NetworkMatch.params.resized(.resNet18(input: [3, 32, 32], classes: 10), toFit: ann)
        }
        #expect(error?.kind == .cannotMatch)
        let linear = Network(input: [3, 32, 32]) {
            Flatten()
            Dense(10)
        }
        error = #expect(throws: EvidenceError.self) { try NetworkMatch.params.resized(linear, toFit: ann) }
        #expect(error?.because == "it has no hidden layer")
    }

    @Test("a comparison says what was resized") func configuration() throws {
        var configuration = MadeUpImages.configuration(.tutorial)
        try configuration.matchNetworks(by: .macs)
        #expect(configuration.networks[0].network != MadeUpImages.dense)
        #expect(configuration.networks[1].network == MadeUpImages.convolutional)
        #expect(configuration.matchNote?.contains("as many multiply-adds as CNN") == true)
        #expect(configuration.notes.last == configuration.matchNote && configuration.recipe == .tutorial)
        configuration.networks.removeLast()
        #expect(throws: EvidenceError.self) { try configuration.matchNetworks(by: .params) }
    }
}
