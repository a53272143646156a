// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// The one-line form of a network: `conv 32 3x3 valid, relu, maxpool 2, flatten, dense 10`.
///
///     layers   = [ layer { "," layer } ]
///     layer    = word { argument } [ "name=" name ]
///              | "residual" "{" layers [ "|" "shortcut" layers ] "}" [ "name=" name ]
///              | "concat" "{" layers { "|" layers } "}" [ "name=" name ]
///
/// | Word | Arguments, those in brackets optional |
/// | :--- | :------------------------------------ |
/// | `conv` | channels, kernel, [`stride S`] [`valid`, `same` or `pad P`] [`dilation S`] [`groups N`] [`nobias`] [`init I`] |
/// | `local` | as `conv`, without dilation and groups |
/// | `dense` | features or the word `classes`, [`nobias`] [`init I`] |
/// | `maxpool`, `avgpool` | kernel, [`stride S`] [`valid`, `same` or `pad P`] |
/// | `blurpool` | kernel, [`stride N`] |
/// | `batchnorm` | [`epsilon X`] [`momentum X`] |
/// | `leakyrelu`, `dropout`, `scale` | number |
/// | `relu`, `sigmoid`, `tanh`, `gelu`, `softmax`, `flatten`, `globalavgpool`, `globalmaxpool` | none |
///
/// Sizes S and kernels are `3` or `3x5` (height, width); padding P is one number for every side or
/// `top:left:bottom:right`; I is `glorot-uniform`, `he-normal`, `fan-in-uniform`, `zeros`, `ones` or `normal:0.01`.
/// What is left out has the layer's default: stride 1 (for pooling the kernel), `same` for `conv`, `valid` for the others.
extension Network {
    /// Reads a network's name or its one-line form.
    ///
    /// - Parameters:
    ///   - text: A name of ``names``, or layers.
    ///   - input: Shape of one image, `[C, H, W]`.
    ///   - classes: What `dense classes` and the networks known by name end in.
    /// - Throws: ``ModelError/Code/unreadableText`` with the place, what was expected there and a near word;
    ///   ``ModelError/Code/unknownNetwork``. The network's shapes are not checked; ``validate()`` does that.
    ///
    ///     try Network(text: "flatten, dense 64, relu, dense classes", input: [1, 28, 28], classes: 10)
    public init(text: String, input: Shape, classes: Int) throws(ModelError) {
        let trimmed = Array(text).trimmingSpaces
        // A single word without arguments is a network's name unless it is a layer's.
        if !trimmed.isEmpty, !trimmed.contains(where: { $0.isWhitespace || ",{|}".contains($0) }),
            !LayerWord.all.contains(String(trimmed))
        {
            self = try Network.named(String(trimmed), input: input, classes: classes)
            return
        }
        var parser = NetworkTextParser(text, classes: classes)
        self.init(input: input, layers: try parser.network())
    }

    /// The layers in the one-line form; ``init(text:input:classes:)`` reads it back to an equal network.
    /// Frozen names are not part of it.
    public var text: String { layers.map(\.text).joined(separator: ", ") }
}

extension Array where Element == Character {
    fileprivate var trimmingSpaces: ArraySlice<Character> {
        let front = drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return [] }
        return front[...last]
    }
}

/// The words that start a layer.
enum LayerWord {
    static let all = [
        "avgpool", "batchnorm", "blurpool", "concat", "conv", "dense", "dropout", "flatten", "gelu", "globalavgpool",
        "globalmaxpool", "leakyrelu", "local", "maxpool", "relu", "residual", "scale", "sigmoid", "softmax", "tanh",
    ]
}
