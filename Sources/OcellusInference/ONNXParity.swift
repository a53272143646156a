// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
package import OcellusExchange
import OcellusFiles
import OcellusGraph
package import OcellusModel
package import OcellusPixels
package import OcellusPlan
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// What the answers of an exported file were compared with, and how far they are from the model's.
package struct ONNXParity: Codable, Hashable, Sendable {
    /// What computed the file's answers, e.g. `Ocellus 0.3.0`, which reads the network and not the resize.
    package var runtime: String
    package var images: Int
    /// Whether they were the user's; else drawn ones.
    package var arePhotos: Bool
    package var sameFirst: Int
    package var largestLogitDifference: Double
    package var largestLogit: Double

    /// A fraction in 0…1.
    package var agreement: Double { Double(sameFirst) / Double(max(1, images)) }

    fileprivate init(_ runtime: String, arePhotos: Bool) {
        (self.runtime, self.arePhotos) = (runtime, arePhotos)
        (images, sameFirst, largestLogitDifference, largestLogit) = (0, 0, 0, 0)
    }

    fileprivate mutating func add(_ ours: Prediction, _ theirs: [Float]) throws {
        let answer = try Prediction(logits: theirs, classes: theirs.indices.map(String.init))
        images += 1
        sameFirst += answer.index == ours.index ? 1 : 0
        for (a, b) in zip(ours.logits, theirs) {
            largestLogitDifference = max(largestLogitDifference, Double(abs(a - b)))
            largestLogit = max(largestLogit, Double(abs(a)))
        }
    }

    private enum CodingKeys: String, CodingKey {
        case runtime, images
        case arePhotos = "are_photos"
        case sameFirst = "same_first"
        case largestLogitDifference = "largest_logit_difference"
        case largestLogit = "largest_logit"
    }
}

extension Classifier {
    /// The model as ONNX, with batch norms folded into convolutions.
    ///
    /// - Parameters:
    ///   - mode: How much of the preprocessing the file holds.
    ///   - operatorSet: Version of the standard operators, 17 to 21.
    ///   - source: The model's file, whose hash is written down.
    /// - Throws: `ExchangeError` for what ONNX cannot say.
    package func onnx(_ mode: ONNXPreprocess, operatorSet: Int, source: URL) throws -> ONNXModel {
        let folding = try BatchNormFolding(try network.graph())
        let bytes = try ArchiveError.ofFiles { try AtomicFile.read(source) }
        var hash = SHA256()
        hash.add(bytes)
        let fitting = preprocessing.fitting
        var metadata: [(key: String, value: String)] = [
            (ONNXKey.classes, try ONNXKey.json(classes)), ("mean", try ONNXKey.json(preprocessing.mean)),
            ("std", try ONNXKey.json(preprocessing.standardDeviation)),
            ("input_size", try ONNXKey.json(preprocessing.shape.dimensions)), ("fit", fitting.fit.rawValue),
            ("interpolation", fitting.resampling.rawValue), ("model_sha256", hash.hexadecimal),
        ]
        if let calibration {
            metadata.append((ONNXKey.calibration, try ONNXKey.json(calibration)))
            metadata.append((ONNXKey.temperature, "\(calibration.temperature)"))
        }
        if let rule { metadata.append((ONNXKey.selectiveRule, try ONNXKey.json(rule))) }
        if let record {
            metadata.append(("training_data", record.data.name))
            metadata.append(("training_data_sha256", record.data.sha256))
        }
        return try ONNXExporter.model(
            folding.graph, weights: folding.fold(weights), preprocessing: preprocessing, mode: mode,
            operatorSet: operatorSet, metadata: metadata)
    }

