// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Where decoded images are kept") struct ImageCacheTests {
    private static func folder(_ count: Int = 12) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for index in 0..<count {
            let image = pattern(9 + index % 4, 8 + index % 3, 3)
            try directory.write(ImageEncoder.png(image), to: "\(index % 2 == 0 ? "cat" : "dog")/\(index).png")
        }
        return directory
    }

    private static func read(_ directory: TemporaryDirectory, _ cache: ImageCache) async throws -> ImageDataset {
        var options = ImageFolderOptions(fitting: .init(size: Size2D(6, 5)))
        options.cache = cache
        return try await ImageDataset(contentsOf: directory.url, options: options)
    }

    @Test("memory, a mapped file and decoding when needed give the same pixels") func same() async throws {
        let directory = try Self.folder()
        let memory = try await Self.read(directory, .memory)
        for cache in [ImageCache.disk, .none, .auto] {
            let images = try await Self.read(directory, cache)
            #expect(try images.train.sha256 == memory.train.sha256 && images.test.sha256 == memory.test.sha256)
            #expect(try images.train.subset([3, 1]).pixels(at: 1) == memory.train.pixels(at: 1))
            images.train.prefetch([0, 2])
            #expect(images.notes.contains { $0.contains("kept in a file") } == (cache == .disk))
            #expect(images.notes.contains { $0.contains("each time") } == (cache == .none))
        }
    }

    @Test("a file that vanishes or breaks later is named, and never silently black") func failures() async throws {
        let directory = try Self.folder()
        let images = try await Self.read(directory, .none)
        let mapped = try await Self.read(directory, .disk)
        try directory.write(Data("no picture".utf8), to: "cat/2.png")
        try FileManager.default.removeItem(at: directory.url.appending(path: "dog/5.png"))
        var failures: [DataError] = []
        for set in [images.train, images.test] {
            for index in 0..<set.count {
                do {
                    let pixels = try set.pixels(at: index)
                    #expect(pixels.contains { $0 != 0 })
                } catch {
                    failures.append(error)
                }
            }
        }
        let broken = failures.map { "\($0.exitClass.rawValue) \($0.summary)" }.sorted()
        #expect(broken.count == 2, "\(broken)")
        #expect(broken.first?.hasPrefix("65 ") == true && broken.first?.contains("cat/2.png cannot be") == true)
        #expect(broken.last?.hasPrefix("66 ") == true && broken.last?.contains("dog/5.png does not exist") == true)
        // Decoded before it broke.
        for set in [mapped.train, mapped.test] {
            for index in 0..<set.count { #expect(try set.pixels(at: index).contains { $0 != 0 }) }
        }
    }

    @Test("whatever reads all images of a set ends with the name of the first that cannot be read") func propagated()
        async throws
    {
        let directory = try Self.folder()
        let all = try await Self.read(directory, .none)
        let images = try ImageSet.joined([all.train, all.test])
        let memory = try await Self.read(directory, .memory)
        for index in 0..<12 {
            try directory.write(Data("no picture".utf8), to: "\(index % 2 == 0 ? "cat" : "dog")/\(index).png")
        }
        let scaling = PixelScaling(mean: [0, 0, 0], standardDeviation: [1, 1, 1])
        var floats = [Float](repeating: 0, count: images.count * images.shape.count)
        // Threads that come in the wrong order.
        func backwards(_ body: (Int, Int) -> Void) { for thread in (0..<3).reversed() { body(thread, 3) } }
        let first = #expect(throws: DataError.self) { try images.pixels(at: 0) }
        let uses: [() throws -> Void] = [
            { _ = try images.sha256 }, { _ = try images.groupsOfDuplicates }, { _ = try images.channelStatistics() },
            {
                try floats.withUnsafeMutableBufferPointer {
                    try images.copyScaled(0..<images.count, by: scaling, into: $0, on: backwards)
                }
            },
            { _ = try images.image(at: 0) }, { _ = try ImageSet.joined([images, memory.train]) },
            {
                _ = try ImageAugmenter(.none, images: images, seed: 1).augmented(0, epoch: 0)
            },
            {
                let reader = try ImageReader(images, scaling: scaling, batchSize: images.count, threads: 0)
                try floats.withUnsafeMutableBufferPointer { try reader.read(0..<images.count, into: $0) }
            },
            { _ = try images.corrupted(by: .fog, severity: 1, seed: 1, threads: 3) },
        ]
        for use in uses {
            let error = #expect(throws: DataError.self) { try use() }
            #expect(error == first)
        }
        // Asked again, it is looked at again.
        for index in 0..<12 {
            let image = try ImageEncoder.png(pattern(9 + index % 4, 8 + index % 3, 3))
            try directory.write(image, to: "\(index % 2 == 0 ? "cat" : "dog")/\(index).png")
        }
        #expect(try images.sha256 == ImageSet.joined([memory.train, memory.test]).sha256)
    }

    @Test("a broken file is an error at once where files are decoded at once") func brokenAtOnce() async throws {
        let directory = try Self.folder()
        let whole = try ImageEncoder.png(pattern(9, 9, 3))
        try directory.write(whole.prefix(whole.count - 40), to: "cat/2.png")
        for cache in [ImageCache.memory, .disk] {
            let error = await #expect(throws: DataError.self) { try await Self.read(directory, cache) }
            #expect(error?.received?.contains("cat/2.png") == true)
        }
    }

    @Test("with --skip-unreadable every cache has the same images, in the test split too") func skipping() async throws
    {
        let directory = try Self.folder(24)
        let whole = try ImageEncoder.png(pattern(9, 9, 3))
        // Sound headers with cut or damaged bodies, and a file without a header.
        let photo = try ImageEncoder.jpeg(pattern(40, 40, 3))
        let cut = photo.prefix(photo.count * 2 / 3)
        #expect(throws: Never.self) { try ImageDecoder.readHeader(cut, limits: ImageLimits()) }
        try directory.write(cut, to: "cat/2.jpg")
        var damaged = whole
        damaged[damaged.count - 25] ^= 0xFF
        try directory.write(damaged, to: "dog/3.png")
        try directory.write(Data("no picture".utf8), to: "dog/5.png")
        for name in ["cat", "dog"] {
            for index in 0..<4 { try directory.write(whole, to: "split/train/\(name)/\(index).png") }
            try directory.write(whole, to: "split/test/\(name)/a.png")
        }
        try directory.write(cut, to: "split/test/dog/cut.jpg")
        for folder in [directory.url.appending(path: "split"), directory.url] {
            if folder == directory.url {
                try FileManager.default.removeItem(at: directory.url.appending(path: "split"))
            }
            func read(_ cache: ImageCache) async throws -> ImageDataset {
                var options = ImageFolderOptions(fitting: .init(size: Size2D(6, 5)), skipsUnreadable: true)
                options.cache = cache
                return try await ImageDataset(contentsOf: folder, options: options)
            }
            let memory = try await read(.memory)
            let left = memory.notes.filter { $0.contains("could not be read and were left out") }
            #expect(left.count == 1 && left[0].contains("cut off"), "\(left)")
            for cache in [ImageCache.none, .disk] {
                let images = try await read(cache)
                #expect(try images.train.sha256 == memory.train.sha256 && images.test.sha256 == memory.test.sha256)
                #expect(images.train.count == memory.train.count && images.test.count == memory.test.count)
                #expect(images.notes.filter { $0.contains("left out") } == left)
            }
        }
    }

    @Test("what is chosen by the size of the images") func choice() {
        let cases: [(Int, ImageCache)] = [
            (0, .memory), (500, .memory), (501, .disk), (1000, .disk), (1001, .none), (.max, .none),
        ]
        for (bytes, expected) in cases {
            #expect(ImageCache.auto.chosen(bytes: bytes, memory: 1000, freeSpace: 2000) == expected, "\(bytes)")
            #expect(ImageCache.disk.chosen(bytes: bytes, memory: 1000, freeSpace: 2000) == .disk)
        }
    }

    @Test("the file leaves nothing behind, and a volume without space is an error") func mapped() throws {
        let directory = try TemporaryDirectory()
        do {
            let pixels = try MappedPixels(count: 10_000, in: directory.url)
            pixels.bytes[9999] = 7
            #expect(pixels.bytes[9999] == 7)
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
        }
        let huge = #expect(throws: DataError.self) { try MappedPixels(count: 1 << 60, in: directory.url) }
        #expect(huge?.kind == .tooLarge)
        #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path).isEmpty)
    }
}
