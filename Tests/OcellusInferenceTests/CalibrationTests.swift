// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusInference

@Suite("Calibration of a model") struct CalibrationTests {
    /// Two classes; as sure as its logits are large, right in the surer `right` of `count`.
    private func calibration(count: Int, right: Int, error: Double? = nil) throws -> Calibration {
        let logits = (0..<count).flatMap { row -> [Float] in [Float(count - row) / 10, 0] }
        return try Calibration(
            logits: Tensor([count, 2], logits), labels: (0..<count).map { $0 < right ? 0 : 1 }, source: .heldOut,
            dataSha256: "ab", error: error)
    }

    @Test("losses before and after are those of the temperature, and counts are kept") func losses() throws {
        // Right three times of four at log-odds 4: the temperature that says so is 4 / log 3.
        let logits = Tensor([400, 2], (0..<400).flatMap { _ -> [Float] in [4, 0] })
        let found = try Calibration(logits: logits, labels: (0..<400).map { $0 % 4 == 0 ? 1 : 0 }, source: .outOfFold)
        #expect(abs(found.temperature - 4 / 1.098_612_289) < 1e-6)
        #expect(abs(found.lossAfter - 0.562_335_145) < 1e-6)
        #expect(abs(found.lossBefore - (0.018_149_928 + 1)) < 1e-6)
        #expect(found.images == 400 && found.correct == 300 && found.flaw == nil)
    }

    @Test("an error that cannot be shown is not kept") func error() throws {
        #expect(try calibration(count: 300, right: 290, error: 0.05).error == 0.05)
        #expect(try calibration(count: 300, right: 20, error: 0.05).error == nil)
    }

    private func classifier(_ calibration: Calibration) throws -> Classifier {
        var classifier = try ClassifierTests.classifier(.reference)
        classifier.calibration = calibration
        return classifier
    }

    @Test("probabilities follow the temperature, answers the rule, and neither the views of an augmentation")
    func obeyed() throws {
        var sure = try calibration(count: 300, right: 300, error: 0.05)
        sure.temperature = 2
        let classifier = try classifier(sure)
        let images = try ClassifierTests.images(12)
        let logits = try classifier.logits(of: images)
        let pictures = try (0..<12).map { try images.pixels(at: $0) }
        let predictions = try classifier.predict(fitted: pictures)
        let rule = try #require(classifier.rule)
        for (row, prediction) in predictions.enumerated() {
            let own = logits.scalars[row * 6..<(row + 1) * 6]
            #expect(zip(prediction.probabilities, softmax(own.map { $0 / 2 })).allSatisfy { abs($0 - $1) < 1e-6 })
            #expect(prediction.isAnswered == rule.answers(logOdds(own)))
            #expect(prediction.answer == (prediction.isAnswered ? prediction.label : nil))
        }
        let plain = try classifier.predict(fitted: pictures, testTimeAugmentation: .mirror)
        #expect(plain.allSatisfy { $0.isAnswered })
        let evaluation = try classifier.evaluate(images)
        let plainLoss = try negativeLogLikelihood(logits: logits, labels: images.labels.map(Int.init))
        #expect(evaluation.uncalibratedLoss == plainLoss)
        #expect(evaluation.loss != evaluation.uncalibratedLoss)
        #expect(evaluation.selective?.answered == predictions.count { $0.isAnswered })
        #expect(try classifier.answering(error: nil).evaluate(images).selective == nil)
    }

    @Test("what cannot be promised says how many images are needed") func refused() throws {
        let none = try ClassifierTests.classifier(.reference)
        #expect(throws: InferenceError.self) { try none.answering(error: 0.05) }
        let weak = try classifier(try calibration(count: 300, right: 20))
        let error = #expect(throws: InferenceError.self) { try weak.answering(error: 0.05) }
        #expect(error?.kind == .noRule && error?.needs?.contains("at least 59 calibration images") == true)
        #expect(try weak.answering(error: 0.99).rule?.threshold == nil)
    }

    @Test("it stays in the model file, and a damaged one is refused") func file() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        let kept = try calibration(count: 300, right: 290, error: 0.05)
        try classifier(kept).save(to: url)
        let read = try Classifier(contentsOf: url, backend: Engine.reference.backend)
        let rule = try kept.rule(error: 0.05)
        #expect(read.calibration == kept && read.rule == rule)
        let text = String(decoding: try Data(contentsOf: url), as: Unicode.ASCII.self)
        #expect(text.contains("calibration"))

        var damaged = kept
        damaged.temperature = 0
        #expect(damaged.flaw != nil)
        damaged = kept
        damaged.wrong[3] = damaged.answered[3] + 1
        #expect(damaged.flaw != nil)
        damaged = kept
        damaged.thresholds.removeLast()
        #expect(damaged.flaw != nil)
        let model = try classifier(damaged)
        #expect(throws: ArchiveError.self) { try model.save(to: url) }
    }
}
