// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
package import OcellusModel
package import OcellusPixels
import OcellusTensor

/// Changes images of one training set as an ``Augmentation`` says. Holds scratch memory: one for each thread.
///
///     let augmenter = ImageAugmenter(augmentation, images: train, seed: 1)
///     let labels = augmenter.augment(17, epoch: 3, into: buffer)
package final class ImageAugmenter {
    private let augmentation: Augmentation
    private let images: ImageSet
    private let seed: UInt64
    private var warp: ImageWarp
    private var operations: PixelOperator
    private var partner: [UInt8] = []
    private var bytes: [UInt8] = []
    /// Whether crops are cut out of files.
    private let cropsFiles: Bool

    package init(_ augmentation: Augmentation, images: ImageSet, seed: UInt64) {
        self.augmentation = augmentation
        self.images = images
        self.seed = seed
        warp = ImageWarp(shape: images.shape, border: augmentation.border)
        operations = PixelOperator(shape: images.shape)
        cropsFiles = images.cropsFiles(augmentation)
    }

    /// The image at a position as training sees it in an epoch: a function of the seed, the epoch and the position.
    ///
    /// - Parameters:
    ///   - index: In `0 ..< images.count`; `images.count` more for a second showing in the same epoch, and so on, which
    ///     gets numbers of its own.
    ///   - epoch: 0-based.
    ///   - output: Gets planar bytes `[C, H, W]`.
    /// - Returns: Whose labels the loss is made of.
    /// - Throws: ``DataError`` naming the file when an image cannot be read.
    @discardableResult
    package func augment(
        _ index: Int, epoch: Int, into output: UnsafeMutableBufferPointer<UInt8>
    ) throws(DataError) -> MixedLabel {
        let draw = try apply(to: index, epoch, into: output)
        let label = images.labels[index % images.count]
        guard let mix = draw.mix else { return MixedLabel(label) }
        if partner.isEmpty { partner = [UInt8](repeating: 0, count: images.shape.count) }
        // Taken out while it is written: the closure may not reach into `self` for it meanwhile.
        var buffer = partner
        partner = []
        defer { partner = buffer }
        try buffer.withUnsafeMutableBufferPointer { buffer throws(DataError) in
            _ = try apply(to: mix.partner, epoch, into: buffer)
            mix.blend(UnsafeBufferPointer(buffer), into: output, shape: images.shape)
        }
        return MixedLabel(label, share: mix.share, images.labels[mix.partner])
    }

    /// The image as the network's input, ``PixelScaling`` included.
    package func augment(
        _ index: Int, epoch: Int, by scaling: PixelScaling, into output: UnsafeMutableBufferPointer<Float>
    ) throws(DataError) -> MixedLabel {
        if bytes.isEmpty { bytes = [UInt8](repeating: 0, count: images.shape.count) }
        return try bytes.withUnsafeMutableBufferPointer { bytes throws(DataError) in
            let label = try augment(index, epoch: epoch, into: bytes)
            scaling.scale(UnsafeBufferPointer(bytes), into: output)
            return label
        }
    }

    /// As ``augment(_:epoch:into:)`` into a new array.
    package func augmented(_ index: Int, epoch: Int) throws(DataError) -> (pixels: [UInt8], label: MixedLabel) {
        var pixels = [UInt8](repeating: 0, count: images.shape.count)
        let label = try pixels.withUnsafeMutableBufferPointer { buffer throws(DataError) in
            try augment(index, epoch: epoch, into: buffer)
        }
        return (pixels, label)
    }

    /// Draws, and does everything but the mix.
    private func apply(
        to index: Int, _ epoch: Int, into output: UnsafeMutableBufferPointer<UInt8>
    ) throws(DataError) -> AugmentationDraw {
        let file = cropsFiles ? try images.encoded(at: index % images.count) : nil
        let draw = augmentation.draw(
            seed: seed, epoch: epoch, sample: index, shape: images.shape, count: images.count,
            file: file.map { Size2D($0.height, $0.width) })
        if let file, let crop = draw.crop {
            let cut = try DecodingTurns.shared.decode(bytes: file.bytes(for: crop)) { () throws(DataError) in
                try file.crop(crop)
            }
            cut.withUnsafeBufferPointer { warp.apply(draw.transform, to: $0, into: output) }
        } else {
            try images.withPixels(at: index % images.count) {
                warp.apply(draw.transform, to: $0, into: output)
            }
        }
        for operation in draw.operations { operations.apply(operation, to: output) }
        return draw
    }
}

/// One label, or two with the first one's share of the loss, which is at least ½.
package struct MixedLabel: Hashable, Sendable {
    package var label: UInt16
    package var other: UInt16
    package var share: Double

    package init(_ label: UInt16) {
        self.label = label
        other = label
        share = 1
    }

    package init(_ label: UInt16, share: Double, _ other: UInt16) {
        let isFirst = share >= 0.5
        self.label = isFirst ? label : other
        self.other = isFirst ? other : label
        self.share = isFirst ? share : 1 - share
    }
}
