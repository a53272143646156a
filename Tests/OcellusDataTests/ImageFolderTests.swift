// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Folder of images") struct ImageFolderTests {
    /// Writes even 8×8 pictures; the gray level tells which is which.
    private static func folder(_ files: [String: UInt8]) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for (name, level) in files {
            let image = solid(8, 8, [level])
            try directory.write(
                name.hasSuffix(".png") ? ImageEncoder.png(image) : ImageEncoder.jpeg(image, quality: 100), to: name)
        }
        return directory
    }

    private static func read(
        _ directory: TemporaryDirectory, _ options: ImageFolderOptions = ImageFolderOptions()
    ) async throws -> ImageDataset {
        try await ImageDataset(contentsOf: directory.url, options: options)
    }

    private static func error(
        _ directory: TemporaryDirectory, _ options: ImageFolderOptions = ImageFolderOptions()
    ) async -> DataError? {
        await #expect(throws: DataError.self) { try await read(directory, options) }
    }

    private static func levels(_ images: ImageSet) throws -> [UInt8] {
        try (0..<images.count).map { try images.pixels(at: $0)[0] }
    }

    private static let twoClasses: [String: UInt8] = [
        "cat/1.png": 10, "cat/2.png": 11, "cat/deep/3.jpg": 12, "dog/1.jpeg": 20, "dog/2.PNG.png": 21, "dog/3.png": 22,
    ]

    @Test("a class for each folder, at any depth, in the order of bytes") func layout() async throws {
        let directory = try Self.folder(Self.twoClasses)
        let images = try await Self.read(directory)
        #expect(images.classes == ["cat", "dog"] && images.shape == [1, 8, 8])
        // A fifth of three images is one: held out, the same for the same seed.
        #expect(images.train.classCounts == [2, 2] && images.test.classCounts == [1, 1] && images.validation == nil)
        #expect(try (Self.levels(images.train) + Self.levels(images.test)).sorted() == [10, 11, 12, 20, 21, 22])
        #expect(
            images.notes == [
                "there is no test split: 2 of 6 images, the same share of each class, are held out (seed 0)"
            ])
        #expect(try await Self.read(directory).test.sha256 == images.test.sha256)
    }

    @Test(
        "knows the names of splits",
        arguments: [("train", "val", "test"), ("Training", "validation", "testing"), ("TRAIN", "eval", "Test")])
    func splits(train: String, validation: String, test: String) async throws {
        let directory = try Self.folder([
            "\(train)/a/1.png": 1, "\(train)/b/1.png": 2, "\(validation)/a/1.png": 3, "\(validation)/b/1.png": 4,
            "\(test)/b/1.png": 5,
        ])
        let images = try await Self.read(directory)
        #expect(try Self.levels(images.train) == [1, 2])
        #expect(try images.validation.map(Self.levels) == [3, 4])
        #expect(try Self.levels(images.test) == [5] && images.test.labels == [1])
        #expect(images.notes.count == 1 && images.notes[0].hasSuffix("/\(test) lacks classes: a"))
    }

    @Test("without a test split the validation images are the test") func trainAndValidation() async throws {
        let directory = try Self.folder(["train/a/1.png": 1, "train/b/1.png": 2, "val/a/1.png": 3, "val/b/1.png": 4])
        let images = try await Self.read(directory)
        #expect(try Self.levels(images.test) == [3, 4] && images.validation == nil)
        #expect(images.notes.contains { $0.contains("its validation images are the test images") })
    }

    @Test("a class may be called train") func classCalledTrain() async throws {
        let directory = try Self.folder(["bus/1.png": 1, "bus/2.png": 2, "train/1.png": 3, "train/2.png": 4])
        #expect(try await Self.read(directory).classes == ["bus", "train"])
    }

    @Test("labels of later splits go by name, whatever folders they lack") func byName() async throws {
        let directory = try Self.folder([
            "train/a/1.png": 1, "train/b/1.png": 2, "train/c/1.png": 3, "test/c/1.png": 4, "test/b/1.png": 5,
            "test/.ipynb_checkpoints/1.png": 6, "test/__MACOSX/1.png": 7, "test/b/.hidden.png": 8,
        ])
        try directory.makeDirectory("test/empty")
        let images = try await Self.read(directory)
        #expect(try Self.levels(images.test) == [5, 4] && images.test.labels == [1, 2])
    }

    @Test("a class that training lacks is an error with its name") func unknownClass() async throws {
        let directory = try Self.folder(["train/ants/1.png": 1, "train/bees/1.png": 2, "val/bee/1.png": 3])
        let error = await Self.error(directory)
        #expect(error?.code == "data.unknownClass")
        #expect(error?.summary.hasSuffix("/val has classes that the training images lack.") == true)
        #expect(error?.needs == "ants, bees" && error?.received == "bee" && error?.advice == "rename bee to bees")
    }

    @Test("numbered classes keep the order of text, and that is noted") func numbers() async throws {
        let directory = try Self.folder([
            "train/1/1.png": 1, "train/2/1.png": 2, "train/10/1.png": 3, "test/2/1.png": 4, "test/1/1.png": 4,
            "test/10/1.png": 4,
        ])
        let images = try await Self.read(directory)
        #expect(images.classes == ["1", "10", "2"])
        #expect(images.notes.contains { $0.hasPrefix("the class names are numbers in the order of text (1, 10, 2)") })
    }

    @Test("one colour picture makes all colour; all gray stays gray") func channels() async throws {
        let directory = try Self.folder(Self.twoClasses)
        try directory.write(ImageEncoder.png(solid(8, 8, [1, 2, 3])), to: "dog/color.png")
        let images = try await Self.read(directory)
        #expect(images.shape == [3, 8, 8])
        #expect(images.notes.contains("6 of 7 images are gray and are used as colour images"))
    }

    @Test("photos of different sizes become squares, and the notes say so") func sizes() async throws {
        let directory = try TemporaryDirectory()
        for (index, size) in [(200, 100), (100, 200), (160, 120), (120, 100)].enumerated() {
            let name = "\(index % 2 == 0 ? "a" : "b")/\(index).png"
            try directory.write(ImageEncoder.png(solid(size.0, size.1, [50])), to: name)
        }
        var images = try await Self.read(directory)
        #expect(images.shape == [1, 64, 64])
        #expect(
            images.notes.prefix(2) == [
                "4 of 4 images are resized to 64×64 (width×height, chosen; fit: crop)",
                "cropping leaves out 35 % of the image area on average",
            ])
        images = try await Self.read(directory, ImageFolderOptions(fitting: .init(size: Size2D(10, 20), fit: .stretch)))
        #expect(images.shape == [1, 10, 20])
        #expect(images.notes[0] == "4 of 4 images are resized to 20×10 (width×height, given; fit: stretch)")
        #expect(images.notes.count == 2)
    }

    @Test("what was done to files is counted") func counted() async throws {
        let directory = try Self.folder(Self.twoClasses)
        let turned = Raw.jpeg(try ImageEncoder.jpeg(solid(8, 8, [5])), withExif: Raw.exif(6, littleEndian: true))
        try directory.write(turned, to: "cat/turned.jpg")
        let row: [UInt8] = [0] + (0..<8).flatMap { _ in [UInt8(9), 0, 0, 0] }
        let deep = Raw.png(8, 8, depth: 16, colorType: 4, scanlines: (0..<8).flatMap { _ in row })
        try directory.write(deep, to: "cat/deep.png")
        try directory.write(Data("notes".utf8), to: "cat/notes.txt")
        let notes = try await Self.read(directory).notes
        #expect(notes.contains("1 images were turned upright by their EXIF or XMP orientation"))
        #expect(notes.contains("1 images have transparency, which is laid over white"))
        #expect(notes.contains("1 images have 16 bits a channel, which are scaled to 8"))
        #expect(
            notes.contains { $0.hasPrefix("files that are no images were left out: ") && $0.hasSuffix("cat/notes.txt") }
        )
    }

    @Test("content counts, not the name") func content() async throws {
        let directory = try Self.folder(Self.twoClasses)
        try directory.write(ImageEncoder.png(solid(8, 8, [77])), to: "cat/png-called.jpg")
        try directory.write(ImageEncoder.jpeg(solid(8, 8, [78])), to: "cat/no-ending")
        let images = try await Self.read(directory)
        let levels = try Set(Self.levels(images.train) + Self.levels(images.test))
        #expect(levels.isSuperset(of: [77, 78]))
    }

    @Test("unreadable files are an error with count and reasons, or are left out and noted") func unreadable()
        async throws
    {
        let directory = try Self.folder(Self.twoClasses)
        let cut = try ImageEncoder.jpeg(pattern(40, 40, 3)).dropLast(200)
        try directory.write(Data("I am text".utf8), to: "cat/0.jpg")
        try directory.write(cut, to: "cat/cut.jpg")
        try directory.write(Data([0, 0, 0, 24] + Array("ftypheic".utf8)), to: "dog/4.heic")
        try directory.write(Data(), to: "dog/5.png")
        let error = await Self.error(directory)
        #expect(error?.code == "data.undecodableImages" && error?.exitClass == .data)
        #expect(error?.summary == "4 of 10 files in \(directory.path) could not be read.")
        #expect(error?.received?.contains("cat/0.jpg: it holds text, not an image; ") == true)
        #expect(error?.received?.contains("cat/cut.jpg: the file is cut off") == true)
        #expect(error?.received?.hasSuffix("; and 1 more") == true)
        #expect(error?.advice?.contains("--skip-unreadable") == true)

        let images = try await Self.read(directory, ImageFolderOptions(skipsUnreadable: true))
        #expect(images.train.count + images.test.count == 6)
        let levels = try Self.levels(images.train) + Self.levels(images.test)
        #expect(levels.sorted() == [10, 11, 12, 20, 21, 22])
        let note = try #require(
            images.notes.first { $0.hasPrefix("4 of 10 files could not be read and were left out: ") })
        #expect(note.contains("dog/4.heic (HEIC is not supported (supported: JPEG, PNG, WebP, GIF, BMP, TIFF))"))
    }

    @Test("links to files and folders are followed, never in a circle, or left out if asked") func links() async throws
    {
        let directory = try Self.folder(Self.twoClasses)
        try directory.link("cat/loop", to: "..")
        try directory.link("cat/self", to: "self")
        try directory.link("cat/nowhere.png", to: "missing.png")
        try directory.link("dog/linked.png", to: "../cat/1.png")
        try directory.link("owl", to: "cat")
        var images = try await Self.read(directory)
        #expect(images.classes == ["cat", "dog", "owl"] && images.train.count + images.test.count == 10)
        let note = images.notes.first { $0.hasPrefix("links that lead nowhere or in a circle were left out: ") }
        for name in ["cat/loop", "cat/nowhere.png", "cat/self"] {
            #expect(note?.contains("\(directory.path)/\(name)") == true, "\(note ?? "")")
        }
        var options = ImageFolderOptions()
        options.followsLinks = false
        images = try await Self.read(directory, options)
        #expect(images.classes == ["cat", "dog"] && images.train.count + images.test.count == 6)
        #expect(images.notes.contains { $0.hasPrefix("symbolic links were left out: ") && $0.contains("cat/loop") })
    }

    @Test("a data set of nothing but links is read as what they lead to") func linkedSet() async throws {
        let directory = try Self.folder(Self.twoClasses)
        for name in Self.twoClasses.keys {
            let folder = "links/\(name.split(separator: "/")[0])"
            try directory.makeDirectory(folder)
            let up = String(repeating: "../", count: 2)
            try directory.link("\(folder)/\(name.replacing("/", with: "-"))", to: up + name)
        }
        let path = directory.path + "/links"
        let images = try await ImageDataset.named(path)
        #expect(try (Self.levels(images.train) + Self.levels(images.test)).sorted() == [10, 11, 12, 20, 21, 22])
        let found = try ImageFiles.pictures(under: path)
        #expect(found.count == 6)
        var options = ImageFolderOptions()
        options.followsLinks = false
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(path, options: options) }
        #expect(error?.kind == .noImages && error?.because == "--no-follow-links leaves out links")
    }

    @Test("folders that double behind links come to an end") func doublingLinks() async throws {
        let directory = try Self.folder(Self.twoClasses)
        for step in 0..<20 {
            try directory.makeDirectory("cat/\(step)")
            for name in ["a", "b"] { try directory.link("cat/\(step)/\(name)", to: "../\(step + 1)") }
        }
        let error = await Self.error(directory)
        #expect(error?.kind == .tooLarge && error?.advice == "--no-follow-links")
    }

    @Test("folders without classes or images say what was found") func empty() async throws {
        let nothing = try TemporaryDirectory()
        var error = await Self.error(nothing)
        #expect(error?.code == "data.unknownKind" && error?.received == "an empty directory")

        let flat = try Self.folder(["1.png": 1, "2.png": 2])
        error = await Self.error(flat)
        #expect(error?.code == "data.unknownKind" && error?.received == "1.png, 2.png")

        let hollow = try TemporaryDirectory()
        try hollow.makeDirectory("a")
        try hollow.write(Data("x".utf8), to: "b/readme.txt")
        error = await Self.error(hollow)
        #expect(error?.code == "data.noImages" && error?.received?.hasSuffix("b/readme.txt") == true)

        let single = try Self.folder(["a/1.png": 1, "a/2.png": 2])
        try single.makeDirectory("b")
        error = await Self.error(single)
        #expect(error?.code == "data.tooFewClasses" && error?.received == "a")
        #expect(error?.because == "folders without an image do not count: b")

        let lonely = try Self.folder(["a/1.png": 1, "b/1.png": 2])
        error = await Self.error(lonely)
        #expect(error?.code == "data.noImages")

        let twice = try Self.folder(["train/a/1.png": 1, "train/b/1.png": 2, "val/a/1.png": 1, "valid/a/1.png": 1])
        error = await Self.error(twice)
        #expect(error?.code == "data.ambiguous" && error?.received == "val and valid", "\(error?.rendered ?? "")")
    }

    @Test("a class whose files are all unreadable is no class, and that is said") func unreadableClass() async throws {
        let directory = try Self.folder(Self.twoClasses)
        try directory.write(Data("x".utf8), to: "bad/1.png")
        for cache in ImageCache.allCases {
            var options = ImageFolderOptions(skipsUnreadable: true)
            options.cache = cache
            let images = try await Self.read(directory, options)
            #expect(images.classes == ["cat", "dog"] && images.train.classCounts == [2, 2], "\(cache)")
            #expect(images.notes.contains("classes without a readable image were left out: bad"))
            #expect(
                try images.train.labels.enumerated().allSatisfy { try images.train.pixels(at: $0)[0] / 10 == $1 + 1 })
        }
    }

    @Test("classes too small to be divided train whole, and that is said; where none can be, the part is named")
    func tooSmall() async throws {
        let directory = try Self.folder(Self.twoClasses)
        try directory.write(ImageEncoder.png(solid(8, 8, [90])), to: "emu/1.png")
        let images = try await Self.read(directory)
        #expect(images.train.classCounts == [2, 2, 1] && images.test.classCounts == [1, 1, 0])
        #expect(images.notes.contains("classes too small to be divided, whose images all train: emu"))
        let one = try Self.folder(["a/1.png": 1, "b/1.png": 2, "c/1.png": 3])
        let error = await Self.error(one)
        #expect(error?.kind == .noImages && error?.summary == "no image can be held out for testing.")
        #expect(error?.advice?.contains("test images of their own") == true)
        let split = #expect(throws: DataError.self) {
            try Split.stratified(labels: [0, 1], classes: ["a", "b"], validationFraction: 0.5, seed: 0)
        }
        #expect(
            split?.summary == "no image can be held out for validation."
                && split?.advice?.contains("--validation 0") == true)
    }

    @Test("a folder whose files are all unreadable is an error even when they may be skipped") func nothingLeft()
        async throws
    {
        let directory = try TemporaryDirectory()
        for name in ["a/1.png", "a/2.png", "b/1.png", "b/2.png"] { try directory.write(Data("x".utf8), to: name) }
        let error = await Self.error(directory, ImageFolderOptions(skipsUnreadable: true))
        #expect(error?.code == "data.noImages")
    }

    @Test("a bomb is refused by its header") func bomb() async throws {
        let directory = try Self.folder(Self.twoClasses)
        try directory.write(Raw.png(60_000, 60_000, depth: 8, colorType: 2, scanlines: [0]), to: "cat/bomb.png")
        let error = await Self.error(directory)
        #expect(error?.received?.contains("it has 60000×60000 pixels, more than the limit") == true)
    }

    @Test("options without meaning are errors") func options() async throws {
        let directory = try Self.folder(Self.twoClasses)
        #expect(await Self.error(directory, ImageFolderOptions(fitting: .init(size: 0)))?.exitClass == .usage)
        #expect(await Self.error(directory, ImageFolderOptions(fitting: .init(size: 20_000)))?.kind == .outOfRange)
        var options = ImageFolderOptions()
        options.testFraction = 1
        #expect(await Self.error(directory, options)?.kind == .outOfRange)
    }

    @Test("files and folders that may not be read are named", .disabled(if: geteuid() == 0, "root may read everything"))
    func permissions() async throws {
        let directory = try Self.folder(Self.twoClasses)
        let file = directory.url.appendingPathComponent("cat/1.png").path
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: file)
        #expect(await Self.error(directory)?.received?.contains("cat/1.png: it may not be read") == true)
        let folder = directory.url.appendingPathComponent("dog").path
        try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: folder)
        #expect(await Self.error(directory)?.code == "data.notPermitted")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder)
    }

    @Test(
        "reads real photos",
        .enabled(if: TestData.large("hymenoptera") != nil, "needs hymenoptera/ in OCELLUS_TEST_DATA"))
    func photos() async throws {
        let images = try await ImageDataset(contentsOf: #require(TestData.large("hymenoptera")))
        #expect(images.name == "hymenoptera" && images.classes == ["ants", "bees"] && images.shape == [3, 64, 64])
        #expect(images.train.classCounts == [123, 121] && images.test.classCounts == [70, 83])
        #expect(images.notes.contains { $0.contains("images are resized to 64×64") })
    }
}
