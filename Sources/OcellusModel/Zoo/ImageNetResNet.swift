// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

/// Residual networks for photos: He, Zhang, Ren and Sun 2015, arXiv:1512.03385, table 1.
///
/// A 7×7 stem of stride 2 and a 3×3 maximum of stride 2, four stages of blocks, global average, dense `classes`. Parameters carry
/// the names that torchvision and timm share (`conv1`, `bn1`, `layer1.0.conv1`, `layer2.0.downsample.0`, `fc`). In bottlenecks
/// the stride is at the 3×3 convolution, as in both.
extension Network {
    /// Two basic blocks a stage: 11,689,512 parameters at 3 channels and 1,000 classes.
    public static func resNet18ImageNet(input: Shape, classes: Int) -> Network {
        imageNetResNet(input: input, classes: classes, blocks: [2, 2, 2, 2])
    }

    /// 3, 4, 6 and 3 basic blocks: 21,797,672 parameters at 3 channels and 1,000 classes.
    public static func resNet34ImageNet(input: Shape, classes: Int) -> Network {
        imageNetResNet(input: input, classes: classes, blocks: [3, 4, 6, 3])
    }

    /// 3, 4, 6 and 3 bottlenecks: 25,557,032 parameters at 3 channels and 1,000 classes.
    public static func resNet50ImageNet(input: Shape, classes: Int) -> Network {
        imageNetResNet(input: input, classes: classes, blocks: [3, 4, 6, 3], isBottleneck: true)
    }

    /// - Parameters:
    ///   - blocks: Of each stage.
    ///   - channels: Of each stage, a quarter of its output with bottlenecks.
    package static func imageNetResNet(
        input: Shape, classes: Int, blocks: [Int], channels: [Int] = [64, 128, 256, 512], isBottleneck: Bool = false
    ) -> Network {
        let stem = 64
        var inputs = stem
        var layers: [NamedLayer] = []
        for (stage, width) in channels.enumerated() {
            for block in 0..<blocks[stage] {
                let stride = stage > 0 && block == 0 ? 2 : 1
                layers.append(
                    residual(inputs, width, stride: stride, isBottleneck: isBottleneck)
                        .named("layer\(stage + 1).\(block)"))
                layers.append(NamedLayer(ReLU()))
                inputs = isBottleneck ? 4 * width : width
            }
        }
        return Network(input: input) {
            convolution(stem, 7, 2).named("conv1")
            BatchNorm2D().named("bn1")
            ReLU()
            MaxPool2D(3, stride: 2, padding: .all(1))
            layers
            GlobalAveragePool2D()
            Dense(classes).initialized(.fanInUniform).named("fc")
        }
    }

    private static func residual(_ inputs: Int, _ width: Int, stride: Int, isBottleneck: Bool) -> Residual {
        let outputs = isBottleneck ? 4 * width : width
        return Residual {
            convolution(width, isBottleneck ? 1 : 3, isBottleneck ? 1 : stride).named("conv1")
            BatchNorm2D().named("bn1")
            ReLU()
            convolution(width, 3, isBottleneck ? stride : 1).named("conv2")
            BatchNorm2D().named("bn2")
            if isBottleneck {
                ReLU()
                convolution(outputs, 1, 1).named("conv3")
                BatchNorm2D().named("bn3")
            }
        } shortcut: {
            if stride != 1 || inputs != outputs {
                convolution(outputs, 1, stride).named("downsample.0")
                BatchNorm2D().named("downsample.1")
            }
        }
    }

    private static func convolution(_ channels: Int, _ kernel: Int, _ stride: Int) -> Conv2D {
        Conv2D(
            channels, kernelSize: Size2D(kernel, kernel), stride: Size2D(stride, stride),
            padding: kernel == 1 ? .valid : .all(kernel / 2), hasBias: false
        ).startingByOutputs()
    }
}
