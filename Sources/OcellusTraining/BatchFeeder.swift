// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor
import Synchronization

/// Fills a plan's buffers with the images of a batch, changed at random when training augments.
///
/// Images in memory are divided among the threads that compute, between two steps: threads of their own would fight the
/// engine's for the same cores. Where each must be read and decoded first, which takes longer than a step may wait, a
/// ``BatchLoader`` does it ahead, and only the arithmetic to floats is left for the engine's threads. What an image becomes
/// does not depend on who makes it.
final class BatchFeeder {
    private let images: ImageSet
    private let scaling: PixelScaling
    private let backend: any Backend
    private let mixes: Bool
    /// One for each thread; empty when images stay as they are.
    private let augmenters: [ImageAugmenter]
    private let loader: BatchLoader?
    /// One label, or two, for each image of the last batch.
    private var labels: [MixedLabel] = []

    /// - Parameter schedule: The batches that will be asked for.
    /// - Throws: ``DataError`` when a loader is needed and cannot be started.
    init(
        _ images: ImageSet, scaling: PixelScaling, augmentation: Augmentation?, seed: UInt64, backend: any Backend,
        schedule: BatchSchedule
    ) throws {
        self.images = images
        self.scaling = scaling
        self.backend = backend
        mixes = augmentation?.steps.contains(where: \.isMix) ?? false
        if Self.needsLoader(images, backend) {
            augmenters = []
            loader = try BatchLoader(
                images, schedule: schedule, augmentation: augmentation, seed: seed, threads: backend.loaderThreads)
            return
        }
        loader = nil
        guard let augmentation, !augmentation.isEmpty else {
            augmenters = []
            return
        }
        augmenters = (0..<backend.threads).map { _ in ImageAugmenter(augmentation, images: images, seed: seed) }
    }

    private static func needsLoader(_ images: ImageSet, _ backend: any Backend) -> Bool {
        images.isDecodedWhenNeeded && backend.loaderThreads > 0
    }

    /// Whether the next batches are being made while others compute.
    var loadsAhead: Bool { loader != nil }

    /// Bytes of batches that lie ready.
    static func memory(_ images: ImageSet, batchSize: Int, backend: any Backend) -> Int {
        needsLoader(images, backend) ? BatchLoader.depth * batchSize * images.shape.count : 0
    }

    /// Writes images, labels and weights; positions behind the batch get weight 0.
    ///
    /// - Parameters:
    ///   - batch: Positions in the training set, at most `batchSize`; see ``ImageAugmenter`` for those beyond its end.
    ///   - epoch: 0-based.
    /// - Returns: The second labels when the augmentation mixes images.
    /// - Throws: ``DataError`` naming the file when an image cannot be read.
    func fill(
        _ executable: any Executable, batchSize: Int, with batch: ArraySlice<Int>, epoch: Int
    ) throws -> LabelMixture? {
        let size = images.shape.count
        try executable.withInput { input in
            try write(batch, epoch: epoch, into: input.images)
            for (position, label) in labels.enumerated() {
                input.labels[position] = Int32(label.label)
                input.sampleWeights[position] = 1
            }
            for position in batch.count..<batchSize {
                input.images[position * size..<(position + 1) * size].update(repeating: 0)
                input.labels[position] = 0
                input.sampleWeights[position] = 0
            }
        }
        return mixture(batchSize)
    }

    /// Writes the images of a batch as the network's input `[N, C, H, W]`.
    func write(_ batch: ArraySlice<Int>, epoch: Int, into input: UnsafeMutableBufferPointer<Float>) throws {
        guard let loader else { return try make(batch, epoch: epoch, into: input) }
        let size = images.shape.count
        let (scaling, backend) = (scaling, backend)
        let made = try loader.withNext { made in
            precondition(made.epoch == epoch && made.indices == batch, "batches are taken in the schedule's order")
            scaling.scale(images: made.pixels, size: size, into: input, on: backend.runTeam)
            return made.labels
        }
        guard let made else { preconditionFailure("the schedule has no further batch") }
        labels = made
    }

    private func make(_ batch: ArraySlice<Int>, epoch: Int, into input: UnsafeMutableBufferPointer<Float>) throws {
        let size = images.shape.count
        let (images, scaling, augmenters, first) = (images, scaling, augmenters, batch.startIndex)
        labels = batch.map { MixedLabel(images.labels[$0 % images.count]) }
        // Of several failures the first image's, whichever thread comes first.
        let failure = Mutex<(position: Int, error: any Error)?>(nil)
        labels.withUnsafeMutableBufferPointer { labels in
            backend.runTeam { thread, team in
                for position in stride(from: thread, to: batch.count, by: team) {
                    let index = batch[first + position]
                    let output = UnsafeMutableBufferPointer(rebasing: input[position * size..<(position + 1) * size])
                    do {
                        if augmenters.isEmpty {
                            try images.withPixels(at: index % images.count) { scaling.scale($0, into: output) }
                        } else {
                            labels[position] = try augmenters[thread].augment(
                                index, epoch: epoch, by: scaling, into: output)
                        }
                    } catch {
                        failure.withLock { if position < $0?.position ?? .max { $0 = (position, error) } }
                    }
                }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure.error }
    }

    private func mixture(_ batchSize: Int) -> LabelMixture? {
        guard mixes else { return nil }
        var mixture = LabelMixture(batchSize: batchSize)
        for (position, label) in labels.enumerated() {
            mixture.others[position] = Int32(label.other)
            mixture.shares[position] = Float(label.share)
        }
        return mixture
    }
}
