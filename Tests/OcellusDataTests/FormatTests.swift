// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

/// Files of every format, made by `Scripts/fixtures/formats.py`, with the pixels that Pillow decodes.
struct FormatFixture: Decodable, Sendable {
    var width, height, channels, tolerance: Int
    var pixels: Data

    static let directory = TestData.fixture("formats")
    static let all: [String: FormatFixture] = {
        let file = directory.appending(path: "expected.json")
        guard let data = try? Data(contentsOf: file) else { return [:] }
        return (try? JSONDecoder().decode([String: FormatFixture].self, from: data)) ?? [:]
    }()
    static let names = all.keys.sorted()

    static func file(_ name: String) throws -> Data { try Data(contentsOf: directory.appending(path: name)) }
}

@Suite("Image formats") struct FormatTests {
    @Test("the fixtures are there") func fixtures() { #expect(FormatFixture.names.count == 43) }

    @Test("decodes what Pillow wrote", arguments: FormatFixture.names) func decodes(name: String) throws {
        let expected = try #require(FormatFixture.all[name])
        let image = try ImageDecoder.decode(FormatFixture.file(name))
        #expect(image.width == expected.width && image.height == expected.height, "\(image.width)×\(image.height)")
        #expect(image.channels == expected.channels)
        let largest = zip(image.pixels, expected.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 255
        #expect(image.pixels.count == expected.pixels.count && largest <= expected.tolerance, "\(largest)")
    }

    // Of a GIF only the first frame counts, and "pages.tif" has its first page at the start: a cut behind them is none.
    @Test("every cut of a file is an error", arguments: FormatFixture.names.filter { !$0.hasSuffix(".gif") })
    func cut(name: String) throws {
        let file = try FormatFixture.file(name)
        let whole = try ImageDecoder.decode(file)
        for length in 0..<file.count {
            guard let image = try? ImageDecoder.decode(file.prefix(length)) else { continue }
            let isHarmless = name == "pages.tif" || name == "animated.webp" || name.hasSuffix(".tif")
            #expect(isHarmless && image == whole, "\(length) of \(file.count) bytes")
        }
    }

    @Test(
        "a GIF that ends within its first frame is an error", arguments: ["palette.gif", "interlaced.gif", "gray.gif"])
    func cutGIF(name: String) throws {
        let file = try FormatFixture.file(name)
        let whole = try ImageDecoder.decode(file)
        var failures = 0
        for length in 0..<file.count {
            do {
                // The last bytes end the codes, the frame and the file; the pixels are there before.
                #expect(try ImageDecoder.decode(file.prefix(length)) == whole)
                #expect(length >= file.count - 6, "\(length) of \(file.count) bytes")
            } catch {
                failures += 1
            }
        }
        #expect(failures >= file.count - 6)
    }

    @Test("damage is an error or another picture, never a crash", arguments: FormatFixture.names)
    func damaged(name: String) throws {
        let file = try FormatFixture.file(name)
        var limits = ImageLimits()
        limits.pixels = 1_000_000
        var random = CounterRandom(seed: 3, purpose: .test, sample: file.count)
        var failures = 0
        for _ in 0..<300 {
            var changed = file
            for _ in 0...random.nextIndex(below: 4) {
                changed[random.nextIndex(below: file.count)] = UInt8(truncatingIfNeeded: random.next())
            }
            do {
                let image = try ImageDecoder.decode(changed, limits: limits)
                #expect(image.pixels.count == image.width * image.height * image.channels)
            } catch {
                failures += 1
            }
        }
        #expect(failures > 0)
    }

    @Test("a bomb costs nothing: 900 megapixels are refused by their header") func bombs() throws {
        let gif = Data("GIF89a".utf8) + [0x30, 0x75, 0x30, 0x75, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]
        let frame = Data([0x2C, 0, 0, 0, 0, 0x30, 0x75, 0x30, 0x75, 0, 2, 2, 0x44, 1, 0, 0x3B])
        let files: [(String, Data)] = [
            ("PNG", Raw.png(30_000, 30_000, depth: 8, colorType: 2, scanlines: [0])), ("GIF", gif + frame),
            ("BMP", Raw.bmp(30_000, 30_000, bits: 8, compression: 1, palette: [0, 0, 0, 0], data: [0, 1])),
            ("TIFF", Raw.tiff([(256, 30_000), (257, 30_000), (258, 8), (259, 1), (262, 1), (273, 8), (279, 4)])),
        ]
        for (name, file) in files {
            let start = ContinuousClock.now
            let error = #expect(throws: DataError.self, "\(name)") { try ImageDecoder.decode(file) }
            #expect(error?.because == "it has 30000×30000 pixels, more than the limit of 100000000", "\(name)")
            #expect(ContinuousClock.now - start < .milliseconds(500), "\(name)")
        }
    }
}

@Suite("BMP") struct BMPTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let file: Data
        let width: Int
        let channels: Int
        let pixels: [UInt8]
    }

