// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusTensor

/// A network under the name by which a library of PyTorch publishes its weights.
///
/// It is one of the zoo, with the library's padding, epsilon and momentum, and knows what the tensors of its files are called.
package struct PublishedNetwork: Sendable {
    /// E.g. `mobilenetv3_large_100` of timm.
    package let name: String
    package let library: TensorNames
    /// Height and width that its published weights were trained or are scored at, in pixels.
    package let side: Int
    /// Whether the published weights end in a layer for classes.
    package let hasHead: Bool
    private let make: @Sendable (Shape, Int, TensorNames) -> Network
    /// Height and width of a patch of a transformer, whose table of positions depends on the images' size.
    package let patch: Int?
    /// Rows of that table before those of patches.
    package let positionPrefix: Int
    /// The names that the network of the zoo carries.
    private let own: TensorNames

    package init(
        _ name: String, _ library: TensorNames, side: Int = 224, hasHead: Bool = true, patch: Int? = nil,
        positionPrefix: Int = 0, own: TensorNames = .torchvision,
        _ make: @escaping @Sendable (Shape, Int, TensorNames) -> Network
    ) {
        self.name = name
        self.library = library
        self.side = side
        self.hasHead = hasHead
        self.patch = patch
        self.positionPrefix = positionPrefix
        self.own = own
        self.make = make
    }

    /// Our name of the table of positions.
    package var positionTable: String? { patch == nil ? nil : "encoder.pos_embedding" }

    /// The network as the zoo makes it.
    package func network(input: Shape, classes: Int) -> Network { make(input, classes, own) }

    /// The table of names: for each of our tensors, what the library calls it.
    package struct Name: Hashable, Sendable {
        package var ours: String
        package var theirs: String
        package var shape: Shape
        /// Whether training updates it without a gradient.
        package var isBuffer: Bool
    }

    /// - Throws: ``ModelError`` for images and numbers of classes that the network cannot have.
    package func names(input: Shape, classes: Int) throws(ModelError) -> [Name] {
        let ours = try network(input: input, classes: classes).graph()
        let theirs = try make(input, classes, library).graph()
        return zip(ours.parameters, theirs.parameters).map {
            Name(ours: $0.name, theirs: foreign($1.name), shape: $0.shape, isBuffer: false)
        }
            + zip(ours.buffers, theirs.buffers).map {
                Name(ours: $0.name, theirs: foreign($1.name), shape: $0.shape, isBuffer: true)
            }
    }

    /// Names inside our layers that the library has otherwise.
    private func foreign(_ name: String) -> String {
        let endings: [(ours: String, theirs: String)] =
            library == .timm
            ? [
                (".in_proj_weight", ".qkv.weight"), (".in_proj_bias", ".qkv.bias"),
                (".out_proj.weight", ".proj.weight"), (".out_proj.bias", ".proj.bias"),
                (".layer_scale.gamma", ".gamma"),
            ] : [(".layer_scale.gamma", ".layer_scale")]
        for ending in endings where name.hasSuffix(ending.ours) {
            return name.dropLast(ending.ours.count) + ending.theirs
        }
        return name
    }
}

extension PublishedNetwork {
    /// All that are known, by name.
    package static let all: [PublishedNetwork] =
        residual + mobile + efficient + convNeXt + transformers

    /// - Returns: Those of that name: a library each.
    package static func named(_ name: String) -> [PublishedNetwork] { all.filter { $0.name == name } }

    private static let residual: [PublishedNetwork] = TensorNames.allCases.flatMap { library in
        [
            PublishedNetwork("resnet18", library) { input, classes, _ in
                .resNet18ImageNet(input: input, classes: classes)
            },
            PublishedNetwork("resnet34", library) { input, classes, _ in
                .resNet34ImageNet(input: input, classes: classes)
            },
            PublishedNetwork("resnet50", library) { input, classes, _ in
                .resNet50ImageNet(input: input, classes: classes)
            },
        ]
    }

