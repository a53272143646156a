// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import OcellusModel
package import OcellusTensor

/// Small networks of torchvision and timm with random weights, and what they answer: `Scripts/fixtures/published_networks.py`.
package struct PublishedFixture: Sendable, CustomStringConvertible {
    package let name: String
    /// The network that the file is of, as the import knows published ones.
    package let network: PublishedNetwork

    package var description: String { name }
    package var url: URL { Self.folder.appending(path: "\(name).safetensors") }

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "Tests/Fixtures/published")

    package static func named(_ name: String) -> PublishedFixture? { all.first { $0.name == name } }

    /// The picture that every answer is of: (k · 2654435761 mod 2³²) / 2³⁰ − 2 at position k, from 1 on.
    package static func image(_ shape: Shape) -> Tensor<Float> {
        Tensor(
            shape, (1...shape.count).map { Float(Double(UInt32(truncatingIfNeeded: $0 &* 2_654_435_761)) / 0x1p30 - 2) }
        )
    }

    package static let all: [PublishedFixture] = residual + mobile + efficient + convNeXt + transformers

    private static let residual = [
        PublishedFixture(
            name: "resnet-basic-timm",
            network: PublishedNetwork("small", .timm, side: 64) { input, classes, _ in
                .imageNetResNet(input: input, classes: classes, blocks: [1, 2, 1, 1], channels: [8, 8, 12, 16])
            }),
        PublishedFixture(
            name: "resnet-bottleneck-timm",
            network: PublishedNetwork("small", .timm, side: 64) { input, classes, _ in
                .imageNetResNet(
                    input: input, classes: classes, blocks: [1, 1, 1, 1], channels: [4, 4, 6, 8], isBottleneck: true)
            }),
    ]

    private static let version3Small = Network.MobileNetV3Table(
        [
            .init(3, 16, 16, gate: true, swish: false, stride: 2),
            .init(3, 24, 24, gate: false, swish: false, stride: 2),
            .init(5, 48, 24, gate: true, swish: true), .init(5, 48, 32, gate: true, swish: true, stride: 2),
        ], head: 32)

    private static let mobile = [
        PublishedFixture(
            name: "mobilenetv2-torchvision",
            network: PublishedNetwork("small", .torchvision, side: 64) {
                .mobileNetV2(
                    input: $0, classes: $1, stages: [(1, 8, 1, 1), (3, 16, 2, 2), (3, 16, 1, 2)], stem: 8, names: $2)
            }),
        PublishedFixture(
            name: "mobilenetv2-timm",
            network: PublishedNetwork("small", .timm, side: 64) {
                .mobileNetV2(
                    input: $0, classes: $1, stages: [(1, 8, 1, 1), (3, 16, 2, 2), (3, 16, 1, 2)], stem: 8, head: 32,
                    names: $2)
            }),
        version3("mobilenetv3-torchvision", .torchvision, BatchNorm2D(epsilon: 0.001, momentum: 0.01)),
        version3("mobilenetv3-timm", .timm, BatchNorm2D()),
        version3("mobilenetv3-tf", .timm, BatchNorm2D(epsilon: 0.001), isTensorFlow: true),
        PublishedFixture(
            name: "mobilenetv4-timm",
            network: PublishedNetwork("small", .timm, side: 64, own: .timm) { input, classes, _ in
                .mobileNetV4(
                    input: input, classes: classes,
                    stages: [
                        [.convolution(8, kernel: 3, stride: 2)],
                        [
                            .bottleneck(16, expansion: 3, start: 5, middle: 5, stride: 2),
                            .bottleneck(16, expansion: 2, start: 0, middle: 3),
                            .bottleneck(16, expansion: 4, start: 3, middle: 0),
                        ],
                        [.convolution(24, kernel: 1)],
                    ], stem: 8, head: 32)
            }),
    ]

    private static func version3(
        _ name: String, _ library: TensorNames, _ norm: BatchNorm2D, isTensorFlow: Bool = false
    ) -> PublishedFixture {
        PublishedFixture(
            name: name,
            network: PublishedNetwork("small", library, side: 64) {
                .mobileNetV3(
                    input: $0, classes: $1, version3Small, names: $2, norm: norm, isTensorFlow: isTensorFlow)
            })
    }

    private static let efficient = [
        PublishedFixture(
            name: "efficientnet-torchvision",
            network: PublishedNetwork("small", .torchvision, side: 64) {
                .efficientNet(
                    input: $0, classes: $1, stages: [(1, 3, 1, 8, 1), (4, 5, 2, 16, 2), (4, 3, 2, 16, 1)], stem: 8,
                    head: 32, names: $2)
            }),
        efficient("efficientnet-timm", BatchNorm2D(), isTensorFlow: false),
        efficient("efficientnet-tf", BatchNorm2D(epsilon: 0.001), isTensorFlow: true),
    ]

    private static func efficient(_ name: String, _ norm: BatchNorm2D, isTensorFlow: Bool) -> PublishedFixture {
        PublishedFixture(
            name: name,
            network: PublishedNetwork("small", .timm, side: 64) {
                .efficientNet(
                    input: $0, classes: $1, stages: [(1, 3, 1, 8, 1), (4, 5, 2, 12, 2), (4, 3, 2, 16, 1)], stem: 8,
                    head: 32, names: $2, norm: norm, isTensorFlow: isTensorFlow)
            })
    }

    private static let convNeXt = [
        ("convnext-torchvision", TensorNames.torchvision, [2, 1, 2, 1]), ("convnext-timm", .timm, [2, 1, 2, 1]),
        ("convnext-linear-timm", .timm, [1, 1, 1, 1]),
    ].map { name, library, blocks in
        PublishedFixture(
            name: name,
            network: PublishedNetwork("small", library, side: 64, own: .timm) {
                .convNeXt(input: $0, classes: $1, blocks: blocks, channels: [8, 12, 16, 20], names: $2)
            })
    }

    private static let transformers = [
        ("vit-torchvision", TensorNames.torchvision, Float(0), 0), ("deit-timm", .timm, 0, 0),
        ("dinov2-timm", .timm, 1e-5, 0), ("dinov2-reg4-timm", .timm, 1e-5, 4),
    ].map { name, library, layerScale, registers in
        PublishedFixture(
            name: name,
            network: .transformer(
                "small",
                Network.TransformerSizes(
                    patch: 8, width: 24, depth: 2, heads: 3, layerScale: layerScale, registers: registers),
                side: 32, library: library))
    }
}
