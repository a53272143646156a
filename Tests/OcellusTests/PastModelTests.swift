// SPDX-License-Identifier: Apache-2.0

import Foundation
import Ocellus
import OcellusArchive
import OcellusData
import OcellusInference
import OcellusModel
import OcellusTensor
import Testing

@Suite("Models of the past") struct PastModelTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/a5205c5")
    static let model = folder.appending(path: "whole/model.safetensors")

    @Test("a model gives the logits that it gave when it was trained") func logits() throws {
        let backend = try EngineChoice.reference.make()
        let classifier = try Classifier(contentsOf: Self.model, backend: backend)
        #expect(classifier.notices == [])
        let images = try ImageDataset.embedded.test
        let logits = try classifier.logits(of: images.subset(Array(0..<20)))
        let file = Self.folder.appending(path: "logits.json")
        let expected = try JSONDecoder().decode([Float].self, from: try Data(contentsOf: file))
        #expect(logits.scalars == expected)
        #expect(try classifier.evaluate(images).correct == classifier.record?.test?.correct)
    }

    @Test("a model is written again byte for byte", arguments: ["whole/model", "whole/last"])
    func bytes(name: String) throws {
        let file = Self.folder.appending(path: "\(name).safetensors")
        let copy = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: copy) }
        try ModelFile(contentsOf: file).write(to: copy)
        #expect(try Data(contentsOf: copy) == Data(contentsOf: file))
    }
}
