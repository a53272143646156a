// SPDX-License-Identifier: Apache-2.0

import OcellusModel
package import OcellusPixels
import OcellusTensor

/// Gives all images of a set in order as a network's input, unchanged: for evaluation. Images that are decoded when needed
/// are decoded ahead, on threads of their own.
package final class ImageReader: Sendable {
    private let images: ImageSet
    private let scaling: PixelScaling
    private let loader: BatchLoader?

    /// - Parameters:
    ///   - batchSize: Images of each ``read(_:into:)`` but the last.
    ///   - threads: 0 decodes on the caller's.
    /// - Throws: ``DataError/Code/cannotRead`` when the system starts no thread.
    package init(_ images: ImageSet, scaling: PixelScaling, batchSize: Int, threads: Int) throws(DataError) {
        self.images = images
        self.scaling = scaling
        guard images.isDecodedWhenNeeded, threads > 0 else {
            loader = nil
            return
        }
        let schedule = BatchSchedule(batchSize: batchSize) { [count = images.count] _ in Array(0..<count) }
        loader = try BatchLoader(images, schedule: schedule, augmentation: nil, seed: 0, threads: threads)
    }

    /// Writes the next images.
    ///
    /// - Parameters:
    ///   - range: Begins where the last one ended.
    ///   - buffer: Gets `[n, C, H, W]`.
    ///   - run: Divides the images among threads; on the caller's when left out.
    /// - Throws: ``DataError`` naming the file when an image cannot be read.
    package func read(
        _ range: Range<Int>, into buffer: UnsafeMutableBufferPointer<Float>, on run: TeamRun = { $0(0, 1) }
    ) throws {
        guard let loader else {
            // Nothing is read behind an image that cannot be.
            let alone: TeamRun = { $0(0, 1) }
            return try images.copyScaled(
                range, by: scaling, into: buffer, on: images.isDecodedWhenNeeded ? alone : run)
        }
        let found: Void? = try loader.withNext { batch in
            precondition(batch.indices == ArraySlice(range), "images are read in order")
            scaling.scale(images: batch.pixels, size: images.shape.count, into: buffer, on: run)
        }
        precondition(found != nil, "no image is left to read")
    }
}
