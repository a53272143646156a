// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusModel
import OcellusPixels
import OcellusTensor

/// A picture made of another picture's pixels, the same way in every channel: moved, turned, scaled or permuted.
struct PixelMap: Sendable {
    private enum Kind {
        /// Resampled by the code that augmentation uses.
        case transform(PlaneTransform, Augmentation.Border)
        /// `[H·W]`: where each pixel comes from.
        case order([Int])
    }
    private let kind: Kind

    // MARK: Kinds

    /// Pixels down and to the right (negative: up, left); exact for whole ones, else bilinear.
    static func shift(down: Double, right: Double, border: Augmentation.Border = .black) -> PixelMap {
        PixelMap(kind: .transform(.translation(x: right, y: down), border))
    }

    /// About the centre, counter-clockwise as seen, bilinear; exact at multiples of 90° of square images.
    static func rotation(degrees: Double) -> PixelMap {
        PixelMap(kind: .transform(.rotation(degrees: degrees), .black))
    }

    /// Larger about the centre by the factor; below 1 smaller, smoothed so that no pixel is skipped.
    static func scaling(factor: Double) -> PixelMap {
        PixelMap(kind: .transform(.scale(x: factor, y: factor), .black))
    }

    /// One fixed random order of the pixels, the same for every image and channel.
    static func permutation(_ shape: Shape, seed: UInt64) -> PixelMap {
        var random = CounterRandom(seed: seed, purpose: .permutation)
        return PixelMap(kind: .order(random.permutation(of: shape[1] * shape[2])))
    }

    /// Weights whose first dense layer, which reads the flattened image, takes each pixel from where this map puts it.
    ///
    /// - Returns: `nil` for a network that does not begin so, and for a map that is no order of the pixels.
    func permuted(_ weights: Weights, of network: Network) throws -> Weights? {
        let layers = network.layers.map(\.layer)
        guard case .order(let order) = kind, layers.count > 1, layers[0] is Flatten, layers[1] is Dense else {
            return nil
        }
        let size = network.input.count
        guard weights.parameters.first?.shape.count ?? 0 > 0, weights.parameters[0].shape.rank == 2,
            weights.parameters[0].shape[1] == size, size % order.count == 0
        else { return nil }
        var result = weights
        for unit in 0..<weights.parameters[0].shape[0] {
            for plane in stride(from: 0, to: size, by: order.count) {
                for (position, from) in order.enumerated() {
                    result.parameters[0].scalars[unit * size + plane + position] =
                        weights.parameters[0].scalars[unit * size + plane + from]
                }
            }
        }
        return result
    }

    // MARK: Use

    /// The images through the map.
    func applied(to images: ImageSet) throws -> ImageSet {
        try Self.applied(to: images) { _ in self }
    }

    /// Each image through a map of its own.
    static func applied(to images: ImageSet, map: (_ index: Int) -> PixelMap) throws -> ImageSet {
        let size = images.shape.count
        let pixels = try [UInt8](unsafeUninitializedCapacity: images.count * size) { buffer, count in
            var warp = ImageWarp(shape: images.shape)
            for index in 0..<images.count {
                let target = UnsafeMutableBufferPointer(rebasing: buffer[index * size..<(index + 1) * size])
                try images.withPixels(at: index) { map(index).apply(to: $0, into: target, with: &warp) }
            }
            count = images.count * size
        }
        return try ImageSet(classes: images.classes, shape: images.shape, labels: images.labels, pixels: pixels)
    }

    private func apply(
        to source: UnsafeBufferPointer<UInt8>, into target: UnsafeMutableBufferPointer<UInt8>,
        with warp: inout ImageWarp
    ) {
        switch kind {
        case .transform(let transform, let border):
            if warp.border != border { warp = ImageWarp(shape: warp.shape, border: border) }
            warp.apply(transform, to: source, into: target)
        case .order(let order):
            for plane in stride(from: 0, to: source.count, by: order.count) {
                for (position, from) in order.enumerated() { target[plane + position] = source[plane + from] }
            }
        }
    }
}
