// SPDX-License-Identifier: Apache-2.0

import COcellusThread
package import OcellusModel
package import OcellusPixels
import OcellusTensor

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Makes the next batches ready on threads of its own while others compute, in the order of a ``BatchSchedule``.
///
///     let loader = try BatchLoader(images, schedule: schedule, augmentation: augmentation, seed: 1, threads: 2)
///     try loader.withNext { batch in train(on: batch.pixels, batch.labels) }
///
/// At most ``depth`` batches are held: a thread that finds no room sleeps until one is taken. What a batch holds is a
/// function of the schedule, the seed and the images alone, so the number of threads changes no byte of it. The threads
/// end with this object, or when ``stop()`` is called.
package final class BatchLoader: Sendable {
    /// Batches that are held, the one lent included: one is taken, one is ready, one is being made.
    package static let depth = 3

    /// One batch, lent.
    package struct Batch {
        package var epoch: Int
        /// Which images, as the schedule gave them.
        package var indices: ArraySlice<Int>
        /// One label, or two, for each image.
        package var labels: [MixedLabel]
        /// `[N, C, H, W]`, planar.
        package var pixels: UnsafeBufferPointer<UInt8>
    }

    private let core: LoaderCore
    private let threads: Int

    /// - Parameters:
    ///   - augmentation: `nil` leaves the images as they are.
    ///   - threads: At least 1.
    /// - Throws: ``DataError/Code/cannotRead`` when the system starts no thread.
    package init(
        _ images: ImageSet, schedule: BatchSchedule, augmentation: Augmentation?, seed: UInt64, threads: Int
    ) throws(DataError) {
        core = LoaderCore(images, schedule: schedule, augmentation: augmentation, seed: seed)
        self.threads = threads
        for started in 0..<threads {
            let status = core.startThread()
            guard status == 0 else {
                core.stop(threads: started)
                throw DataError(
                    .cannotRead, "the system starts no thread that reads images.", needs: "\(threads) threads",
                    received: "\(started)", because: String(cString: strerror(status)),
                    advice: "a smaller OCELLUS_LOADER_THREADS, or 0")
            }
        }
    }

    deinit { stop() }

    /// Bytes that batches are held in.
    package var memory: Int { core.memory }

    /// Waits for the next batch, lends it, and makes room for another one.
    ///
    /// - Returns: `nil` behind the schedule's last batch and after ``stop()``.
    /// - Throws: ``DataError`` naming the file when an image of this batch cannot be read: of several the first in the
    ///   batch's order.
    package func withNext<Result>(_ body: (Batch) throws -> Result) throws -> Result? {
        try core.withNext(body)
    }

    /// Ends the threads and waits until they have ended: each finishes the image that it works on.
    package func stop() { core.stop(threads: threads) }
}

/// Which images come in which batch.
package struct BatchSchedule: Sendable {
    package let batchSize: Int
    /// Where to begin: the 0-based epoch, and how many of its batches to leave out.
    package let start: (epoch: Int, batch: Int)
    /// Batches of epochs below this one are made.
    package let epochs: Int
    /// The positions that an epoch shows, in order; see ``ImageAugmenter`` for those beyond the last image.
    package let positions: @Sendable (_ epoch: Int) -> [Int]

    /// - Precondition: `batchSize` is at least 1.
    package init(
        batchSize: Int, start: (epoch: Int, batch: Int) = (0, 0), epochs: Int = 1,
        positions: @escaping @Sendable (_ epoch: Int) -> [Int]
    ) {
        precondition(batchSize > 0, "a batch of \(batchSize)")
        self.batchSize = batchSize
        self.start = start
        self.epochs = epochs
        self.positions = positions
    }
}
