// SPDX-License-Identifier: Apache-2.0

package import OcellusImages
package import OcellusInference
public import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusTensor

/// What a trained model makes of disturbed images, and how far its probabilities can be believed.
package struct ModelProbe: Sendable {
    /// Test images that are moved, turned and scaled; all are used for calibration.
    package var images = 1000

    package init(images: Int = 1000) { self.images = images }

    /// Probes models on the same images.
    ///
    /// - Parameters:
    ///   - models: Under the names that they have in tables.
    ///   - test: Images of the models' size; classes are matched by name.
    /// - Throws: ``InferenceError`` when images and model do not fit, `CancellationError`.
    package func record(
        of models: [(name: String, model: Classifier)], test: ImageSet,
        report: (String) -> Void = { _ in }
    ) throws -> ProbeRecord {
        let share = Double(min(images, test.count)) / Double(test.count)
        let few = test.subset(TrainingImages.indices(test, share: share, seed: 0))
        return ProbeRecord(
            count: test.count, disturbedCount: few.count, sha256: test.sha256,
            models: try models.map { entry in
                report("\(entry.name): probabilities")
                let evaluation = try entry.model.evaluate(test)
                let known = try entry.model.relabelled(test)
                let logits = try entry.model.logits(of: known)
                let labels = known.labels.map(Int.init)
                let reader = ProbeReader(model: entry.model) { try Task.checkCancellation() }
                let disturbed = try entry.model.relabelled(few)
                report("\(entry.name): shifts")
                let shift = try ShiftProbe.result(reader, disturbed)
                report("\(entry.name): turns and scales")
                let warp = try WarpProbe.result(reader, disturbed)
                return try Self.model(entry.name, evaluation, logits, labels, shift, warp)
            })
    }

    private static func model(
        _ name: String, _ evaluation: Evaluation, _ logits: Tensor<Float>, _ labels: [Int], _ shift: ShiftResult,
        _ warp: WarpResult
    ) throws -> ProbeRecord.Model {
        let (scores, right) = try topScores(logits: logits, labels: labels)
        let curve = try RiskCoverage(scores: scores, correct: right)
        return ProbeRecord.Model(
            name: name, accuracy: evaluation.accuracy, interval: evaluation.interval,
            balancedAccuracy: evaluation.balancedAccuracy, loss: evaluation.loss, brierScore: evaluation.brierScore,
            calibrationError: evaluation.calibrationError.equalWidth,
            equalMassCalibrationError: evaluation.calibrationError.equalMass, shifts: shift.shifts,
            shiftAccuracy: shift.along(shift.accuracy),
            shiftConsistency: shift.along(shift.consistency), shiftReflected: shift.reflected,
            halfPixelAccuracy: shift.halfPixel, smoothedAccuracy: shift.smoothed, angles: warp.angles,
            angleAccuracy: warp.byAngle, factors: warp.factors, factorAccuracy: warp.byFactor,
            reliability: try Reliability(scores: scores, correct: right, binning: .equalWidth),
            riskArea: curve.area,
            abstaining: [0.01, 0.05, 0.1].map { error in
                ProbeRecord.Abstaining(error: error, point: curve.point(error: error))
            })
    }
}

/// What `ocellus probe` found.
public struct ProbeRecord: Codable, Sendable {
    public var schema = 1
    /// Test images.
    public var count: Int
    /// Of those, the ones that were moved, turned and scaled: the same share of every class.
    public var disturbedCount: Int
    /// SHA-256 of the test images.
    public var sha256: String
    public var models: [Model]

    public struct Model: Codable, Sendable {
        public var name: String
        public var accuracy: Double
        /// Wilson's 95 % interval over the test images.
        public var interval: Interval
        public var balancedAccuracy: Double
        /// Mean cross-entropy in nats.
        public var loss: Double
        public var brierScore: Double
        /// Expected calibration error, 15 bins of equal width.
        public var calibrationError: Double
        /// The same with bins of equal mass.
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
        public var abstaining: [Abstaining]
    }

    /// What leaving out the least sure answers buys on these images.
    public struct Abstaining: Codable, Sendable {
        /// Share of wrong answers that is allowed.
        public var error: Double
        /// The most images that can be answered so; absent when no threshold does.
        public var point: RiskCoverage.Point?
    }
}
