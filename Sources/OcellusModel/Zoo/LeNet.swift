// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

extension Network {
    /// LeNet-5 with tanh and average pooling: 61,706 parameters at 1×28×28 or 1×32×32 and 10 classes.
    ///
    /// LeCun, Bottou, Bengio and Haffner 1998, Proceedings of the IEEE 86:2278, figure 2, with every map of the second
    /// convolution connected and a plain dense layer at the end. The paper pads 28×28 digits to 32×32: images of less
    /// than 32 rows or columns get the same through the first convolution's padding.
    public static func leNet(input: Shape, classes: Int) -> Network {
        let isSmall = input.dimensions.dropFirst().contains { $0 < 32 }
        return Network(input: input) {
            Conv2D(6, kernelSize: 5, padding: isSmall ? .same : .valid)
            Tanh()
            AveragePool2D(2)
            Conv2D(16, kernelSize: 5, padding: .valid)
            Tanh()
            AveragePool2D(2)
            Flatten()
            Dense(120)
            Tanh()
            Dense(84)
            Tanh()
            Dense(classes)
        }
    }
}
