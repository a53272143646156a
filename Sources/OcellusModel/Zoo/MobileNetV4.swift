// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

/// MobileNetV4: Qin et al. 2024, arXiv:2404.10518.
extension Network {
    /// The small convolutional one: plain convolutions, universal inverted bottlenecks, and a head that stands after the global
    /// average, with batch normalisation and ReLU: 3,774,024 parameters at 3 channels and 1,000 classes.
    ///
    /// Qin et al. 2024, table 11. Parameters carry timm's names.
    public static func mobileNetV4ConvSmall(input: Shape, classes: Int) -> Network {
        mobileNetV4(input: input, classes: classes, stages: mobileNetV4ConvSmallStages, stem: 32, head: 1280)
    }

    /// A row of the table of a MobileNetV4.
    package enum MobileNetV4Block: Sendable {
        case convolution(Int, kernel: Int, stride: Int = 1)
        /// A universal inverted bottleneck: a depthwise convolution before the expansion, one after it, or both; 0 leaves one
        /// out.
        case bottleneck(Int, expansion: Int, start: Int, middle: Int, stride: Int = 1)
    }

    package static let mobileNetV4ConvSmallStages: [[MobileNetV4Block]] = [
        [.convolution(32, kernel: 3, stride: 2), .convolution(32, kernel: 1)],
        [.convolution(96, kernel: 3, stride: 2), .convolution(64, kernel: 1)],
        [
            .bottleneck(96, expansion: 3, start: 5, middle: 5, stride: 2),
            .bottleneck(96, expansion: 2, start: 0, middle: 3), .bottleneck(96, expansion: 2, start: 0, middle: 3),
            .bottleneck(96, expansion: 2, start: 0, middle: 3), .bottleneck(96, expansion: 2, start: 0, middle: 3),
            .bottleneck(96, expansion: 4, start: 3, middle: 0),
        ],
        [
            .bottleneck(128, expansion: 6, start: 3, middle: 3, stride: 2),
            .bottleneck(128, expansion: 4, start: 5, middle: 5), .bottleneck(128, expansion: 4, start: 0, middle: 5),
            .bottleneck(128, expansion: 3, start: 0, middle: 5), .bottleneck(128, expansion: 4, start: 0, middle: 3),
            .bottleneck(128, expansion: 4, start: 0, middle: 3),
        ],
        [.convolution(960, kernel: 1)],
    ]

    package static func mobileNetV4(
        input: Shape, classes: Int, stages: [[MobileNetV4Block]], stem: Int, head: Int
    ) -> Network {
        let style = InvertedResidualStyle(names: .timm)
        var layers = style.normalized(style.convolution(stem, 3, stride: 2), ("conv_stem", "bn1"), ReLU())
        var (inputs, shrinking) = (stem, [2])
        for (stage, blocks) in stages.enumerated() {
            for (index, block) in blocks.enumerated() {
                let path = "blocks.\(stage).\(index)"
                switch block {
                case .convolution(let outputs, let kernel, let stride):
                    layers += style.normalized(
                        style.convolution(outputs, kernel, stride: stride), ("\(path).conv", "\(path).bn1"), ReLU())
                    inputs = outputs
                    shrinking.append(stride)
                case .bottleneck(let outputs, let expansion, let start, let middle, let stride):
                    let body = bottleneck(style, inputs, outputs, expansion, start, middle, stride)
                    layers += stride == 1 && inputs == outputs ? [Residual { body }.named(path)] : body.under(path)
                    inputs = outputs
                    shrinking.append(stride)
                }
            }
        }
        // What is left of the image: each stride rounds up.
        let map = input.dimensions.suffix(2).map { side in shrinking.reduce(side) { ($0 + $1 - 1) / $1 } }
        return Network(input: input) {
            layers
            AveragePool2D(map.count == 2 ? Size2D(map[0], map[1]) : 1)
            style.normalized(style.convolution(head, 1), ("conv_head", "norm_head"), ReLU())
            Flatten()
            Dropout(0.2)
            Dense(classes).initialized(.normal(standardDeviation: 0.01)).named("classifier")
        }
    }

    private static func bottleneck(
        _ style: InvertedResidualStyle, _ inputs: Int, _ outputs: Int, _ expansion: Int, _ start: Int, _ middle: Int,
        _ stride: Int
    ) -> [NamedLayer] {
        func names(_ part: String) -> (String, String) { ("\(part).conv", "\(part).bn") }
        let expanded = roundedChannels(expansion * inputs)
        var layers: [NamedLayer] = []
        if start > 0 {
            layers += style.normalized(
                style.convolution(inputs, start, stride: middle > 0 ? 1 : stride, groups: inputs), names("dw_start"))
        }
        layers += style.normalized(style.convolution(expanded, 1), names("pw_exp"), ReLU())
        if middle > 0 {
            layers += style.normalized(
                style.convolution(expanded, middle, stride: stride, groups: expanded), names("dw_mid"), ReLU())
        }
        return layers + style.normalized(style.convolution(outputs, 1), names("pw_proj"))
    }
}
