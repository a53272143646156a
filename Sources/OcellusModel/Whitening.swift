// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
import OcellusTensor

/// First weights of a network's first convolution taken from the images: filters whose answers to patches of the images
/// are uncorrelated and of equal size.
///
///     filter k = v[k] / √(λ[k] + ε),   filter m + k = −filter k,   k in 0 ..< m,  m half of the output channels
///
/// `λ[0] ≥ λ[1] ≥ …` and `v[k]` are the eigenvalues and eigenvectors of the second moments `E[p·pᵀ]` of all patches p of
/// the first ``images`` training images after ``Preprocessing``. Jordan 2024, arXiv:2404.00498, section 3.2. The layer
/// trains on like any other unless the network names it in ``Network/frozen``.
public struct Whitening: Hashable, Codable, Sendable {
    /// Training images that are looked at, at least 1; all where there are fewer.
    public var images: Int
    /// Added to the eigenvalues, above 0.
    public var epsilon: Double

    public init(images: Int = 5000, epsilon: Double = 5e-4) {
        self.images = images
        self.epsilon = epsilon
    }

    /// The convolution of a network that can start whitened: its first layer, of one group and undilated, with an even
    /// number of outputs, at most twice as many as a patch has numbers.
    ///
    /// - Throws: ``ModelError/Code/outOfRange`` for another first layer and for impossible settings.
    package func layer(of network: Network) throws(ModelError) -> Conv2D {
        guard images >= 1, epsilon > 0, epsilon.isFinite else {
            throw ModelError(
                .outOfRange, "the settings of the whitening are out of range.",
                needs: "at least 1 image and an epsilon above 0", received: "\(images) images, epsilon \(epsilon)")
        }
        guard let layer = network.layers.first?.layer as? Conv2D, layer.groups == 1, layer.dilation == 1,
            layer.outputChannels.isMultiple(of: 2),
            layer.outputChannels <= 2 * network.input[0] * layer.kernelSize.height * layer.kernelSize.width
        else {
            throw ModelError(
                .outOfRange, "the first layer cannot start whitened.",
                needs: "a convolution of one group, undilated, with at most two outputs for each number of a patch",
                received: network.layers.first.map { "\($0.layer)" } ?? "no layer")
        }
        return layer
    }
}
