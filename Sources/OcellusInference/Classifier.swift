// SPDX-License-Identifier: Apache-2.0

package import OcellusArchive
public import OcellusData
import OcellusExchange
import OcellusFiles
public import OcellusMetrics
public import OcellusModel
public import OcellusPixels
package import OcellusPlan
package import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// A trained network with everything that it needs to answer: weights, class names, preprocessing.
///
///     let classifier = try Classifier(contentsOf: file)
///     let prediction = try classifier.predict(photo)
///     print(prediction.label, prediction.probability)
///
/// A value: copies share weights and compiled plans. Calls wait for the engine, which does one at a time; from any
/// thread and any number of tasks.
public struct Classifier: Sendable {
    public let network: Network
    /// Parameters and running statistics in logical order.
    public let weights: Weights
    /// Class names, one for each logit.
    public let classes: [String]
    public let preprocessing: Preprocessing
    /// What trained it, as far as known.
    public var record: TrainingRecord?
    /// Where weights that were trained elsewhere come from, and their licence.
    public var origin: WeightsOrigin?
    /// How sure it may be, measured on images of its own; `nil` when nobody measured it. Probabilities follow its temperature.
    public package(set) var calibration: Calibration? {
        didSet { rule = calibration.flatMap(Self.rule) }
    }
    /// Which images are answered; `nil` answers all. See ``answering(error:)``.
    public package(set) var rule: SelectiveRule?
    /// What a person should know about the file that it was read from.
    public private(set) var notices: [String]
    package let backend: any Backend
    private let pool: DeviceOwned<PredictorPool>
    private let limit: BatchLimit
    private let hasUntrainedHead: Bool
    /// Of the file that it was read from.
    private let selfTest: SelfTest?

    /// - Throws: ``ModelError`` or ``ArchiveError`` unless the parts fit each other, ``InferenceError/Code/tooLarge``.
    package init(
        network: Network, weights: Weights, classes: [String], preprocessing: Preprocessing,
        record: TrainingRecord? = nil, backend: any Backend
    ) throws {
        let file = ModelFile(
            network: network, weights: weights, classes: classes, preprocessing: preprocessing, record: record)
        try file.validate()
        try self.init(file, backend: backend)
    }

    /// The same network with other weights: what this model was before training, or with parts of it silenced.
    package func replacing(weights: Weights) throws -> Classifier {
        try Classifier(
            network: network, weights: weights, classes: classes, preprocessing: preprocessing, backend: backend)
    }

    /// Reads a model file and runs its self-test; or an ONNX file that says how photos become its input, as
    /// `ocellus export` writes it.
    ///
    /// - Parameters:
    ///   - catalog: The layers that the file may name.
    ///   - facts: What is known of a preprocessing that the file does not hold.
    /// - Throws: ``ArchiveError`` when the file cannot be used or gives other logits here than where it was written,
    ///   ``ModelError`` for the network in it, ``InferenceError/Code/tooLarge`` when it needs more memory than there
    ///   is, ``InferenceError/Code/unknownPreprocessing``, ``PlanError`` when the backend cannot run it.
    package init(
        contentsOf file: URL, catalog: LayerCatalog = .standard, preprocessing facts: Preprocessing.Facts = .init(),
        backend: any Backend
    ) throws {
        if Path(file).ends(with: ".onnx") {
            let importer = try ArchiveError.ofFiles { try ONNXImporter(contentsOf: file) }
            self = try importer.classifier(backend: backend)
            notices = importer.notices + self.backend.takeNotices()
            return
        }
        var content = try ModelFile(contentsOf: file, catalog: catalog)
        try content.complete(with: facts, path: file.path(percentEncoded: false))
        try self.init(content, backend: backend)
        if let selfTest {
            try selfTest.check(
                try logits(ofPixels: selfTest.pixels), in: backend.precision, path: file.path(percentEncoded: false))
        }
        notices += self.backend.takeNotices()
    }

