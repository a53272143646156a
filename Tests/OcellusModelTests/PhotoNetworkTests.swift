// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@Suite("Networks for photos") struct PhotoNetworkTests {
    /// By `sum(p.numel() for p in model.parameters())` of torchvision 0.29.2 and timm 1.0.31, which agree where both have one.
    /// DINOv2's have no last layer there: 384 · 1000 + 1000 more here.
    static let counts: [(name: String, side: Int, parameters: Int)] = [
        ("resnet18-imagenet", 224, 11_689_512), ("resnet34-imagenet", 224, 21_797_672),
        ("resnet50-imagenet", 224, 25_557_032),
        ("mobilenetv2", 224, 3_504_872),
        ("mobilenetv3-small", 224, 2_542_856), ("mobilenetv3-large", 224, 5_483_032),
        ("mobilenetv4-conv-small", 224, 3_774_024),
        ("efficientnet-b0", 224, 5_288_548),
        ("convnext-atto", 224, 3_695_520), ("convnext-femto", 224, 5_217_784), ("convnext-pico", 224, 9_045_672),
        ("convnext-nano", 224, 15_593_560), ("convnext-tiny", 224, 28_589_128),
        ("deit-tiny", 224, 5_717_416), ("deit-small", 224, 22_050_664),
        ("dinov2-small", 518, 22_056_192 + 385_000), ("dinov2-small-reg4", 518, 22_057_344 + 385_000),
    ]

    @Test("have the published numbers of parameters", arguments: counts)
    func parameters(name: String, side: Int, parameters: Int) throws {
        let network = try Network.named(name, input: [3, side, side], classes: 1000)
        #expect(try network.parameters().reduce(0) { $0 + $1.shape.count } == parameters)
    }

    @Test("each is counted") func complete() {
        // Others are counted where they are made.
        #expect(Set(Self.counts.map(\.name)).isSubset(of: Network.photoNames))
        #expect(Set(Network.smallImageNames).isDisjoint(with: Network.photoNames))
        #expect(Network.names == Network.smallImageNames + Network.photoNames)
    }

    @Test("end in one logit for each class at other sizes", arguments: counts.map(\.name)) func sizes(name: String)
        throws
    {
        for input: Shape in [[3, 96, 128], [1, 64, 64]] {
            let network = try Network.named(name, input: input, classes: 7)
            #expect(try network.outputShape(batchSize: 2) == [2, 7])
        }
    }

    @Test("are read back from JSON", arguments: counts.map(\.name)) func coding(name: String) throws {
        let network = try Network.named(name, input: [3, 96, 96], classes: 7)
        #expect(try JSONDecoder().decode(Network.self, from: JSONEncoder().encode(network)) == network)
    }

    /// Counts of torchvision's and timm's state dictionaries, each norm's counter of batches included.
    @Test(
        "have as many tensors as the published state dictionaries",
        arguments: [
            ("resnet18-imagenet", 122), ("resnet34-imagenet", 218), ("resnet50-imagenet", 320), ("mobilenetv2", 314),
            ("mobilenetv3-small", 244), ("mobilenetv3-large", 312), ("mobilenetv4-conv-small", 278),
            ("efficientnet-b0", 360), ("convnext-atto", 128), ("convnext-nano", 146), ("convnext-tiny", 182),
            ("deit-tiny", 152), ("dinov2-small", 174 + 2), ("dinov2-small-reg4", 175 + 2),
        ])
    func tensors(name: String, count: Int) throws {
        let network = try Network.named(name, input: [3, 224, 224], classes: 1000)
        let buffers = try network.buffers().count
        #expect(try network.parameters().count + buffers + buffers / 2 == count)
    }

    @Test("the stem and the strides of an ImageNet residual network") func resNet() throws {
        let rows = try NetworkSummary(.resNet50ImageNet(input: [3, 224, 224], classes: 1000)).rows
        #expect(rows.prefix(4).map(\.output) == [[64, 112, 112], [64, 112, 112], [64, 112, 112], [64, 56, 56]])
        #expect(rows.first { $0.name == "layer4.2" }?.output == [2048, 7, 7])
        // The 4.09 billion that torchvision states, and one for each of the 11.1 million numbers that norms scale.
        let multiplyAdds = try NetworkSummary(.resNet50ImageNet(input: [3, 224, 224], classes: 1000)).multiplyAdds
        #expect(multiplyAdds == 4_089_184_256 + 11_113_984)
    }

    @Test("blocks are left out at rates that grow to the last") func dropPath() throws {
        func rates(_ network: Network) throws -> [Float] {
            try network.graph().operations.compactMap { ($0.kind as? Op.DropPath)?.rate }
        }
        let b0 = try rates(.efficientNetB0(input: [3, 224, 224], classes: 10))
        // torchvision: 0.2 · block / 16, of the blocks with a shortcut.
        let expected: [Float] = [2, 4, 6, 7, 9, 10, 12, 13, 14].map { 0.2 * $0 / 16 }
        #expect(b0.count == expected.count && zip(b0, expected).allSatisfy { abs($0 - $1) < 1e-6 })
        let deiT = try rates(.deiTTiny(input: [3, 32, 32], classes: 10))
        // The first block's rate is 0; each other block has two sums.
        #expect(deiT.count == 22 && abs(deiT[21] - 0.1) < 1e-7 && abs(deiT[0] - 0.1 / 11) < 1e-7)
        let atto = try rates(.convNeXtAtto(input: [3, 64, 64], classes: 10))
        #expect(atto.count == 11 && abs(atto[10] - 0.1) < 1e-7)
    }

    @Test("weights start by the recipes' deviations") func starts() throws {
        let network = Network.mobileNetV2(input: [3, 64, 64], classes: 10)
        let specs = try network.parameters()
        let weights = try network.initialWeights(seed: 3)
        func deviation(_ name: String) throws -> Float {
            let scalars = weights.parameters[try #require(specs.firstIndex { $0.name == name })].scalars
            return (scalars.reduce(0) { $0 + $1 * $1 } / Float(scalars.count)).squareRoot()
        }
        // √(2 / 9) of a depthwise 3×3, √(2 / 320) of the last block, 0.01 of the classifier.
        #expect(abs(try deviation("features.16.conv.1.0.weight") / (2 / Float(9)).squareRoot() - 1) < 0.05)
        #expect(abs(try deviation("features.17.conv.2.weight") / (2 / Float(320)).squareRoot() - 1) < 0.02)
        #expect(abs(try deviation("classifier.1.weight") / 0.01 - 1) < 0.05)
    }

    @Test("registers stand behind the class's token") func registers() throws {
        let network = Network.dinoV2SmallRegisters(input: [3, 28, 28], classes: 2)
        let shapes = Dictionary(uniqueKeysWithValues: try network.parameters().map { ($0.name, $0.shape) })
        #expect(shapes["register_tokens"] == [1, 4, 384])
        #expect(shapes["class_token"] == [1, 1, 384])
        #expect(shapes["encoder.pos_embedding"] == [1, 4, 384])
        #expect(throws: ModelError.self) {
            try Network(input: [3, 8, 8]) {
                PatchEmbedding(2, patch: 4)
                ClassToken(count: 0)
                SelectToken()
            }.validate()
        }
    }
}