    private static let mobile: [PublishedNetwork] =
        [("mobilenet_v2", TensorNames.torchvision), ("mobilenetv2_100", .timm)].map { name, library in
            PublishedNetwork(name, library) { .mobileNetV2(input: $0, classes: $1, names: $2) }
        }
        + [
            version3("mobilenet_v3_small", .torchvision, .small, BatchNorm2D(epsilon: 0.001, momentum: 0.01)),
            version3("mobilenet_v3_large", .torchvision, .large, BatchNorm2D(epsilon: 0.001, momentum: 0.01)),
            version3("mobilenetv3_small_100", .timm, .small, BatchNorm2D()),
            version3("mobilenetv3_large_100", .timm, .large, BatchNorm2D()),
            version3("tf_mobilenetv3_small_100", .timm, .small, BatchNorm2D(epsilon: 0.001), isTensorFlow: true),
            version3("tf_mobilenetv3_large_100", .timm, .large, BatchNorm2D(epsilon: 0.001), isTensorFlow: true),
            PublishedNetwork("mobilenetv4_conv_small", .timm, own: .timm) { input, classes, _ in
                .mobileNetV4ConvSmall(input: input, classes: classes)
            },
        ]

    private static func version3(
        _ name: String, _ library: TensorNames, _ table: Network.MobileNetV3Table, _ norm: BatchNorm2D,
        isTensorFlow: Bool = false
    ) -> PublishedNetwork {
        PublishedNetwork(name, library) {
            .mobileNetV3(input: $0, classes: $1, table, names: $2, norm: norm, isTensorFlow: isTensorFlow)
        }
    }

    private static let efficient: [PublishedNetwork] = [
        PublishedNetwork("efficientnet_b0", .torchvision) { .efficientNet(input: $0, classes: $1, names: $2) },
        PublishedNetwork("efficientnet_b0", .timm) { .efficientNet(input: $0, classes: $1, names: $2) },
        PublishedNetwork("tf_efficientnet_b0", .timm) {
            .efficientNet(
                input: $0, classes: $1, names: $2, norm: BatchNorm2D(epsilon: 0.001), isTensorFlow: true)
        },
    ]

    private static let convNeXt: [PublishedNetwork] =
        [
            ("convnext_atto", [2, 2, 6, 2], 40), ("convnext_femto", [2, 2, 6, 2], 48),
            ("convnext_pico", [2, 2, 6, 2], 64),
            ("convnext_nano", [2, 2, 8, 2], 80), ("convnext_tiny", [3, 3, 9, 3], 96),
        ].flatMap { (name: String, blocks: [Int], width: Int) in
            // Torchvision has the largest of them.
            TensorNames.allCases.filter { $0 == .timm || name == "convnext_tiny" }.map { library in
                PublishedNetwork(name, library, own: .timm) {
                    .convNeXt(
                        input: $0, classes: $1, blocks: blocks, channels: [width, 2 * width, 4 * width, 8 * width],
                        names: $2)
                }
            }
        }

    private static let transformers: [PublishedNetwork] = [
        transformer("deit_tiny_patch16_224", .init(patch: 16, width: 192, heads: 3, dropPath: 0.1)),
        transformer("deit_small_patch16_224", .init(patch: 16, width: 384, heads: 6, dropPath: 0.1)),
        transformer("vit_tiny_patch16_224", .init(patch: 16, width: 192, heads: 3, dropPath: 0.1)),
        transformer("vit_small_patch16_224", .init(patch: 16, width: 384, heads: 6, dropPath: 0.1)),
        transformer(
            "vit_small_patch14_dinov2", .init(patch: 14, width: 384, heads: 6, layerScale: 1e-5), side: 518,
            hasHead: false),
        transformer(
            "vit_small_patch14_reg4_dinov2", .init(patch: 14, width: 384, heads: 6, layerScale: 1e-5, registers: 4),
            side: 518, hasHead: false),
    ]

    package static func transformer(
        _ name: String, _ sizes: Network.TransformerSizes, side: Int = 224, hasHead: Bool = true,
        library: TensorNames = .timm
    ) -> PublishedNetwork {
        PublishedNetwork(
            name, library, side: side, hasHead: hasHead, patch: sizes.patch,
            positionPrefix: sizes.registers == 0 ? 1 : 0
        ) {
            .visionTransformer(input: $0, classes: $1, sizes, names: $2)
        }
    }
}
