// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@Suite("Layers") struct LayerTests {
    static let maps: Shape = [2, 6, 8, 7]

    // Output, parameters and multiply-adds of each layer on two images of 6×8×7, counted by hand.
    static let costs: [(layer: NamedLayer, output: Shape, shapes: [Shape], multiplyAdds: Int)] = [
        // 2 images · 4 channels · 6·5 positions · 6·9 weights
        (.init(Conv2D(4, kernelSize: 3, padding: .valid)), [2, 4, 6, 5], [[4, 6, 3, 3], [4]], 2 * 4 * 30 * 54),
        // Three groups of two channels: 2·9 weights a position
        (
            .init(Conv2D(12, kernelSize: 3, groups: 3, hasBias: false)), [2, 12, 8, 7], [[12, 2, 3, 3]],
            2 * 12 * 56 * 18
        ),
        // Depthwise: 9 weights a position
        (.init(Conv2D(6, kernelSize: 3, groups: 6)), [2, 6, 8, 7], [[6, 1, 3, 3], [6]], 2 * 6 * 56 * 9),
        // Every one of the 6·5 positions has its own kernel
        (
            .init(LocallyConnected2D(4, kernelSize: 3)), [2, 4, 6, 5], [[6, 5, 4, 6, 3, 3], [4, 6, 5]],
            2 * 4 * 30 * 54
        ),
        (.init(MaxPool2D(2)), [2, 6, 4, 3], [], 0),
        (.init(MaxPool2D(3, stride: 2, padding: .all(1))), [2, 6, 4, 4], [], 0),
        (.init(AveragePool2D(Size2D(2, 3), stride: 1)), [2, 6, 7, 5], [], 0),
        // ⌊(8 − 1)/2⌋ + 1 and ⌊(7 − 1)/2⌋ + 1, 3·3 taps
        (.init(BlurPool2D()), [2, 6, 4, 4], [], 2 * 6 * 16 * 9),
        (.init(GlobalAveragePool2D()), [2, 6], [], 0),
        (.init(GlobalMaxPool2D()), [2, 6], [], 0),
        (.init(Flatten()), [2, 336], [], 0),
        (.init(BatchNorm2D()), [2, 6, 8, 7], [[6], [6]], 2 * 336),
        (.init(LayerNorm()), [2, 6, 8, 7], [[6], [6]], 2 * 336),
        (.init(LayerScale()), [2, 6, 8, 7], [[6]], 0),
        // Two images of 2·2 patches, 5 features of 6·9 weights; a row and two columns are left out
        (.init(PatchEmbedding(5, patch: 3)), [2, 4, 5], [[5, 6, 3, 3], [5]], 2 * 4 * 5 * 54),
        (.init(ReLU()), maps, [], 0), (.init(LeakyReLU()), maps, [], 0), (.init(Sigmoid()), maps, [], 0),
        (.init(Tanh()), maps, [], 0), (.init(GELU()), maps, [], 0), (.init(HardSigmoid()), maps, [], 0),
        (.init(HardSwish()), maps, [], 0), (.init(SiLU()), maps, [], 0), (.init(ReLU6()), maps, [], 0),
        (.init(Scale(2)), maps, [], 0),
        (.init(Dropout(0.5)), maps, [], 0), (.init(DropPath(0.5)), maps, [], 0),
        // Body 6·6·9 weights at 56 positions, shortcut 6·6
        (
            .init(
                Residual {
                    Conv2D(6, kernelSize: 3, hasBias: false)
                } shortcut: {
                    Conv2D(6, kernelSize: 1)
                }), maps, [[6, 6, 3, 3], [6, 6, 1, 1], [6]], 2 * 56 * (324 + 36)
        ),
        // Two images of 6·2 and 2·6 weights
        (
            .init(
                Gate {
                    GlobalAveragePool2D()
                    Dense(2)
                    Dense(6, hasBias: false)
                }), maps, [[2, 6], [2], [6, 2]], 2 * 24
        ),
        // 4 + 6 + 2 channels
        (
            .init(
                Concatenate {
                    Branch { Conv2D(4, kernelSize: 1, hasBias: false) }
                    Branch {}
                    Branch { Conv2D(2, kernelSize: 3) }
                }), [2, 12, 8, 7], [[4, 6, 1, 1], [2, 6, 3, 3], [2]], 2 * 56 * (24 + 108)
        ),
    ]

    @Test("shapes, parameters and cost", arguments: costs.indices)
    func cost(index: Int) throws {
        let (named, output, shapes, multiplyAdds) = Self.costs[index]
        let layer = named.layer
        #expect(try layer.outputShape(for: Self.maps) == output, "\(layer)")
        #expect(try layer.parameters(for: Self.maps).map(\.shape) == shapes, "\(layer)")
        #expect(try layer.multiplyAdds(for: Self.maps) == multiplyAdds, "\(layer)")
    }

    @Test("dense and softmax work on features") func features() throws {
        #expect(try Dense(5).outputShape(for: [3, 7]) == [3, 5])
        #expect(try Dense(5).parameters(for: [3, 7]).map(\.shape) == [[5, 7], [5]])
        #expect(try Dense(5, hasBias: false).parameters(for: [3, 7]).map(\.name) == ["weight"])
        #expect(try Dense(5).multiplyAdds(for: [3, 7]) == 105)
        #expect(try Dense(5).outputShape(for: [3, 4, 7]) == [3, 4, 5])
        #expect(try Dense(5).multiplyAdds(for: [3, 4, 7]) == 420)
        #expect(try Softmax().outputShape(for: [3, 7]) == [3, 7])
        for layer: any Layer in [Dense(5), Softmax()] {
            let error = #expect(throws: ModelError.self) { try layer.outputShape(for: Self.maps) }
            #expect(error?.kind == .wrongRank)
        }
        let onlyMaps: [any Layer] = [
            Conv2D(1, kernelSize: 1), LocallyConnected2D(1, kernelSize: 1), MaxPool2D(1), AveragePool2D(1),
            BlurPool2D(2), GlobalAveragePool2D(), GlobalMaxPool2D(), BatchNorm2D(), PatchEmbedding(2, patch: 1),
        ]
        for layer in onlyMaps {
            let error = #expect(throws: ModelError.self) { try layer.outputShape(for: [3, 7]) }
            #expect(error?.kind == .wrongRank, "\(layer)")
        }
    }

    private static let tokens: Shape = [2, 5, 7]

    @Test("layers of tokens: shapes, parameters, and what they refuse") func tokenLayers() throws {
        #expect(try ClassToken().outputShape(for: Self.tokens) == [2, 6, 7])
        #expect(try ClassToken().parameters(for: Self.tokens).map(\.shape) == [[1, 1, 7]])
        #expect(try PositionTable().outputShape(for: Self.tokens) == Self.tokens)
        #expect(try PositionTable().parameters(for: Self.tokens).map(\.shape) == [[1, 5, 7]])
        #expect(try SelectToken(4).outputShape(for: Self.tokens) == [2, 7])
        #expect(throws: ModelError.self) { try SelectToken(5).outputShape(for: Self.tokens) }
        #expect(throws: ModelError.self) { try SelectToken(-1).outputShape(for: Self.tokens) }
        let attention = SelfAttention(heads: 2)
        #expect(try attention.outputShape(for: [2, 5, 6]) == [2, 5, 6])
        #expect(
            try attention.parameters(for: [2, 5, 6]).map(\.name)
                == ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"])
        #expect(try attention.parameters(for: [2, 5, 6]).map(\.shape) == [[18, 6], [18], [6, 6], [6]])
        // Two images of 5 tokens: 18·6 and 6·6 weights each, and 5·6 products with keys and as many with values.
        #expect(try attention.multiplyAdds(for: [2, 5, 6]) == 2 * 5 * (108 + 36 + 30 + 30))
        let odd = #expect(throws: ModelError.self) { try attention.outputShape(for: Self.tokens) }
        #expect(odd?.kind == .channelsNotDivisible)
        #expect(odd?.summary == "cannot split its features into 2 heads.")
        #expect(odd?.received == "7 features")
        #expect(throws: ModelError.self) { try SelfAttention(heads: 0).outputShape(for: Self.tokens) }
        for layer: any Layer in [ClassToken(), PositionTable(), SelectToken(), attention] {
            let error = #expect(throws: ModelError.self) { try layer.outputShape(for: Self.maps) }
            #expect(error?.kind == .wrongRank, "\(layer)")
            #expect(error?.needs == "tokens [N, T, F]", "\(layer)")
        }
    }

    @Test("settings out of range are refused") func ranges() {
        let wrong: [any Layer] = [
            Dropout(1), Dropout(-0.1), Dropout(.nan), DropPath(1), DropPath(.nan), LeakyReLU(1), LeakyReLU(.nan),
            Scale(.infinity),
            BatchNorm2D(epsilon: 0), LayerNorm(epsilon: 0), LayerNorm(epsilon: .infinity), BatchNorm2D(momentum: 2),
            BlurPool2D(1), BlurPool2D(8),
            MaxPool2D(2, padding: .all(2)), AveragePool2D(2, padding: .all(3)),
        ]
        for layer in wrong {
            let error = #expect(throws: ModelError.self) { try layer.outputShape(for: Self.maps) }
            #expect(error?.kind == .outOfRange, "\(layer)")
        }
        #expect(throws: ModelError.self) { try BlurPool2D(7).outputShape(for: [1, 1, 3, 9]) }
    }

    @Test("a gate says which shapes weigh its input") func gates() throws {
        for body: any Layer in [Flatten(), Conv2D(5, kernelSize: 1), GlobalMaxPool2D()] {
            let error = #expect(throws: ModelError.self) {
                try Gate {
                    NamedLayer(body)
                    Dense(5).named("narrow")
                }.outputShape(for: Self.maps)
            }
            #expect(error?.kind == .branchShapesDiffer || error?.kind == .wrongRank, "\(body)")
        }
        let error = #expect(throws: ModelError.self) {
            try Gate { Conv2D(5, kernelSize: 1) }.outputShape(for: Self.maps)
        }
        #expect(error?.summary == "cannot weigh its input.")
        #expect(error?.needs == "[N, 6, 8, 7], or [N, 6] from the body")
        #expect(error?.received == "[N, 5, 8, 7]")
        #expect(try Gate {}.outputShape(for: Self.maps) == Self.maps)
        #expect(try Gate { Dense(3) }.outputShape(for: [2, 3]) == [2, 3])
        let text = #expect(throws: ModelError.self) {
            try Network(text: "gate { relu | tanh }", input: [1, 2, 2], classes: 2)
        }
        #expect(text?.summary == "the network's text gives a gate several branches.")
    }

    @Test("a layer's scale starts as it says, for channels or features") func layerScale() throws {
        #expect(try LayerScale().parameters(for: [2, 5, 7]).map(\.shape) == [[7]])
        #expect(try LayerScale().outputShape(for: [2, 7]) == [2, 7])
        let network = Network(input: [3, 2, 2]) { LayerScale(start: 0.25) }
        #expect(try network.initialWeights(seed: 1).parameters.map(\.scalars) == [[0.25, 0.25, 0.25]])
        #expect(try network.parameters().map(\.name) == ["0.gamma"])
        let error = #expect(throws: ModelError.self) { try LayerScale(start: .nan).outputShape(for: Self.maps) }
        #expect(error?.kind == .outOfRange)
        #expect(throws: ModelError.self) { try LayerScale().outputShape(for: [2, 3, 4, 5, 6]) }
    }

    // Pascal's triangle: 1 2 1 and 1 3 3 1.
    @Test("blur taps are binomial") func taps() {
        #expect(BlurPool2D(3).taps == [0.25, 0.5, 0.25])
        #expect(BlurPool2D(4).taps == [0.125, 0.375, 0.375, 0.125])
    }

    @Test("random inputs are distinct, and others for every position and seed") func randomInputs() throws {
        let layer = LocallyConnected2D(4, kernelSize: 3, connectionSeed: 1)
        let table = try #require(try layer.randomInputs(for: [1, 2, 6, 5]))
        #expect(table.count == 4 * 3 * 18)
        let rows = (0..<12).map { Array(table[$0 * 18..<($0 + 1) * 18]) }
        for row in rows {
            #expect(row == row.sorted() && Set(row).count == 18)
            #expect(row.allSatisfy { (0..<60).contains($0) })
        }
        #expect(Set(rows).count == 12)
        // Every input is as likely: 12·18 / 60 = 3.6 draws of each.
        #expect(Set(table).count > 50)
        var other = layer
        other.connectionSeed = 2
        #expect(try other.randomInputs(for: [1, 2, 6, 5]) != table)
        other.connectionSeed = nil
        #expect(try other.randomInputs(for: [1, 2, 6, 5]) == nil)
        #expect(try layer.parameters(for: [1, 2, 6, 5]) == other.parameters(for: [1, 2, 6, 5]))
        // Padding adds no inputs to draw from.
        let large = LocallyConnected2D(4, kernelSize: 3, padding: .all(2), connectionSeed: 1)
        #expect(throws: ModelError.self) { try large.outputShape(for: [1, 2, 2, 2]) }
    }

    @Test("fans count what one output sums over and one input reaches") func fans() throws {
        let conv = try Conv2D(8, kernelSize: 3, groups: 2).parameters(for: Self.maps)[0]
        #expect(conv.fanIn == 3 * 9 && conv.fanOut == 8 * 9)
        let dense = try Dense(8).parameters(for: [1, 5])[0]
        #expect(dense.fanIn == 5 && dense.fanOut == 8)
        let untied = try LocallyConnected2D(8, kernelSize: 3).parameters(for: Self.maps)[0]
        #expect(untied.fanIn == 6 * 9 && untied.fanOut == 8 * 9)
    }

    @Test("layers print their settings") func printing() {
        #expect(
            "\(Conv2D(64, kernelSize: 3, stride: 2, padding: .valid))" == "Conv2D(64, 3×3, stride 2, padding valid)")
        #expect(
            "\(Conv2D(8, kernelSize: Size2D(1, 3), padding: .all(1), dilation: 2, groups: 4, hasBias: false))"
                == "Conv2D(8, 1×3, padding 1, dilation 2×2, groups 4, no bias)")
        #expect("\(MaxPool2D(2))" == "MaxPool2D(2×2)")
        #expect("\(AveragePool2D(3, stride: 2, padding: .same))" == "AveragePool2D(3×3, stride 2×2, padding same)")
        #expect("\(Residual(body: { ReLU() }, shortcut: { Tanh() }))" == "Residual(ReLU; shortcut Tanh)")
        #expect("\(Concatenate([[NamedLayer(ReLU())], [NamedLayer(Tanh())]]))" == "Concatenate(ReLU | Tanh)")
    }
}
