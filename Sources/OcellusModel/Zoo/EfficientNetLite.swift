// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

extension Network {
    /// EfficientNet-Lite0: a 3×3 stem of stride 2, sixteen inverted residual blocks in seven stages, a 1×1 convolution to
    /// 1,280 channels, global average, dense `classes`: 4,652,008 parameters at 3 channels and 1,000 classes.
    ///
    /// Tan and Le 2019, arXiv:1905.11946, table 1, without squeeze-and-excitation and with ReLU6, as published in
    /// `tensorflow/tpu` (models/official/efficientnet/lite). Padding is TensorFlow's SAME, which for a stride of 2 pads less
    /// before than after; batch norms have an epsilon of 0.001 and TensorFlow's momentum of 0.99. Parameters carry the names of
    /// torchvision's EfficientNet with the parts of a block numbered without gaps (`features.0.0`, `features.2.0.block.1.0`, …,
    /// `classifier.1`). Images are halved five times: photos of 224×224 become maps of 7×7.
    public static func efficientNetLite0(input: Shape, classes: Int) -> Network {
        let stages: [(blocks: Int, channels: Int, kernel: Int, stride: Int)] = [
            (1, 16, 3, 1), (2, 24, 3, 2), (2, 40, 5, 2), (3, 80, 3, 2), (3, 112, 5, 1), (4, 192, 5, 2), (1, 320, 3, 1),
        ]
        var channels = 32
        var layers = unit("features.0", Conv2D(channels, kernelSize: 3, stride: 2, hasBias: false), ReLU6())
        for (index, stage) in stages.enumerated() {
            for block in 0..<stage.blocks {
                let stride = block == 0 ? stage.stride : 1
                let name = "features.\(index + 1).\(block)"
                let width = index == 0 ? channels : 6 * channels
                let keepsShape = stride == 1 && channels == stage.channels
                // The parts of a residual block are named within it.
                let prefix = keepsShape ? "block" : "\(name).block"
                var parts = index == 0 ? [] : [Conv2D(width, kernelSize: 1, hasBias: false)]
                parts.append(
                    Conv2D(
                        width, kernelSize: Size2D(stage.kernel, stage.kernel), stride: Size2D(stride, stride),
                        groups: width,
                        hasBias: false))
                var body = parts.enumerated().flatMap { unit("\(prefix).\($0)", $1, ReLU6()) }
                body += unit("\(prefix).\(parts.count)", Conv2D(stage.channels, kernelSize: 1, hasBias: false), nil)
                layers += keepsShape ? [Residual(body: { body }).named(name)] : body
                channels = stage.channels
            }
        }
        layers += unit("features.8", Conv2D(1280, kernelSize: 1, hasBias: false), ReLU6())
        layers.append(NamedLayer(GlobalAveragePool2D()))
        layers.append(NamedLayer(Dropout(0.2)))
        layers.append(Dense(classes).named("classifier.1"))
        return Network(input: input, layers: layers)
    }

    /// A convolution with its batch norm, `NAME.0` and `NAME.1`, and an activation behind it.
    private static func unit(_ name: String, _ convolution: Conv2D, _ activation: ReLU6?) -> [NamedLayer] {
        let layers = [
            convolution.initialized(.heNormal).named("\(name).0"),
            BatchNorm2D(epsilon: 1e-3, momentum: 0.01).named("\(name).1"),
        ]
        return layers + (activation.map { [NamedLayer($0)] } ?? [])
    }
}