    private static let colors: [UInt8] = [0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 9, 9, 9, 0]

    // Rows from below, blue before green before red.
    static let cases = [
        Case(
            testDescription: "1 bit",
            file: Raw.bmp(3, 1, bits: 1, palette: [0, 0, 0, 0, 255, 255, 255, 0], data: [0xA0, 0, 0, 0]),
            width: 3, channels: 1, pixels: [255, 0, 255]),
        Case(
            testDescription: "2 bits", file: Raw.bmp(4, 1, bits: 2, palette: colors, data: [0b0001_1011, 0, 0, 0]),
            width: 4,
            channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9]),
        Case(
            testDescription: "4 bits, two rows",
            file: Raw.bmp(1, 2, bits: 4, palette: colors, data: [0x10, 0, 0, 0, 0x20, 0, 0, 0]), width: 1, channels: 3,
            pixels: [0, 0, 255, 0, 255, 0]),
        Case(
            testDescription: "top-down", file: Raw.bmp(1, -2, bits: 24, data: [3, 2, 1, 0, 6, 5, 4, 0]), width: 1,
            channels: 3, pixels: [1, 2, 3, 4, 5, 6]),
        // 5 bits: 31 is 255, 16 is 131.6.
        Case(
            testDescription: "16 bits without fields", file: Raw.bmp(2, 1, bits: 16, data: [0xFF, 0x7F, 0x00, 0x40]),
            width: 2, channels: 3, pixels: [255, 255, 255, 132, 0, 0]),
        Case(
            testDescription: "16 bits, 5-6-5",
            file: Raw.bmp(
                2, 1, bits: 16, compression: 3, palette: [0, 0xF8, 0, 0, 0xE0, 7, 0, 0, 0x1F, 0, 0, 0],
                data: [0xE0, 0x07, 0x1F, 0x00]), width: 2, channels: 3, pixels: [0, 255, 0, 0, 0, 255]),
        Case(
            testDescription: "alpha with a mask, over white",
            file: Raw.bmp(
                2, 1, bits: 32, compression: 6,
                palette: [0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0xFF, 0, 0, 0, 0, 0, 0, 0xFF], data: [1, 2, 3, 0, 1, 2, 3, 255]),
            width: 2, channels: 3, pixels: [255, 255, 255, 3, 2, 1]),
        Case(
            testDescription: "runs of 8 bits, with literals, a jump and the end",
            file: Raw.bmp(
                5, 2, bits: 8, compression: 1, palette: colors,
                data: [2, 1, 0, 3, 2, 3, 1, 0, 0, 0, 0, 2, 1, 0, 1, 3, 0, 1]), width: 5, channels: 3,
            pixels: [
                255, 0, 0, 9, 9, 9, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9, 0, 255,
                0,
            ]),
        Case(
            testDescription: "runs of 4 bits",
            file: Raw.bmp(4, 1, bits: 4, compression: 2, palette: colors, data: [3, 0x12, 1, 0x30, 0, 1]), width: 4,
            channels: 3, pixels: [0, 255, 0, 0, 0, 255, 0, 255, 0, 9, 9, 9]),
        Case(
            testDescription: "the oldest header",
            file: Raw.coreBMP(1, 1, palette: [7, 7, 7, 8, 8, 8], data: [0x80, 0, 0, 0]),
            width: 1, channels: 1, pixels: [8]),
    ]

    @Test("decodes every kind", arguments: cases) func kinds(test: Case) throws {
        let image = try ImageDecoder.decode(test.file)
        #expect(image.width == test.width && image.channels == test.channels)
        #expect(image.pixels == test.pixels)
    }

    static let bad: [(String, Data, String)] = [
        ("no width", Raw.bmp(0, 1, bits: 24, data: [0, 0, 0, 0]), "sizes without meaning"),
        ("five bits", Raw.bmp(1, 1, bits: 5, data: [0, 0, 0, 0]), "bits a pixel"),
        ("runs of 24 bits", Raw.bmp(1, 1, bits: 24, compression: 1, data: [0, 0, 0, 0]), "bits a pixel"),
        ("a JPEG inside", Raw.bmp(1, 1, bits: 0, compression: 4, data: [0]), "a JPEG inside a BMP"),
        ("no palette", Raw.bmp(1, 1, bits: 8, data: [0, 0, 0, 0]), "it has no palette"),
        ("a short palette", Raw.bmp(1, 1, bits: 8, palette: [0, 0, 0, 0], data: [1, 0, 0, 0]), "not in the palette"),
        ("short rows", Raw.bmp(2, 2, bits: 24, data: [0, 0, 0, 0, 0, 0, 0, 0]), "the file is cut off"),
        (
            "a run that is too long", Raw.bmp(2, 1, bits: 8, compression: 1, palette: colors, data: [3, 1, 0, 1]),
            "out of the picture"
        ),
        (
            "runs without an end", Raw.bmp(2, 1, bits: 8, compression: 1, palette: colors, data: [2, 1]),
            "the file is cut off"
        ),
        (
            "fields that overlap",
            Raw.bmp(
                1, 1, bits: 32, compression: 3, palette: [1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0], data: [0, 0, 0, 0]),
            "bit fields contradict"
        ),
    ]

    @Test("says what is wrong", arguments: bad) func refuses(name: String, file: Data, reason: String) {
        let error = #expect(throws: DataError.self) { try ImageDecoder.decode(file) }
        #expect(error?.because?.contains(reason) == true, "\(error?.rendered ?? "")")
    }
}

