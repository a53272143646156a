// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusTensor
import OcellusTestSupport

/// A small network with a name for test reports.
struct ExampleNetwork: Sendable, CustomStringConvertible {
    let description: String
    let network: Network

    init(_ description: String, _ network: Network) {
        self.description = description
        self.network = network
    }

    /// Networks of several layers that together hold every layer and every way in which gradients meet.
    static let all: [ExampleNetwork] = [
        ExampleNetwork(
            "convolution, ReLU, pool",
            Network(input: [2, 7, 5]) {
                Conv2D(4, kernelSize: 3)
                ReLU()
                MaxPool2D(2)
                Conv2D(3, kernelSize: 2, padding: .valid)
                ReLU()
                Flatten()
                Dense(5)
                ReLU()
                Dense(3)
            }),
        ExampleNetwork(
            "ReLU used by a pool and by others",
            Network(input: [3, 5, 5]) {
                Conv2D(3, kernelSize: 3)
                ReLU()
                Concatenate {
                    Branch { MaxPool2D(3, stride: 1, padding: .same) }
                    Branch {}
                    Branch { Conv2D(2, kernelSize: 1) }
                }
                Flatten()
                Dense(3)
            }),
        ExampleNetwork(
            "residual with the input as shortcut",
            Network(input: [3, 5, 5]) {
                Residual {
                    Conv2D(3, kernelSize: 3, hasBias: false)
                    BatchNorm2D()
                    LeakyReLU(0.1)
                    Conv2D(3, kernelSize: 3)
                }
                Tanh()
                GlobalAveragePool2D()
                Dense(4)
            }),
        ExampleNetwork(
            "residual with a projection, dropout behind it",
            Network(input: [2, 6, 5]) {
                Residual {
                    Conv2D(4, kernelSize: 3, stride: 2)
                    GELU()
                } shortcut: {
                    Conv2D(4, kernelSize: 1, stride: 2, hasBias: false)
                }
                Dropout(0.25)
                Scale(0.5)
                Flatten()
                Dense(3)
                Softmax()
            }),
        ExampleNetwork(
            "residuals of batch norms, a ReLU behind each sum",
            Network(input: [3, 7, 5]) {
                Conv2D(4, kernelSize: 3, hasBias: false)
                BatchNorm2D()
                ReLU()
                Residual {
                    Conv2D(4, kernelSize: 3, hasBias: false)
                    BatchNorm2D()
                    ReLU()
                    Conv2D(4, kernelSize: 3)
                    BatchNorm2D()
                }
                ReLU()
                Residual {
                    Conv2D(6, kernelSize: 3, stride: 2, hasBias: false)
                    BatchNorm2D()
                } shortcut: {
                    Conv2D(6, kernelSize: 1, stride: 2, hasBias: false)
                    BatchNorm2D()
                }
                ReLU()
                MaxPool2D(2)
                Flatten()
                Dense(3)
            }),
        ExampleNetwork(
            "residuals of convolutions, a ReLU behind the sum and before them",
            Network(input: [3, 6, 5]) {
                Residual {
                    BatchNorm2D()
                    ReLU()
                    Conv2D(3, kernelSize: 3)
                }
                ReLU()
                Residual {
                    Conv2D(3, kernelSize: 3)
                    ReLU()
                    Conv2D(3, kernelSize: 3)
                }
                ReLU()
                Residual {
                } shortcut: {
                }
                ReLU()
                MaxPool2D(2)
                Flatten()
                Dense(3)
            }),
        ExampleNetwork(
            "residual of nothing: x + x",
            Network(input: [3, 2, 2]) {
                Residual {
                } shortcut: {
                }
                Flatten()
                Dense(2)
            }),
        ExampleNetwork(
            "nested composites",
            Network(input: [2, 5, 5]) {
                Concatenate {
                    Branch {
                        Residual {
                            Conv2D(2, kernelSize: 3)
                            Sigmoid()
                        }
                        AveragePool2D(3, stride: 2, padding: .same)
                    }
                    Branch {
                        BlurPool2D(3, stride: 2)
                        Dropout(0.5)
                    }
                }
                Conv2D(8, kernelSize: 3, groups: 4)
                GlobalMaxPool2D()
                Dense(3)
            }),
        ExampleNetwork(
            "squeeze-and-excite, and a gate of every element",
            Network(input: [3, 6, 5]) {
                Conv2D(20, kernelSize: 3)
                SiLU()
                Gate {
                    GlobalAveragePool2D()
                    Dense(3)
                    ReLU()
                    Dense(20)
                    HardSigmoid()
                }
                Conv2D(4, kernelSize: 3, padding: .valid)
                Gate {
                    Conv2D(4, kernelSize: 1)
                    Sigmoid()
                }
                Flatten()
                Dense(3)
            }),
        ExampleNetwork(
            "residuals that start as the identity",
            Network(input: [3, 5, 6]) {
                Conv2D(20, kernelSize: 3)
                Residual {
                    Conv2D(20, kernelSize: 3, groups: 20)
                    LayerNorm()
                    Conv2D(8, kernelSize: 1)
                    GELU()
                    Conv2D(20, kernelSize: 1)
                    LayerScale()
                }
                GlobalAveragePool2D()
                LayerScale(start: 1)
                Dense(3)
            }),
        ExampleNetwork(
            "kernels of their own at every position",
            Network(input: [2, 5, 4]) {
                LocallyConnected2D(3, kernelSize: 3, padding: .same)
                ReLU()
                BatchNorm2D()
                LocallyConnected2D(2, kernelSize: 2, stride: 2)
                Flatten()
                Dense(2)
            }),
        ExampleNetwork(
            "frozen first layer and bias",
            Network(
                input: [2, 5, 5],
                layers: [
                    NamedLayer(Conv2D(3, kernelSize: 3)), NamedLayer(ReLU()),
                    NamedLayer(Conv2D(3, kernelSize: 3), name: "second"), NamedLayer(BatchNorm2D(), name: "norm"),
                    NamedLayer(GlobalAveragePool2D()), NamedLayer(Dense(3)),
                ], frozen: ["0", "second.bias", "norm.weight"])),
    ]

    /// Seeded random numbers for every tensor of the network.
    func data(batchSize: Int, seed: Int) throws -> NetworkData {
        try NetworkData(for: network, batchSize: batchSize, seed: seed, Samples.uniform)
    }
}