    /// - Throws: ``InferenceError/Code/unknownPreprocessing`` and others.
    package init(_ file: ModelFile, backend: any Backend) throws {
        guard let preprocessing = file.preprocessing else {
            throw InferenceError.unknownPreprocessing(of: "the model", .init())
        }
        let graph = try file.network.graph()
        limit = try BatchLimit(graph, backend)
        network = file.network
        weights = file.weights
        classes = file.classes
        self.preprocessing = preprocessing
        record = file.record
        origin = file.origin
        calibration = file.calibration
        rule = file.calibration.flatMap(Self.rule)
        hasUntrainedHead = file.hasUntrainedHead
        notices = file.notices
        selfTest = file.selfTest
        self.backend = backend.reusing(file.record?.algorithms)
        pool = DeviceOwned(backend.thread) { [weights, backend = self.backend] in
            PredictorPool(graph: graph, weights: weights, backend: backend)
        }
    }

    /// Writes the model with a self-test, atomically. The same classifier always gives the same bytes.
    ///
    /// - Parameter catalog: The layers that the file may name; others are stored as their graphs.
    /// - Throws: ``ArchiveError``.
    public func save(to file: URL, catalog: LayerCatalog = .standard) throws {
        var content = ModelFile(
            network: network, weights: weights, classes: classes, preprocessing: preprocessing, record: record)
        content.origin = origin
        content.calibration = calibration
        content.hasUntrainedHead = hasUntrainedHead
        if let selfTest {
            content.selfTest = selfTest
        } else {
            let pixels = SelfTest.pixels(for: network.input)
            // In float32, so that the test says as much as it can wherever the file is read.
            let writer =
                backend.precision == .float32
                ? self
                : try Classifier(
                    network: network, weights: weights, classes: classes, preprocessing: preprocessing,
                    backend: backend.inFloat32)
            content.selfTest = SelfTest(pixels: pixels, logits: try writer.logits(ofPixels: pixels))
        }
        try content.write(to: file, catalog: catalog)
    }

    // MARK: Prediction

    /// Classifies an image file.
    ///
    /// - Throws: ``ArchiveError`` when it cannot be read, ``DataError`` when it cannot be decoded.
    public func predict(_ file: URL, limits: ImageLimits = ImageLimits()) throws -> Prediction {
        let data = try ArchiveError.ofFiles { try AtomicFile.read(file, limit: limits.bytes) }
        return try predict(data, name: file.path(percentEncoded: false), limits: limits)
    }

    /// Classifies the bytes of an image file.
    ///
    /// - Parameter name: Names them in errors.
    public func predict(
        _ data: Data, name: String = "the image", limits: ImageLimits = ImageLimits()
    ) throws -> Prediction {
        try predict(try ImageDecoder.decode(data, name: name, limits: limits))
    }

    /// Classifies one picture.
    public func predict(_ image: DecodedImage) throws -> Prediction {
        try Prediction(
            logits: try logits(of: [image]).scalars, classes: classes, temperature: calibration?.temperature, rule: rule
        )
    }

    /// Classifies pictures, in their order; faster than one at a time.
    public func predict(
        _ images: [DecodedImage], testTimeAugmentation: TestTimeAugmentation = .none
    ) throws -> [Prediction] {
        try predict(fitted: try images.map(preprocessing.apply), testTimeAugmentation: testTimeAugmentation)
    }

    /// Classifies pictures that were fitted when they were decoded.
    ///
    /// - Parameter pictures: Planar bytes `[C, H, W]` of this model's ``preprocessing``.
    /// - Throws: ``InferenceError``.
    package func predict(
        fitted pictures: [[UInt8]], testTimeAugmentation: TestTimeAugmentation = .none
    ) throws -> [Prediction] {
        try answers(fitted: pictures, testTimeAugmentation: testTimeAugmentation).map { try $0.get() }
    }

