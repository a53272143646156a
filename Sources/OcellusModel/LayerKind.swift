// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// The closed set of layers. Lowering and coding switch over it, so a new layer is a compile error until every room
/// knows it.
public indirect enum LayerKind: Hashable, Sendable {
    case dense(Dense)
    case conv2D(Conv2D)
    case locallyConnected2D(LocallyConnected2D)
    case maxPool2D(MaxPool2D)
    case averagePool2D(AveragePool2D)
    case blurPool2D(BlurPool2D)
    case globalAveragePool2D(GlobalAveragePool2D)
    case globalMaxPool2D(GlobalMaxPool2D)
    case flatten(Flatten)
    case relu(ReLU)
    case leakyReLU(LeakyReLU)
    case sigmoid(Sigmoid)
    case tanh(Tanh)
    case gelu(GELU)
    case softmax(Softmax)
    case scale(Scale)
    case dropout(Dropout)
    case batchNorm2D(BatchNorm2D)
    case residual(Residual)
    case concatenate(Concatenate)

    /// The layer as a value of its own type.
    public var layer: any Layer {
        switch self {
        case .dense(let layer): layer
        case .conv2D(let layer): layer
        case .locallyConnected2D(let layer): layer
        case .maxPool2D(let layer): layer
        case .averagePool2D(let layer): layer
        case .blurPool2D(let layer): layer
        case .globalAveragePool2D(let layer): layer
        case .globalMaxPool2D(let layer): layer
        case .flatten(let layer): layer
        case .relu(let layer): layer
        case .leakyReLU(let layer): layer
        case .sigmoid(let layer): layer
        case .tanh(let layer): layer
        case .gelu(let layer): layer
        case .softmax(let layer): layer
        case .scale(let layer): layer
        case .dropout(let layer): layer
        case .batchNorm2D(let layer): layer
        case .residual(let layer): layer
        case .concatenate(let layer): layer
        }
    }

    /// The word that names the layer in JSON, stable across versions.
    public var tag: String {
        switch self {
        case .dense: "dense"
        case .conv2D: "conv2d"
        case .locallyConnected2D: "locally_connected2d"
        case .maxPool2D: "max_pool2d"
        case .averagePool2D: "average_pool2d"
        case .blurPool2D: "blur_pool2d"
        case .globalAveragePool2D: "global_average_pool2d"
        case .globalMaxPool2D: "global_max_pool2d"
        case .flatten: "flatten"
        case .relu: "relu"
        case .leakyReLU: "leaky_relu"
        case .sigmoid: "sigmoid"
        case .tanh: "tanh"
        case .gelu: "gelu"
        case .softmax: "softmax"
        case .scale: "scale"
        case .dropout: "dropout"
        case .batchNorm2D: "batch_norm2d"
        case .residual: "residual"
        case .concatenate: "concatenate"
        }
    }
}

extension LayerKind: Codable {
    private enum Key: String, CodingKey { case kind }

    private static let decoders: [String: @Sendable (any Decoder) throws -> LayerKind] = [
        "dense": { .dense(try Dense(from: $0)) },
        "conv2d": { .conv2D(try Conv2D(from: $0)) },
        "locally_connected2d": { .locallyConnected2D(try LocallyConnected2D(from: $0)) },
        "max_pool2d": { .maxPool2D(try MaxPool2D(from: $0)) },
        "average_pool2d": { .averagePool2D(try AveragePool2D(from: $0)) },
        "blur_pool2d": { .blurPool2D(try BlurPool2D(from: $0)) },
        "global_average_pool2d": { _ in .globalAveragePool2D(GlobalAveragePool2D()) },
        "global_max_pool2d": { _ in .globalMaxPool2D(GlobalMaxPool2D()) },
        "flatten": { _ in .flatten(Flatten()) },
        "relu": { _ in .relu(ReLU()) },
        "leaky_relu": { .leakyReLU(try LeakyReLU(from: $0)) },
        "sigmoid": { _ in .sigmoid(Sigmoid()) },
        "tanh": { _ in .tanh(Tanh()) },
        "gelu": { _ in .gelu(GELU()) },
        "softmax": { _ in .softmax(Softmax()) },
        "scale": { .scale(try Scale(from: $0)) },
        "dropout": { .dropout(try Dropout(from: $0)) },
        "batch_norm2d": { .batchNorm2D(try BatchNorm2D(from: $0)) },
        "residual": { .residual(try Residual(from: $0)) },
        "concatenate": { .concatenate(try Concatenate(from: $0)) },
    ]

    /// Every tag, in alphabetical order.
    public static var tags: [String] { decoders.keys.sorted() }

    public init(from decoder: any Decoder) throws {
        let tag = try decoder.container(keyedBy: Key.self).decode(String.self, forKey: .kind)
        guard let decode = Self.decoders[tag] else {
            throw ModelError(
                .unknownLayer, "there is no layer of kind \"\(tag)\".",
                needs: "one of \(Self.tags.joined(separator: ", "))", received: tag,
                advice: closestMatch(to: tag, in: Self.tags).map { "did you mean \"\($0)\"?" })
        }
        self = try decode(decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(tag, forKey: .kind)
        try layer.encode(to: encoder)
    }
}
