// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Check cache") struct CheckCacheTests {
    /// A folder of pictures and a directory for the cache, and what a check without a cache says.
    private static func prepared() async throws -> (TemporaryDirectory, cache: URL, plain: CheckReport) {
        let directory = try TemporaryDirectory()
        for seed in 0..<24 {
            let name = "photos/\(seed % 2 == 0 ? "cat" : "dog")/\(seed).png"
            try directory.write(ImageEncoder.png(NastyFolder.picture(seed % 20)), to: name)
        }
        try directory.write(Data("no image".utf8), to: "photos/cat/bad.png")
        let plain = try await FolderCheck(Path(directory.path + "/photos")).report()
        return (directory, directory.url.appending(path: "cache"), plain)
    }

    private static func check(_ directory: TemporaryDirectory, _ cache: URL) async throws -> FolderCheck {
        try await FolderCheck(Path(directory.path + "/photos"), cache: cache)
    }

    private static func file(_ cache: URL) throws -> URL {
        let files = try FileManager.default.contentsOfDirectory(at: cache, includingPropertiesForKeys: nil)
        #expect(files.count == 1)
        return try #require(files.first)
    }

    @Test("a second check finds the same from the cache, which it really reads") func second() async throws {
        let (directory, cache, plain) = try await Self.prepared()
        #expect(try await Self.check(directory, cache).report().findings == plain.findings)
        #expect(try await Self.check(directory, cache).report().findings == plain.findings)

        // What the cache says of one content is shown: an entry with another size, under a right sum.
        let entries = try await Self.check(directory, cache).entries
        var facts = entries.map(\.facts)
        // The first picture's content has a twin, which says the same.
        for index in facts.indices where facts[index].sha256 == facts[0].sha256 {
            facts[index].header = ImageHeader(
                width: 7, height: 5, channels: 3, orientation: 1, hasAlpha: false, bitsPerSample: 8)
        }
        let limits = ImageLimits()
        try CheckCache(in: cache, for: Path(directory.path + "/photos"), limits: limits).write(facts)
        let shown = try await Self.check(directory, cache).entries
        #expect(shown[0].facts.header?.width == 7)
        #expect(shown.map(\.facts.look?.thumbnail) == entries.map(\.facts.look?.thumbnail))
        #expect(shown.map(\.facts.look?.contrast) == entries.map(\.facts.look?.contrast))
    }

    @Test("a file that changed under its name, size and time is decoded") func changed() async throws {
        let (directory, cache, _) = try await Self.prepared()
        _ = try await Self.check(directory, cache)
        let path = directory.path + "/photos/dog/1.png"
        let date = try #require(try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date)
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        bytes[bytes.count / 2] ^= 0xFF
        try bytes.write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: path)
        let found = try await Self.check(directory, cache).report().findings
        #expect(found == (try await FolderCheck(Path(directory.path + "/photos")).report().findings))
        #expect(found.contains { $0.kind == .damaged && $0.paths == [path] })
    }

    @Test("a damaged cache is no cache", arguments: [0, 20, 60, 900, -1, -40]) func damaged(place: Int) async throws {
        let (directory, cache, plain) = try await Self.prepared()
        _ = try await Self.check(directory, cache)
        let file = try Self.file(cache)
        var bytes = try Data(contentsOf: file)
        bytes[place < 0 ? bytes.count + place : place] ^= 1
        for damaged in [bytes, bytes.prefix(bytes.count / 2), Data(), bytes + bytes] {
            try damaged.write(to: file)
            #expect(try await Self.check(directory, cache).report().findings == plain.findings)
        }
    }

    @Test("other limits do not share what is known; a cache that cannot be written is said, and no error")
    func limits() async throws {
        let (directory, cache, plain) = try await Self.prepared()
        _ = try await Self.check(directory, cache)
        var options = ImageFolderOptions()
        options.limits.pixels = 4
        let small = try await FolderCheck(Path(directory.path + "/photos"), options: options, cache: cache).report()
        #expect(small.findings.contains { $0.kind == .tooLarge })
        try directory.write(Data(), to: "file")
        let check = try await Self.check(directory, directory.url.appending(path: "file"))
        #expect(check.cacheFailure != nil)
        #expect(check.report().findings == plain.findings)
    }
}
