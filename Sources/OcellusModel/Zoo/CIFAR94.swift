// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

extension Network {
    /// The network of airbench94 (Jordan 2024, arXiv:2404.00498, section 3.1): a valid 2×2 convolution with two outputs for
    /// each number of a patch, three groups of two 3×3 convolutions (64, 256 and 256 channels) with a 2×2 maximum after the
    /// first and batch norms without scale, GELU throughout, a 3×3 maximum, a dense layer without bias, logits divided by
    /// 9: 1,972,792 parameters at 3×32×32 and 10 classes.
    ///
    /// Parameters carry the names of its PyTorch module (`0`, `2.conv1`, `2.norm1`, …, `7`), so that state dictionaries fit.
    /// The scales of its batch norms are parameters too, ``frozen`` at 1. Convolutions start as ``Initializer/dirac``. Images
    /// need at least 25 rows and columns.
    public static func cifar94(input: Shape, classes: Int) -> Network {
        let groups = [(2, 64), (3, 256), (4, 256)]
        var network = Network(input: input) {
            Conv2D(8 * (input.rank == 3 ? input[0] : 3), kernelSize: 2, padding: .valid).initialized(.dirac).named("0")
            GELU()
            for (index, channels) in groups {
                Conv2D(channels, kernelSize: 3, hasBias: false).initialized(.dirac).named("\(index).conv1")
                MaxPool2D(2)
                BatchNorm2D(epsilon: 1e-12, momentum: 0.4).named("\(index).norm1")
                GELU()
                Conv2D(channels, kernelSize: 3, hasBias: false).initialized(.dirac).named("\(index).conv2")
                BatchNorm2D(epsilon: 1e-12, momentum: 0.4).named("\(index).norm2")
                GELU()
            }
            MaxPool2D(3)
            Flatten()
            Dense(classes, hasBias: false).initialized(.fanInUniform).named("7")
            Scale(1 / 9)
        }
        network.frozen = groups.flatMap { index, _ in ["\(index).norm1.weight", "\(index).norm2.weight"] }
        return network
    }
}