    /// As ``predict(fitted:testTimeAugmentation:)``, where one answer that is not a number costs no other.
    package func answers(
        fitted pictures: [[UInt8]], testTimeAugmentation: TestTimeAugmentation = .none
    ) throws -> [Result<Prediction, InferenceError>] {
        let logits = try logits(ofFitted: pictures, testTimeAugmentation: testTimeAugmentation)
        let (temperature, rule) = measured(testTimeAugmentation)
        return try pictures.indices.map { index in
            let row = Array(logits.scalars[index * classes.count..<(index + 1) * classes.count])
            if let index = row.firstIndex(where: { !$0.isFinite }) { return .failure(notFinite(row[index], index)) }
            return .success(try Prediction(logits: row, classes: classes, temperature: temperature, rule: rule))
        }
    }

    /// Logits `[N, classes]` of pictures of any size.
    package func logits(
        of images: [DecodedImage], testTimeAugmentation: TestTimeAugmentation = .none
    ) throws -> Tensor<Float> {
        try finite(
            logits(ofFitted: try images.map(preprocessing.apply), testTimeAugmentation: testTimeAugmentation))
    }

    /// Logits `[N, classes]`, whatever numbers they are.
    private func logits(
        ofFitted pictures: [[UInt8]], testTimeAugmentation: TestTimeAugmentation
    ) throws -> Tensor<Float> {
        let scaling = PixelScaling(preprocessing)
        let size = network.input.count
        var scalars: [Float] = []
        var start = 0
        while start < pictures.count {
            let batchSize = limit.batchSize(for: pictures.count - start)
            let part = Array(pictures[start..<min(pictures.count, start + batchSize)])
            start += part.count
            scalars += try logits(count: part.count, batchSize: batchSize, testTimeAugmentation) {
                { range, buffer in
                    for (position, index) in range.enumerated() {
                        let input = UnsafeMutableBufferPointer(
                            rebasing: buffer[position * size..<(position + 1) * size])
                        part[index].withUnsafeBufferPointer { scaling.scale($0, into: input) }
                    }
                }
            }.scalars
        }
        return Tensor([pictures.count, classes.count], scalars)
    }

    /// Numbers of a finite model can still grow beyond what a float holds; no probability follows from that.
    private func finite(_ logits: Tensor<Float>) throws -> Tensor<Float> {
        guard let index = logits.scalars.firstIndex(where: { !$0.isFinite }) else { return logits }
        throw notFinite(logits.scalars[index], index % classes.count)
    }

    private func notFinite(_ logit: Float, _ index: Int) -> InferenceError {
        InferenceError(
            .notFinite, "the model's answer is not a number.", needs: "a finite logit for each class",
            received: "\(logit) for the class \"\(classes[index])\"",
            advice: "an earlier model, or train again with a smaller learning rate")
    }

    /// The calibration as far as it was measured: on whole images, so not for means over views.
    private func measured(_ augmentation: TestTimeAugmentation) -> (temperature: Double?, rule: SelectiveRule?) {
        augmentation == .none ? (calibration?.temperature, rule) : (nil, nil)
    }

    /// That its file asks for; what a file's calibration can show was checked when it was written.
    private static func rule(_ calibration: Calibration) -> SelectiveRule? {
        calibration.error.flatMap { try? calibration.rule(error: $0) }
    }

    // MARK: Evaluation

    /// Scores labelled images. Classes are matched by name, so the images may list them in another order or lack some.
    ///
    /// - Parameter resamples: Of the images, for ``Evaluation/calibrationUncertainty``; 0 leaves it out.
    /// - Throws: ``InferenceError`` when images and model do not fit or a logit is not finite.
    public func evaluate(
        _ images: ImageSet, testTimeAugmentation: TestTimeAugmentation = .none, resamples: Int = 0
    ) throws -> Evaluation {
        try Evaluation(
            try answers(to: images, testTimeAugmentation: testTimeAugmentation), classes: classes, resamples: resamples)
    }

    /// What the model says of each image, before it is scored; classes are matched as
    /// ``evaluate(_:testTimeAugmentation:resamples:)`` does.
    ///
    /// - Throws: ``InferenceError`` when images and model do not fit or a logit is not finite.
    package func answers(
        to images: ImageSet, testTimeAugmentation: TestTimeAugmentation = .none
    ) throws -> AnsweredImages {
        let indices = try modelIndices(of: images)
        let (temperature, rule) = measured(testTimeAugmentation)
        return AnsweredImages(
            images, labels: images.labels.map { indices[Int($0)] },
            logits: try logits(of: images, testTimeAugmentation: testTimeAugmentation), temperature: temperature,
            rule: rule)
    }

