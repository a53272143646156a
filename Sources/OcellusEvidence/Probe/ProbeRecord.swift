// SPDX-License-Identifier: Apache-2.0

public import OcellusMetrics
public import OcellusTensor

/// What `ocellus probe` found, in one value: text and page are made from it alone.
///
/// Shares and accuracies are fractions in 0…1.
public struct ProbeRecord: Codable, Sendable {
    ///
    /// 2: thresholds for a stated error are bounds on new images.
    public var schema = 2
    /// Tells it from the records of comparisons and evidence.
    public var kind = "probe"
    /// ISO 8601, UTC.
    public var created: String
    /// The command line to repeat it, one word an element.
    public var command: [String]
    public var environment: ComparisonRecord.Environment
    /// The name of the data, or their path.
    public var data: String
    /// What was said while the data were read.
    public var notes: [String]
    /// `[C, H, W]`
    public var shape: Shape
    /// Of the images.
    public var classes: [String]
    /// Test images.
    public var count: Int
    /// Of those, the ones that were moved, turned, scaled and corrupted: the same share of every class.
    public var disturbedCount: Int
    /// SHA-256 of the test images.
    public var sha256: String
    /// SHA-256 of those that were disturbed.
    public var disturbedSha256: String
    /// Of what is random in the corruptions.
    public var seed: UInt64
    /// What the corruptions are and are not, one sentence each; empty without any.
    public var corruptionNotes: [String]
    public var models: [Model]

    public struct Model: Codable, Sendable {
        public var name: String
        /// SHA-256 of what trained and what validated the model, from its file; absent where that does not say.
        public var splitSha256: String? = nil
        public var accuracy: Double
        /// Wilson's 95 % interval over the test images.
        public var interval: Interval
        public var balancedAccuracy: Double
        /// Its 95 % interval over test images of every class; absent in records of schema 1.
        public var balancedInterval: Interval? = nil
        /// Mean cross-entropy in nats.
        public var loss: Double
        public var brierScore: Double
        /// Expected calibration error, 15 bins of equal width.
        public var calibrationError: Double
        /// Its interval, and what chance alone gives; absent in records of schema 1.
        public var calibrationUncertainty: CalibrationUncertainty? = nil
        /// The calibration error with bins of equal mass.
        public var equalMassCalibrationError: Double
        /// Pixels along one axis; vacated pixels black. Mean over both axes.
        public var shifts: [Int]
        public var shiftAccuracy: [Double]
        /// Share of images that get the same class as unshifted.
        public var shiftConsistency: [Double]
        /// With reflected borders.
        public var shiftReflected: [Double]
        /// Moved by half a pixel, bilinear; mean of four directions.
        public var halfPixelAccuracy: Double
        /// As smooth, but not moved.
        public var smoothedAccuracy: Double
        /// Degrees.
        public var angles: [Double]
        public var angleAccuracy: [Double]
        public var factors: [Double]
        public var factorAccuracy: [Double]
        public var reliability: Reliability
        /// Mean risk over coverages.
        public var riskArea: Double
        /// The risk at about a hundred coverages.
        public var riskCoverage: [RiskCoverage.Point]
        public var abstaining: [Abstaining]
        /// What changes that a person hardly sees do.
        public var perturbations: [Perturbation]
        /// Accuracy of the disturbed images before they are disturbed.
        public var undisturbedAccuracy: Double
        public var corruptions: [Corrupted]
        /// Mean error over the severities and over those of the fifteen corruptions of the benchmark that were made; absent
        /// without any.
        public var meanCorruptionError: Double?
        /// Mean over the same corruptions of the error summed over severities relative to the first model's, the benchmark's
        /// mCE with that model as baseline; absent where the first model makes no errors.
        public var relativeCorruptionError: Double?
        public var classes: [ClassResult]
    }

    /// What leaving out the least sure answers buys.
    public struct Abstaining: Codable, Sendable {
        /// Share of wrong answers that is allowed.
        public var error: Double
        /// The threshold to answer from; absent when none can be promised.
        public var point: RiskCoverage.Point?
        /// New images of the kind are wrong at most this often from the threshold on, with a confidence of 95 %; absent with
        /// the threshold, and in records of schema 1, whose thresholds were chosen and scored on the same images.
        public var bound: Double?
    }

    /// Images that are changed a little.
    public struct Perturbation: Codable, Sendable {
        /// e.g. `turned by 3°`
        public var name: String
        public var accuracy: Double
        /// Share of images that keep the class they got unchanged.
        public var consistency: Double
    }

    /// One corruption at five severities.
    public struct Corrupted: Codable, Sendable {
        /// As `--corruptions` takes it.
        public var name: String
        /// Whether it is one of the benchmark's fifteen.
        public var isHeadline: Bool
        /// By severity.
        public var accuracy: [Double]
        /// Share of images that keep the class they got unchanged, by severity.
        public var consistency: [Double]

        public var meanAccuracy: Double { accuracy.reduce(0, +) / Double(max(1, accuracy.count)) }
    }

    /// One class of the images.
    public struct ClassResult: Codable, Sendable {
        public var name: String
        /// Test images.
        public var count: Int
        /// Share of them that are recognised; absent without any.
        public var accuracy: Double?
        /// Wilson's 95 % interval.
        public var interval: Interval?
        /// Share that is recognised of the images that are disturbed, before they are; absent without any.
        public var undisturbedAccuracy: Double?
        /// The same when they are corrupted, mean over corruptions and severities; absent without either.
        public var corruptedAccuracy: Double?
    }
}

extension ProbeRecord.Model {
    /// The class with the smallest share of recognised images, the first of equals.
    public var worstClass: ProbeRecord.ClassResult? {
        classes.filter { $0.accuracy != nil }.min { ($0.accuracy ?? 0) < ($1.accuracy ?? 0) }
    }

    /// The same of corrupted images.
    public var worstCorruptedClass: ProbeRecord.ClassResult? {
        classes.filter { $0.corruptedAccuracy != nil }.min { ($0.corruptedAccuracy ?? 0) < ($1.corruptedAccuracy ?? 0) }
    }

    /// Mean over all corruptions and severities; `nil` without any.
    public var corruptedAccuracy: Double? {
        corruptions.isEmpty ? nil : corruptions.reduce(0) { $0 + $1.meanAccuracy } / Double(corruptions.count)
    }
}

extension ProbeRecord {
    /// Whether every model has a number where text and page look for one: a file may have been changed by hand.
    package var isWhole: Bool {
        guard let first = models.first, shape.rank == 3 else { return false }
        return models.allSatisfy { model in
            model.shifts == first.shifts && model.angles == first.angles && model.factors == first.factors
                && [model.shiftAccuracy, model.shiftConsistency, model.shiftReflected].allSatisfy {
                    $0.count == first.shifts.count
                }
                && model.angleAccuracy.count == first.angles.count && model.factorAccuracy.count == first.factors.count
                && model.perturbations.map(\.name) == first.perturbations.map(\.name)
                && model.abstaining.count == first.abstaining.count
                && model.corruptions.map(\.name) == first.corruptions.map(\.name)
                && Set(first.corruptions.map(\.name)).count == first.corruptions.count
                && model.corruptions.allSatisfy { $0.accuracy.count == 5 && $0.consistency.count == 5 }
                && model.classes.map(\.name) == classes && model.reliability.bins.allSatisfy { $0.count > 0 }
        }
    }
}
