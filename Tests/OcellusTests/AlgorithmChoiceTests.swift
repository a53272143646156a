// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusModel
import OcellusOneDNN
import OcellusPixels
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import OcellusTraining
import Testing

@testable import Ocellus

/// Choices that a run and its model keep, with a timer that makes them others than the rule's.
@Suite("Measured algorithms", .serialized) struct AlgorithmChoiceTests {
    private static let network = Network(input: [3, 8, 8]) {
        Conv2D(32, kernelSize: 3)
        BatchNorm2D()
        ReLU()
        Conv2D(32, kernelSize: 3)
        ReLU()
        MaxPool2D(2)
        Flatten()
        Dense(3)
    }
    private static let configuration = TrainingConfiguration(epochs: 2, batchSize: 8, seed: 3)

    private static func images(_ count: Int) throws -> ImageSet {
        var random = CounterRandom(seed: 1, purpose: .test)
        let labels = (0..<count).map { UInt16($0 % 3) }
        let pixels = labels.flatMap { label in
            (0..<192).map { _ in UInt8(60 * Int(label) + random.nextIndex(below: 100)) }
        }
        return try ImageSet(classes: ["a", "b", "c"], shape: [3, 8, 8], labels: labels, pixels: pixels)
    }

    /// The first two directions other than the rule has them.
    private static func planted() -> PlantedTimer {
        PlantedTimer(fastest: [.forward: .direct, .weightGradient: .matrix])
    }

    private static func parts() throws -> TrainingParts {
        // The last batch of an epoch holds four.
        try TrainingParts(
            try ImageDataset(name: "d", train: images(20), validation: images(6), test: images(3)),
            validationFraction: 0, seed: 0)
    }

    @EngineActor private static func session(_ book: AlgorithmBook, resume: Checkpoint? = nil) throws -> TrainingSession
    {
        let parts = try parts()
        return try TrainingSession(
            network: network, configuration: configuration, preprocessing: parts.preprocessing, train: parts.train,
            validation: parts.validation, backend: OneDNNBackend(threads: 1, algorithms: book), resume: resume)
    }

    @Test("a resume takes what its run took, bit for bit, whatever is the fastest now") @EngineActor
    func resume() throws {
        let undisturbed = try Self.session(Self.planted().book())
        #expect(undisturbed.state.choices.values.sorted() == ["direct", "direct", "direct", "matrix", "winograd"])
        // Training and its short batch, and inference: of one picture, few and many.
        let table = try #require(undisturbed.state.algorithms)
        #expect(table.choices.keys.count { $0.contains("forward, 4x32x8x8") } == 1)
        #expect(table.choices.keys.count { $0.contains("weight gradient, 8x32x8x8") } == 1)
        for batch in Predictor.batchSizes {
            #expect(table.choices.keys.contains { $0.contains("forward, \(batch)x32") })
        }
        try undisturbed.run(emit: { _ in })
        let ruled = try Self.session(AlgorithmBook(.fixed, machine: "test"))
        try ruled.run(emit: { _ in })
        let undisturbedWeights = try undisturbed.lastWeights
        #expect(try ruled.lastWeights != undisturbedWeights, "the choices would not show in the bits")
        #expect(ruled.state.algorithms == nil)

        for stop in [1, 3, 4] {
            let first = try Self.session(Self.planted().book())
            var steps = 0
            try first.run(
                emit: { _ in },
                while: { _ in
                    steps += 1
                    return steps < stop
                })
            let checkpoint = try first.checkpoint()
            // Later the rule's choices are the fastest, or nobody asks for measuring.
            for book in [PlantedTimer(fastest: [:]).book(), AlgorithmBook(.fixed, machine: "test")] {
                let second = try Self.session(book, resume: checkpoint)
                #expect(second.notices == [])
                try second.run(emit: { _ in })
                #expect(try second.lastWeights == undisturbedWeights)
                let result = try undisturbed.result.weights
                #expect(try second.result.weights == result)
                #expect(second.state.history.map(\.trainLoss) == undisturbed.state.history.map(\.trainLoss))
            }
            let elsewhere = try Self.session(
                AlgorithmBook(.fixed, machine: "another"), resume: checkpoint)
            #expect(elsewhere.notices.count == 2)
            #expect(
                elsewhere.notices.first?.contains("were chosen on another machine (test) than this (another)") == true)
            #expect(elsewhere.notices.last?.contains("the result will not be identical bit for bit") == true)
        }
    }

    @Test("a model read from its file gives the logits of the one that was trained, bit for bit")
    func model() async throws {
        let trainer = Trainer(
            Self.network, configuration: Self.configuration,
            backend: OneDNNBackend(threads: 1, algorithms: Self.planted().book()))
        let run = try await trainer.fit(try Self.parts(), in: nil, resume: nil)
        let trained = try run.classifier
        #expect(trained.record?.algorithms?.machine == "test")
        let file = FileManager.default.temporaryDirectory.appending(path: "\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        try trained.save(to: file)
        let images = try Self.images(16)
        let pictures = try (0..<2).map {
            try DecodedImage(width: 8, height: 8, channels: 3, pixels: images.pixels(at: $0))
        }
        let expected = (try trained.logits(of: images), try trained.logits(of: pictures))

        for book in [AlgorithmBook(.fixed, machine: "test"), PlantedTimer(fastest: [:]).book()] {
            let model = try Classifier(contentsOf: file, backend: OneDNNBackend(threads: 1, algorithms: book))
            #expect(model.notices == [])
            #expect(try model.logits(of: images) == expected.0)
            #expect(try model.logits(of: pictures) == expected.1)
        }
        let ruled = try Classifier(
            contentsOf: file,
            backend: OneDNNBackend(threads: 1, algorithms: AlgorithmBook(.fixed, machine: "test", reuses: false)))
        #expect(try ruled.logits(of: images) != expected.0, "the choices would not show in the bits")
        let elsewhere = try Classifier(
            contentsOf: file, backend: OneDNNBackend(threads: 1, algorithms: AlgorithmBook(.fixed, machine: "another")))
        #expect(elsewhere.notices.contains { $0.contains("were chosen on another machine (test) than this (another)") })
        #expect(try elsewhere.logits(of: images) == ruled.logits(of: images))
    }

    @Test("a run's directory keeps what its trainings measured, for all of them") @EngineActor func directory() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID())")
        defer { try? FileManager.default.removeItem(at: path) }
        let run = try RunDirectory.create(
            verb: "compare", name: "d", at: path.path(percentEncoded: false), configuration: ["a": 1])
        func choices(_ book: AlgorithmBook) throws -> [String: String] {
            let backend = try run.keepingAlgorithms(OneDNNBackend(threads: 1, algorithms: book))
            return try Plan(Self.network, mode: .gradients, batchSize: 8, backend: backend).executable.choices
        }
        let first = try choices(Self.planted().book())
        #expect(FileManager.default.fileExists(atPath: run.algorithmsFile.path(percentEncoded: false)))
        let later = PlantedTimer(fastest: [:])
        #expect(try choices(later.book()) == first)
        #expect(later.asked == 0)
        #expect(try choices(later.book(machine: "another")) != first)
        #expect(later.asked == 3)
        try Data("{".utf8).write(to: run.algorithmsFile)
        let error = #expect(throws: ArchiveError.self) {
            try run.keepingAlgorithms(OneDNNBackend(threads: 1, algorithms: later.book()))
        }
        #expect(error?.summary.contains("algorithms.json is not sound JSON") == true)
    }
}
