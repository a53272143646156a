// SPDX-License-Identifier: Apache-2.0

public import OcellusModel
public import OcellusTensor

extension Recipe {
    /// What the recipe holds equal and what it does not, one sentence each.
    ///
    /// - Parameters:
    ///   - epochs: In place of the recipe's number, e.g. `3` or `ANN 10, CNN 27`.
    ///   - augmentation: That of every network.
    ///   - image: `[C, H, W]`
    ///   - heldOut: The images that validate, in words.
    ///   - isDrawn: Whether the seed draws them.
    public func notes(
        epochs: String?, augmentation: Augmentation? = nil, image: Shape, heldOut: String = "A tenth of every class",
        isDrawn: Bool = true
    ) -> [String] {
        let changes = augmentation.map { "augmentation \($0.text)" } ?? "no augmentation"
        func list(_ values: [Double]) -> String { values.map { "\($0)" }.joined(separator: ", ") }
        let tuned = [
            "The split by which is tuned is none of those of the seeds compared, and the same for every network.",
            (isDrawn
                ? "\(heldOut) validates; it varies by seed and is the same for every network, and so is the order of the images."
                : "\(heldOut) validates for every seed and network; the order of the images varies by seed and is the same "
                    + "for every network.") + " The epoch that validates best is tested.",
            "Size and depth are not held equal: see parameters and multiply-adds.",
        ]
        return switch self {
        case .tutorial:
            [
                "Glorot uniform weights, zero biases unless a network says otherwise; pixels divided by 255, no mean or "
                    + "deviation; \(changes).",
                "All training images train: no validation, no early stopping; the last epoch's weights are tested.",
                "Batches of 32. Networks with convolutions train with Adam at 0.001, others with SGD "
                    + "at 0.01; epochs: \(epochs ?? "10 and 5"). The optimiser is not held equal.",
                "Size and depth are not held equal: see parameters and multiply-adds.",
                "Without validation images there is no time to a validation accuracy.",
            ]
        case .matched:
            [
                "Adam, cosine schedule to 0, batches of 32, \(changes), pixels scaled by the "
                    + "training split's mean and deviation: the same for every network. Epochs: \(epochs ?? "10").",
                "The learning rate of each network is the best of \(list(learningRates)) on validation images: as many "
                    + "trials for each.",
            ] + tuned
        case .bestEffort:
            [
                "AdamW, cosine schedule to 0, batches of 32, pixels scaled by the training split's "
                    + "mean and deviation: the same for every network. Epochs: \(epochs ?? "10").",
                "Each network gets the best of \(RecipeSearch(self, image: image, augmentation: augmentation).count) trials "
                    + "on validation images, one setting after the other: learning rate \(list(learningRates)); then "
                    + "weight decay 0, \(list(RecipeSearch.weightDecays)); then \(changes), "
                    + "\(RecipeSearch.augmentations(image).map { "“\($0.text)”" }.joined(separator: ", ")); then dropout before "
                    + "the last layer 0, \(list(RecipeSearch.dropouts)). As many trials of as many epochs for each.",
            ] + tuned
        }
    }
}
