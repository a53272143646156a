// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// An exponential moving average of the weights over the updates, which is what is validated, tested and saved; the training
/// itself goes on with its own weights.
///
///     a ← d·a + (1 − d)·w,   d = min(decay, (1 + t)/(10 + t)) after update t
///
/// The first average is the weights after the first update, and the smaller d of the first updates lets it forget them, as in
/// TensorFlow's `ExponentialMovingAverage`. Running means and variances of batch norms are averaged by the same rule: those of
/// averaged weights are not known, and the average of those of the weights is near them. Polyak and Juditsky 1992, SIAM J.
/// Control Optim. 30:838; with exponential weights as in Tarvainen and Valpola 2017, arXiv:1703.01780.
public struct WeightAveraging: Hashable, Codable, Sendable {
    /// What is kept of the average at each update, 0 ..< 1; about 1/(1 − decay) updates are averaged.
    public var decay: Double

    public init(decay: Double) { self.decay = decay }

    /// What is kept of the average at an update.
    ///
    /// - Parameter update: Counted from 1.
    public func share(update: Int) -> Double { min(decay, (1 + Double(update)) / (10 + Double(update))) }

    /// Throws ``ModelError/Code/outOfRange`` for impossible settings.
    public func validate() throws(ModelError) {
        guard decay >= 0, decay < 1 else {
            throw ModelError(
                .outOfRange, "the decay of the averaged weights is out of range.", needs: "0 ≤ decay < 1",
                received: "\(decay)")
        }
    }
}
