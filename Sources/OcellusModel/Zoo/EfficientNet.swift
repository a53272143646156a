// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

/// EfficientNet: Tan and Le 2019, arXiv:1905.11946, table 1.
extension Network {
    /// A 3×3 stem of stride 2, 16 inverted residual blocks with squeeze-and-excite, a 1×1 convolution of 1,280 channels, batch
    /// normalisation and SiLU throughout, global average, dropout, dense `classes`: 5,288,548 parameters at 3 channels and 1,000
    /// classes.
    ///
    /// In training, blocks are left out with up to 0.2. Parameters carry torchvision's names.
    public static func efficientNetB0(input: Shape, classes: Int) -> Network {
        efficientNet(input: input, classes: classes, names: .torchvision)
    }

    package typealias EfficientNetStage = (expansion: Int, kernel: Int, stride: Int, outputs: Int, blocks: Int)

    /// Expansion, kernel, stride of the first block, output channels and blocks of each stage.
    package static let efficientNetB0Stages: [EfficientNetStage] = [
        (1, 3, 1, 16, 1), (6, 3, 2, 24, 2), (6, 5, 2, 40, 2), (6, 3, 2, 80, 3), (6, 5, 1, 112, 3), (6, 5, 2, 192, 4),
        (6, 3, 1, 320, 1),
    ]

    package static func efficientNet(
        input: Shape, classes: Int,
        stages: [EfficientNetStage] = efficientNetB0Stages,
        stem: Int = 32, head: Int = 1280, names: TensorNames, norm: BatchNorm2D = BatchNorm2D(),
        isTensorFlow: Bool = false
    ) -> Network {
        let style = InvertedResidualStyle(
            norm: norm, isTensorFlow: isTensorFlow, squeezeActivation: SiLU(), gate: Sigmoid(), names: names)
        let isTimm = names == .timm
        var layers = style.normalized(
            style.convolution(stem, 3, stride: 2), isTimm ? ("conv_stem", "bn1") : ("features.0.0", "features.0.1"),
            SiLU())
        let rates = dropPathRates(stages.map(\.blocks).reduce(0, +), last: 0.2, includesLast: false)
        var (inputs, place) = (stem, 0)
        for (stage, row) in stages.enumerated() {
            for block in 0..<row.blocks {
                let residual = InvertedResidual(
                    kernel: row.kernel, inputs: inputs, expanded: row.expansion * inputs, outputs: row.outputs,
                    stride: block == 0 ? row.stride : 1, squeezed: max(1, inputs / 4), activation: SiLU(),
                    dropPath: rates[place])
                layers += style.layers(
                    residual, at: isTimm ? "blocks.\(stage).\(block)" : "features.\(stage + 1).\(block)")
                (inputs, place) = (row.outputs, place + 1)
            }
        }
        let last = "features.\(stages.count + 1)."
        layers += style.normalized(
            style.convolution(head, 1), isTimm ? ("conv_head", "bn2") : (last + "0", last + "1"), SiLU())
        return Network(input: input) {
            layers
            GlobalAveragePool2D()
            Dropout(0.2)
            Dense(classes).initialized(.fanInUniform).named(isTimm ? "classifier" : "classifier.1")
        }
    }
}