    /// Reads an exported model back and compares its answers with this model's.
    ///
    /// The nodes of the preprocessing are compared one by one when they are read, and not run: what computes is the network.
    ///
    /// - Parameter photos: Fitted by this model's ``preprocessing``; empty draws images.
    /// - Throws: `ExchangeError` when the file does not read back.
    package func parity(of model: ONNXModel, on photos: [[UInt8]]) throws -> ONNXParity {
        let importer = try ONNXImporter(WireSource(try ONNXWriter(model).bytes, path: "the exported file"))
        guard importer.preprocessing == preprocessing else {
            throw ExchangeError(.corrupt, "the exported file's preprocessing does not read back.")
        }
        let other = try Classifier(
            network: try Network(importer.graph), weights: importer.weights, classes: classes,
            preprocessing: preprocessing, backend: backend)
        let pictures = photos.isEmpty ? Self.drawnImages(preprocessing.shape) : photos
        var parity = ONNXParity("Ocellus \(OcellusVersion.current)", arePhotos: !photos.isEmpty)
        for (ours, theirs) in zip(try predict(fitted: pictures), try other.predict(fitted: pictures)) {
            try parity.add(ours, theirs.logits)
        }
        return parity
    }

    /// Compares the answers of ONNX Runtime, which runs all of a file, with this model's.
    ///
    /// - Parameters:
    ///   - mode: How much of the preprocessing the file holds; its input is bytes.
    ///   - photo: Gives one of `count` photos.
    /// - Throws: ``InferenceError/Code/outsideRuntime``, and what `photo` throws.
    package func parity(
        in session: ONNXRuntimeSession, _ mode: ONNXPreprocess, count: Int, photo: (Int) throws -> DecodedImage
    ) throws -> ONNXParity {
        var parity = ONNXParity("ONNX Runtime \(session.version)", arePhotos: true)
        for place in 0..<count {
            let image = try photo(place)
            let shown: DecodedImage
            if mode != .resize {
                shown = DecodedImage(
                    width: preprocessing.width, height: preprocessing.height, channels: preprocessing.channels,
                    planar: try preprocessing.apply(image))
            } else if image.channels == preprocessing.channels {
                shown = image
            } else {
                shown = image.channels == 3 ? image.gray : image.inColour
            }
            try parity.add(try predict(image), try session.logits(shown))
        }
        return parity
    }

    /// Eight images of uniform random bytes.
    private static func drawnImages(_ shape: Shape) -> [[UInt8]] {
        (0..<8).map { sample in
            var random = CounterRandom(seed: 0, purpose: .selfTest, sample: sample)
            return (0..<shape.count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        }
    }
}

extension DecodedImage {
    /// Gray in three equal channels.
    fileprivate var inColour: DecodedImage {
        DecodedImage(width: width, height: height, channels: 3, pixels: pixels.flatMap { [$0, $0, $0] })
    }
}

extension ONNXImporter {
    /// The model as this library holds one.
    ///
    /// - Parameters:
    ///   - labels: Instead of the file's; numbers where neither says any.
    ///   - preprocessing: Instead of the file's.
    /// - Throws: `ExchangeError/Code/notKnown` where nobody says how photos become the network's input; `ModelError`,
    ///   `ArchiveError` for parts that do not fit.
    package func classifier(
        labels: [String]? = nil, preprocessing given: Preprocessing? = nil, backend: any Backend
    ) throws -> Classifier {
        guard let preprocessing = given ?? preprocessing else {
            throw ExchangeError(
                .notKnown, "the file does not say how photos become the network's input, and a guess would be wrong.",
                needs: "the preprocessing of its training",
                advice: "ocellus import-onnx with --preprocess imagenet, half, unit or bytes, then the model file")
        }
        let count = try graph.classes()
        var classifier = try Classifier(
            network: try Network(graph), weights: weights, classes: labels ?? classes ?? (0..<count).map(String.init),
            preprocessing: preprocessing, backend: backend)
        // It was measured with the file's own preprocessing.
        if preprocessing == self.preprocessing { classifier.calibration = calibration }
        return classifier
    }
}
