// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusImages
import OcellusModel
import OcellusPlan
import OcellusReference
import OcellusTraining
import Testing

/// The reference with threads that read images ahead.
struct LoadingReference: Backend {
    var loaderThreads: Int
    var threads: Int { 1 }
    var name: String { "reference" }
    var details: String { "" }
    func compile(_ program: Program) throws(PlanError) -> any Executable {
        try ReferenceBackend(precision: .float).compile(program)
    }
}

@Suite("Files that break while they train") struct UnreadableFileTests {
    @Test("the training ends with the file's name, with and without threads that read ahead", arguments: [0, 2])
    func named(loaderThreads: Int) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        for index in 0..<20 {
            let folder = directory.appending(path: index % 2 == 0 ? "a" : "b")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let pixels = [UInt8](repeating: UInt8(10 * index), count: 36)
            let image = DecodedImage(width: 6, height: 6, channels: 1, pixels: pixels)
            try ImageEncoder.png(image).write(to: folder.appending(path: "\(index).png"))
        }
        var options = ImageFolderOptions()
        options.cache = .none
        let images = try await ImageDataset(contentsOf: directory, options: options)
        let network = Network(input: images.shape) {
            Flatten()
            Dense(2)
        }
        let trainer = Trainer(
            network, configuration: TrainingConfiguration(epochs: 2, batchSize: 4),
            backend: LoadingReference(loaderThreads: loaderThreads))
        // Read whole, it trains.
        let run = try await trainer.fit(images)
        #expect(run.history.count == 2)
        for index in 0..<20 {
            try Data().write(to: directory.appending(path: index % 2 == 0 ? "a" : "b").appending(path: "\(index).png"))
        }
        let error = await #expect(throws: DataError.self) { try await trainer.fit(images) }
        #expect(error?.summary.contains(".png") == true)
    }
}
