// SPDX-License-Identifier: Apache-2.0

import OcellusModel

/// How classes with unequal numbers of images are made to count the same.
package enum ClassBalance: String, Codable, Sendable, Hashable {
    /// By ``Loss/classWeights``.
    case weights
    /// By ``TrainingConfiguration/Sampling/balanced``.
    case sampler

    /// For each class, the mean number of images of a class divided by its own.
    ///
    /// - Parameter counts: Training images of each class.
    /// - Throws: ``TrainingError/Code/noImages`` when a class has none.
    package static func weights(of counts: [Int]) throws(TrainingError) -> [Double] {
        guard counts.allSatisfy({ $0 > 0 }) else {
            throw TrainingError(
                .noImages, "a class without training images has no weight.",
                needs: "at least one training image of every class", advice: "--balance none, or more images")
        }
        let total = Double(counts.reduce(0, +))
        return counts.map { total / (Double(counts.count) * Double($0)) }
    }
}