    /// Logits `[N, classes]` of images of the model's size.
    package func logits(
        of images: ImageSet, testTimeAugmentation: TestTimeAugmentation = .none
    ) throws -> Tensor<Float> {
        guard images.shape == network.input else {
            throw InferenceError(
                .shapesDiffer, "the images do not fit the model.", needs: "\(network.input) (C, H, W)",
                received: "\(images.shape)", advice: "images of that size, or --size")
        }
        guard images.count > 0 else {
            throw InferenceError(.noImages, "there are no images.", needs: "at least one image")
        }
        let batchSize = min(limit.images, images.count)
        let scaling = PixelScaling(preprocessing)
        let computed = try logits(count: images.count, batchSize: batchSize, testTimeAugmentation) { [backend] in
            let reader = try ImageReader(
                images, scaling: scaling, batchSize: batchSize, threads: backend.loaderThreads)
            return { try reader.read($0, into: $1, on: backend.runTeam) }
        }
        return try finite(computed)
    }

    /// For each class of the images, its index in the model.
    private func modelIndices(of images: ImageSet) throws -> [Int] {
        try images.classes.map { name in
            if let index = classes.firstIndex(of: name) { return index }
            throw InferenceError(
                .unknownClass, "the model does not know the class \"\(name)\".",
                needs: "classes among \(classes.joined(separator: ", "))", received: "\"\(name)\"",
                advice: closestMatch(to: name, in: classes).map { "did you mean \"\($0)\"?" })
        }
    }

    // MARK: Engine

    private func logits(ofPixels pixels: Data) throws -> [Float] {
        let scaling = PixelScaling(preprocessing)
        let bytes = [UInt8](pixels)
        return try logits(count: 1, batchSize: 1) {
            { _, buffer in bytes.withUnsafeBufferPointer { scaling.scale($0, into: buffer) } }
        }.scalars
    }

    /// The mean logits over the views of each image.
    ///
    /// - Parameter source: Makes what writes the images of one pass, in order.
    private func logits(
        count: Int, batchSize: Int, _ augmentation: TestTimeAugmentation = .none,
        source:
            @escaping @Sendable () throws -> @Sendable (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void
    ) throws -> Tensor<Float> {
        func logits(_ view: TestTimeAugmentation.View) throws -> Tensor<Float> {
            let fill = try source()
            return try pool.wait { [limit, shape = network.input, classes = classes.count] pool in
                // The rest of whole batches takes a smaller one where it fits.
                let whole = count / batchSize * batchSize
                let rest = min(batchSize, limit.batchSize(for: count - whole))
                var scalars: [Float] = []
                for (part, size) in [(0..<whole, batchSize), (whole..<count, rest)] where !part.isEmpty {
                    scalars += try pool.predictor(batchSize: size).logits(count: part.count) { range, buffer in
                        try fill(part.lowerBound + range.lowerBound..<part.lowerBound + range.upperBound, buffer)
                        view.apply(to: buffer, shape: shape)
                    }.scalars
                }
                return Tensor([count, classes], scalars)
            }
        }
        guard augmentation != .none else { return try logits(.whole) }
        var mean = [Float](repeating: 0, count: count * classes.count)
        for view in augmentation.views {
            let scalars = try logits(view).scalars
            for index in mean.indices { mean[index] += view.share * scalars[index] }
        }
        return Tensor([count, classes.count], mean)
    }
}

extension Classifier {
    /// The images with labels that are indices into the model's classes.
    ///
    /// - Throws: ``InferenceError`` when the model does not know a class.
    package func relabelled(_ images: ImageSet) throws -> ImageSet {
        let indices = try modelIndices(of: images)
        return try images.relabelled(images.labels.map { UInt16(indices[Int($0)]) }, classes: classes)
    }
}
