// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusPixels

/// Files that people have and that most libraries never write.
@Suite("Odd files") struct OddFileTests {
    private static func header(_ file: Data) throws -> ImageHeader { try ImageDecoder.header(file) }

    private static func reason(_ file: Data) -> String {
        do {
            _ = try ImageDecoder.decode(file)
            return "decoded"
        } catch {
            return error.because ?? ""
        }
    }

    // MARK: TIFF

    /// Each pixel 80, 160, 100, and 0 for every further sample.
    private static func banded(_ extra: [Int], bits: Int = 8) -> TIFFPage {
        let sample = { (value: UInt8) in bits == 8 ? [value] : [value, value] }
        let pixel = [80, 160, 100].flatMap(sample) + extra.flatMap { _ in sample(0) }
        var page = TIFFPage(8, 8, samples: 3 + extra.count, pixels: (0..<64).flatMap { _ in pixel })
        (page.extraSamples, page.bits) = (extra, bits)
        return page
    }

    @Test(
        "a band that the file does not call opacity is none",
        arguments: [([0], 8), ([0, 0], 8), ([0, 0, 0], 8), ([0], 16)])
    func unspecifiedBands(extra: [Int], bits: Int) throws {
        let file = TIFFPage.file([Self.banded(extra, bits: bits)])
        let image = try ImageDecoder.decode(file)
        #expect(
            image == DecodedImage(width: 8, height: 8, channels: 3, pixels: (0..<64).flatMap { _ in [80, 160, 100] }))
        #expect(try Self.header(file).bandsLeftOut == extra.count)
        #expect(try !Self.header(file).hasAlpha)
    }

    @Test("a band that the file calls opacity is laid over white", arguments: [1, 2]) func opacity(kind: Int) throws {
        let file = TIFFPage.file([Self.banded([kind])])
        #expect(try Self.header(file).bandsLeftOut == 0 && Self.header(file).hasAlpha)
        // Colours that are multiplied by an opacity of 0 are damaged ones: white is added to what stands there.
        #expect(try ImageDecoder.decode(file).pixels.allSatisfy { $0 == 255 })
    }

    @Test("gray with one more band is gray; with several no one of them is the picture") func grayBands() throws {
        var page = TIFFPage(2, 1, samples: 2, pixels: [7, 0, 9, 0])
        (page.photometric, page.extraSamples) = (1, [0])
        #expect(try ImageDecoder.decode(TIFFPage.file([page])).pixels == [7, 9])
        #expect(try Self.header(TIFFPage.file([page])).bandsLeftOut == 1)

        var bands = TIFFPage(2, 2, samples: 13, pixels: [UInt8](repeating: 3, count: 4 * 13 * 2))
        (bands.photometric, bands.bits) = (1, 16)
        // With the tag that names the extra samples and without it.
        for extra in [[Int](repeating: 0, count: 12), []] {
            bands.extraSamples = extra
            #expect(
                Self.reason(TIFFPage.file([bands])).contains(
                    "13 bands, none of them named as a colour: write the one or three that are wanted to a file"))
        }
    }

    @Test("tiles of any size are read", arguments: [16, 32, 64], [1, 3]) func tiles(side: Int, channels: Int) throws {
        let picture = pattern(64, 40, channels)
        var page = TIFFPage(64, 40, samples: channels, pixels: picture.pixels)
        (page.tile, page.photometric) = (side, channels == 1 ? 1 : 2)
        let file = TIFFPage.file([page])
        #expect(try ImageDecoder.decode(file) == picture)
        #expect(Self.reason(file.dropLast(10)).hasPrefix("the file is cut off"))
    }

    @Test("what is not read is called what it is, with a remedy") func namedTIFF() {
        func page(_ change: (inout TIFFPage) -> Void) -> Data {
            var page = TIFFPage(1, 1, samples: 1, pixels: [0, 0, 0, 0])
            page.photometric = 1
            change(&page)
            return TIFFPage.file([page])
        }
        let compressions = [
            6: "old-style JPEG", 34_887: "LERC", 34_712: "JPEG 2000", 50_000: "Zstandard", 34_925: "LZMA",
            50_001: "WebP",
            12_345: "number 12345",
        ]
        for (number, name) in compressions {
            #expect(
                Self.reason(page { $0.compression = number }).contains(
                    "its compression, \(name), is not read here: save"))
        }
        let floats = page { ($0.bits, $0.more) = (32, [(339, 3, [3])]) }
        #expect(Self.reason(floats).contains("floating-point numbers"))
        #expect(Self.reason(floats).contains("scale them to 8 or 16 bits"))
        #expect(Self.reason(page { $0.more = [(339, 3, [2])] }).contains("no unsigned whole numbers: convert"))
        #expect(
            Self.reason(page { $0.photometric = 8 }).contains("a colour space that is not read here: convert it to RGB")
        )
        #expect(Self.reason(page { $0.photometric = 32_803 }).contains("a camera's raw file"))
    }

    @Test("a preview in front is a preview; only with a directory below it a camera's raw file") func previews() throws
    {
        var small = TIFFPage(4, 4, samples: 3, pixels: [UInt8](repeating: 90, count: 48))
        small.more = [(254, 4, [1])]
        let large = TIFFPage(8, 8, samples: 3, pixels: [UInt8](repeating: 90, count: 192))
        #expect(
            Self.reason(TIFFPage.file([small, large])).contains(
                "its first page is a preview of a later one, and only first pages are read"))
        #expect(Self.reason(TIFFPage.file([small])).contains("a preview alone"))
        var raw = small
        raw.more.append((330, 4, [8]))
        #expect(Self.reason(TIFFPage.file([raw])).contains("a camera's raw file"))

        // Previews behind the picture are no further pages, pages behind previews are.
        #expect(try Self.header(TIFFPage.file([large])).hasMoreFrames == false)
        #expect(try Self.header(TIFFPage.file([large, small, small])).hasMoreFrames == false)
        #expect(try Self.header(TIFFPage.file([large, small, large])).hasMoreFrames)
    }

    // MARK: Several frames

    @Test("an animation says that it is one") func frames() throws {
        let control = Raw.chunk("acTL", Raw.bigEndian(2) + Raw.bigEndian(0))
        let still = Raw.chunk("acTL", Raw.bigEndian(1) + Raw.bigEndian(0))
        func png(_ before: [UInt8]) -> Data {
            Raw.png(1, 1, depth: 8, colorType: 0, before: before, scanlines: [0, 9])
        }
        #expect(try Self.header(png(control)).hasMoreFrames)
        #expect(try !Self.header(png(still)).hasMoreFrames && !Self.header(png([])).hasMoreFrames)

        let start = Data("GIF89a".utf8) + [1, 0, 1, 0, 0x80, 0, 0, 0, 0, 0, 255, 255, 255]
        let frame = Data([0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0])
        let pause = Data([0x21, 0xF9, 4, 0, 9, 0, 0, 0])
        #expect(try !Self.header(start + frame + [0x3B]).hasMoreFrames)
        #expect(try !Self.header(start + pause + frame + pause + [0x3B]).hasMoreFrames)
        #expect(try Self.header(start + frame + frame + [0x3B]).hasMoreFrames)
        #expect(try Self.header(start + pause + frame + pause + frame + [0x3B]).hasMoreFrames)
        // Cut anywhere behind the first frame, the file is what it was.
        let whole = start + frame + pause + frame
        for length in (start + frame).count..<whole.count { _ = try Self.header(whole.prefix(length)) }
    }

    // MARK: Colours

    @Test("four inks are inverted with and without Adobe's marker") func cmyk() throws {
        let fixture = try #require(PillowFixtures.jpegs.first { $0.name == "CMYK" })
        let marked = try #require(Data(base64Encoded: fixture.file))
        let expected = try ImageDecoder.decode(marked)
        let name = try #require(marked.range(of: Data("Adobe".utf8)))
        let start = name.lowerBound - 4
        let length = 2 + Int(marked[start + 2]) << 8 + Int(marked[start + 3])
        var plain = marked
        plain.removeSubrange(start..<start + length)
        #expect(try ImageDecoder.decode(plain) == expected)
    }

    @Test("an opacity of 0 everywhere in a BMP is none", arguments: [(16, 0x8000), (32, 0xFF00_0000)])
    func emptyAlpha(bits: Int, mask: Int) throws {
        let masks = bits == 16 ? [0x7C00, 0x03E0, 0x001F, mask] : [0xFF_0000, 0xFF00, 0xFF, mask]
        let palette = masks.flatMap(Raw.littleEndian)
        let dark: [UInt8] = bits == 16 ? [0x1F, 0x00] : [255, 0, 0, 0]
        func file(_ pixels: [UInt8]) -> Data {
            Raw.bmp(2, 1, bits: bits, compression: 6, palette: palette, data: pixels)
        }
        let clear = file(dark + dark)
        #expect(try ImageDecoder.decode(clear).pixels == [0, 0, 255, 0, 0, 255])
        #expect(try !Self.header(clear).hasAlpha)
        // One pixel that is seen makes the others transparent.
        let seen: [UInt8] = bits == 16 ? [0x1F, 0x80] : [255, 0, 0, 255]
        let half = file(dark + seen)
        #expect(try ImageDecoder.decode(half).pixels == [255, 255, 255, 0, 0, 255])
        #expect(try Self.header(half).hasAlpha)
    }

    // MARK: Orientation

    private static let packets = [
        "<x:xmpmeta><rdf:Description tiff:Orientation=\"6\"/></x:xmpmeta>",
        "<rdf:Description tiff:Make='a' tiff:Orientation = '6'/>",
        "<rdf:Description><tiff:Orientation>6</tiff:Orientation></rdf:Description>",
    ]

    @Test("XMP turns a picture where EXIF does not", arguments: packets) func xmp(packet: String) throws {
        let keyword = Array("XML:com.adobe.xmp".utf8) + [0]
        let plain = Raw.chunk("iTXt", keyword + [0, 0, 0, 0] + Array(packet.utf8))
        let packed = Raw.chunk("iTXt", keyword + [1, 0, 0, 0] + Raw.zlib(Array(packet.utf8)))
        let exif = Raw.chunk("eXIf", Raw.exif(3, littleEndian: true))
        func png(_ before: [UInt8]) -> Data {
            Raw.png(2, 1, depth: 8, colorType: 0, before: before, scanlines: [0, 1, 2])
        }
        for chunk in [plain, packed] {
            #expect(try Self.header(png(chunk)).orientation == 6)
            #expect(try ImageDecoder.decode(png(chunk)).height == 2)
            #expect(try Self.header(png(chunk + exif)).orientation == 3)
        }

        let jpeg = try ImageEncoder.jpeg(pattern(5, 3, 1))
        let content = Array("http://ns.adobe.com/xap/1.0/".utf8) + [0] + Array(packet.utf8)
        let segment = [0xFF, 0xE1, UInt8((content.count + 2) >> 8), UInt8((content.count + 2) & 255)] + content
        let turned = jpeg.prefix(2) + segment + jpeg.dropFirst(2)
        #expect(try ImageDecoder.decode(turned).width == 3)
        #expect(try Self.header(Raw.jpeg(turned, withExif: Raw.exif(3, littleEndian: false))).orientation == 3)

        var page = TIFFPage(2, 1, samples: 1, pixels: [1, 2])
        page.photometric = 1
        page.more = [(700, 1, packet.utf8.map(Int.init))]
        #expect(try Self.header(TIFFPage.file([page])).orientation == 6)
        page.more.append((274, 3, [3]))
        #expect(try Self.header(TIFFPage.file([page])).orientation == 3)
    }

    @Test(
        "what is no orientation in XMP turns nothing",
        arguments: [
            "", "tiff:Orientation", "tiff:Orientation=\"9\"", "tiff:Orientation=\"12\"", "tiff:Orientation=\"6", "6",
        ])
    func noOrientation(packet: String) throws {
        let chunk = Raw.chunk("iTXt", Array("XML:com.adobe.xmp".utf8) + [0, 0, 0, 0, 0] + Array(packet.utf8))
        let damaged = Raw.chunk("iTXt", Array("XML:com.adobe.xmp".utf8) + [0, 1, 0, 0, 0] + Array(packet.utf8))
        for chunk in [chunk, damaged] {
            let file = Raw.png(2, 1, depth: 8, colorType: 0, before: chunk, scanlines: [0, 1, 2])
            #expect(try Self.header(file).orientation == 1)
        }
    }

    @Test("EXIF's orientation may be a LONG", arguments: [true, false]) func longOrientation(little: Bool) throws {
        let mark: [UInt8] = little ? [0x49, 0x49] : [0x4D, 0x4D]
        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            let all = Array(Raw.bigEndian(value).suffix(count))
            return little ? all.reversed() : all
        }
        let entry = bytes(0x0112, 2) + bytes(4, 2) + bytes(1, 4) + bytes(8, 4)
        let exif = mark + bytes(42, 2) + bytes(8, 4) + bytes(1, 2) + entry + bytes(0, 4)
        let file = Raw.png(
            2, 1, depth: 8, colorType: 0, before: Raw.chunk("eXIf", exif), scanlines: [0, 1, 2])
        #expect(try Self.header(file).orientation == 8)
    }

    // MARK: Names

    private static func boxed(_ brand: String, _ listed: [String] = []) -> Data {
        let brands = Array(brand.utf8) + [0, 0, 0, 0] + listed.flatMap { Array($0.utf8) }
        return Data(Raw.bigEndian(8 + brands.count) + Array("ftyp".utf8) + brands + [0, 0, 0, 0])
    }

    private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    static let named: [(Data, String)] = [
        (boxed("isom", ["isom", "avc1"]), "an MPEG-4 video is not supported"),
        (boxed("mp42"), "an MPEG-4 video is not supported"), (boxed("qt  "), "a QuickTime video is not supported"),
        (boxed("M4A "), "an MPEG-4 sound file is not supported"),
        (boxed("crx "), "a camera's raw file is not supported"),
        (boxed("heic"), "HEIC is not supported"), (boxed("mif1", ["mif1", "heic"]), "HEIC is not supported"),
        (boxed("avif"), "AVIF is not supported"), (boxed("mif1", ["mif1", "avif"]), "AVIF is not supported"),
        (Data([0xFF, 0xD8, 0xFF, 0xF7, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0]), "(JPEG-LS)"),
        (Data([0xFF, 0xD8, 0xFF, 0xE0, 0, 2, 0xFF, 0xC3, 0, 11, 8, 0, 1, 0, 1, 1, 1, 0x11, 0]), "(lossless JPEG)"),
        (
            Data(
                signature + Raw.chunk("CgBI", [0x50, 0, 0x20, 2])
                    + Raw.chunk("IHDR", Raw.bigEndian(1) + Raw.bigEndian(1) + [8, 6, 0, 0, 0]) + Raw.chunk("IDAT", [0])
                    + Raw.chunk("IEND", [])), "Apple's own form of PNG, CgBI"
        ),
        (Data("8BPS\0\u{1}".utf8), "Photoshop's PSD is not supported"), (Data("%PDF-1.7".utf8), "it is a PDF document"),
        (Data("PK\u{3}\u{4}".utf8), "it is a zip archive"), (Data("RIFF....AVI ".utf8), "it is an AVI video"),
        (Data([0x1A, 0x45, 0xDF, 0xA3, 0]), "it is a Matroska or WebM video"),
        (Data([0x1F, 0x8B, 8, 0]), "it is a gzip file"), (Data([0, 5, 0x16, 7, 0, 2]), "its name begins with ._"),
        (Data("version https://git-lfs.github.com/spec/v1\noid".utf8), "a pointer of Git LFS: `git lfs pull`"),
        (Data("\n<!DOCTYPE html><html>".utf8), "it is a web page"), (Data("<HTML><head>".utf8), "it is a web page"),
        (Data(count: 4096), "it begins with zeros only"), (Data("not found".utf8), "it holds text, not an image"),
        (Data([1, 2, 3, 4]), "its first bytes are those of no known image"),
    ]

    @Test("a file that is no picture to be read is called what it is", arguments: named)
    func names(file: Data, words: String) { #expect(Self.reason(file).contains(words), "\(Self.reason(file))") }
}
