// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTraining
import Testing

@Suite("Cache of features") struct FeatureCacheTests {
    private static func key(_ number: Int) -> FeatureCache.Key {
        FeatureCache.Key(SHA256.digest(of: Array("\(number)".utf8)))
    }

    private static func values(_ number: Int) -> [Float] { (0..<4).map { Float(10 * number + $0) } }

    private static func read(_ number: Int, _ entries: FeatureCache.Entries) -> [Float]? {
        var buffer = [Float](repeating: -1, count: 4)
        return buffer.withUnsafeMutableBufferPointer { entries.copy(key(number), into: $0) } ? buffer : nil
    }

    /// A cache in a directory of its own.
    private static func cache(
        _ directory: URL, identity: String = "a", limit: Int = FeatureCache.standardLimit
    ) throws -> FeatureCache {
        try #require(
            FeatureCache(.directory(Path(directory).escaped), identity: identity, width: 4, limit: limit))
    }

    private static func withDirectory(_ body: (URL) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "features-\(UUID())")
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory)
    }

    private static func packs(_ directory: URL) -> [URL] {
        let files = FileManager.default.enumerator(at: directory, includingPropertiesForKeys: nil)
        return (files?.compactMap { $0 as? URL } ?? []).filter { $0.pathExtension == "features" }
    }

    @Test("gives back what was kept, to every later run") func keeps() throws {
        try Self.withDirectory { directory in
            let cache = try Self.cache(directory)
            #expect(cache.entries().count == 0)
            try cache.add([Self.key(1), Self.key(2)], Self.values(1) + Self.values(2), to: cache.entries())
            let entries = cache.entries()
            #expect(entries.count == 2)
            #expect(Self.read(1, entries) == Self.values(1))
            #expect(Self.read(2, entries) == Self.values(2))
            #expect(Self.read(3, entries) == nil)
            try cache.add([Self.key(3)], Self.values(3), to: entries)
            #expect(Self.read(3, try Self.cache(directory).entries()) == Self.values(3))
            #expect(try Self.cache(directory, identity: "b").entries().count == 0)
            #expect(FeatureCache(.none, identity: "a", width: 4) == nil)
        }
    }

    @Test("a damaged pack is named, removed and computed again") func damage() throws {
        for change in [{ (data: inout Data) in data[40] ^= 1 }, { $0.removeLast(5) }, { $0 = Data("no".utf8) }] {
            try Self.withDirectory { directory in
                let cache = try Self.cache(directory)
                try cache.add([Self.key(1)], Self.values(1), to: cache.entries())
                let pack = try #require(Self.packs(directory).first)
                var data = try Data(contentsOf: pack)
                change(&data)
                try data.write(to: pack)
                let entries = cache.entries()
                #expect(entries.count == 0)
                #expect(entries.notes.count == 1 && entries.notes[0].contains("computed again"))
                #expect(Self.packs(directory).isEmpty)
            }
        }
    }

    @Test("two runs that begin together lose nothing") func together() throws {
        try Self.withDirectory { directory in
            let (first, second) = (try Self.cache(directory), try Self.cache(directory))
            let (before, same) = (first.entries(), second.entries())
            try first.add([Self.key(1)], Self.values(1), to: before)
            try second.add([Self.key(2)], Self.values(2), to: same)
            let entries = first.entries()
            #expect(Self.read(1, entries) == Self.values(1))
            #expect(Self.read(2, entries) == Self.values(2))
        }
    }

    @Test("many packs become one") func joins() throws {
        try Self.withDirectory { directory in
            let cache = try Self.cache(directory)
            for number in 0..<20 { try cache.add([Self.key(number)], Self.values(number), to: cache.entries()) }
            #expect(Self.packs(directory).count < 10)
            let entries = cache.entries()
            for number in 0..<20 { #expect(Self.read(number, entries) == Self.values(number)) }
        }
    }

    @Test("what was not used for longest goes first when there is too much") func bound() throws {
        try Self.withDirectory { directory in
            // A pack of one entry has 24 + 32 + 16 + 32 bytes.
            let cache = try Self.cache(directory, limit: 250)
            for number in 0..<4 {
                try cache.add([Self.key(number)], Self.values(number), to: FeatureCache.Entries())
                for (index, pack) in Self.packs(directory).enumerated() where index >= 0 {
                    let age = (try pack.resourceValues(forKeys: [.contentModificationDateKey])).contentModificationDate
                    try FileManager.default.setAttributes(
                        [.modificationDate: (age ?? .now).addingTimeInterval(-10)],
                        ofItemAtPath: pack.path(percentEncoded: false))
                }
            }
            let entries = cache.entries()
            #expect(entries.count == 2)
            #expect(Self.read(0, entries) == nil && Self.read(1, entries) == nil)
            #expect(Self.read(3, entries) == Self.values(3))
        }
    }

    @Test("a place that cannot be written is an error that names it") func unwritable() throws {
        try Self.withDirectory { directory in
            try Data().write(to: directory)
            let cache = try Self.cache(directory)
            #expect(cache.entries().count == 0)
            let error = #expect(throws: FileError.self) {
                try cache.add([Self.key(1)], Self.values(1), to: cache.entries())
            }
            #expect(error?.summary.contains(directory.lastPathComponent) == true)
        }
    }
}
