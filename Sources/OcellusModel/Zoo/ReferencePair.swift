// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

/// The two networks of the common CIFAR-10 tutorial: a dense one and a convolutional one.
///
/// They differ in size and depth as well as in kind: 73 times the parameters, 3 times the multiply-adds at 3×32×32.
extension Network {
    /// Flatten, dense 3000, dense 1000, dense `classes`, with ReLU between: 12,230,010 parameters at 3×32×32 and 10
    /// classes.
    public static func ann(input: Shape, classes: Int) -> Network {
        Network(input: input) {
            Flatten()
            Dense(3000)
            ReLU()
            Dense(1000)
            ReLU()
            Dense(classes)
        }
    }

    /// Two valid 3×3 convolutions of 32 and 64 channels, each with ReLU and a 2×2 maximum, then dense 64, ReLU, dense
    /// `classes`: 167,562 parameters at 3×32×32 and 10 classes.
    public static func cnn(input: Shape, classes: Int) -> Network {
        Network(input: input) {
            Conv2D(32, kernelSize: 3, padding: .valid)
            ReLU()
            MaxPool2D(2)
            Conv2D(64, kernelSize: 3, padding: .valid)
            ReLU()
            MaxPool2D(2)
            Flatten()
            Dense(64)
            ReLU()
            Dense(classes)
        }
    }
}
