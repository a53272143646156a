// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusInference

@Suite("Weights whose preprocessing is not known") struct UnknownPreprocessingTests {
    static let origin = WeightsOrigin(
        name: "timm/small", source: "a file", license: "MIT", sha256: String(repeating: "a", count: 64))

    static func file() throws -> ModelFile {
        let network = Network(input: [3, 8, 8]) {
            GlobalAveragePool2D()
            Dense(2)
        }
        var file = ModelFile(
            network: network, weights: try network.initialWeights(seed: 1), classes: ["a", "b"], preprocessing: nil)
        file.origin = origin
        return file
    }

    private func written(_ body: (URL) throws -> Void) throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: url) }
        try Self.file().write(to: url)
        try body(url)
    }

    private func error(_ body: () throws -> Void) -> InferenceError? {
        do {
            try body()
            return nil
        } catch {
            return error as? InferenceError
        }
    }

    static let facts = Preprocessing.Facts(
        mean: [0.5, 0.5, 0.5], standardDeviation: [0.2, 0.2, 0.2], resampling: .bicubic, fit: .crop,
        crop: .fraction(0.875))

    @Test("nothing is answered before all of it is given") func refused() throws {
        let backend = Engine.all[1].backend
        try written { url in
            let error = error { _ = try Classifier(contentsOf: url, backend: backend) }
            #expect(error?.kind == .unknownPreprocessing)
            #expect(error?.needs == "the mean, the deviation, the interpolation, the part that is cut out")
            #expect(error?.advice?.contains("--mean, --std, --interpolation") == true)
            #expect(error?.exitClass == .usage)
            var part = Self.facts
            part.crop = nil
            let missing = self.error { _ = try Classifier(contentsOf: url, preprocessing: part, backend: backend) }
            #expect(missing?.needs == "the part that is cut out")
        }
    }

    @Test("it is given by option, and stays with every later file, as origin and licence do") func given() throws {
        let backend = Engine.all[1].backend
        try written { url in
            let classifier = try Classifier(contentsOf: url, preprocessing: Self.facts, backend: backend)
            #expect(classifier.preprocessing.fitting == ImageFitting(8, resampling: .bicubic, crop: .fraction(0.875)))
            #expect(classifier.preprocessing.mean == [0.5, 0.5, 0.5])
            #expect(classifier.origin == Self.origin)
            try classifier.save(to: url)
            let again = try Classifier(contentsOf: url, backend: backend)
            #expect(again.preprocessing == classifier.preprocessing)
            #expect(again.origin == Self.origin)
            // Another one would be wrong silently.
            let error = error { _ = try Classifier(contentsOf: url, preprocessing: Self.facts, backend: backend) }
            #expect(error?.kind == .knownPreprocessing)
        }
    }

    @Test("a last layer that was never trained is told") func untrained() throws {
        try written { url in
            var file = try Self.file()
            file.hasUntrainedHead = true
            try file.write(to: url)
            let classifier = try Classifier(contentsOf: url, preprocessing: Self.facts, backend: Engine.all[1].backend)
            #expect(classifier.notices.contains { $0.contains("never trained") })
            try classifier.save(to: url)
            #expect(try ModelFile(contentsOf: url).hasUntrainedHead)
        }
    }

    @Test("facts are completed, and what a person says of a cut replaces all of it") func facts() {
        let stretch = Preprocessing.Facts(fit: .stretch)
        #expect(stretch.missing == ["the mean", "the deviation", "the interpolation"])
        #expect(stretch.completed(by: Self.facts).crop == nil)
        #expect(Preprocessing.Facts(fit: .crop, crop: .resizeSide(256)).completed(by: stretch).fit == .crop)
        #expect(Preprocessing.Facts().completed(by: Self.facts) == Self.facts)
        #expect(Preprocessing.Facts().isEmpty && !Self.facts.isEmpty)
        #expect(Self.facts.preprocessing(size: 8, channels: 3)?.fitting.resampling == .bicubic)
        #expect(Preprocessing.Facts().preprocessing(size: 8, channels: 3) == nil)
    }
}
