// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@Suite("Networks known by name") struct ZooTests {
    static let color: Shape = [3, 32, 32]
    static let gray: Shape = [1, 28, 28]

    // Counted by hand, weights + biases (γ + β) of each layer in turn.
    static let counts: [(name: String, input: Shape, parameters: Int)] = [
        // 3072·3000 + 3000, 3000·1000 + 1000, 1000·10 + 10
        ("ann", color, 9_219_000 + 3_001_000 + 10_010),
        // 784·3000 + 3000, then as above
        ("ann", gray, 2_355_000 + 3_001_000 + 10_010),
        // 32·3·9 + 32, 64·32·9 + 64, 64·6·6 = 2304: 2304·64 + 64, 64·10 + 10
        ("cnn", color, 896 + 18_496 + 147_520 + 650),
        // 28 → 26 → 13 → 11 → 5: 32·9 + 32, 18,496, 1600·64 + 64, 650
        ("cnn", gray, 320 + 18_496 + 102_464 + 650),
        // 6·25 + 6, 16·6·25 + 16, 400·120 + 120, 120·84 + 84, 84·10 + 10: the paper's 60,000
        ("lenet", gray, 156 + 2_416 + 48_120 + 10_164 + 850),
        ("lenet", [1, 32, 32], 61_706),
        // 6·3·25 + 6 instead of 156
        ("lenet", color, 456 + 2_416 + 48_120 + 10_164 + 850),
        // 9·(3·64 + 64² + 64·128 + 128² + 128·256 + 256²), norms 4·(64 + 128 + 256), 4096·512 + 512, 512·10 + 10
        ("vgg-small", color, 1_144_512 + 1_792 + 2_097_664 + 5_130),
        // One input channel: 9·2·64 weights fewer; 28 → 14 → 7 → 3: 2304·512 + 512
        ("vgg-small", gray, 1_143_360 + 1_792 + 1_180_160 + 5_130),
        // Stem 1,728 + 128; stages with downsampling and norms; 512·10 + 10
        ("resnet18", color, 1_856 + 147_968 + 525_568 + 2_099_712 + 8_393_728 + 5_130),
        ("resnet18", gray, 704 + 147_968 + 525_568 + 2_099_712 + 8_393_728 + 5_130),
        // Stem 864; depthwise 9·(32 + 64 + 128 + 128 + 256 + 256) = 7,776; pointwise 256,000; norms 4,480; 5,130
        ("mobilenet-small", color, 864 + 7_776 + 256_000 + 4_480 + 5_130),
        ("mobilenet-small", gray, 288 + 7_776 + 256_000 + 4_480 + 5_130),
        // Patches 48·192 + 192, class 192, positions 65·192; 6 blocks of norms 768, attention 3·192² + 576 + 192² + 192 and dense
        // 2·4·192² + 960; 384; 1,930
        ("vit-tiny", color, 9_408 + 192 + 12_480 + 6 * 444_864 + 384 + 1_930),
        // 7·7 patches of one channel
        ("vit-tiny", gray, 3_264 + 192 + 9_600 + 6 * 444_864 + 384 + 1_930),
        // The published 4,652,008 with 1280·10 + 10 instead of 1280·1000 + 1000
        ("efficientnet-lite0", color, 4_652_008 - 1_281_000 + 12_810),
        // 9·2·32 weights of the stem fewer
        ("efficientnet-lite0", gray, 4_652_008 - 1_281_000 + 12_810 - 576),
        // 24·12 + 24; 9·(24·64 + 64²) + 256; 9·(64·256 + 256²) + 1,024; 9·2·256² + 1,024; 2,560
        ("cifar94", color, 312 + 50_944 + 738_304 + 1_180_672 + 2_560),
        // 8·4 + 8; 9·(8·64 + 64²) + 256
        ("cifar94", gray, 40 + 41_728 + 738_304 + 1_180_672 + 2_560),
    ]

    @Test("have the parameters counted by hand", arguments: counts)
    func parameters(name: String, input: Shape, parameters: Int) throws {
        let network = try Network.named(name, input: input, classes: 10)
        #expect(try network.parameters().reduce(0) { $0 + $1.shape.count } == parameters)
        #expect(try NetworkSummary(network).parameters == parameters)
    }

    @Test("the reference pair has the published counts") func pair() throws {
        let ann = try NetworkSummary(.ann(input: Self.color, classes: 10))
        let cnn = try NetworkSummary(.cnn(input: Self.color, classes: 10))
        #expect(ann.parameters == 12_230_010)
        #expect(cnn.parameters == 167_562)
        // 3072·3000 + 3000·1000 + 1000·10
        #expect(ann.multiplyAdds == 12_226_000)
        // 30²·32·27 + 13²·64·288 + 2304·64 + 64·10
        #expect(cnn.multiplyAdds == 777_600 + 3_115_008 + 147_456 + 640)
    }

    @Test("end in one logit for each class at every size", arguments: Network.smallImageNames)
    func shapes(name: String) throws {
        let inputs: [Shape] = [Self.gray, Self.color, [1, 32, 48], [3, 224, 224]]
        for input in inputs {
            for classes in [2, 10, 101] {
                let network = try Network.named(name, input: input, classes: classes)
                #expect(network.input == input)
                #expect(try network.outputShape(batchSize: 5) == [5, classes])
            }
        }
    }

    // The state dictionary of torchvision.models.resnet18 and the names that conventions for exchange fix.
    @Test("resnet18 carries torchvision's names") func torchvisionNames() throws {
        let network = try Network.named("resnet18", input: Self.color, classes: 1000)
        var expected = ["conv1.weight", "bn1.weight", "bn1.bias"]
        for stage in 1...4 {
            for block in 0..<2 {
                let prefix = "layer\(stage).\(block)."
                for index in 1...2 {
                    expected += ["conv\(index).weight", "bn\(index).weight", "bn\(index).bias"].map { prefix + $0 }
                }
                if stage > 1, block == 0 {
                    expected += ["0.weight", "1.weight", "1.bias"].map { prefix + "downsample." + $0 }
                }
            }
        }
        expected += ["fc.weight", "fc.bias"]
        #expect(try network.parameters().map(\.name) == expected)

        let buffers = try network.buffers().map(\.name)
        #expect(buffers.prefix(2) == ["bn1.running_mean", "bn1.running_var"])
        #expect(buffers.contains("layer4.0.downsample.1.running_var"))
        // With one num_batches_tracked for each normalisation: the 122 entries of torchvision's file.
        #expect(expected.count + buffers.count + buffers.count / 2 == 122)

        // With torchvision's 7×7 stem instead of 3×3: its published 11,689,512.
        let parameters = try network.parameters().reduce(0) { $0 + $1.shape.count }
        #expect(parameters + 3 * 64 * (49 - 9) == 11_689_512)
        let shapes = Dictionary(uniqueKeysWithValues: try network.parameters().map { ($0.name, $0.shape) })
        #expect(shapes["layer2.0.conv1.weight"] == [128, 64, 3, 3])
        #expect(shapes["layer4.0.downsample.0.weight"] == [512, 256, 1, 1])
        #expect(shapes["fc.weight"] == [1000, 512])
    }

    @Test("resnet18 halves the maps at stages 2 to 4") func resNetShapes() throws {
        let rows = try NetworkSummary(.resNet18(input: Self.color, classes: 10)).rows
        let stages = rows.filter { $0.name.hasPrefix("layer") }.map(\.output)
        #expect(
            stages == [
                [64, 32, 32], [64, 32, 32], [128, 16, 16], [128, 16, 16], [256, 8, 8], [256, 8, 8], [512, 4, 4],
                [512, 4, 4],
            ])
    }

    @Test("vit-tiny has torchvision's names") func transformerNames() throws {
        let specs = try Network.vitTiny(input: Self.color, classes: 10).parameters()
        let block = "encoder.layers.encoder_layer_0."
        #expect(
            specs.map(\.name).prefix(15)
                == [
                    "conv_proj.weight", "conv_proj.bias", "class_token", "encoder.pos_embedding", block + "ln_1.weight",
                    block + "ln_1.bias", block + "self_attention.in_proj_weight", block + "self_attention.in_proj_bias",
                    block + "self_attention.out_proj.weight", block + "self_attention.out_proj.bias",
                    block + "ln_2.weight", block + "ln_2.bias", block + "mlp.0.weight", block + "mlp.0.bias",
                    block + "mlp.3.weight",
                ])
        #expect(
            specs.suffix(4).map(\.name)
                == ["encoder.ln.weight", "encoder.ln.bias", "heads.head.weight", "heads.head.bias"])
        let shapes = Dictionary(uniqueKeysWithValues: specs.map { ($0.name, $0.shape) })
        #expect(shapes["class_token"] == [1, 1, 192])
        #expect(shapes["encoder.pos_embedding"] == [1, 65, 192])
    }

    @Test("an unknown name gets the list and the nearest one") func unknown() throws {
        let error = try #require(throws: ModelError.self) {
            try Network.named("resnet-18", input: Self.color, classes: 10)
        }
        #expect(
            error.rendered == """
                error[model.unknownNetwork]: there is no network "resnet-18".
                  needs     one of \(Network.names.joined(separator: ", "))
                  received  resnet-18
                  try       did you mean "resnet18"?
                """)
    }

    @Test("images too small for a network are refused before anything runs") func tooSmall() throws {
        let error = try #require(throws: ModelError.self) {
            try Network.named("cnn", input: [3, 6, 6], classes: 10)
        }
        // 6 → 4 → 2: the second 3×3 kernel does not fit.
        #expect(
            error.rendered == """
                error[model.kernelExceedsInput]: layer 4 of 10, Conv2D(64, 3×3, padding valid), cannot run.
                  needs     an image of at least 3×3
                  received  [N, 32, 2, 2] from layer 3, MaxPool2D(2×2)
                  because   one 3×3 convolution and one 2×2 pooling reduce 6×6 images to 2×2
                  try       padding same, a smaller kernel, or one pooling layer fewer
                """)
        #expect(throws: ModelError.self) { try Network.named("ann", input: [3, 6], classes: 10) }
        #expect(throws: ModelError.self) { try Network.named("ann", input: [3, 6, 6], classes: 0) }
    }
}
