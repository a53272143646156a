// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Thumbnails") struct ThumbnailTests {
    @Test("a large photo is upright, at most 320 pixels and without metadata") func photo() throws {
        // Stored wide with a red left half; turned by EXIF's orientation 6 it is high with a red top.
        let stored = DecodedImage(
            width: 800, height: 600, channels: 3,
            pixels: (0..<600).flatMap { _ in (0..<800).flatMap { $0 < 400 ? [200, 20, 20] : [20, 20, 200] as [UInt8] } }
        )
        let file = Raw.jpeg(try ImageEncoder.jpeg(stored), withExif: Raw.exif(6, littleEndian: true))
        #expect(file.range(of: Data("Exif".utf8)) != nil)
        let copy = try Thumbnail(file: file, side: 320, name: "photo.jpg", limits: ImageLimits())
        #expect((copy.width, copy.height) == (240, 320))
        #expect(copy.data.range(of: Data("Exif".utf8)) == nil && copy.data.starts(with: [0xFF, 0xD8, 0xFF]))
        let seen = try ImageDecoder.decode(copy.data)
        #expect((seen.width, seen.height) == (240, 320))
        let (top, bottom) = (seen.pixels[(10 * 240 + 120) * 3], seen.pixels[(310 * 240 + 120) * 3])
        #expect(top > 150 && bottom < 80)
    }

    @Test("a small picture keeps every pixel, one that is as large as the limit its size") func small() throws {
        let tiny = pattern(31, 17, 3)
        let copy = try Thumbnail(tiny, side: 320)
        #expect(try ImageDecoder.decode(copy.data) == tiny)
        let same = try Thumbnail(pattern(320, 200, 1), side: 320)
        #expect((same.width, same.height) == (320, 200))
        let narrow = try Thumbnail(pattern(2000, 3, 1), side: 320)
        #expect((narrow.width, narrow.height) == (320, 1))
    }

    @Test("images of a folder are called by their files, and can be copied when these are gone") func folder()
        async throws
    {
        let directory = try TemporaryDirectory()
        for name in ["a", "b"] {
            for index in 0..<3 {
                try directory.write(
                    try ImageEncoder.png(pattern(40 + index, 30, 3)), to: "\(name)/\(index).png")
            }
        }
        let images = try await ImageDataset(contentsOf: directory.url).train
        let names = (0..<images.count).map { images.name(at: $0) }
        #expect(names.allSatisfy { $0.hasSuffix(".png") && $0.contains(directory.url.lastPathComponent) })
        #expect(Set(names).count == images.count && images.hasFiles)
        let index = try #require(names.firstIndex { $0.hasSuffix("/2.png") })
        let copies = try await images.thumbnails(at: [index, index])
        #expect(copies.map(\.width) == [42, 42] && copies.map(\.height) == [30, 30])
        try FileManager.default.removeItem(at: directory.url)
        let left = try await images.thumbnails(at: [index])
        // What the model saw is there still.
        #expect(left.map(\.width) == [images.shape[2]])
    }

    @Test("images without files are called by their numbers") func embedded() async throws {
        let images = try ImageDataset.embedded.test
        #expect(!images.hasFiles && images.name(at: 7) == "image 7" && images.subset([7]).name(at: 0) == "image 7")
        let copy = try #require(try await images.thumbnails(at: [3]).first)
        #expect(try ImageDecoder.decode(copy.data).pixels == images.pixels(at: 3))
    }
}