@Suite("TIFF") struct TIFFTests {
    static let bad: [(String, Data, String)] = [
        ("no directory", Data([0x49, 0x49, 42, 0, 200, 0, 0, 0]), "the file is"),
        ("no size", Raw.tiff([(258, 8), (259, 1), (262, 1)]), "the file is damaged"),
        (
            "a raw file's preview",
            Raw.tiff([(254, 1), (256, 1), (257, 1), (258, 8), (262, 1), (273, 8), (279, 4), (330, 8)]),
            "a camera's raw file"
        ),
        (
            "LERC", Raw.tiff([(256, 1), (257, 1), (258, 8), (259, 34_887), (262, 1), (273, 8), (279, 4)]),
            "its compression, LERC, is not read here"
        ),
        (
            "floats", Raw.tiff([(256, 1), (257, 1), (258, 32), (259, 1), (262, 1), (273, 8), (279, 4), (339, 3)]),
            "samples that are floating-point numbers"
        ),
        (
            "a tile of 1 GiB for one pixel",
            Raw.tiff([
                (256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (322, 32_768), (323, 32_768), (324, 8), (325, 4),
            ]),
            "far larger than the picture"
        ),
    ]

    @Test("says what is wrong", arguments: bad) func refuses(name: String, file: Data, reason: String) {
        let error = #expect(throws: DataError.self) { try ImageDecoder.decode(file) }
        #expect(error?.because?.contains(reason) == true, "\(error?.rendered ?? "")")
    }
}
