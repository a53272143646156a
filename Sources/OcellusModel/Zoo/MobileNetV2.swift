// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

/// MobileNetV2: Sandler et al. 2018, arXiv:1801.04381, table 2.
extension Network {
    /// A 3×3 stem of stride 2, 17 inverted residual blocks, a 1×1 convolution of 1,280 channels, batch normalisation and ReLU6
    /// throughout, global average, dropout, dense `classes`: 3,504,872 parameters at 3 channels and 1,000 classes.
    ///
    /// Parameters carry torchvision's names.
    public static func mobileNetV2(input: Shape, classes: Int) -> Network {
        mobileNetV2(input: input, classes: classes, names: .torchvision)
    }

    /// Expansion, output channels, blocks and stride of the first for each stage.
    package static let mobileNetV2Stages: [(expansion: Int, outputs: Int, blocks: Int, stride: Int)] = [
        (1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1),
    ]

    package static func mobileNetV2(
        input: Shape, classes: Int,
        stages: [(expansion: Int, outputs: Int, blocks: Int, stride: Int)] = mobileNetV2Stages,
        stem: Int = 32, head: Int = 1280, names: TensorNames
    ) -> Network {
        let style = InvertedResidualStyle(names: names, isVersion2: true)
        let isTimm = names == .timm
        var layers = style.normalized(
            style.convolution(stem, 3, stride: 2), isTimm ? ("conv_stem", "bn1") : ("features.0.0", "features.0.1"),
            ReLU6())
        var (inputs, place) = (stem, 1)
        for (stage, row) in stages.enumerated() {
            for block in 0..<row.blocks {
                let residual = InvertedResidual(
                    inputs: inputs, expanded: row.expansion * inputs, outputs: row.outputs,
                    stride: block == 0 ? row.stride : 1, activation: ReLU6())
                layers += style.layers(residual, at: isTimm ? "blocks.\(stage).\(block)" : "features.\(place)")
                (inputs, place) = (row.outputs, place + 1)
            }
        }
        layers += style.normalized(
            style.convolution(head, 1), isTimm ? ("conv_head", "bn2") : ("features.\(place).0", "features.\(place).1"),
            ReLU6())
        return Network(input: input) {
            layers
            GlobalAveragePool2D()
            Dropout(0.2)
            Dense(classes).initialized(.normal(standardDeviation: 0.01)).named(isTimm ? "classifier" : "classifier.1")
        }
    }
}
