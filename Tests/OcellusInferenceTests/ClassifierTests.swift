// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusGraph
import OcellusMetrics
import OcellusModel
import OcellusOneDNN
import OcellusPixels
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusInference

@Suite("Classifier") struct ClassifierTests {
    /// Engines that store Float, as models do.
    static let engines = Engine.all.filter { !$0.isDouble }

    static let network = Network(input: [1, 6, 6]) {
        Conv2D(5, kernelSize: 3)
        BatchNorm2D()
        ReLU()
        MaxPool2D(2)
        Flatten()
        Dense(6)
    }
    static let classes = ["a", "b", "c", "d", "e", "f"]
    static let preprocessing = Preprocessing(
        width: 6, height: 6, channels: 1, mean: [0.3], standardDeviation: [0.2])

    static func classifier(_ engine: Engine, seed: UInt64 = 3) throws -> Classifier {
        try Classifier(
            network: network, weights: try network.initialWeights(seed: seed), classes: classes,
            preprocessing: preprocessing, backend: engine.backend)
    }

    static func images(_ count: Int, classes: [String] = classes, size: Int = 6) throws -> ImageSet {
        var random = CounterRandom(seed: 5, purpose: .test)
        let labels = (0..<count).map { _ in UInt16(random.nextIndex(below: classes.count)) }
        let pixels = (0..<count * size * size).map { _ in UInt8(random.nextIndex(below: 256)) }
        return try ImageSet(classes: classes, shape: [1, size, size], labels: labels, pixels: pixels)
    }

    func temporaryFile(_ body: (URL) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        try body(url)
    }

    @Test("test-time augmentation is the mean of the views made by hand") func testTimeAugmentation() throws {
        let classifier = try Self.classifier(.reference)
        let images = try Self.images(5)
        func logits(_ source: (_ row: Int, _ column: Int) -> (Int, Int)) throws -> [Float] {
            let pixels = try (0..<5).flatMap { index in
                let image = try images.pixels(at: index)
                return (0..<36).map { place in
                    let (row, column) = source(place / 6, place % 6)
                    return image[row * 6 + column]
                }
            }
            let moved = try ImageSet(
                classes: images.classes, shape: images.shape, labels: images.labels, pixels: pixels)
            return try classifier.logits(of: moved).scalars
        }
        let up = [1, 2, 3, 4, 5, 4]
        let down = [1, 0, 1, 2, 3, 4]
        let views = [
            (0.25, try logits { ($0, $1) }), (0.25, try logits { ($0, 5 - $1) }),
            (0.125, try logits { (up[$0], up[$1]) }), (0.125, try logits { (up[$0], up[5 - $1]) }),
            (0.125, try logits { (down[$0], down[$1]) }), (0.125, try logits { (down[$0], down[5 - $1]) }),
        ]
        let multicrop = try classifier.logits(of: images, testTimeAugmentation: .multicrop).scalars
        let mirror = try classifier.logits(of: images, testTimeAugmentation: .mirror).scalars
        for index in 0..<30 {
            let expected = views.reduce(0.0) { $0 + $1.0 * Double($1.1[index]) }
            #expect(abs(Double(multicrop[index]) - expected) < 1e-5)
            #expect(abs(mirror[index] - (views[0].1[index] + views[1].1[index]) / 2) < 1e-5)
        }
        #expect(try classifier.logits(of: images, testTimeAugmentation: .none).scalars == views[0].1)
        #expect(Set([views[0].1, mirror, multicrop]).count == 3)
        let evaluation = try classifier.evaluate(images, testTimeAugmentation: .mirror)
        #expect(evaluation.count == 5)
    }

    @Test("logits after saving and loading are the same bit for bit", arguments: engines)
    func saveAndLoad(engine: Engine) throws {
        let images = try Self.images(300)
        let classifier = try Self.classifier(engine)
        let logits = try classifier.logits(of: images)
        #expect(Set(logits.scalars).count > 1000)
        try temporaryFile { file in
            try classifier.save(to: file)
            let loaded = try Classifier(contentsOf: file, backend: engine.backend)
            #expect(try loaded.logits(of: images).scalars.map(\.bitPattern) == logits.scalars.map(\.bitPattern))
            #expect(try loaded.evaluate(images) == classifier.evaluate(images))
            #expect(loaded.notices == [])
            let first = try Data(contentsOf: file)
            try loaded.save(to: file)
            #expect(try Data(contentsOf: file) == first)
            try classifier.save(to: file)
            #expect(try Data(contentsOf: file) == first)
        }
    }

    @Test("the self-test of the committed file passes", arguments: engines) func fixture(engine: Engine) throws {
        let file = TestData.checkout.appending(
            path: "Tests/OcellusArchiveTests/Fixtures/model-1.0.safetensors")
        let classifier = try Classifier(contentsOf: file, backend: engine.backend)
        #expect(classifier.record?.data.name == "three animals")
    }

