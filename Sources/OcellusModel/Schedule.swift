// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor
import RealModule

/// The learning rate of each step as a factor of the optimiser's own, after an optional linear warm-up.
public struct Schedule: Hashable, Codable, Sendable {
    /// The factor's course after warm-up, over progress t in 0…1.
    public enum Course: Hashable, Codable, Sendable {
        /// 1 throughout.
        case constant
        /// Times `factor` after every `epochs` epochs.
        case step(epochs: Int, factor: Double)
        /// `final + (1 − final)·(1 + cos πt)/2`. Loshchilov and Hutter 2017, arXiv:1608.03983, without restarts.
        case cosine(final: Double = 0)
        /// Rises from `start` to 1 over the first `rise` of the steps, then falls to `final`, both along a cosine.
        /// Smith and Topin 2018, arXiv:1708.07120.
        case oneCycle(rise: Double = 0.3, start: Double = 0.04, final: Double = 0.0004)
        /// Rises from `start` to 1 over the first `rise` of the steps, then falls, both in equal steps: step n of N has
        /// the factor at n/N, so that `final` would be reached by the step after the last. Jordan 2024,
        /// arXiv:2404.00498, listing 4.
        case triangle(rise: Double = 0.23, start: Double = 0.2, final: Double = 0.07)
    }

    public var course: Course
    /// Epochs of linear rise from 0 before the course starts; may be a fraction.
    public var warmupEpochs: Double

    public init(_ course: Course = .constant, warmupEpochs: Double = 0) {
        self.course = course
        self.warmupEpochs = warmupEpochs
    }

    public static let constant = Schedule(.constant)

    /// The factor for a step.
    ///
    /// - Parameters:
    ///   - step: 0-based, `0 ..< steps`.
    ///   - stepsPerEpoch: At least 1.
    ///   - steps: Planned steps of the whole training, at least 1.
    public func factor(step: Int, stepsPerEpoch: Int, steps: Int) -> Double {
        let warmup = warmupEpochs * Double(stepsPerEpoch)
        if Double(step) < warmup { return Double(step + 1) / (warmup + 1) }
        let progress = min(1, (Double(step) - warmup) / max(1, Double(steps) - 1 - warmup))
        func cosine(_ from: Double, _ to: Double, _ t: Double) -> Double {
            to + (from - to) * (1 + Double.cos(Double.pi * t)) / 2
        }
        switch course {
        case .constant: return 1
        case .step(let every, let factor):
            let (length, overflow) = stepsPerEpoch.multipliedReportingOverflow(by: max(1, every))
            return overflow ? 1 : Double.pow(factor, step / length)
        case .cosine(let final): return cosine(1, final, progress)
        case .oneCycle(let rise, let start, let final):
            return progress < rise
                ? cosine(start, 1, progress / rise) : cosine(1, final, (progress - rise) / (1 - rise))
        case .triangle(let rise, let start, let final):
            let length = max(1, Double(steps) - warmup)
            let position = Double(step) - warmup
            // The summit is a step of its own.
            let summit = (rise * length).rounded(.down)
            if position < summit { return start + (1 - start) * position / summit }
            return 1 + (final - 1) * (position - summit) / max(1, length - summit)
        }
    }

    /// Throws ``ModelError/Code/outOfRange`` for impossible settings.
    public func validate(epochs: Int) throws(ModelError) {
        guard warmupEpochs >= 0, warmupEpochs <= Double(epochs) else {
            throw ModelError(
                .outOfRange, "the warm-up is out of range.", needs: "0 to \(epochs) epochs", received: "\(warmupEpochs)"
            )
        }
        switch course {
        case .constant: return
        case .step(let every, let factor):
            if every >= 1, factor > 0, factor <= 1 { return }
        case .cosine(let final):
            if final >= 0, final <= 1 { return }
        case .oneCycle(let rise, let start, let final), .triangle(let rise, let start, let final):
            if rise > 0, rise < 1, start >= 0, start <= 1, final >= 0, final <= 1 { return }
        }
        throw ModelError(
            .outOfRange, "the schedule's settings are out of range.",
            needs: "factors in 0…1, step epochs of at least 1, a rise between 0 and 1", received: "\(course)")
    }
}
