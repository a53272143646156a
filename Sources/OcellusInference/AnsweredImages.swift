// SPDX-License-Identifier: Apache-2.0

package import OcellusData
package import OcellusMetrics
package import OcellusTensor

/// Labelled images with what a model said of each.
package struct AnsweredImages: Sendable {
    package let images: ImageSet
    /// `[N]`, indices into the model's classes.
    package let labels: [Int]
    /// `[N, classes]`
    package let logits: Tensor<Float>
    /// That the model divides logits by; `nil` leaves them.
    package let temperature: Double?
    /// Which images the model answers; `nil` for all.
    package let rule: SelectiveRule?

    /// - Parameters:
    ///   - labels: `[N]`, one for each image.
    ///   - logits: `[N, classes]`
    package init(
        _ images: ImageSet, labels: [Int], logits: Tensor<Float>, temperature: Double? = nil, rule: SelectiveRule? = nil
    ) {
        (self.images, self.labels, self.logits) = (images, labels, logits)
        (self.temperature, self.rule) = (temperature, rule)
    }
}

extension Evaluation {
    /// - Parameters:
    ///   - classes: Names of the model's classes.
    ///   - resamples: For ``calibrationUncertainty``; 0 leaves it out.
    /// - Throws: ``MetricError``.
    package init(_ answered: AnsweredImages, classes: [String], resamples: Int = 0) throws {
        try self.init(
            logits: answered.logits, labels: answered.labels, classes: classes, resamples: resamples,
            temperature: answered.temperature, rule: answered.rule)
    }
}