    @Test("a file that computes other logits is refused") func selfTest() throws {
        let engine = try #require(Self.engines.first)
        try temporaryFile { file in
            try Self.classifier(engine).save(to: file)
            var content = try ModelFile(contentsOf: file)
            content.weights = try Self.network.initialWeights(seed: 4)
            try content.write(to: file)
            let error = #expect(throws: ArchiveError.self) {
                try Classifier(contentsOf: file, backend: engine.backend)
            }
            #expect(error?.kind == .selfTestFailed)
            #expect(error?.exitClass == .internal)
            #expect(error?.summary.contains(file.lastPathComponent) == true)
        }
    }

    @Test("the record travels with the model") func record() throws {
        let engine = try #require(Self.engines.first)
        var classifier = try Self.classifier(engine)
        classifier.record = TrainingRecord(
            optimizer: .adam(), schedule: .constant, loss: Loss(), epochs: 1, epoch: 1, batchSize: 2, seed: 3,
            data: DataIdentity(name: "d", sha256: "", splitSha256: ""),
            test: TrainingRecord.Score(correct: 1, count: 2),
            backend: engine.backend.name, choices: [:], ocellusVersion: "0", date: "2026-01-01T00:00:00Z")
        try temporaryFile { file in
            try classifier.save(to: file)
            #expect(try Classifier(contentsOf: file, backend: engine.backend).record == classifier.record)
        }
    }

    @Test("one picture, many pictures and a set give the same answers", arguments: engines)
    func batches(engine: Engine) throws {
        let images = try Self.images(20)
        let classifier = try Self.classifier(engine)
        let pictures = try (0..<images.count).map {
            try DecodedImage(width: 6, height: 6, channels: 1, pixels: images.pixels(at: $0))
        }
        let ofSet = try classifier.logits(of: images)
        let together = try classifier.predict(pictures)
        #expect(together.count == 20)
        for (index, picture) in pictures.enumerated() {
            let alone = try classifier.predict(picture)
            let expected = ofSet.scalars[index * 6..<index * 6 + 6]
            // Batch sizes may take other algorithms: a sum of K = 45 products, two layers deep.
            for (a, b) in zip(alone.logits, expected) { #expect(abs(a - b) < 1e-5) }
            for (a, b) in zip(together[index].logits, expected) { #expect(abs(a - b) < 1e-5) }
            #expect(alone.label == Self.classes[alone.index])
            #expect(abs(alone.probabilities.reduce(0, +) - 1) < 1e-12)
        }
        #expect(try classifier.predict([DecodedImage]()) == [])
    }

    @Test("a picture file is decoded, turned into the model's channels and size, and classified") func file() throws {
        let classifier = try Self.classifier(try #require(Self.engines.first))
        // 12×12 in colour; every 2×2 block has one gray level, so that halving keeps it exactly.
        let levels = (0..<36).map { UInt8($0 * 7) }
        let pixels = (0..<144).flatMap { [UInt8](repeating: levels[$0 / 24 * 6 + $0 % 12 / 2], count: 3) }
        let picture = DecodedImage(width: 12, height: 12, channels: 3, pixels: pixels)
        let small = try classifier.predict(DecodedImage(width: 6, height: 6, channels: 1, pixels: levels))
        let large = try classifier.predict(picture)
        #expect(large.label == small.label)
        try temporaryFile { file in
            try ImageEncoder.png(picture).write(to: file)
            #expect(try classifier.predict(file) == large)
            #expect(try classifier.predict(try Data(contentsOf: file)) == large)
            var limits = ImageLimits()
            limits.bytes = 10
            #expect(throws: ArchiveError.self) { try classifier.predict(file, limits: limits) }
            try Data("no picture".utf8).write(to: file)
            let error = #expect(throws: DataError.self) { try classifier.predict(file) }
            #expect(error?.summary.contains(file.lastPathComponent) == true)
        }
        #expect(throws: ArchiveError.self) { try classifier.predict(URL(filePath: "/no/such/picture.png")) }
    }

    @Test("classes are matched by name") func classNames() throws {
        let classifier = try Self.classifier(try #require(Self.engines.first))
        let images = try Self.images(40)
        let order = ["f", "c", "a", "b", "e", "d"]
        let renamed = try ImageSet(
            classes: order, shape: images.shape,
            labels: images.labels.map { UInt16(try #require(order.firstIndex(of: Self.classes[Int($0)]))) },
            pixels: try (0..<images.count).flatMap { try images.pixels(at: $0) })
        #expect(try classifier.evaluate(renamed) == classifier.evaluate(images))
        let error = #expect(throws: InferenceError.self) {
            try classifier.evaluate(try Self.images(4, classes: ["a", "B"]))
        }
        #expect(error?.kind == .unknownClass)
        #expect(error?.advice == "did you mean \"b\"?")
    }

    @Test("images that do not fit are refused") func doNotFit() throws {
        let classifier = try Self.classifier(try #require(Self.engines.first))
        let size = #expect(throws: InferenceError.self) { try classifier.evaluate(try Self.images(2, size: 7)) }
        #expect(size?.kind == .shapesDiffer)
        #expect((size?.needs, size?.received) == ("[1, 6, 6] (C, H, W)", "[1, 7, 7]"))
        let none = #expect(throws: InferenceError.self) { try classifier.evaluate(try Self.images(0)) }
        #expect(none?.kind == .noImages)
        #expect(throws: ArchiveError.self) {
            try Classifier(
                network: Self.network, weights: try Self.network.initialWeights(seed: 1), classes: ["a"],
                preprocessing: Self.preprocessing, backend: Self.engines[0].backend)
        }
    }

    // 10,001² pixels are more than any picture that is decoded may have.
    @Test("a network over gigantic images is refused before memory is asked for", arguments: [10_001, 16384, 65536])
    func tooLarge(side: Int) throws {
        let network = Network(input: [1, side, side]) { GlobalAveragePool2D() }
        let engine = try #require(Self.engines.first)
        let error = #expect(throws: InferenceError.self) {
            try Classifier(
                network: network, weights: Weights(parameters: [], buffers: []), classes: ["a"],
                preprocessing: Preprocessing(width: side, height: side, channels: 1), backend: engine.backend)
        }
        #expect(error?.kind == .tooLarge)
        #expect(error?.needs == "at most 100000000 pixels")
        #expect(error?.received == "[1, \(side), \(side)] (C, H, W)")
    }

    @Test("an answer that is not a number is an error", arguments: [Float.infinity, -.infinity, .nan])
    func notFinite(value: Float) throws {
        var weights = try Self.network.initialWeights(seed: 3)
        weights.parameters[weights.parameters.count - 1].scalars[4] = value
        let classifier = try Classifier(
            network: Self.network, weights: weights, classes: Self.classes, preprocessing: Self.preprocessing,
            backend: Engine.reference.backend)
        let images = try Self.images(3)
        let picture = DecodedImage(width: 6, height: 6, channels: 1, pixels: try images.withPixels(at: 0) { Array($0) })
        for attempt in [{ _ = try classifier.predict(picture) }, { _ = try classifier.evaluate(images) }] {
            let error = #expect(throws: InferenceError.self) { try attempt() }
            #expect(error?.kind == .notFinite)
            #expect(error?.received == "\(value) for the class \"e\"")
        }
        // Asked for each picture, none of them costs the others.
        let fitted = try (0..<3).map { try images.withPixels(at: $0) { Array($0) } }
        for answer in try classifier.answers(fitted: fitted) {
            #expect(throws: InferenceError.self) { try answer.get() }
        }
        let sound = try Classifier(
            network: Self.network, weights: try Self.network.initialWeights(seed: 3), classes: Self.classes,
            preprocessing: Self.preprocessing, backend: Engine.reference.backend)
        #expect(try sound.answers(fitted: fitted).map { try $0.get() } == sound.predict(fitted: fitted))
    }

    @Test("batches shrink when images are large") func batchLimit() throws {
        #expect(try BatchLimit(try Self.network.graph(), OneDNNBackend(threads: 1)).images == 256)
        // 4 MB in, 16 MB out: 6 of 21 MB fit into 2²⁷ bytes, 2 into an eighth of 400 MB.
        let large = Network(input: [1, 1024, 1024]) {
            Conv2D(4, kernelSize: 1)
            GlobalAveragePool2D()
        }
        #expect(try BatchLimit(try large.graph(), OneDNNBackend(threads: 1), memory: 1 << 40).images == 6)
        #expect(throws: InferenceError.self) {
            try BatchLimit(try large.graph(), OneDNNBackend(threads: 1), memory: 20_000_000)
        }
        #expect(try BatchLimit(try large.graph(), OneDNNBackend(threads: 1), memory: 21_000_000).images == 1)
        #expect(try BatchLimit(try large.graph(), OneDNNBackend(threads: 1), memory: 400_000_000).images == 2)
    }

    @Test("many tasks may ask at once, asynchronous or not, more than there are threads") func concurrent() async throws
    {
        let classifier = try Self.classifier(try #require(Self.engines.first))
        let images = try Self.images(5)
        let expected = try classifier.logits(of: images)
        let all = try await withThrowingTaskGroup(of: Tensor<Float>.self) { group in
            for _ in 0..<64 { group.addTask { try classifier.logits(of: images) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(all.count == 64 && all.allSatisfy { $0 == expected })
        // On the engine's own thread too, where waiting for it would never end.
        #expect(try await EngineActor.run { try classifier.logits(of: images) } == expected)
    }
}
