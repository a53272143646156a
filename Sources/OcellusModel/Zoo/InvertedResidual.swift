// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusTensor

/// One block of MobileNetV2, MobileNetV3 and EfficientNet: a 1×1 convolution that expands, a depthwise one, squeeze-and-excite,
/// a 1×1 convolution that projects, each with batch normalisation, and the input added where the shape stays.
///
/// Sandler et al. 2018, arXiv:1801.04381, section 3.3; with squeeze-and-excite as in Howard et al. 2019, arXiv:1905.02244.
struct InvertedResidual {
    var kernel = 3
    var inputs: Int
    /// Channels of the depthwise convolution; as many as `inputs` leave the expansion out.
    var expanded: Int
    var outputs: Int
    var stride = 1
    /// Channels between the two layers of squeeze-and-excite; 0 leaves it out.
    var squeezed = 0
    var activation: any Layer
    var dropPath: Float = 0

    var hasExpansion: Bool { expanded != inputs }
    var hasShortcut: Bool { stride == 1 && inputs == outputs }
}

/// What the blocks of one network share.
struct InvertedResidualStyle {
    var norm = BatchNorm2D()
    /// TensorFlow's padding puts the odd row and column behind; PyTorch's is the same on all sides.
    var isTensorFlow = false
    var squeezeActivation: any Layer = ReLU()
    var gate: any Layer = HardSigmoid()
    var names: TensorNames
    /// Torchvision's MobileNetV2 has its own names: `conv` for `block`, and the projection's norm beside the convolution.
    var isVersion2 = false

    func convolution(_ channels: Int, _ kernel: Int, stride: Int = 1, groups: Int = 1) -> Conv2D {
        Conv2D(
            channels, kernelSize: Size2D(kernel, kernel), stride: Size2D(stride, stride),
            padding: kernel == 1 ? .valid : isTensorFlow ? .same : .all(kernel / 2), groups: groups, hasBias: false
        ).startingByOutputs()
    }

    /// A convolution with its norm and activation under these names.
    func normalized(
        _ convolution: Conv2D, _ names: (convolution: String, norm: String), _ activation: (any Layer)? = nil
    ) -> [NamedLayer] {
        let layers = [convolution.named(names.convolution), norm.named(names.norm)]
        return layers + (activation.map { [NamedLayer($0)] } ?? [])
    }

    /// The block as one layer with a shortcut, or as the layers of a chain.
    ///
    /// - Parameter path: Of the block, e.g. `features.2` or `blocks.1.0`.
    func layers(_ block: InvertedResidual, at path: String) -> [NamedLayer] {
        let body = body(block)
        guard block.hasShortcut else { return body.under(path) }
        return [Residual { body }.named(path)]
    }

    private func body(_ block: InvertedResidual) -> [NamedLayer] {
        let parts = PartNames(block, self)
        var layers: [NamedLayer] = []
        if block.hasExpansion {
            layers += normalized(convolution(block.expanded, 1), parts.expansion, block.activation)
        }
        layers += normalized(
            convolution(block.expanded, block.kernel, stride: block.stride, groups: block.expanded), parts.depthwise,
            block.activation)
        if block.squeezed > 0 { layers.append(squeeze(block).named(parts.squeeze)) }
        layers += normalized(convolution(block.outputs, 1), parts.projection)
        if block.hasShortcut, block.dropPath > 0 { layers.append(NamedLayer(DropPath(block.dropPath))) }
        return layers
    }

    private func squeeze(_ block: InvertedResidual) -> Gate {
        Gate {
            GlobalAveragePool2D()
            Dense(block.squeezed).initialized(.heNormal).named(names == .timm ? "conv_reduce" : "fc1")
            NamedLayer(squeezeActivation)
            Dense(block.expanded).initialized(.heNormal).named(names == .timm ? "conv_expand" : "fc2")
            NamedLayer(gate)
        }
    }
}

/// Where the tensors of a block lie.
private struct PartNames {
    var expansion: (convolution: String, norm: String) = ("", "")
    var depthwise: (convolution: String, norm: String)
    var squeeze: String
    var projection: (convolution: String, norm: String)

    init(_ block: InvertedResidual, _ style: InvertedResidualStyle) {
        switch style.names {
        case .timm:
            squeeze = "se"
            if block.hasExpansion {
                (expansion, depthwise, projection) = (("conv_pw", "bn1"), ("conv_dw", "bn2"), ("conv_pwl", "bn3"))
            } else {
                (depthwise, projection) = (("conv_dw", "bn1"), ("conv_pw", "bn2"))
            }
        case .torchvision:
            // Numbered without gaps.
            let prefix = style.isVersion2 ? "conv" : "block"
            let first = block.hasExpansion ? 1 : 0
            let last = first + (block.squeezed > 0 ? 2 : 1)
            expansion = ("\(prefix).0.0", "\(prefix).0.1")
            depthwise = ("\(prefix).\(first).0", "\(prefix).\(first).1")
            squeeze = "\(prefix).\(first + 1)"
            projection =
                style.isVersion2
                ? ("\(prefix).\(last)", "\(prefix).\(last + 1)") : ("\(prefix).\(last).0", "\(prefix).\(last).1")
        }
    }
}

/// The next multiple of 8, but never a tenth less: how MobileNets round numbers of channels.
func roundedChannels(_ channels: Int) -> Int {
    let rounded = max(8, (channels + 4) / 8 * 8)
    return 10 * rounded < 9 * channels ? rounded + 8 : rounded
}
