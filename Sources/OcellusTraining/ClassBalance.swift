// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusModel
import OcellusTensor

/// How classes with unequal numbers of images are made to count the same.
package enum ClassBalance: String, Codable, Sendable, Hashable {
    /// By ``Loss/classWeights``.
    case weights
    /// By ``TrainingConfiguration/Sampling/balanced``.
    case sampler

    /// For each class, the mean number of images of a class divided by its own.
    ///
    /// - Parameter images: Those that train, without what is held out.
    /// - Throws: ``TrainingError/Code/noImages`` when a class has none.
    package static func weights(of images: ImageSet) throws(TrainingError) -> [Double] {
        let counts = images.classCounts
        let missing = zip(images.classes, counts).filter { $0.1 == 0 }.map { "\"\($0.0)\"" }
        guard missing.isEmpty else {
            let named = missing.prefix(5).joined(separator: ", ")
            throw TrainingError(
                .noImages, "a class without training images has no weight.",
                needs: "at least one training image of every class",
                received: "none of " + named + (missing.count > 5 ? " and \(missing.count - 5) more" : ""),
                because: "a class that is never shown cannot be made to count the same",
                advice: "--balance none, images of the class, or data without it")
        }
        let total = Double(counts.reduce(0, +))
        return counts.map { total / (Double(counts.count) * Double($0)) }
    }
}
