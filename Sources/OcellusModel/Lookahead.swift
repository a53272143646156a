// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor
import RealModule

/// Slow weights that follow the trained ones and replace them every few steps.
///
///     every `steps` updates:  slow ← ρ·slow + (1 − ρ)·w,  w ← slow
///     ρ = decay^steps · (n / N)^power                 n of N updates made
///
/// Zhang, Lucas, Hinton and Ba 2019, arXiv:1907.08610, with the growing ρ of Jordan 2024, arXiv:2404.00498, section 3.4:
/// fast at first, an average over many steps at the end. Running statistics are averaged as the parameters are; the
/// optimiser's state is not. The slow weights begin as the trained ones at the first such update, and at the end of each
/// epoch they replace the trained ones once more.
public struct Lookahead: Hashable, Codable, Sendable {
    /// Updates between two meetings, at least 1.
    public var steps: Int
    /// For each update, 0…1.
    public var decay: Double
    /// At least 0; 0 for the same ρ throughout.
    public var power: Double
    /// Epochs before it begins.
    public var startEpoch: Int

    public init(steps: Int = 5, decay: Double = 0.95, power: Double = 3, startEpoch: Int = 3) {
        self.steps = steps
        self.decay = decay
        self.power = power
        self.startEpoch = startEpoch
    }

    /// ρ after `update` of `total` updates.
    public func share(update: Int, of total: Int) -> Double {
        .pow(decay, steps) * .pow(Double(update) / Double(max(1, total)), power)
    }

    /// Throws ``ModelError/Code/outOfRange`` for impossible settings.
    public func validate() throws(ModelError) {
        guard steps >= 1, decay >= 0, decay <= 1, power >= 0, power.isFinite, startEpoch >= 0 else {
            throw ModelError(
                .outOfRange, "the settings of the lookahead are out of range.",
                needs: "at least 1 step, 0 ≤ decay ≤ 1, a power and a first epoch of at least 0",
                received: "steps \(steps), decay \(decay), power \(power), first epoch \(startEpoch)")
        }
    }
}

extension Weights {
    /// `ρ·self + (1 − ρ)·other`, parameter by parameter and statistic by statistic. Equal numbers stay as they are.
    package func averaged(with other: Weights, keeping share: Double) -> Weights {
        let step = Float(1 - share)
        func average(_ slow: [Tensor<Float>], _ fast: [Tensor<Float>]) -> [Tensor<Float>] {
            zip(slow, fast).map { slow, fast in
                Tensor(slow.shape, zip(slow.scalars, fast.scalars).map { $0 + step * ($1 - $0) })
            }
        }
        return Weights(
            parameters: average(parameters, other.parameters), buffers: average(buffers, other.buffers),
            batchesTracked: other.batchesTracked)
    }
}
