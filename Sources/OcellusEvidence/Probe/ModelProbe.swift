// SPDX-License-Identifier: Apache-2.0

package import OcellusData
package import OcellusInference
import OcellusMetrics
import OcellusModel
package import OcellusPixels
import OcellusPlan
import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// What a trained model makes of disturbed images, and how far its probabilities can be believed.
package struct ModelProbe: Sendable {
    /// Test images that are disturbed; all are used for calibration.
    package var images = 1000
    package var corruptions: [Corruption] = []
    /// Of what is random in the corruptions.
    package var seed: UInt64 = 0

    package init(images: Int = 1000, corruptions: [Corruption] = []) {
        self.images = images
        self.corruptions = corruptions
    }

    /// Where images and call came from, for the record.
    package struct Origin: Sendable {
        package var command: [String]
        package var data: String
        package var notes: [String]

        package init(command: [String] = [], data: String = "", notes: [String] = []) {
            (self.command, self.data, self.notes) = (command, data, notes)
        }
    }

    /// Probes models on the same images.
    ///
    /// - Parameters:
    ///   - models: Under the names that they have in tables; at least one.
    ///   - test: Images of the models' size; classes are matched by name.
    /// - Throws: ``InferenceError`` when images and model do not fit, ``DataError`` when an image cannot be corrupted,
    ///   `CancellationError`.
    package func record(
        of models: [(name: String, model: Classifier)], test: ImageSet, origin: Origin = Origin(),
        report: (String) -> Void = { _ in }
    ) throws -> ProbeRecord {
        precondition(!models.isEmpty, "at least one model")
        let share = Double(min(images, test.count)) / Double(test.count)
        let samples = TrainingImages.indices(test, share: share, seed: 0)
        let few = test.subset(samples)
        var results = try models.map { entry in
            report("\(entry.name): probabilities")
            return try clean(entry.name, entry.model, test, few, report)
        }
        let applied = corruptions.filter { $0.applies(toChannels: test.shape[0]) }
        let corrupted = try CorruptionProbe(
            corruptions: applied, seed: seed, threads: models[0].model.backend.threads
        ).results(of: models.map(\.model), few, samples: samples, report: report)
        for (index, result) in corrupted.enumerated() { results[index].add(result) }
        let first = results[0]
        for index in results.indices { results[index].compare(with: first) }
        let backend = models[0].model.backend
        return ProbeRecord(
            created: Date.now.formatted(.iso8601), command: origin.command, environment: .current(backend: backend),
            data: origin.data, notes: origin.notes, shape: test.shape, classes: test.classes, count: test.count,
            disturbedCount: few.count, sha256: try test.sha256, disturbedSha256: try few.sha256, seed: seed,
            corruptionNotes: CorruptionProbe.notes(asked: corruptions, applied: applied, shape: test.shape),
            models: results)
    }

    /// Everything but the corruptions.
    private func clean(
        _ name: String, _ model: Classifier, _ test: ImageSet, _ few: ImageSet, _ report: (String) -> Void
    ) throws -> ProbeRecord.Model {
        let evaluation = try model.evaluate(test, resamples: 1000)
        let known = try model.relabelled(test)
        let (scores, right) = try topScores(logits: try model.logits(of: known), labels: known.labels.map(Int.init))
        let curve = try RiskCoverage(scores: scores, correct: right)
        let reader = ProbeReader(model: model) { try Task.checkCancellation() }
        let disturbed = try model.relabelled(few)
        report("\(name): shifts")
        let shift = try ShiftProbe.result(reader, disturbed)
        report("\(name): turns and scales")
        let warp = try WarpProbe.result(reader, disturbed)
        report("\(name): small changes")
        let perturbations = try PerturbationProbe.results(reader, disturbed)
        return ProbeRecord.Model(
            name: name, splitSha256: model.record?.data.splitSha256, accuracy: evaluation.accuracy,
            interval: evaluation.interval,
            balancedAccuracy: evaluation.balancedAccuracy,
            balancedInterval: evaluation.balancedInterval, loss: evaluation.loss,
            brierScore: evaluation.brierScore,
            calibrationError: evaluation.calibrationError.equalWidth,
            calibrationUncertainty: evaluation.calibrationUncertainty,
            equalMassCalibrationError: evaluation.calibrationError.equalMass, shifts: shift.shifts,
            shiftAccuracy: shift.along(shift.accuracy),
            shiftConsistency: shift.along(shift.consistency), shiftReflected: shift.reflected,
            halfPixelAccuracy: shift.halfPixel, smoothedAccuracy: shift.smoothed, angles: warp.angles,
            angleAccuracy: warp.byAngle, factors: warp.factors, factorAccuracy: warp.byFactor,
            reliability: try Reliability(scores: scores, correct: right, binning: .equalWidth),
            riskArea: curve.area, riskCoverage: Self.thinned(curve.points),
            abstaining: try [0.01, 0.05, 0.1].map { error in
                let promise = try curve.promise(error: error)
                return ProbeRecord.Abstaining(error: error, point: promise?.point, bound: promise?.bound)
            }, perturbations: perturbations, undisturbedAccuracy: try reader.accuracy(disturbed), corruptions: [],
            classes: try Self.classes(test, right))
    }

    private static func classes(_ test: ImageSet, _ right: [Bool]) throws -> [ProbeRecord.ClassResult] {
        var hits = [Int](repeating: 0, count: test.classes.count)
        for (label, isRight) in zip(test.labels, right) where isRight { hits[Int(label)] += 1 }
        return try test.classCounts.enumerated().map { label, count in
            ProbeRecord.ClassResult(
                name: test.classes[label], count: count,
                accuracy: count > 0 ? Double(hits[label]) / Double(count) : nil,
                interval: count > 0 ? try wilsonInterval(successes: hits[label], of: count) : nil)
        }
    }

    /// The points nearest above each hundredth of coverage, and the last.
    private static func thinned(_ points: [RiskCoverage.Point]) -> [RiskCoverage.Point] {
        var next = 0.0
        var kept: [RiskCoverage.Point] = []
        for (index, point) in points.enumerated() where point.coverage >= next || index == points.count - 1 {
            kept.append(point)
            next = (point.coverage * 100).rounded(.down) / 100 + 0.01
        }
        return kept
    }
}

extension ProbeRecord.Model {
    fileprivate mutating func add(_ result: CorruptionProbe.Result) {
        corruptions = result.corruptions
        for (index, accuracy) in result.classAccuracy.enumerated() {
            classes[index].undisturbedAccuracy = result.cleanClassAccuracy[index]
            classes[index].corruptedAccuracy = accuracy
        }
    }

    fileprivate mutating func compare(with first: ProbeRecord.Model) {
        func errors(_ model: ProbeRecord.Model) -> [Double] {
            model.corruptions.filter(\.isHeadline).map { 1 - $0.meanAccuracy }
        }
        let (own, base) = (errors(self), errors(first))
        guard !own.isEmpty else { return }
        meanCorruptionError = own.reduce(0, +) / Double(own.count)
        // Errors are shares of images: what is below the share of one image is rounding.
        guard base.allSatisfy({ $0 > 1e-9 }) else { return }
        relativeCorruptionError = zip(own, base).reduce(0) { $0 + $1.0 / $1.1 } / Double(own.count)
    }
}
