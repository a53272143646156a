// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

extension Network {
    /// ResNet-18 for small images: a 3×3 stem of stride 1 without pooling, then stages of two basic blocks with 64, 128,
    /// 256 and 512 channels, global average, dense `classes`: 11,173,962 parameters at 3 channels and 10 classes.
    ///
    /// He, Zhang, Ren and Sun 2015, arXiv:1512.03385, table 1 and section 4.2. Parameters carry torchvision's names
    /// (`conv1`, `bn1`, `layer1.0.conv1`, `layer2.0.downsample.0`, `fc`) and its padding of one row and column on every
    /// side, so its state dictionaries fit but for the stem. The shortcut of a block that changes the shape is a 1×1
    /// convolution with batch normalisation (option B of the paper).
    public static func resNet18(input: Shape, classes: Int) -> Network {
        Network(input: input) {
            convolution(64, 3, 1).named("conv1")
            BatchNorm2D().named("bn1")
            ReLU()
            for (stage, channels) in [64, 128, 256, 512].enumerated() {
                for block in 0..<2 {
                    basicBlock(channels, stride: stage > 0 && block == 0 ? 2 : 1)
                        .named("layer\(stage + 1).\(block)")
                    ReLU()
                }
            }
            GlobalAveragePool2D()
            Dense(classes).named("fc")
        }
    }

    private static func basicBlock(_ channels: Int, stride: Int) -> Residual {
        Residual {
            convolution(channels, 3, stride).named("conv1")
            BatchNorm2D().named("bn1")
            ReLU()
            convolution(channels, 3, 1).named("conv2")
            BatchNorm2D().named("bn2")
        } shortcut: {
            if stride != 1 {
                convolution(channels, 1, stride).named("downsample.0")
                BatchNorm2D().named("downsample.1")
            }
        }
    }

    private static func convolution(_ channels: Int, _ kernel: Int, _ stride: Int) -> Conv2D {
        Conv2D(
            channels, kernelSize: Size2D(kernel, kernel), stride: Size2D(stride, stride),
            padding: kernel == 1 ? .valid : .all(kernel / 2), hasBias: false
        ).initialized(.heNormal)
    }
}
