// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
public import OcellusTensor

/// MobileNetV3: Howard et al. 2019, arXiv:1905.02244, tables 1 and 2.
///
/// Inverted residual blocks with squeeze-and-excite, ReLU first and hard-swish later, and a head whose first dense layer stands
/// after the global average. Parameters carry torchvision's names, batch norms its epsilon of 0.001 and momentum of 0.01.
extension Network {
    /// 11 blocks: 2,542,856 parameters at 3 channels and 1,000 classes.
    public static func mobileNetV3Small(input: Shape, classes: Int) -> Network {
        mobileNetV3(input: input, classes: classes, .small, names: .torchvision)
    }

    /// 15 blocks: 5,483,032 parameters at 3 channels and 1,000 classes.
    public static func mobileNetV3Large(input: Shape, classes: Int) -> Network {
        mobileNetV3(input: input, classes: classes, .large, names: .torchvision)
    }

    /// The blocks of a MobileNetV3 and the width of its head.
    package struct MobileNetV3Table: Sendable {
        package struct Block: Sendable {
            var kernel, expanded, outputs, stride: Int
            var hasGate, isHardSwish: Bool

            package init(_ kernel: Int, _ expanded: Int, _ outputs: Int, gate: Bool, swish: Bool, stride: Int = 1) {
                (self.kernel, self.expanded, self.outputs, self.stride) = (kernel, expanded, outputs, stride)
                (hasGate, isHardSwish) = (gate, swish)
            }
        }
        var blocks: [Block]
        var head: Int

        package init(_ blocks: [Block], head: Int) { (self.blocks, self.head) = (blocks, head) }

        package static let small = MobileNetV3Table(
            [
                Block(3, 16, 16, gate: true, swish: false, stride: 2),
                Block(3, 72, 24, gate: false, swish: false, stride: 2),
                Block(3, 88, 24, gate: false, swish: false),
                Block(5, 96, 40, gate: true, swish: true, stride: 2),
                Block(5, 240, 40, gate: true, swish: true), Block(5, 240, 40, gate: true, swish: true),
                Block(5, 120, 48, gate: true, swish: true), Block(5, 144, 48, gate: true, swish: true),
                Block(5, 288, 96, gate: true, swish: true, stride: 2),
                Block(5, 576, 96, gate: true, swish: true), Block(5, 576, 96, gate: true, swish: true),
            ], head: 1024)

        package static let large = MobileNetV3Table(
            [
                Block(3, 16, 16, gate: false, swish: false),
                Block(3, 64, 24, gate: false, swish: false, stride: 2), Block(3, 72, 24, gate: false, swish: false),
                Block(5, 72, 40, gate: true, swish: false, stride: 2),
                Block(5, 120, 40, gate: true, swish: false), Block(5, 120, 40, gate: true, swish: false),
                Block(3, 240, 80, gate: false, swish: true, stride: 2), Block(3, 200, 80, gate: false, swish: true),
                Block(3, 184, 80, gate: false, swish: true), Block(3, 184, 80, gate: false, swish: true),
                Block(3, 480, 112, gate: true, swish: true), Block(3, 672, 112, gate: true, swish: true),
                Block(5, 672, 160, gate: true, swish: true, stride: 2),
                Block(5, 960, 160, gate: true, swish: true), Block(5, 960, 160, gate: true, swish: true),
            ], head: 1280)
    }

    /// - Parameters:
    ///   - norm: Epsilon and momentum differ between the libraries.
    ///   - isTensorFlow: For weights that TensorFlow trained: its padding.
    package static func mobileNetV3(
        input: Shape, classes: Int, _ table: MobileNetV3Table, names: TensorNames,
        norm: BatchNorm2D = BatchNorm2D(epsilon: 0.001, momentum: 0.01), isTensorFlow: Bool = false
    ) -> Network {
        let style = InvertedResidualStyle(norm: norm, isTensorFlow: isTensorFlow, names: names)
        let isTimm = names == .timm
        var inputs = 16
        var layers = style.normalized(
            style.convolution(inputs, 3, stride: 2), isTimm ? ("conv_stem", "bn1") : ("features.0.0", "features.0.1"),
            HardSwish())
        // timm counts blocks in stages of equal width.
        var (stage, block) = (-1, 0)
        for (index, row) in table.blocks.enumerated() {
            let isNew = index == 0 || row.outputs != table.blocks[index - 1].outputs
            (stage, block) = isNew ? (stage + 1, 0) : (stage, block + 1)
            let residual = InvertedResidual(
                kernel: row.kernel, inputs: inputs, expanded: row.expanded, outputs: row.outputs, stride: row.stride,
                squeezed: row.hasGate ? roundedChannels(row.expanded / 4) : 0,
                activation: row.isHardSwish ? HardSwish() as any Layer : ReLU())
            layers += style.layers(residual, at: isTimm ? "blocks.\(stage).\(block)" : "features.\(index + 1)")
            inputs = row.outputs
        }
        let last = "\(isTimm ? "blocks.\(stage + 1).0" : "features.\(table.blocks.count + 1)")."
        layers += style.normalized(
            style.convolution(6 * inputs, 1), isTimm ? (last + "conv", last + "bn1") : (last + "0", last + "1"),
            HardSwish())
        return Network(input: input) {
            layers
            GlobalAveragePool2D()
            Dense(table.head).initialized(.normal(standardDeviation: 0.01)).named(isTimm ? "conv_head" : "classifier.0")
            HardSwish()
            Dropout(0.2)
            Dense(classes).initialized(.normal(standardDeviation: 0.01)).named(isTimm ? "classifier" : "classifier.3")
        }
    }
}
