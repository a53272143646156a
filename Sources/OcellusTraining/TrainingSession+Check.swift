// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusModel
import OcellusTensor

extension TrainingSession {
    /// What a checkpoint says of its images.
    package nonisolated static func dataSha256(train: ImageSet, validation: ImageSet?) throws -> String {
        try train.sha256 + (validation.map { "+" + (try $0.sha256) } ?? "")
    }

    /// What must hold before anything is compiled.
    static func check(
        _ network: Network, _ classes: Int, _ train: ImageSet, _ validation: ImageSet?,
        _ configuration: TrainingConfiguration
    ) throws {
        guard train.count > 0 else {
            throw TrainingError(.noImages, "there are no training images.", needs: "at least one image")
        }
        for images in [train, validation].compactMap({ $0 }) {
            guard images.shape == network.input else {
                throw TrainingError(
                    .shapesDiffer, "the images do not fit the network.", needs: "\(network.input) (C, H, W)",
                    received: "\(images.shape)", advice: "a network for these images, or --size")
            }
            guard images.classes.count == classes else {
                throw TrainingError(
                    .classesDiffer, "the network does not end in one logit for each class.",
                    needs: "\(images.classes.count) classes", received: "\(classes)")
            }
        }
        if configuration.patience != nil, validation == nil {
            throw TrainingError(
                .noValidation, "early stopping needs a validation split.", needs: "validation images",
                advice: "leave out --patience, or keep a validation split")
        }
    }
}

extension ImageSet {
    /// Which images an epoch shows, in order: as many as there are, without those of a last batch that is left out.
    func order(_ configuration: TrainingConfiguration, epoch: Int) -> [Int] {
        var random = CounterRandom(seed: configuration.seed, purpose: .order, epoch: epoch)
        let order = Array(random.permutation(of: count).prefix(configuration.imagesPerEpoch(of: count)))
        guard configuration.sampling == .balanced else { return order }
        let shown = balancedPositions(seed: configuration.seed, epoch: epoch)
        return order.map { shown[$0] }
    }
}
