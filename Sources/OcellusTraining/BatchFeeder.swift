// SPDX-License-Identifier: Apache-2.0

import OcellusImages
import OcellusModel
import OcellusPlan
import OcellusTensor

/// Fills a plan's buffers with the images of a batch, changed at random when training augments.
///
/// Images are divided among the threads that compute, between two steps: threads of their own would fight the engine's
/// for the same cores. What an image becomes does not depend on which thread makes it.
@EngineActor
final class BatchFeeder {
    private let images: ImageSet
    private let scaling: PixelScaling
    private let backend: any Backend
    private let mixes: Bool
    /// One for each thread; empty when images stay as they are.
    private let augmenters: [ImageAugmenter]
    /// One label, or two, for each image of the last batch.
    private var labels: [MixedLabel] = []

    init(
        _ images: ImageSet, scaling: PixelScaling, augmentation: Augmentation?, seed: UInt64, backend: any Backend
    ) {
        self.images = images
        self.scaling = scaling
        self.backend = backend
        mixes = augmentation?.steps.contains(where: \.isMix) ?? false
        guard let augmentation, !augmentation.isEmpty else {
            augmenters = []
            return
        }
        augmenters = (0..<backend.threads).map { _ in ImageAugmenter(augmentation, images: images, seed: seed) }
    }

    /// Writes images, labels and weights; positions behind the batch get weight 0.
    ///
    /// - Parameters:
    ///   - batch: Positions in the training set, at most `batchSize`; see ``ImageAugmenter`` for those beyond its end.
    ///   - epoch: 0-based.
    /// - Returns: The second labels when the augmentation mixes images.
    func fill(
        _ executable: any Executable, batchSize: Int, with batch: ArraySlice<Int>, epoch: Int
    ) -> LabelMixture? {
        let size = images.shape.count
        let input = executable.input
        write(batch, epoch: epoch, into: input)
        for (position, label) in labels.enumerated() {
            executable.labels[position] = Int32(label.label)
            executable.sampleWeights[position] = 1
        }
        for position in batch.count..<batchSize {
            input[position * size..<(position + 1) * size].update(repeating: 0)
            executable.labels[position] = 0
            executable.sampleWeights[position] = 0
        }
        return mixture(batchSize)
    }

    /// Writes the images of a batch as the network's input `[N, C, H, W]`.
    func write(_ batch: ArraySlice<Int>, epoch: Int, into input: UnsafeMutableBufferPointer<Float>) {
        let size = images.shape.count
        let (images, scaling, augmenters, first) = (images, scaling, augmenters, batch.startIndex)
        labels = batch.map { MixedLabel(images.labels[$0 % images.count]) }
        labels.withUnsafeMutableBufferPointer { labels in
            backend.runTeam { thread, team in
                for position in stride(from: thread, to: batch.count, by: team) {
                    let index = batch[first + position]
                    let output = UnsafeMutableBufferPointer(rebasing: input[position * size..<(position + 1) * size])
                    if augmenters.isEmpty {
                        images.withPixels(at: index % images.count) { scaling.scale($0, into: output) }
                    } else {
                        labels[position] = augmenters[thread].augment(index, epoch: epoch, by: scaling, into: output)
                    }
                }
            }
        }
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
