// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

extension Network {
    /// A 3×3 convolution of 32 channels, then six depthwise-separable blocks (64, 128 at stride 2, 128, 256 at stride 2,
    /// 256, 512 at stride 2), batch normalisation and ReLU after each convolution, global average, dense `classes`:
    /// 274,250 parameters at 3 channels and 10 classes.
    ///
    /// The blocks of Howard et al. 2017, arXiv:1704.04861, section 3.1: a 3×3 convolution of each channel on its own,
    /// then a 1×1 convolution over channels. Padding is one row and column on every side.
    public static func mobileNetSmall(input: Shape, classes: Int) -> Network {
        let blocks = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)]
        var channels = 32
        var layers = normalized(Conv2D(channels, kernelSize: 3, padding: .all(1), hasBias: false))
        for (width, stride) in blocks {
            layers += normalized(
                Conv2D(
                    channels, kernelSize: 3, stride: Size2D(stride, stride), padding: .all(1), groups: channels,
                    hasBias: false))
            layers += normalized(Conv2D(width, kernelSize: 1, padding: .valid, hasBias: false))
            channels = width
        }
        return Network(input: input) {
            layers
            GlobalAveragePool2D()
            Dense(classes)
        }
    }

    @NetworkBuilder
    private static func normalized(_ convolution: Conv2D) -> [NamedLayer] {
        convolution.initialized(.heNormal)
        BatchNorm2D()
        ReLU()
    }
}
