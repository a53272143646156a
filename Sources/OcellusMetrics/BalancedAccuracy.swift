// SPDX-License-Identifier: Apache-2.0

import OcellusTensor
import RealModule

extension ConfusionMatrix {
    /// An interval of ``balancedAccuracy`` over test images of which every class has as many as here; `nil` without images.
    ///
    ///     b ± √(Σ (rᵢ − lᵢ)²)/K below, √(Σ (uᵢ − rᵢ)²)/K above,   [lᵢ, uᵢ] Wilson's interval of the recall rᵢ of K classes
    ///
    /// Recalls of different classes are independent, and so their intervals add by the squares of what they reach to either
    /// side: Zou, Huang and Zhang 2009, Computational Statistics and Data Analysis 53:1080.
    ///
    /// - Throws: ``MetricError/Code/outOfRange`` for the level.
    public func balancedAccuracyInterval(level: Double = 0.95) throws(MetricError) -> Interval? {
        try requireLevel(level)
        guard let centre = balancedAccuracy else { return nil }
        var (below, above, classes) = (0.0, 0.0, 0.0)
        for label in counts.indices {
            guard let recall = recall(label) else { continue }
            let interval = try wilsonInterval(successes: counts[label][label], of: support(label), level: level)
            below += (recall - interval.lower) * (recall - interval.lower)
            above += (interval.upper - recall) * (interval.upper - recall)
            classes += 1
        }
        return Interval(
            lower: centre - Double.sqrt(below) / classes, upper: centre + Double.sqrt(above) / classes, level: level
        ).cut(to: 0...1)
    }
}
