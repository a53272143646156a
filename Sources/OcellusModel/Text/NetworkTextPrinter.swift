// SPDX-License-Identifier: Apache-2.0

extension NamedLayer {
    /// The layer in the one-line form, arguments that have their default left out.
    var text: String { ([kind.text] + (name.map { ["name=\($0)"] } ?? [])).joined(separator: " ") }
}

extension LayerKind {
    fileprivate var text: String {
        let words: [String?] =
            switch self {
            case .dense(let layer):
                ["dense", "\(layer.outputFeatures)", layer.hasBias ? nil : "nobias", layer.initializer.words]
            case .conv2D(let layer):
                [
                    "conv", "\(layer.outputChannels)", layer.kernelSize.text, layer.stride.words("stride", unless: 1),
                    layer.padding.words(unless: .same), layer.dilation.words("dilation", unless: 1),
                    layer.groups == 1 ? nil : "groups \(layer.groups)", layer.hasBias ? nil : "nobias",
                    layer.initializer.words,
                ]
            case .locallyConnected2D(let layer):
                [
                    "local", "\(layer.outputChannels)", layer.kernelSize.text, layer.stride.words("stride", unless: 1),
                    layer.padding.words(unless: .valid), layer.hasBias ? nil : "nobias",
                    layer.connectionSeed.map { "random \($0)" }, layer.initializer.words,
                ]
            case .maxPool2D(let layer): poolWords("maxpool", layer.kernelSize, layer.stride, layer.padding)
            case .averagePool2D(let layer): poolWords("avgpool", layer.kernelSize, layer.stride, layer.padding)
            case .blurPool2D(let layer):
                ["blurpool", "\(layer.kernelSize)", layer.stride == 2 ? nil : "stride \(layer.stride)"]
            case .globalAveragePool2D: ["globalavgpool"]
            case .globalMaxPool2D: ["globalmaxpool"]
            case .flatten: ["flatten"]
            case .relu: ["relu"]
            case .leakyReLU(let layer): ["leakyrelu", "\(layer.slope)"]
            case .sigmoid: ["sigmoid"]
            case .tanh: ["tanh"]
            case .gelu: ["gelu"]
            case .softmax: ["softmax"]
            case .scale(let layer): ["scale", "\(layer.factor)"]
            case .dropout(let layer): ["dropout", "\(layer.rate)"]
            case .batchNorm2D(let layer):
                [
                    "batchnorm", layer.epsilon == 1e-5 ? nil : "epsilon \(layer.epsilon)",
                    layer.momentum == 0.1 ? nil : "momentum \(layer.momentum)",
                ]
            case .residual(let layer):
                [
                    "residual {", layer.body.text, layer.shortcut.isEmpty ? nil : "| shortcut",
                    layer.shortcut.text, "}",
                ]
            case .concatenate(let layer):
                ["concat {", layer.branches.map { $0.text ?? "" }.joined(separator: " | "), "}"]
            }
        return words.compactMap { $0 }.joined(separator: " ")
    }

    private func poolWords(_ word: String, _ kernel: Size2D, _ stride: Size2D, _ padding: Padding2D) -> [String?] {
        [word, kernel.text, stride.words("stride", unless: kernel), padding.words(unless: .valid)]
    }
}

extension [NamedLayer] {
    fileprivate var text: String? { isEmpty ? nil : map(\.text).joined(separator: ", ") }
}

extension Size2D {
    fileprivate var text: String { height == width ? "\(height)" : "\(height)x\(width)" }
    fileprivate func words(_ word: String, unless usual: Size2D) -> String? { self == usual ? nil : "\(word) \(text)" }
}

extension Padding2D {
    fileprivate func words(unless usual: Padding2D) -> String? {
        if self == usual { return nil }
        switch self {
        case .valid: return "valid"
        case .same: return "same"
        case .explicit(let top, let left, let bottom, let right):
            return top == left && left == bottom && bottom == right
                ? "pad \(top)" : "pad \(top):\(left):\(bottom):\(right)"
        }
    }
}

extension Initializer {
    fileprivate var words: String? { self == .glorotUniform ? nil : "init \(text)" }

    /// The rule in the one-line form.
    private var text: String {
        switch self {
        case .zeros: "zeros"
        case .ones: "ones"
        case .glorotUniform: "glorot-uniform"
        case .heNormal: "he-normal"
        case .fanInUniform: "fan-in-uniform"
        case .normal(let deviation): "normal:\(deviation)"
        case .dirac: "dirac"
        }
    }
}
