// SPDX-License-Identifier: Apache-2.0

import OcellusModel

/// Which epoch's weights are the result: that of the highest validation accuracy, of equals that of the lowest validation loss,
/// of those the earliest.
///
/// Accuracy counts whole images, so a few hundred of them tie often; the loss then tells how sure the answers were.
struct BestEpoch {
    /// The weights after that epoch; `nil` before the first validation and where the last epoch is the result.
    private(set) var weights: Weights?
    private let keepsWeights: Bool
    private let breaksTiesByLoss: Bool

    /// - Parameter breaksTiesByLoss: `false` for trainings that began when the earlier of equals was the best.
    init(_ result: TrainingConfiguration.Result, weights: Weights? = nil, breaksTiesByLoss: Bool = true) {
        keepsWeights = result == .best
        self.breaksTiesByLoss = breaksTiesByLoss
        self.weights = weights
    }

    /// Takes the weights of an epoch where it is the best so far.
    ///
    /// - Parameters:
    ///   - best: The best before; `nil` without one.
    ///   - weights: After the epoch.
    /// - Returns: Whether it is the best now.
    mutating func takes(_ epoch: EpochRecord, after best: EpochRecord?, _ weights: Weights) -> Bool {
        let isTie = best != nil && epoch.validationAccuracy == best?.validationAccuracy
        guard Self.isBetter(epoch, than: best), breaksTiesByLoss || !isTie else { return false }
        if keepsWeights { self.weights = weights }
        return true
    }

    static func isBetter(_ epoch: EpochRecord, than best: EpochRecord?) -> Bool {
        guard let accuracy = epoch.validationAccuracy else { return false }
        guard let known = best?.validationAccuracy else { return true }
        guard accuracy == known else { return accuracy > known }
        guard let loss = epoch.validationLoss, let lowest = best?.validationLoss else { return false }
        return loss < lowest
    }
}

/// Ends a training whose validation accuracy has not risen for some epochs. A lower loss at the same accuracy is no rise.
struct EarlyStopping {
    /// Epochs to wait.
    let patience: Int

    /// - Parameter history: Of all epochs so far.
    func ends(after history: [EpochRecord]) -> Bool {
        let accuracies = history.compactMap(\.validationAccuracy)
        guard let highest = accuracies.max(), let rise = history.first(where: { $0.validationAccuracy == highest }),
            let last = history.last
        else { return false }
        return last.epoch - rise.epoch >= patience
    }
}
