// SPDX-License-Identifier: Apache-2.0

import OcellusImages
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusOneDNN
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
        #expect(record.count == 200 && record.disturbedCount == 200)
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
        let other = try images.test.relabelled(images.test.labels, classes: ["first", "third"])
        #expect(throws: InferenceError.self) { try ModelProbe().record(of: [("a model", model)], test: other) }
        #expect(throws: DataError.self) { try images.test.relabelled([0], classes: ["first", "second"]) }
    }
}
