// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

/// ConvNeXt: Liu et al. 2022, arXiv:2201.03545, section 2; the sizes below tiny are timm's.
///
/// A 4×4 stem of stride 4, four stages of blocks (a 7×7 depthwise convolution, layer norm over channels, 1×1 to four times the
/// channels, GELU, 1×1 back, a trained factor for each channel), each stage after the first behind a layer norm and a 2×2
/// convolution of stride 2, global average, layer norm, dense `classes`. In training, blocks are left out with up to 0.1.
/// Parameters carry timm's names, but for the factors, which are a layer, `layer_scale`.
extension Network {
    /// 40 to 320 channels: 3,695,520 parameters at 3 channels and 1,000 classes.
    public static func convNeXtAtto(input: Shape, classes: Int) -> Network {
        convNeXt(input: input, classes: classes, blocks: [2, 2, 6, 2], channels: [40, 80, 160, 320])
    }

    /// 48 to 384 channels: 5,217,784 parameters at 3 channels and 1,000 classes.
    public static func convNeXtFemto(input: Shape, classes: Int) -> Network {
        convNeXt(input: input, classes: classes, blocks: [2, 2, 6, 2], channels: [48, 96, 192, 384])
    }

    /// 64 to 512 channels: 9,045,672 parameters at 3 channels and 1,000 classes.
    public static func convNeXtPico(input: Shape, classes: Int) -> Network {
        convNeXt(input: input, classes: classes, blocks: [2, 2, 6, 2], channels: [64, 128, 256, 512])
    }

    /// 80 to 640 channels: 15,593,560 parameters at 3 channels and 1,000 classes.
    public static func convNeXtNano(input: Shape, classes: Int) -> Network {
        convNeXt(input: input, classes: classes, blocks: [2, 2, 8, 2], channels: [80, 160, 320, 640])
    }

    /// 96 to 768 channels: 28,589,128 parameters at 3 channels and 1,000 classes.
    public static func convNeXtTiny(input: Shape, classes: Int) -> Network {
        convNeXt(input: input, classes: classes, blocks: [3, 3, 9, 3], channels: [96, 192, 384, 768])
    }

    package static func convNeXt(
        input: Shape, classes: Int, blocks: [Int], channels: [Int], names: TensorNames = .timm
    ) -> Network {
        let isTimm = names == .timm
        let stem = isTimm ? "stem" : "features.0"
        let rates = dropPathRates(blocks.reduce(0, +), last: 0.1)
        var layers: [NamedLayer] = []
        for (stage, width) in channels.enumerated() {
            if stage > 0 {
                let down = isTimm ? "stages.\(stage).downsample" : "features.\(2 * stage)"
                layers.append(LayerNorm(epsilon: 1e-6).named("\(down).0"))
                layers.append(convolution(width, 2, stride: 2).named("\(down).1"))
            }
            let first = blocks[..<stage].reduce(0, +)
            for block in 0..<blocks[stage] {
                layers.append(
                    convNeXtBlock(width, rates[first + block], names).named(
                        isTimm ? "stages.\(stage).blocks.\(block)" : "features.\(2 * stage + 1).\(block)"))
            }
        }
        return Network(input: input) {
            convolution(channels[0], 4, stride: 4).named("\(stem).0")
            LayerNorm(epsilon: 1e-6).named("\(stem).1")
            layers
            GlobalAveragePool2D()
            LayerNorm(epsilon: 1e-6).named(isTimm ? "head.norm" : "classifier.0")
            Dense(classes).initialized(.normal(standardDeviation: 0.02)).named(isTimm ? "head.fc" : "classifier.2")
        }
    }

    private static func convNeXtBlock(_ width: Int, _ dropPath: Float, _ names: TensorNames) -> Residual {
        let isTimm = names == .timm
        return Residual {
            Conv2D(width, kernelSize: 7, padding: .all(3), groups: width)
                .initialized(.normal(standardDeviation: 0.02)).named(isTimm ? "conv_dw" : "block.0")
            LayerNorm(epsilon: 1e-6).named(isTimm ? "norm" : "block.2")
            convolution(4 * width, 1, stride: 1).named(isTimm ? "mlp.fc1" : "block.3")
            GELU()
            convolution(width, 1, stride: 1).named(isTimm ? "mlp.fc2" : "block.5")
            LayerScale(start: 1e-6).named("layer_scale")
            if dropPath > 0 { DropPath(dropPath) }
        }
    }

    private static func convolution(_ channels: Int, _ kernel: Int, stride: Int) -> Conv2D {
        Conv2D(
            channels, kernelSize: Size2D(kernel, kernel), stride: Size2D(stride, stride), padding: .valid
        ).initialized(.normal(standardDeviation: 0.02))
    }
}
