// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusOneDNN
import OcellusPixels
import OcellusTensor
import OcellusTraining
import Testing

@testable import OcellusEvidence

@Suite("A probe of models", .serialized) struct ModelProbeTests {
    private let backend = OneDNNBackend(threads: 1)

    private func trained(_ images: ImageDataset) async throws -> Classifier {
        let configuration = TrainingConfiguration(
            epochs: 3, batchSize: 20, optimizer: .adam(learningRate: 0.01), result: .last)
        let run = try await Trainer(
            PlantedImages.dense, configuration: configuration, validationFraction: 0, backend: backend
        ).fit(images)
        return try Classifier(
            network: run.network, weights: run.weights, classes: run.classes, preprocessing: run.preprocessing,
            backend: backend)
    }

    @Test("classes by place survive no shift of half the image, and its middle is the plain accuracy")
    func position() async throws {
        let images = try PlantedImages.dataset(.position)
        let model = try await trained(images)
        let record = try ModelProbe(images: 1000).record(of: [("a model", model)], test: images.test)
        let probed = try #require(record.models.first)
        #expect(record.count == 200 && record.disturbedCount == 200 && record.disturbedSha256 == record.sha256)
        let middle = try #require(probed.shifts.firstIndex(of: 0))
        #expect(probed.shiftAccuracy[middle] == probed.accuracy && probed.accuracy > 0.98)
        #expect(probed.shiftConsistency[middle] == 1 && probed.shiftReflected[middle] == probed.accuracy)
        #expect(probed.angleAccuracy[try #require(probed.angles.firstIndex(of: 0))] == probed.accuracy)
        #expect(probed.factorAccuracy[try #require(probed.factors.firstIndex(of: 1))] == probed.accuracy)
        // Turned by half, left is right.
        #expect(probed.angleAccuracy[try #require(probed.angles.firstIndex(of: 180))] < 0.02)
        #expect(probed.reliability.expectedCalibrationError == probed.calibrationError)
        #expect(probed.abstaining.last?.point?.coverage == 1)
    }

    @Test("classes are matched by name; unknown ones are refused") func classes() async throws {
        let images = try PlantedImages.dataset(.position)
        let model = try await trained(images)
        // The same images with the classes listed the other way round.
        let swapped = try images.test.relabelled(images.test.labels.map { 1 - $0 }, classes: ["second", "first"])
        let record = try ModelProbe(images: 50).record(of: [("a model", model)], test: swapped)
        #expect((record.models.first?.accuracy ?? 0) > 0.98)
        #expect((record.models.first?.shiftAccuracy.max() ?? 0) > 0.9)
        #expect(record.disturbedCount == 50)
        #expect(record.disturbedSha256 != record.sha256)
        let other = try images.test.relabelled(images.test.labels, classes: ["first", "third"])
        #expect(throws: InferenceError.self) { try ModelProbe().record(of: [("a model", model)], test: other) }
        #expect(throws: DataError.self) { try images.test.relabelled([0], classes: ["first", "second"]) }
    }

    @Test("corruptions: errors add up, classes too, and the first model is the baseline") func corruptions()
        async throws
    {
        let images = try PlantedImages.dataset(.position)
        let model = try await trained(images)
        let weak = try Classifier(
            network: model.network, weights: try model.network.initialWeights(seed: 5), classes: model.classes,
            preprocessing: model.preprocessing, backend: backend)
        let asked: [Corruption] = [.contrast, .impulseNoise, .fog, .saturate, .speckleNoise]
        let probe = ModelProbe(images: 100, corruptions: asked)
        let record = try probe.record(of: [("a", model), ("b", weak)], test: images.test)
        #expect(record.isWhole && record.models.count == 2 && record.disturbedCount == 100)
        for (index, probed) in record.models.enumerated() {
            // Gray images have no saturation.
            #expect(probed.corruptions.map(\.name) == ["contrast", "impulse-noise", "fog", "speckle-noise"])
            let headline = probed.corruptions.filter(\.isHeadline)
            #expect(headline.count == 3)
            let errors = headline.map { 1 - $0.accuracy.reduce(0, +) / 5 }
            #expect(abs((probed.meanCorruptionError ?? 0) - errors.reduce(0, +) / 3) < 1e-12, "\(index)")
            // Both classes have as many images.
            let classes = probed.classes.compactMap(\.corruptedAccuracy)
            #expect(abs((classes[0] + classes[1]) / 2 - (probed.corruptedAccuracy ?? 0)) < 1e-12)
            let before = probed.classes.compactMap(\.undisturbedAccuracy)
            #expect(abs((before[0] + before[1]) / 2 - probed.undisturbedAccuracy) < 1e-12)
            let clean = probed.classes.compactMap(\.accuracy)
            #expect(abs((clean[0] + clean[1]) / 2 - probed.accuracy) < 1e-12)
            #expect(probed.perturbations.count == 4 && probed.riskCoverage.last?.coverage == 1)
            #expect(abs((probed.riskCoverage.last?.risk ?? 0) - (1 - probed.accuracy)) < 1e-12)
        }
        let again = try probe.record(of: [("b", weak), ("a", model)], test: images.test)
        #expect(again.models[1].corruptions.map(\.accuracy) == record.models[0].corruptions.map(\.accuracy))
        #expect(abs((again.models[0].relativeCorruptionError ?? 0) - 1) < 1e-12)
        let ratios = zip(record.models[0].corruptions, record.models[1].corruptions).filter(\.0.isHeadline).map {
            (1 - $0.meanAccuracy) / (1 - $1.meanAccuracy)
        }
        #expect(abs((again.models[1].relativeCorruptionError ?? 0) - ratios.reduce(0, +) / 3) < 1e-9)
        #expect(record.corruptionNotes.contains { $0.contains("saturate") })
    }

    @Test("what corruptions are not is said") func notes() {
        let all = Corruption.allCases
        let photos = CorruptionProbe.notes(asked: all, applied: all, shape: [3, 64, 48]).joined(separator: " ")
        #expect(photos.contains("48/32") && photos.contains("Frost") && photos.contains("Spatter"))
        let small = CorruptionProbe.notes(asked: [.snow], applied: [.snow], shape: [3, 32, 32])
        #expect(small.count == 1)
        #expect(CorruptionProbe.notes(asked: [], applied: [], shape: [3, 32, 32]).isEmpty)
    }
}
