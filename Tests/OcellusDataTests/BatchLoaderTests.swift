// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Loader") struct BatchLoaderTests {
    /// What a loader gave: everything that training sees of a batch.
    private struct Seen: Equatable {
        var epoch: Int
        var indices: [Int]
        var labels: [MixedLabel]
        var pixels: [UInt8]

        init(_ batch: BatchLoader.Batch) {
            (epoch, indices, labels) = (batch.epoch, Array(batch.indices), batch.labels)
            pixels = Array(batch.pixels)
        }
    }

    private func folder(_ count: Int = 25) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for index in 0..<count {
            let image = pattern(30 + index % 7, 24 + index % 5, 3)
            let data = try index % 3 == 0 ? ImageEncoder.png(image) : ImageEncoder.jpeg(image, quality: 90)
            try directory.write(data, to: "\(["cat", "dog"][index % 2])/\(index).\(index % 3 == 0 ? "png" : "jpg")")
        }
        return directory
    }

    private func images(_ directory: TemporaryDirectory) async throws -> ImageSet {
        var options = ImageFolderOptions(fitting: .init(size: Size2D(12, 16)))
        options.cache = .none
        options.testFraction = 0.1
        return try await ImageDataset(contentsOf: directory.url, options: options).train
    }

    private func schedule(_ count: Int, start: (Int, Int) = (0, 0), epochs: Int = 2) -> BatchSchedule {
        BatchSchedule(batchSize: 4, start: start, epochs: epochs) { epoch in
            var random = CounterRandom(seed: 3, purpose: .order, epoch: epoch)
            return random.permutation(of: count)
        }
    }

    private func all(_ loader: BatchLoader) throws -> [Seen] {
        var seen: [Seen] = []
        while let batch = try loader.withNext({ Seen($0) }) { seen.append(batch) }
        return seen
    }

    @Test(
        "the same pixels, labels and order for 1, 2 and 8 threads, and as one image alone",
        arguments: [
            nil, "flip, rotate 15", "resizedcrop 0.2..1, flip, noise 0.1", "altflip, resizedcrop, mixup", "cutmix",
        ])
    func threads(text: String?) async throws {
        let directory = try folder()
        let set = try await images(directory)
        let augmentation = try text.map { try Augmentation(text: $0) }
        let given = try [1, 2, 8].map { threads in
            try all(
                BatchLoader(
                    set, schedule: schedule(set.count), augmentation: augmentation, seed: 9, threads: threads))
        }
        #expect(given[0] == given[1] && given[0] == given[2])
        // Every image once an epoch, the last batch short.
        let batches = (set.count + 3) / 4
        #expect(given[0].count == 2 * batches)
        for epoch in 0..<2 {
            let seen = given[0].filter { $0.epoch == epoch }
            #expect(seen.flatMap(\.indices).sorted() == Array(0..<set.count))
            #expect(seen.flatMap(\.indices) == schedule(set.count).positions(epoch))
        }
        let augmenter = ImageAugmenter(augmentation ?? .none, images: set, seed: 9)
        for batch in given[0] {
            let alone = try batch.indices.map { try augmenter.augmented($0, epoch: batch.epoch) }
            #expect(batch.pixels == alone.flatMap(\.pixels) && batch.labels == alone.map(\.label))
        }
    }

    @Test("it begins where a training was interrupted") func start() async throws {
        let directory = try folder()
        let set = try await images(directory)
        func loader(_ start: (Int, Int)) throws -> BatchLoader {
            try BatchLoader(
                set, schedule: schedule(set.count, start: start), augmentation: Augmentation(.horizontalFlip()),
                seed: 1, threads: 2)
        }
        let whole = try all(loader((0, 0)))
        let batches = (set.count + 3) / 4
        for (epoch, batch) in [(0, 2), (0, batches), (1, 0), (1, batches - 1)] {
            #expect(try all(loader((epoch, batch))) == Array(whole[(epoch * batches + batch)...]))
        }
        #expect(try all(loader((2, 0))).isEmpty)
    }

    @Test("a file that cannot be read is named when its batch is taken, and no earlier") func failure() async throws {
        let directory = try folder()
        let set = try await images(directory)
        let order = Array(0..<set.count)
        // Files in the order of the set's positions.
        let whole = try (0..<set.count).map { try set.pixels(at: $0) }
        let paths = try FileManager.default.subpathsOfDirectory(atPath: directory.path)
        var broken: [Int: String] = [:]
        for path in paths where path.contains(".") {
            let file = directory.url.appending(path: path)
            let pixels = try Preprocessing(width: 16, height: 12, channels: 3).apply(
                ImageDecoder.decode(Data(contentsOf: file)))
            guard let position = whole.firstIndex(of: pixels), position == 9 || position == 11 else { continue }
            broken[position] = path
            try Data("no picture".utf8).write(to: file)
        }
        #expect(broken.count == 2)
        for threads in [1, 4] {
            let loader = try BatchLoader(
                set, schedule: BatchSchedule(batchSize: 4, epochs: 1) { _ in order }, augmentation: nil, seed: 0,
                threads: threads)
            for batch in 0..<2 {
                #expect(try loader.withNext { Array($0.pixels) } == whole[4 * batch..<4 * batch + 4].flatMap(\.self))
            }
            let error = #expect(throws: DataError.self) { try loader.withNext { _ in } }
            #expect(error?.summary.contains(broken[9] ?? "?") == true)
            // The next batch has no broken file.
            #expect(try loader.withNext { Array($0.pixels) } == whole[12..<16].flatMap(\.self))
        }
    }

    @Test("it can be stopped at any time, and holds a bounded number of batches") func stop() async throws {
        let directory = try folder()
        let set = try await images(directory)
        for taken in 0..<4 {
            let loader = try BatchLoader(
                set, schedule: schedule(set.count, epochs: .max), augmentation: nil, seed: 0, threads: 3)
            #expect(loader.memory == BatchLoader.depth * 4 * set.shape.count)
            for _ in 0..<taken { #expect(try loader.withNext { $0.labels.count } ?? 0 > 0) }
            loader.stop()
            loader.stop()
            #expect(try loader.withNext { $0.labels.count } == nil)
        }
        // Without stop, the threads end with the object.
        weak var gone: BatchLoader?
        do {
            let loader = try BatchLoader(
                set, schedule: schedule(set.count, epochs: .max), augmentation: nil, seed: 0, threads: 2)
            gone = loader
        }
        #expect(gone == nil)
    }

    @Test("an evaluation reads ahead the same numbers that it would read itself") func reader() async throws {
        let directory = try folder()
        let set = try await images(directory)
        let scaling = PixelScaling(mean: [0.1, 0.2, 0.3], standardDeviation: [1, 2, 3])
        let inputs = try [0, 1, 3].map { threads in
            let reader = try ImageReader(set, scaling: scaling, batchSize: 5, threads: threads)
            return try stride(from: 0, to: set.count, by: 5).map { start in
                let range = start..<min(set.count, start + 5)
                var input = [Float](repeating: .nan, count: range.count * set.shape.count)
                try input.withUnsafeMutableBufferPointer { try reader.read(range, into: $0) }
                return input
            }
        }
        #expect(inputs[0] == inputs[1] && inputs[0] == inputs[2])
    }
}
