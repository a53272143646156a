// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import OcellusTestSupport

@testable import OcellusData
@testable import OcellusPixels

/// Hostile and odd files, each with what must be said about it.
enum NastyFolder {
    typealias Kind = CheckReport.Finding.Kind

    struct File: Sendable {
        var path: String
        var content: Data
        /// Every kind of finding that names the file; empty for a file that is simply used.
        var verdict: Set<Kind>

        init(_ path: String, _ content: Data, _ verdict: Kind...) {
            self.path = path
            self.content = content
            self.verdict = Set(verdict)
        }

        var isUsed: Bool {
            verdict.allSatisfy { ($0.severity != .error || $0 == .duplicateWithOtherClass) && $0 != .otherFile }
        }
    }

    /// A picture like no other.
    static func picture(_ seed: Int, _ width: Int = 24, _ height: Int = 24, channels: Int = 3) -> DecodedImage {
        var random = CounterRandom(seed: UInt64(seed), purpose: .test, sample: 77)
        // Blocks of 6×6, so that the picture keeps its contrast from afar.
        let columns = width / 6 + 1
        let blocks = (0..<columns * (height / 6 + 1) * channels).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                for c in 0..<channels { pixels.append(blocks[((y / 6) * columns + x / 6) * channels + c]) }
            }
        }
        return DecodedImage(width: width, height: height, channels: channels, pixels: pixels)
    }

    private static func jpeg(_ seed: Int) throws -> Data { try ImageEncoder.jpeg(picture(seed), quality: 90) }
    private static func png(_ seed: Int) throws -> Data { try ImageEncoder.png(picture(seed)) }
    private static func bytes(_ text: String) -> Data { Data(text.utf8) }

    /// A JPEG whose frame header was changed: its marker, bits a sample, height and width.
    private static func frame(
        _ seed: Int, marker: UInt8 = 0xC0, precision: UInt8 = 8, height: Int = 24, width: Int = 24
    ) throws -> Data {
        var file = [UInt8](try jpeg(seed))
        guard let start = file.indices.dropLast().first(where: { file[$0] == 0xFF && file[$0 + 1] == 0xC0 }) else {
            return Data()
        }
        file[start + 1] = marker
        file[start + 4] = precision
        file.replaceSubrange(
            start + 5..<start + 9,
            with: [UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8), UInt8(width & 255)])
        return Data(file)
    }

    private static func gif(_ name: String) throws -> Data { try FormatFixture.file(name) }

    /// Rows of a PNG of 24×24 with all bytes from a seed.
    private static func scanlines(_ seed: Int, bytesPerRow: Int) -> [UInt8] {
        var random = CounterRandom(seed: UInt64(seed), purpose: .test, sample: 78)
        return (0..<24).flatMap { _ in [0] + (0..<bytesPerRow).map { _ in UInt8(truncatingIfNeeded: random.next()) } }
    }

    static func files() throws -> [File] {
        try plain() + jpegs() + pngs() + others() + formats() + foreign() + names()
    }

    /// Enough ordinary pictures that the rest is odd.
    private static func plain() throws -> [File] {
        try (0..<60).map { File("\($0 % 2 == 0 ? "cat" : "dog")/plain-\($0).jpg", try jpeg($0)) }
    }

    private static func jpegs() throws -> [File] {
        let good = try jpeg(100)
        let exif = { (seed: Int, orientation: Int) in
            Raw.jpeg(try jpeg(seed), withExif: Raw.exif(orientation, littleEndian: true))
        }
        let progressive = [UInt8](try FormatFixture.file("arithmetic-progressive.jpg"))
        let start = progressive.indices.dropLast().first { progressive[$0] == 0xFF && progressive[$0 + 1] == 0xDA } ?? 0
        let end =
            progressive.indices.dropLast().first {
                $0 > start && progressive[$0] == 0xFF && progressive[$0 + 1] != 0
            } ?? 0
        let scan = progressive[start..<end]
        return [
            File("cat/empty.jpg", Data(), .emptyFile), File("cat/one-byte.jpg", Data([0xFF]), .noImage),
            File("cat/two-bytes.jpg", Data([0xFF, 0xD8]), .noImage),
            File("cat/start-only.jpg", Data([0xFF, 0xD8, 0xFF]), .truncated),
            File("cat/start-end.jpg", Data([0xFF, 0xD8, 0xFF, 0xD9]), .damaged),
            File("cat/text.jpg", bytes("not a picture\n"), .noImage),
            File("cat/page.jpg", bytes("<!DOCTYPE html><html>404 not found</html>"), .noImage),
            File("cat/half.jpg", good.prefix(good.count / 2), .truncated),
            File("cat/header-only.jpg", good.prefix(200), .truncated),
            File("cat/no-end-mark.jpg", good.dropLast(2), .truncated),
            File("cat/tail.jpg", try jpeg(101) + Data(repeating: 0, count: 5000)),
            File("cat/zeros-inside.jpg", good.prefix(700) + Data(count: good.count - 700), .truncated),
            File("cat/bomb.jpg", try frame(102, height: 65_500, width: 65_500), .tooLarge),
            File("cat/no-height.jpg", try frame(103, height: 0), .damaged),
            File("cat/12-bit.jpg", try frame(104, marker: 0xC1, precision: 12), .unsupported),
            File("cat/lossless.jpg", try frame(105, marker: 0xC3), .unsupported),
            File("cat/hierarchical.jpg", try frame(106, marker: 0xC5), .unsupported),
            File(
                "cat/scans.jpg",
                Data(progressive[..<end]) + Data((0..<600).flatMap { _ in scan }) + Data(progressive[end...]), .tooLarge
            ),
            File("cat/sideways-6.jpg", try exif(107, 6), .sideways),
            File("cat/upside-down-3.jpg", try exif(108, 3), .sideways), File("cat/upright-1.jpg", try exif(109, 1)),
            File("cat/orientation-9.jpg", try exif(110, 9)),
            File("cat/exif-of-nothing.jpg", Raw.jpeg(try jpeg(111), withExif: [])),
            File("cat/cmyk.jpg", try FormatFixture.file("ycck.jpg")),
            File("cat/really-a-jpeg.png", try jpeg(112), .wrongExtension),
            File("cat/jpeg.jpe", try jpeg(113)), File("cat/UPPER.JPG", try jpeg(114)),
        ]
    }

    private static func pngs() throws -> [File] {
        let good = [UInt8](try png(200))
        var crc = good
        crc[crc.count - 20] ^= 1
        let row = { (seed: Int, bytes: Int) in scanlines(seed, bytesPerRow: bytes) }
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let header = Raw.bigEndian(24) + Raw.bigEndian(24) + [8, 2, 0, 0, 0]
        return [
            File("dog/signature-only.png", Data(signature), .truncated),
            File("dog/half.png", Data(good.prefix(good.count / 2)), .truncated),
            File("dog/no-end.png", Data(good.dropLast(12)), .truncated), File("dog/crc.png", Data(crc), .damaged),
            File("dog/bomb.png", Raw.png(30_000, 30_000, depth: 8, colorType: 2, scanlines: [0]), .tooLarge),
            File("dog/no-width.png", Raw.png(0, 24, depth: 8, colorType: 2, scanlines: row(201, 72)), .damaged),
            File("dog/huge.png", Raw.png(0x7FFF_FFFF, 0x7FFF_FFFF, depth: 8, colorType: 0, scanlines: [0]), .tooLarge),
            File("dog/3-bit.png", Raw.png(24, 24, depth: 3, colorType: 0, scanlines: row(202, 9)), .damaged),
            File("dog/short-rows.png", Raw.png(24, 24, depth: 8, colorType: 2, scanlines: row(203, 30)), .damaged),
            File(
                "dog/no-pixels.png",
                Data(signature + Raw.chunk("IHDR", header) + Raw.chunk("IEND", [])), .damaged),
            File("dog/16-bit.png", Raw.png(24, 24, depth: 16, colorType: 2, scanlines: row(204, 144)), .deep),
            File("dog/alpha.png", Raw.png(24, 24, depth: 8, colorType: 6, scanlines: row(205, 96)), .transparent),
            File("dog/gray.png", try ImageEncoder.png(picture(206, channels: 1)), .oddChannels),
            File(
                "dog/unknown-chunks.png",
                Raw.png(24, 24, depth: 8, colorType: 2, before: Raw.chunk("abCd", [1, 2]), scanlines: row(207, 72))),
            File("dog/tail.png", try png(208) + bytes("tail")),
            File("dog/really-a-png.jpg", try png(209), .wrongExtension),
            File("dog/white.png", try ImageEncoder.png(solid(24, 24, [255, 255, 255])), .singleColor),
            File("dog/nearly-black.png", try ImageEncoder.png(solid(24, 24, [1, 0, 2])), .singleColor),
            File("dog/one-pixel.png", try ImageEncoder.png(solid(1, 1, [9, 8, 7])), .singleColor, .oddSize),
            File("dog/strip.png", try ImageEncoder.png(picture(210, 300, 2)), .oddSize),
            File("dog/large.png", try ImageEncoder.png(picture(211, 150, 150)), .oddSize),
        ]
    }

    private static func others() throws -> [File] {
        let webp = try FormatFixture.file("alpha.webp")
        var longer = [UInt8](webp)
        longer[4] = 255
        let screen = bytes("GIF89a") + [0x30, 0x75, 0x30, 0x75, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]
        let size = [(256, 24), (257, 24), (258, 8), (262, 1)] as [(tag: Int, value: Int)]
        let place = [(273, 8), (279, 576)] as [(tag: Int, value: Int)]
        return [
            File("cat/animated.gif", try gif("animated.gif"), .severalFrames),
            File("cat/interlaced.gif", try gif("interlaced.gif"), .nearDuplicate),
            File("cat/half.gif", try gif("palette.gif").prefix(250), .truncated),
            File("cat/no-frame.gif", bytes("GIF89a") + [1, 0, 1, 0, 0, 0, 0, 0x3B], .damaged),
            File(
                "cat/bomb.gif", screen + [0x2C, 0, 0, 0, 0, 0x30, 0x75, 0x30, 0x75, 0, 2, 2, 0x44, 1, 0, 0x3B],
                .tooLarge),
            File("cat/half.webp", webp.prefix(40), .truncated), File("cat/longer.webp", Data(longer), .truncated),
            File("cat/riff.webp", bytes("RIFF") + [4, 0, 0, 0] + bytes("WEBP"), .damaged),
            File("cat/half.bmp", try FormatFixture.file("24.bmp").prefix(400), .truncated),
            File(
                "cat/bomb.bmp", Raw.bmp(30_000, 30_000, bits: 8, compression: 1, palette: [0, 0, 0, 0], data: [0, 1]),
                .tooLarge),
            File("cat/5-bit.bmp", Raw.bmp(1, 1, bits: 5, data: [0, 0, 0, 0]), .damaged),
            File("cat/jpeg-inside.bmp", Raw.bmp(1, 1, bits: 0, compression: 4, data: [0]), .unsupported),
            File("cat/no-directory.tif", Data([0x49, 0x49, 42, 0, 200, 0, 0, 0]), .truncated),
            File(
                "cat/bomb.tif",
                Raw.tiff([(256, 30_000), (257, 30_000), (258, 8), (259, 1), (262, 1), (273, 8), (279, 4)]), .tooLarge),
            File(
                "cat/preview.tif", Raw.tiff([(254, 1)] + size.prefix(3) + [(259, 1)] + size.suffix(1) + place),
                .unsupported),
            File("cat/lerc.tif", Raw.tiff(size.prefix(3) + [(259, 34_887)] + size.suffix(1) + place), .unsupported),
            File("cat/half.tif", try FormatFixture.file("lzw.tif").prefix(500), .truncated),
        ]
    }

    /// Rare forms of formats that are read. Those made of one fixture show almost the same picture.
    private static func formats() throws -> [File] {
        var cmyk = [UInt8](try FormatFixture.file("ycck.jpg"))
        // Adobe's mark says by its last byte that the four planes are YCCK (2) or CMYK (0).
        if let mark = cmyk.indices.first(where: { cmyk[$0...].starts(with: Array("Adobe".utf8)) }) {
            cmyk[mark + 11] = 0
        }
        // The sizes of Adam7's seven images of 24×24.
        let passes = [(3, 3), (3, 3), (6, 3), (6, 6), (12, 6), (12, 12), (24, 12)]
        var random = CounterRandom(seed: 400, purpose: .test, sample: 79)
        var interlaced: [UInt8] = []
        for (width, height) in passes {
            for _ in 0..<height {
                interlaced += [0] + (0..<3 * width).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            }
        }
        let made: [File] = [
            File("cat/cmyk-not-ycck.jpg", Data(cmyk), .nearDuplicate),
            File("dog/gray.jpg", try ImageEncoder.jpeg(picture(401, channels: 1), quality: 90), .oddChannels),
            File(
                "dog/interlaced.png",
                Raw.png(24, 24, depth: 8, colorType: 2, interlaced: true, scanlines: interlaced)),
        ]
        let fixtures: [(name: String, verdict: Set<Kind>)] = [
            ("arithmetic.jpg", [.nearDuplicate]), ("arithmetic-progressive.jpg", [.nearDuplicate]),
            ("palette.png", [.nearDuplicate]), ("1.png", [.nearDuplicate, .oddChannels]),
            ("lossless.webp", [.nearDuplicate]), ("lossy.webp", [.nearDuplicate]),
            ("animated.webp", [.nearDuplicate, .transparent, .severalFrames]),
            ("transparent.gif", [.nearDuplicate, .transparent]),
            ("8-palette.bmp", [.nearDuplicate]), ("32.bmp", [.nearDuplicate]),
            ("1.bmp", [.nearDuplicate, .oddChannels]), ("cmyk.tif", [.nearDuplicate]),
            ("fax.tif", [.nearDuplicate, .oddChannels]), ("jpeg.tif", [.nearDuplicate]), ("tiled-rgb.tif", []),
            ("pages.tif", [.nearDuplicate, .severalFrames]), ("gray-alpha.tif", [.oddChannels, .transparent]),
            ("16.tif", [.oddChannels, .deep]), ("turned.tif", [.nearDuplicate, .sideways]),
            ("turned.webp", [.nearDuplicate, .sideways]),
        ]
        return try made
            + fixtures.map { name, verdict in
                var file = File("cat/form-\(name)", try FormatFixture.file(name))
                file.verdict = verdict
                return file
            }
    }

    private static func foreign() throws -> [File] {
        [
            File("dog/photo.heic", Data([0, 0, 0, 24]) + bytes("ftypheic"), .unsupported),
            File("dog/photo.avif", Data([0, 0, 0, 24]) + bytes("ftypavif"), .unsupported),
            File("dog/photo.jxl", Data([0xFF, 0x0A, 1, 2]), .unsupported),
            File("dog/photo.jp2", Data([0, 0, 0, 12]) + bytes("jP  \r\n"), .unsupported),
            File("dog/photo.pgm", bytes("P5\n1 1\n255\nx"), .unsupported),
            File("dog/drawing.svg", bytes("<svg xmlns='http://www.w3.org/2000/svg'/>"), .unsupported),
            File("dog/raw.cr2", Data([0x49, 0x49, 42, 0, 16, 0, 0, 0]) + bytes("CR"), .unsupported),
            File("dog/heic-named.jpg", Data([0, 0, 0, 24]) + bytes("ftypheic") + Data(count: 8), .unsupported),
            File("dog/paper.jpg", bytes("%PDF-1.7\n"), .noImage),
            File("dog/archive.png", Data([0x50, 0x4B, 3, 4, 20, 0]), .noImage),
            File("dog/zeros.jpg", Data(count: 4096), .noImage),
            File("dog/Thumbs.db", Data([0xD0, 0xCF, 0x11, 0xE0]), .otherFile),
            File("dog/notes.txt", bytes("hello"), .otherFile), File("readme.md", bytes("# photos"), .otherFile),
            File("dog/download.jpg.part", bytes("x"), .otherFile),
        ]
    }

    private static func names() throws -> [File] {
        [
            File("dog/no-ending", try jpeg(300)), File("dog/two.dots.jpg", try jpeg(301)),
            File("dog/ blank .jpg", try jpeg(302)), File("dog/-rf.jpg", try jpeg(303)),
            File("dog/ümläut-🐕.jpg", try jpeg(304)), File("dog/u\u{308}.jpg", try jpeg(305)),
            File("dog/new\nline.jpg", try jpeg(306)), File("dog/quote\"'&<>.jpg", try jpeg(307)),
            File("dog/" + String(repeating: "l", count: 251) + ".jpg", try jpeg(308)),
            File("dog/%2e%2e%2f.jpg", try jpeg(309)), File("dog/a/b/c/d/e/deep.jpg", try jpeg(310)),
            File("dog/folder.jpg/inside.jpg", try jpeg(311)), File("loose.jpg", try jpeg(312), .looseImage),
            File("dog/copy-1.jpg", try jpeg(0), .duplicateWithOtherClass),
            File("cat/copy-2.jpg", try jpeg(2), .duplicate), File("dog/again.png", try png(1), .nearDuplicate),
        ]
    }

    /// Files that are no files; the tests make them by name.
    static let links = ["cat/loop", "cat/nowhere.jpg", "dog/zero.jpg"]
    static let pipe = "dog/pipe.jpg"

    static func write(to directory: TemporaryDirectory) throws {
        for file in try files() { try directory.write(file.content, to: file.path) }
        try directory.write(jpeg(900), to: "cat/.hidden.jpg")
        try directory.write(jpeg(901), to: "__MACOSX/cat/._1.jpg")
        try directory.write(jpeg(902), to: ".ipynb_checkpoints/1.jpg")
        try directory.makeDirectory("empty-class")
        try directory.link(links[0], to: "..")
        try directory.link(links[1], to: "missing.jpg")
        try directory.link(links[2], to: "/dev/zero")
        mkfifo(directory.url.appending(path: pipe).path(percentEncoded: false), 0o600)
    }
}
