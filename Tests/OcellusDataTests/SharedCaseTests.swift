// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

private let archive = Path(
    TestData.checkout.deletingLastPathComponent().appending(components: "shared", "cases", "cases.tar.gz"))

/// Small inputs that went wrong once, from `shared/cases` beside the checkout. The same kinds are made by hand in the other
/// suites; these are the very files.
@Suite("Inputs that went wrong", .enabled(if: archive.exists, "needs shared/cases beside the checkout"))
struct SharedCaseTests {
    private static func unpacked() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        let tar = Process()
        tar.executableURL = URL(filePath: "/usr/bin/env")
        tar.arguments = ["tar", "xzf", archive.text, "-C", directory.path]
        try tar.run()
        tar.waitUntilExit()
        try #require(tar.terminationStatus == 0)
        return directory
    }

    static let read: [(input: String, classes: [String], images: Int, note: String?)] = [
        ("18-falsesplits/sds", ["cats", "dogs"], 32, "training_set is read as the train split"),
        ("18-falsesplits/dogscats", ["cat", "dog"], 20, "classes are taken from the names of the files: cat, dog"),
        ("07-names/badfile", ["blue", "red"], 24, nil),
        ("07-names/space", ["a  b", "a b", "a b "], 36, "differ in case or blanks alone: \"a  b\", \"a b\", \"a b \""),
        ("06-archives/hardclass.tar", ["blue", "green", "red", "same"], 48, nil),
        ("06-archives/nfc.tar", [], 48, "is one class, though its name is written in two Unicode forms"),
        ("15-symlinks/files", ["blue", "green", "red"], 36, nil),
        ("05-tables/back.csv", ["blue", "green", "red"], 36, "are read with / in place of \\"),
        ("05-tables/utf16.csv", ["blue", "green", "red"], 36, nil),
        (
            "05-tables/kaggle.csv", ["blue", "green", "red"], 36,
            "are read with the endings of the files that are there"
        ),
        ("11-shapes/flattest", ["a", "b"], 20, "test: 5 images without a class were left out"),
    ]

    @Test("what can be read is read whole") func whole() async throws {
        let directory = try Self.unpacked()
        for (input, classes, count, note) in Self.read {
            let images = try await ImageDataset.named("\(directory.path)/\(input)")
            let found = images.train.count + images.test.count + (images.validation?.count ?? 0)
            #expect(found == count, "\(input): \(found)")
            if !classes.isEmpty, !input.hasSuffix("hardclass.tar") { #expect(images.classes == classes, "\(input)") }
            if input.hasSuffix("hardclass.tar") { #expect(images.classes.count == 4, "\(images.classes)") }
            if let note { #expect(images.notes.contains { $0.contains(note) }, "\(input): \(images.notes)") }
        }
    }

    static let refused: [(input: String, text: String)] = [
        ("18-falsesplits/kimg", "may be splits or classes"),
        ("18-falsesplits/cam", "the words that cameras and programs put before them are no classes"),
        ("07-names/badutf8c", "the name of a folder of images is no text"),
        ("06-archives/crc.tar.gz", "is damaged: its checksum is wrong."),
        ("06-archives/dotdot.tar", "names with .. lead out of the archive"),
        ("16-layouts/pixels.csv", "is a table of pixels, not of image files"),
        ("11-shapes/one", "no image can be held out for testing"),
    ]

    @Test("what cannot be read says why") func reasons() async throws {
        let directory = try Self.unpacked()
        for (input, text) in Self.refused {
            let error = await #expect(throws: DataError.self, "\(input)") {
                try await ImageDataset.named("\(directory.path)/\(input)")
            }
            #expect(error?.rendered.contains(text) == true, "\(input): \(error?.rendered ?? "")")
            #expect(error?.exitClass == .data, "\(input)")
        }
    }

    /// The first pixel as Pillow decodes it, opacity left out, and how many bands were left out.
    static let pictures: [(input: String, pixel: [Int], bands: Int)] = [
        ("03-tiff/rgb_unspec.tif", [30, 200, 60], 1), ("03-tiff/five.tif", [30, 200, 60], 2),
        ("03-tiff/tiled64.tif", [0, 0, 0], 0), ("04-gifbmpwebp/b32_v4_a0.bmp", [30, 200, 60], 0),
        ("01-jpeg/cmyk_no_adobe.jpg", [30, 200, 60], 0),
    ]

    @Test("pictures have the colours that others see") func colours() throws {
        let directory = try Self.unpacked()
        for (input, pixel, bands) in Self.pictures {
            let data = try Data(contentsOf: directory.url.appending(path: input))
            let image = try ImageDecoder.decode(data)
            let first = (0..<3).map { Int(image.pixels[image.channels == 1 ? 0 : $0]) }
            #expect(zip(first, pixel).allSatisfy { abs($0 - $1) <= 2 }, "\(input): \(first)")
            #expect(try ImageDecoder.header(data).bandsLeftOut == bands, "\(input)")
        }
    }

    static let named: [(input: String, text: String)] = [
        ("03-tiff/thumb_first.tif", "a preview of a later one"), ("04-gifbmpwebp/mp4.jpg", "MPEG-4 video"),
        ("02-png/cgbi.png", "CgBI"), ("01-jpeg/jpegls.jpg", "JPEG-LS"),
        ("19-frames/ms/a/0.tif", "13 bands, none of them named as a colour"),
    ]

    @Test("files that are not read are called what they are") func names() throws {
        let directory = try Self.unpacked()
        for (input, text) in Self.named {
            let data = try Data(contentsOf: directory.url.appending(path: input))
            let error = #expect(throws: DataError.self, "\(input)") { try ImageDecoder.decode(data) }
            #expect(error?.because?.contains(text) == true, "\(input): \(error?.rendered ?? "")")
        }
    }

    @Test("the table of classes that differ in blanks alone is read back equal") func blanks() async throws {
        let directory = try Self.unpacked()
        let folder = Path(directory.path + "/07-names/space")
        let check = try await FolderCheck(folder)
        try directory.write(
            try check.split(validation: 0, test: 0.2, seed: 0, directory: Path(directory.path)).content, to: "s.csv")
        let images = try await ImageDataset.named(directory.path + "/s.csv")
        #expect(images.classes == ["a  b", "a b", "a b "] && images.train.count + images.test.count == 36)
    }
}
