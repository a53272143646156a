// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

extension Network {
    /// Three pairs of 3×3 convolutions (64, 128, 256 channels), each with batch normalisation and ReLU and each pair with
    /// a 2×2 maximum, then dense 512, ReLU, dense `classes`: 3,249,098 parameters at 3×32×32 and 10 classes.
    ///
    /// In the manner of Simonyan and Zisserman 2015, arXiv:1409.1556, with batch normalisation. The convolutions have no
    /// bias because the normalisation would take it out again; weights start He normal because every one is followed by
    /// a ReLU.
    public static func vggSmall(input: Shape, classes: Int) -> Network {
        Network(input: input) {
            for channels in [64, 128, 256] {
                for _ in 0..<2 {
                    Conv2D(channels, kernelSize: 3, hasBias: false).initialized(.heNormal)
                    BatchNorm2D()
                    ReLU()
                }
                MaxPool2D(2)
            }
            Flatten()
            Dense(512).initialized(.heNormal)
            ReLU()
            Dense(classes)
        }
    }
}
