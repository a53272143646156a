// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("ImageDecoder") struct ImageDecoderTests {
    // The files were written and decoded by Pillow. Two versions of libjpeg may differ by rounding: up to 2 levels.
    @Test("decodes what Pillow wrote", arguments: PillowFixtures.jpegs) func jpeg(fixture: PillowFixtures.JPEG) throws {
        let file = try #require(Data(base64Encoded: fixture.file))
        let expected = try #require(Data(base64Encoded: fixture.expected))
        let image = try ImageDecoder.decode(file)
        #expect(image.width == fixture.width && image.height == fixture.height && image.channels == fixture.channels)
        let largest = zip(image.pixels, expected).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(image.pixels.count == expected.count && largest <= 2, "\(fixture.name): \(largest)")
    }

    @Test("PNG gives back every pixel that was encoded", arguments: [1, 3]) func roundTrip(channels: Int) throws {
        for (width, height) in [(1, 1), (7, 5), (64, 33)] {
            let image = pattern(width, height, channels)
            #expect(try ImageDecoder.decode(ImageEncoder.png(image)) == image)
        }
    }

    @Test("JPEG keeps an even picture", arguments: [[UInt8(90)], [200, 40, 90]]) func jpegEncoder(color: [UInt8]) throws
    {
        let image = solid(20, 11, color)
        let decoded = try ImageDecoder.decode(ImageEncoder.jpeg(image, quality: 95))
        #expect(decoded.width == 20 && decoded.height == 11 && decoded.channels == color.count)
        #expect(zip(decoded.pixels, image.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 3 })
    }

    @Test("the encoders refuse what has no meaning") func encoderErrors() {
        let empty = DecodedImage(width: 0, height: 3, channels: 1, pixels: [])
        #expect(throws: DataError.self) { try ImageEncoder.png(empty) }
        #expect(throws: DataError.self) { try ImageEncoder.jpeg(empty) }
        #expect(throws: DataError.self) { try ImageEncoder.jpeg(solid(1, 1, [0]), quality: 0) }
        #expect(throws: DataError.self) { try ImageEncoder.jpeg(solid(65_501, 1, [0])) }
    }

    struct PNG: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: Data
        let width: Int
        let channels: Int
        let pixels: [UInt8]
    }

    private static let palette = Raw.chunk("PLTE", [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])

    static let pngs = [
        PNG(
            testDescription: "gray, 1 bit", file: Raw.png(3, 1, depth: 1, colorType: 0, scanlines: [0, 0b1010_0000]),
            width: 3, channels: 1, pixels: [255, 0, 255]),
        PNG(
            testDescription: "gray, 2 bits", file: Raw.png(4, 1, depth: 2, colorType: 0, scanlines: [0, 0b0001_1011]),
            width: 4, channels: 1, pixels: [0, 85, 170, 255]),
        PNG(
            testDescription: "gray, 4 bits", file: Raw.png(2, 1, depth: 4, colorType: 0, scanlines: [0, 0x3F]),
            width: 2,
            channels: 1, pixels: [51, 255]),
        // 16 bits are scaled, 65535 to 255, and neither clamped nor cut: 0x0180 / 257 = 1.49, 0x0181 / 257 = 1.498.
        PNG(
            testDescription: "gray, 16 bits",
            file: Raw.png(4, 1, depth: 16, colorType: 0, scanlines: [0, 0xFF, 0xFF, 0x80, 0x80, 0x01, 0x83, 0, 0x70]),
            width: 4, channels: 1, pixels: [255, 128, 2, 0]),
        PNG(
            testDescription: "colour, 16 bits",
            file: Raw.png(1, 1, depth: 16, colorType: 2, scanlines: [0, 0xFF, 0xFF, 0x40, 0x40, 0, 0]), width: 1,
            channels: 3, pixels: [255, 64, 0]),
        PNG(
            testDescription: "palette",
            file: Raw.png(4, 1, depth: 2, colorType: 3, before: palette, scanlines: [0, 0b0001_1011]), width: 4,
            channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]),
        PNG(
            testDescription: "palette of grays",
            file: Raw.png(
                2, 1, depth: 8, colorType: 3, before: Raw.chunk("PLTE", [7, 7, 7, 200, 200, 200]), scanlines: [0, 1, 0]),
            width: 2, channels: 1, pixels: [200, 7]),
        PNG(
            testDescription: "palette with transparency, over white",
            file: Raw.png(
                2, 1, depth: 8, colorType: 3, before: palette + Raw.chunk("tRNS", [0, 255]), scanlines: [0, 0, 1]),
            width: 2, channels: 3, pixels: [255, 255, 255, 0, 255, 0]),
        PNG(
            testDescription: "gray and alpha, over white",
            file: Raw.png(3, 1, depth: 8, colorType: 4, scanlines: [0, 100, 255, 100, 0, 0, 128]), width: 3,
            channels: 1,
            pixels: [100, 255, 127]),
        PNG(
            testDescription: "colour and alpha, over white",
            file: Raw.png(2, 1, depth: 8, colorType: 6, scanlines: [0, 1, 2, 3, 255, 1, 2, 3, 0]), width: 2,
            channels: 3,
            pixels: [1, 2, 3, 255, 255, 255]),
        PNG(
            testDescription: "a transparent colour, over white",
            file: Raw.png(
                2, 1, depth: 8, colorType: 0, before: Raw.chunk("tRNS", [0, 5]), scanlines: [0, 5, 6]), width: 2,
            channels: 1, pixels: [255, 6]),
        // Adam7 on 4×4: pass 1 holds (0,0); pass 4 (0,2); pass 5 row 2; pass 6 columns 1, 3 of rows 0, 2; pass 7 rows 1, 3.
        PNG(
            testDescription: "interlaced",
            file: Raw.png(
                4, 4, depth: 8, colorType: 0, interlaced: true,
                scanlines: [0, 0] + [0, 2] + [0, 8, 10] + [0, 1, 3, 0, 9, 11] + [0, 4, 5, 6, 7, 0, 12, 13, 14, 15]),
            width: 4, channels: 1, pixels: Array(0...15)),
    ]

    @Test("decodes every kind of PNG", arguments: pngs) func png(png: PNG) throws {
        let image = try ImageDecoder.decode(png.file)
        #expect(image.width == png.width && image.channels == png.channels)
        #expect(image.pixels == png.pixels)
    }

    // A 3×2 picture 0 1 2 / 3 4 5 as the eight orientations store it; upright it is always the same.
    static let orientations: [(Int, Int, [UInt8])] = [
        (1, 3, [0, 1, 2, 3, 4, 5]), (2, 3, [2, 1, 0, 5, 4, 3]), (3, 3, [5, 4, 3, 2, 1, 0]), (4, 3, [3, 4, 5, 0, 1, 2]),
        (5, 2, [0, 3, 1, 4, 2, 5]), (6, 2, [2, 5, 1, 4, 0, 3]), (7, 2, [5, 2, 4, 1, 3, 0]), (8, 2, [3, 0, 4, 1, 5, 2]),
    ]

    @Test("turns pictures upright by EXIF", arguments: orientations)
    func orientation(orientation: Int, width: Int, stored: [UInt8]) throws {
        var scanlines: [UInt8] = []
        for row in 0..<6 / width { scanlines += [0] + stored[row * width..<(row + 1) * width] }
        let exif = Raw.chunk("eXIf", Raw.exif(orientation, littleEndian: true))
        for (before, after) in [(exif, []), ([], exif)] {
            let file = Raw.png(
                width, 6 / width, depth: 8, colorType: 0, before: before, after: after, scanlines: scanlines)
            let image = try ImageDecoder.decode(file)
            #expect(image == DecodedImage(width: 3, height: 2, channels: 1, pixels: [0, 1, 2, 3, 4, 5]))
            let header = try ImageDecoder.header(file)
            #expect(header.width == 3 && header.height == 2 && header.orientation == orientation)
        }
    }

    @Test("reads EXIF in JPEG, in both byte orders", arguments: [true, false]) func jpegOrientation(little: Bool) throws
    {
        var wide = solid(16, 8, [20]).pixels
        for row in 0..<8 { wide.replaceSubrange(row * 16 + 8..<row * 16 + 16, with: Array(repeating: 230, count: 8)) }
        let file = try ImageEncoder.jpeg(DecodedImage(width: 16, height: 8, channels: 1, pixels: wide), quality: 95)
        let image = try ImageDecoder.decode(Raw.jpeg(file, withExif: Raw.exif(6, littleEndian: little)))
        #expect(image.width == 8 && image.height == 16)
        // Turned to the right, the dark left half is on top.
        #expect(image.pixels[0] < 60 && image.pixels[8 * 16 - 1] > 190)
    }

    @Test("damaged EXIF leaves a picture as it is") func damagedExif() throws {
        let file = try ImageEncoder.jpeg(pattern(5, 3, 1))
        let good = Raw.exif(6, littleEndian: true)
        #expect(try ImageDecoder.decode(Raw.jpeg(file, withExif: good)).width == 3)
        var changed = (0..<good.count - 8).map { Array(good.prefix($0)) }
        for (position, value) in [(4, 200), (5, 255), (7, 255), (10, 0), (12, 5), (14, 2), (18, 9), (18, 0)] {
            var exif = good
            exif[position] = UInt8(value)
            changed.append(exif)
        }
        for exif in changed { #expect(try ImageDecoder.decode(Raw.jpeg(file, withExif: exif)).width == 5, "\(exif)") }
    }

    @Test("every cut of a file is an error", arguments: ["png", "baseline", "progressive"])
    func truncated(kind: String) throws {
        let file: Data
        switch kind {
        case "png": file = try ImageEncoder.png(pattern(9, 7, 3))
        case "baseline": file = try #require(Data(base64Encoded: PillowFixtures.jpegs[0].file))
        default: file = try #require(Data(base64Encoded: PillowFixtures.jpegs[2].file))
        }
        _ = try ImageDecoder.decode(file)
        for length in 0..<file.count {
            let error = #expect(throws: DataError.self, "\(length) of \(file.count) bytes") {
                try ImageDecoder.decode(file.prefix(length))
            }
            #expect(error?.kind == .undecodableImages)
        }
        let error = #expect(throws: DataError.self) { try ImageDecoder.decode(file.dropLast(3), name: "cat.jpg") }
        #expect(error?.summary == "cat.jpg cannot be decoded.")
        #expect(error?.because?.hasPrefix("the file is cut off") == true, "\(error?.because ?? "")")
    }

    @Test("damage is an error or another picture of the same size, never a crash", arguments: 0..<7)
    func damaged(kind: Int) throws {
        let file =
            kind == 6
            ? try ImageEncoder.png(pattern(12, 9, 3))
            : try #require(Data(base64Encoded: PillowFixtures.jpegs[kind].file))
        var random = CounterRandom(seed: 1, purpose: .test, sample: kind)
        var failures = 0
        for _ in 0..<300 {
            var changed = file
            for _ in 0...random.nextIndex(below: 4) {
                changed[random.nextIndex(below: file.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            do {
                let image = try ImageDecoder.decode(changed, limits: Self.small)
                #expect(image.pixels.count == image.width * image.height * image.channels)
            } catch {
                failures += 1
            }
        }
        #expect(failures > 0)
    }

    private static var small: ImageLimits {
        var limits = ImageLimits()
        limits.pixels = 1_000_000
        return limits
    }

    @Test("a picture that is too large is refused before it is decoded") func bomb() throws {
        let bomb = Raw.png(50_000, 50_000, depth: 8, colorType: 2, scanlines: [0])
        let error = #expect(throws: DataError.self) { try ImageDecoder.decode(bomb, name: "bomb.png") }
        #expect(error?.code == "data.tooLarge")
        #expect(error?.because == "it has 50000×50000 pixels, more than the limit of 100000000")
        for (width, height) in [(0, 5), (5, 0), (-1, 5), (0x7FFF_FFFF, 0x7FFF_FFFF)] {
            #expect(throws: DataError.self) {
                try ImageDecoder.decode(Raw.png(width, height, depth: 8, colorType: 0, scanlines: [0]))
            }
        }
        var limits = ImageLimits()
        limits.bytes = 10
        let long = #expect(throws: DataError.self) {
            try ImageDecoder.decode(ImageEncoder.png(pattern(3, 3, 1)), limits: limits)
        }
        #expect(long?.kind == .tooLarge)
    }

    @Test("a progressive file with endless scans is refused") func scans() throws {
        let file = [UInt8](try #require(Data(base64Encoded: PillowFixtures.jpegs[4].file)))
        // The first scan of a gray progressive file (its only DC scan), repeated.
        let start = try #require(file.indices.dropLast().first { file[$0] == 0xFF && file[$0 + 1] == 0xDA })
        let end = try #require(
            file.indices.dropLast().first { $0 > start && file[$0] == 0xFF && file[$0 + 1] != 0 })
        let scan = Array(file[start..<end])
        let many = Data(file[..<end] + (0..<600).flatMap { _ in scan } + file[end...])
        let error = #expect(throws: DataError.self) { try ImageDecoder.decode(many) }
        #expect(error?.kind == .tooLarge && error?.because?.contains("scans") == true, "\(error?.rendered ?? "")")
    }

    private static let supported = "JPEG, PNG, WebP, GIF, BMP, TIFF"

    static let foreign: [(String, [UInt8], String)] = [
        ("empty", [], "the file is empty"),
        ("text", Array("not an image\n".utf8), "it holds text, not an image"),
        ("HEIC", [0, 0, 0, 24] + Array("ftypheic".utf8), "HEIC is not supported (supported: \(supported))"),
        ("AVIF", [0, 0, 0, 24] + Array("ftypavif".utf8), "AVIF is not supported (supported: \(supported))"),
        (
            "CR2", [0x49, 0x49, 42, 0, 16, 0, 0, 0] + Array("CR".utf8),
            "a camera's raw file is not supported (supported: \(supported))"
        ),
        ("PNM", Array("P5\n1 1\n255\n".utf8) + [0], "PNM is not supported (supported: \(supported))"),
        ("noise", [0x80, 0x01, 0x02], "its first bytes are those of no known image"),
    ]

    @Test("says what a file is that cannot be decoded", arguments: foreign)
    func refusesForeign(name: String, bytes: [UInt8], reason: String) {
        let error = #expect(throws: DataError.self) { try ImageDecoder.decode(Data(bytes)) }
        #expect(error?.kind == .undecodableImages && error?.because == reason)
    }
}
