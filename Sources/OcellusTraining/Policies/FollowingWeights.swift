// SPDX-License-Identifier: Apache-2.0

import OcellusModel

/// The averaged weights of a training, as its ``WeightAveraging`` says.
struct AveragedWeights {
    /// `nil` before the first update and without averaging.
    private(set) var weights: Weights?
    private let averaging: WeightAveraging?

    init(_ averaging: WeightAveraging?, weights: Weights? = nil) {
        self.averaging = averaging
        self.weights = weights
    }

    /// - Parameters:
    ///   - update: Counted from 1.
    ///   - trained: Reads the weights after it; not asked without averaging.
    mutating func follow(update: Int, _ trained: () throws -> Weights) rethrows {
        guard let averaging else { return }
        let now = try trained()
        weights = weights?.averaged(with: now, keeping: averaging.share(update: update)) ?? now
    }
}

/// The slow weights of a ``Lookahead``, which follow the trained ones and replace them every few updates.
struct SlowWeights {
    /// `nil` before the first meeting and without a lookahead.
    private(set) var weights: Weights?
    private let lookahead: Lookahead?

    init(_ lookahead: Lookahead?, weights: Weights? = nil) {
        self.lookahead = lookahead
        self.weights = weights
    }

    /// - Parameters:
    ///   - update: Counted from 1; `total` updates are planned.
    ///   - epoch: From 0.
    ///   - isEpochDone: Whether the update was the last of its epoch.
    ///   - trained: Reads the weights after the update; asked where they meet.
    /// - Returns: What replaces the trained weights; `nil` leaves them.
    mutating func follow(
        update: Int, of total: Int, epoch: Int, isEpochDone: Bool, _ trained: () throws -> Weights
    ) rethrows -> Weights? {
        guard let lookahead else { return nil }
        guard epoch >= lookahead.startEpoch, update.isMultiple(of: lookahead.steps) else {
            return isEpochDone ? weights : nil
        }
        let now = try trained()
        weights = weights?.averaged(with: now, keeping: lookahead.share(update: update, of: total)) ?? now
        return weights
    }
}
