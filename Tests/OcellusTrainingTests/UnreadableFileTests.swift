// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import OcellusTraining
import Testing

/// The reference with threads that read images ahead.
struct LoadingReference: Backend {
    var loaderThreads: Int
    var threads: Int { 1 }
    var name: String { "reference" }
    var details: String { "" }
    var thread: DeviceThread { .shared }
    func compile(_ program: Program) throws(PlanError) -> any Executable {
        try ReferenceBackend(precision: .float32).compile(program)
    }
}

@Suite("Files that break while they train") struct UnreadableFileTests {
    @Test("crops of files are said in the record, and a resume with crops of other pixels is refused") func crops()
        async throws
    {
        let directory = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        for index in 0..<20 {
            let folder = directory.appending(path: index % 2 == 0 ? "a" : "b")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let pixels = (0..<900).map { UInt8(truncatingIfNeeded: $0 * (3 + index)) }
            let image = DecodedImage(width: 30, height: 30, channels: 1, pixels: pixels)
            try ImageEncoder.jpeg(image).write(to: folder.appending(path: "\(index).jpg"))
        }
        var options = ImageFolderOptions(fitting: .init(size: Size2D(6, 6)))
        options.cache = .none
        let files = try await ImageDataset(contentsOf: directory, options: options)
        options.cache = .memory
        let memory = try await ImageDataset(contentsOf: directory, options: options)
        let network = Network(input: files.shape) {
            Flatten()
            Dense(2)
        }
        var configuration = TrainingConfiguration(epochs: 2, batchSize: 4, result: .last)
        configuration.augmentation = Augmentation(.randomResizedCrop())
        var runs: [TrainingRun] = []
        for threads in [0, 3] {
            let backend = LoadingReference(loaderThreads: threads)
            runs.append(try await Trainer(network, configuration: configuration, backend: backend).fit(files))
        }
        #expect(runs[0].weights == runs[1].weights)
        #expect(runs[0].record(epoch: 2).crops == "files")
        let fitted = try await Trainer(network, configuration: configuration, backend: ReferenceBackend()).fit(memory)
        #expect(fitted.record(epoch: 2).crops == nil && fitted.weights != runs[0].weights)

        let settings = configuration
        try await EngineActor.run {
            @EngineActor func session(_ images: ImageDataset, resume: Checkpoint? = nil) throws -> TrainingSession {
                let parts = try TrainingParts(images, validationFraction: 0.2, seed: 0)
                return try TrainingSession(
                    network: network, configuration: settings, preprocessing: parts.preprocessing,
                    train: parts.train, validation: parts.validation, backend: ReferenceBackend(), resume: resume)
            }
            let checkpoint = try session(files).checkpoint()
            #expect(
                try session(files, resume: checkpoint).notices == ["random crops are cut out of the files' own pixels"])
            let error = #expect(throws: TrainingError.self) { try session(memory, resume: checkpoint) }
            #expect(error?.kind == .differentRun && error?.advice == "--cache none")
        }
    }

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

    @Test(
        "a file that vanishes or breaks after an epoch ends the training with its name",
        arguments: [0, 2], [false, true])
    func midway(loaderThreads: Int, vanishes: Bool) async throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: directory) }
        @Sendable func file(_ index: Int) -> URL {
            directory.appending(path: index % 2 == 0 ? "a" : "b").appending(path: "\(index).png")
        }
        for index in 0..<40 {
            try FileManager.default.createDirectory(
                at: file(index).deletingLastPathComponent(), withIntermediateDirectories: true)
            let pixels = [UInt8](repeating: UInt8(6 * index), count: 36)
            try ImageEncoder.png(DecodedImage(width: 6, height: 6, channels: 1, pixels: pixels)).write(to: file(index))
        }
        var options = ImageFolderOptions()
        options.cache = .none
        let images = try await ImageDataset(contentsOf: directory, options: options)
        let network = Network(input: images.shape) {
            Flatten()
            Dense(2)
        }
        let parts = try TrainingParts(images, validationFraction: 0.2, seed: 0)
        // On the thread of the device: a task beside it may never get one while other tests wait for the device.
        let error = await #expect(throws: DataError.self) {
            try await EngineActor.run {
                let session = try TrainingSession(
                    network: network, configuration: TrainingConfiguration(epochs: 100, batchSize: 4),
                    preprocessing: parts.preprocessing, train: parts.train, validation: parts.validation,
                    backend: LoadingReference(loaderThreads: loaderThreads))
                try session.run(emit: { event in
                    guard case .epochEnded = event else { return }
                    for index in 0..<40 {
                        let url = file(index)
                        if vanishes {
                            try? FileManager.default.removeItem(at: url)
                        } else {
                            try? Data("no picture".utf8).write(to: url)
                        }
                    }
                })
            }
        }
        #expect(error?.summary.contains(".png") == true)
        #expect(error?.exitClass == (vanishes ? .missingInput : .data))
    }
}
