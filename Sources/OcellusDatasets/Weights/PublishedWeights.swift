// SPDX-License-Identifier: Apache-2.0

import OcellusData

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Weights that `ocellus model` knows by name: a directory of the Hugging Face hub that timm's authors publish.
///
/// Only weights that may be used for any purpose are here. Nobody here has verified a checksum of theirs: the hub's own content
/// hash is checked and kept at the first fetch.
package struct PublishedWeights: Sendable, Hashable {
    /// Network and recipe, as timm names them.
    package var name: String
    /// SPDX identifier, as the publisher states it.
    package var license: String
    /// Of the network.
    package var parameters: Int
    /// Height and width of the images that the weights are published for.
    package var side: Int
    /// Percent of ImageNet's validation images at 224 pixels that are classified right, as timm's `results-imagenet.csv` states
    /// it; `nil` for features without classes.
    package var topOne: Double?
    /// What else is published of them.
    package var note: String?

    /// On the hub.
    package var repository: String { "timm/\(name)" }
    /// For people: what the weights are, and their terms.
    package var page: String { Self.hub + repository }
    /// Bytes of the weights, to within a few thousand: four a number.
    package var approximateSize: Int { 4 * parameters }

    package static let hub = "https://huggingface.co/"
    /// What is fetched of each.
    package static let files = ["config.json", "model.safetensors"]

    /// Where fetched weights are kept: `XDG_CACHE_HOME/ocellus/weights`, by default `~/.cache/ocellus/weights`.
    package static var root: URL { StandardSet.root.deletingLastPathComponent().appending(path: "weights") }

    package static func named(_ name: String) -> PublishedWeights? { all.first { $0.name == name } }

    package init(
        _ name: String, license: String, parameters: Int, side: Int = 224, topOne: Double? = nil, note: String? = nil
    ) {
        self.name = name
        self.license = license
        self.parameters = parameters
        self.side = side
        self.topOne = topOne
        self.note = note
    }
}

extension PublishedWeights {
    private static let apache = "Apache-2.0"

    /// Scores: timm's `results/results-imagenet.csv`; licences: the `license` of each in timm's tables of 1.0.31. `tv` weights are
    /// torchvision's.
    package static let all: [PublishedWeights] = [
        .init("resnet18.tv_in1k", license: "BSD-3-Clause", parameters: 11_689_512, topOne: 69.75),
        .init("resnet18.a1_in1k", license: apache, parameters: 11_689_512, topOne: 71.50),
        .init("resnet50.tv_in1k", license: "BSD-3-Clause", parameters: 25_557_032, topOne: 76.16),
        .init("resnet50.a1_in1k", license: apache, parameters: 25_557_032, topOne: 80.38),
        .init("mobilenetv2_100.ra_in1k", license: apache, parameters: 3_504_872, topOne: 72.91),
        .init("mobilenetv3_small_100.lamb_in1k", license: apache, parameters: 2_542_856, topOne: 67.64),
        .init("mobilenetv3_large_100.ra_in1k", license: apache, parameters: 5_483_032, topOne: 75.78),
        .init("mobilenetv4_conv_small.e2400_r224_in1k", license: apache, parameters: 3_774_024, topOne: 73.76),
        .init("efficientnet_b0.ra_in1k", license: apache, parameters: 5_288_548, topOne: 77.70),
        .init("convnext_atto.d2_in1k", license: apache, parameters: 3_695_520, topOne: 75.67),
        .init("convnext_femto.d1_in1k", license: apache, parameters: 5_217_784, topOne: 77.50),
        .init("convnext_pico.d1_in1k", license: apache, parameters: 9_045_672, topOne: 79.52),
        .init("convnext_nano.in12k_ft_in1k", license: apache, parameters: 15_593_560, topOne: 82.31),
        .init("convnext_tiny.fb_in1k", license: apache, parameters: 28_589_128, topOne: 82.07),
        .init("convnext_tiny.in12k_ft_in1k", license: apache, parameters: 28_589_128, topOne: 84.19),
        .init("deit_tiny_patch16_224.fb_in1k", license: apache, parameters: 5_717_416, topOne: 72.19),
        .init("deit_small_patch16_224.fb_in1k", license: apache, parameters: 22_050_664, topOne: 79.86),
        .init("vit_tiny_patch16_224.augreg_in21k_ft_in1k", license: apache, parameters: 5_717_416, topOne: 75.45),
        .init("vit_small_patch16_224.augreg_in21k_ft_in1k", license: apache, parameters: 22_050_664, topOne: 81.40),
        .init(
            "vit_small_patch14_dinov2.lvd142m", license: apache, parameters: 22_056_192, side: 518,
            note: "features: 79.0 % by nearest neighbours, 81.1 % by a linear layer (DINOv2's README)"),
        .init(
            "vit_small_patch14_reg4_dinov2.lvd142m", license: apache, parameters: 22_057_344, side: 518,
            note: "features, with register tokens"),
    ]
}
