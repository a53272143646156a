// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

/// Inputs of the kinds that went wrong for people, each made here: what comes of a whole one, and what is said.
@Suite("Further inputs of the kinds that went wrong") struct FurtherCaseTests {
    /// What should come of an input.
    enum Outcome: Sendable {
        /// Classes, the numbers of training, validation and test images before any are held out, and part of a note.
        case read([String], [Int], note: String? = nil)
        /// Part of the message.
        case refused(String)
    }

    struct Input: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var outcome: Outcome
        /// Makes the files and gives the path to read, relative to the folder.
        var make: @Sendable (TemporaryDirectory) throws -> String

        init(_ name: String, _ outcome: Outcome, _ make: @escaping @Sendable (TemporaryDirectory) throws -> String) {
            (testDescription, self.outcome, self.make) = (name, outcome, make)
        }
    }

    private static func png(_ level: Int) throws -> Data { try ImageEncoder.png(solid(8, 8, [UInt8(level), 30, 90])) }

    /// A picture for each name.
    private static func files(_ names: [String]) -> @Sendable (TemporaryDirectory) throws -> String {
        { directory in
            for (index, name) in names.enumerated() { try directory.write(png(index % 250), to: "set/" + name) }
            return "set"
        }
    }

    private static func set(_ folders: String..., classes: [String] = ["cats", "dogs"], count: Int = 3) -> [String] {
        folders.flatMap { folder in
            classes.flatMap { name in (0..<count).map { "\(folder)/\(name)/\($0).png" } }
        }
    }

    static let splits: [Input] = [
        Input(
            "train-v2 and test-v2", .read(["cats", "dogs"], [6, 0, 6], note: "train-v2 is read as the train split"),
            files(set("train-v2", "test-v2"))),
        Input("Training and Testing", .read(["cats", "dogs"], [6, 0, 6]), files(set("Training", "Testing"))),
        Input(
            "images_train, images_val, images_test", .read(["cats", "dogs"], [6, 6, 6]),
            files(set("images_train", "images_val", "images_test"))),
        Input("train and dev", .read(["cats", "dogs"], [6, 6, 0]), files(set("train", "dev"))),
        Input(
            "a wrapper around the splits", .read(["cats", "dogs"], [6, 0, 6]),
            files(set("data/train_set", "data/test_set"))),
        Input(
            "bus, car, train are classes", .read(["bus", "car", "train"], [9, 0, 0]),
            files(["bus", "car", "train"].flatMap { name in (0..<3).map { "\(name)/\($0).png" } })),
        Input(
            "test, blank, control are classes", .read(["blank", "control", "test"], [9, 0, 0]),
            files(["blank", "control", "test"].flatMap { name in (0..<3).map { "\(name)/\($0).png" } })),
        Input(
            "folds from 1", .read(["cats", "dogs"], [18, 0, 0], note: "folds"), files(set("fold1", "fold2", "fold3"))),
        Input(
            "folders that all classes share", .read(["left", "right"], [12, 0, 0], note: "hold the same folders"),
            files(set("left", "right"))),
        Input(
            "an unlabelled test folder",
            .read(["cats", "dogs"], [6, 0, 0], note: "test: 4 images without a class were left out"),
            files(set("train") + (0..<4).map { "test/\($0).png" })),
        Input(
            "an unlabelled folder of another word", .read(["cats", "dogs"], [6, 0, 0], note: "without a class"),
            files(set("training_images") + (0..<4).map { "test_images/a\($0).png" })),
        Input(
            "pictures of a camera", .refused("the words that cameras and programs put before them are no classes"),
            files((0..<4).flatMap { ["IMG_\(1000 + $0).png", "P\(1000 + $0).png", "DSCN\(1000 + $0).png"] })),
        Input(
            "screenshots with dates", .refused("are no classes"),
            files((1...4).map { "Screenshot_2024-01-0\($0).png" } + (1...4).map { "2024-02-0\($0).png" })),
        Input(
            "folds with splits of their own", .refused("has splits of its own"),
            files(set("fold_0/train", "fold_0/val", "fold_1/train", "fold_1/val"))),
        Input(
            "sets with splits of their own", .refused("has splits of its own"),
            files(set("day/train", "day/test", "night/train", "night/test"))),
        Input(
            "folders of images beside one of classes for training", .refused("may be splits or classes"),
            files(set("train") + (0..<4).map { "extra/\($0).png" })),
        Input(
            "classes beside a folder of them for training", .refused("may be splits or classes"),
            files(set("train") + set(".").map { String($0.dropFirst(2)) })),
        Input(
            "classes with folders of their own, one called train",
            .read(["bus", "train"], [6, 0, 0]),
            files([
                "bus/city/0.png", "bus/tour/0.png", "bus/1.png", "train/steam/0.png", "train/electric/0.png",
                "train/1.png",
            ])),
        Input(
            "an unlabeled folder beside classes",
            .read(
                ["cats", "dogs"], [6, 0, 0],
                note: "unlabeled: 4 images without a class were left out; predict takes them"),
            files(set(".").map { String($0.dropFirst(2)) } + (0..<4).map { "unlabeled/\($0).png" })),
        Input(
            "an unlabelled folder beside the one for training",
            .read(["cats", "dogs"], [6, 0, 0], note: "Unlabelled_images: 4 images without a class were left out"),
            files(set("train") + (0..<4).map { "Unlabelled_images/\($0).png" })),
        Input(
            "unsup among the classes of a split",
            .read(["cats", "dogs"], [6, 0, 6], note: "unsup: 4 images without a class were left out"),
            files(set("train", "test") + (0..<4).map { "train/unsup/\($0).png" })),
        Input(
            "a test folder with all in one folder",
            .read(["cats", "dogs"], [6, 0, 0], note: "test: 4 images without a class were left out"),
            files(set("train") + (0..<4).map { "test/images/\($0).png" })),
        Input(
            "a validation folder with all in one called unknown",
            .read(["cats", "dogs"], [6, 0, 0], note: "valid: 4 images without a class were left out"),
            files(set("train") + (0..<4).map { "valid/unknown/\($0).png" })),
        Input(
            "folders that nearly all classes share",
            .read(["summer", "winter"], [15, 0, 0], note: "hold the same folders (cats, dogs)"),
            files(set("summer", classes: ["cats", "dogs", "owls"]) + set("winter"))),
        Input(
            "months in names", .refused("are no classes"),
            files((1...4).flatMap { ["jan_\($0).png", "Feb-\($0).png"] })),
        Input(
            "scenes and frames in names", .refused("are no classes"),
            files((1...4).flatMap { ["frame_\($0).png", "scene_\($0).png"] })),
        Input(
            "classes in names",
            .read(["cat", "dog"], [8, 0, 0], note: "classes are taken from the names of the files: cat, dog"),
            files((0..<4).flatMap { ["cat.\($0).png", "dog.\($0).png"] })),
    ]

    static let names: [Input] = [
        Input(
            "classes with commas and quotation marks", .read(["a,b", "c\"d"], [6, 0, 0]),
            files(set(".", classes: ["a,b", "c\"d"]).map { String($0.dropFirst(2)) })),
        Input(
            "classes equal but for case", .read(["Cat", "cat"], [6, 0, 0], note: "differ in case or blanks alone"),
            files(["Cat", "cat"].flatMap { name in (0..<3).map { "\(name)/\($0).png" } })),
        Input(
            "classes equal but for the case of ß",
            .read(["STRASSE", "straße"], [6, 0, 0], note: "differ in case or blanks alone"),
            files(["STRASSE", "straße"].flatMap { name in (0..<3).map { "\(name)/\($0).png" } })),
        Input(
            "classes equal but for full-width letters", .read(["cat", "ｃａｔ"], [6, 0, 0], note: "names look alike"),
            files(["cat", "ｃａｔ"].flatMap { name in (0..<3).map { "\(name)/\($0).png" } })),
        Input(
            "classes equal but for a character of no width",
            .read(["a", "a\u{200b}"], [6, 0, 0], note: "names look alike"),
            files(["a", "a\u{200b}"].flatMap { name in (0..<3).map { "\(name)/\($0).png" } })),
        Input(
            "a class in two Unicode forms", .read(["café", "x"], [9, 0, 0], note: "two Unicode forms"),
            files([
                "cafe\u{301}/1.png", "cafe\u{301}/2.png", "cafe\u{301}/3.png", "caf\u{e9}/1.png", "caf\u{e9}/2.png",
                "caf\u{e9}/3.png",
                "x/1.png", "x/2.png", "x/3.png",
            ])),
        Input(
            "files in two Unicode forms", .read(["a", "b"], [6, 0, 0]),
            files(["a/e\u{301}.png", "a/\u{e9}.png", "a/1.png", "b/1.png", "b/2.png", "b/3.png"])),
        Input(
            "names of control characters and marks of direction", .read(["a\u{202e}b", "c"], [6, 0, 0]),
            files(["a\u{202e}b", "c"].flatMap { name in ["\u{7}.png", "\n.png", "z.png"].map { "\(name)/\($0)" } })),
        Input(
            "a class that begins with a combining mark", .read(["b", "\u{301}a"], [6, 0, 0]),
            files(["b", "\u{301}a"].flatMap { name in (0..<3).map { "\(name)/\($0).png" } })),
        Input(
            "hidden and double underscored folders", .read(["a", "b"], [6, 0, 0]),
            files(
                set(".", classes: ["a", "b"]).map { String($0.dropFirst(2)) } + [
                    ".git/1.png", "__MACOSX/a/1.png", "a/.x.png",
                ])),
    ]

    /// Links are made beside real files.
    private static func linked(
        _ links: [(name: String, to: String)]
    ) -> @Sendable (TemporaryDirectory) throws -> String {
        { directory in
            _ = try files(set("real").map { String($0.dropFirst(5)) })(directory)
            for (name, target) in links {
                let place = directory.url.appending(path: "set/" + name)
                try FileManager.default.createDirectory(
                    at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
                try FileManager.default.createSymbolicLink(atPath: place.path, withDestinationPath: target)
            }
            return "set"
        }
    }

    static let links: [Input] = [
        Input(
            "a class that is a link to a folder", .read(["birds", "cats", "dogs"], [9, 0, 0]),
            linked([("birds", "cats")])),
        Input(
            "a class of links to files", .read(["birds", "cats", "dogs"], [8, 0, 0]),
            linked([("birds/a.png", "../cats/0.png"), ("birds/b.png", "../dogs/0.png")])),
        Input(
            "a link to the folder above", .read(["cats", "dogs"], [6, 0, 0], note: "circle"),
            linked([("cats/up", "..")])),
        Input(
            "a link to itself, and one that leads nowhere", .read(["cats", "dogs"], [6, 0, 0], note: "link"),
            linked([("cats/self.png", "self.png"), ("dogs/gone.png", "nowhere.png")])),
    ]

    private static func table(
        _ text: String, named name: String = "set/t.csv", utf16: Bool = false, in folder: String = "set"
    ) -> @Sendable (TemporaryDirectory) throws -> String {
        { directory in
            for index in 0..<6 { try directory.write(png(index), to: "\(folder)/images/\(index).png") }
            let data = utf16 ? text.data(using: .utf16BigEndian).map { Data([0xFE, 0xFF]) + $0 } : Data(text.utf8)
            try directory.write(data ?? Data(), to: name)
            return name
        }
    }

    private static func rows(_ header: String, _ row: (Int, String) -> String) -> String {
        ([header] + (0..<6).map { row($0, $0 < 3 ? "a" : "b") }).joined(separator: "\n") + "\n"
    }

    static let tables: [Input] = [
        Input(
            "image_id and breed, without endings",
            .read(["a", "b"], [6, 0, 0], note: "with the endings of the files"),
            table(rows("image_id,breed") { "images/\($0),\($1)" })),
        Input(
            "filepath and category, backslashes", .read(["a", "b"], [6, 0, 0], note: "/ in place of \\"),
            table(rows("filepath,category") { "images\\\($0).png,\($1)" })),
        Input(
            "semicolons of a spreadsheet", .read(["a", "b"], [6, 0, 0]),
            table(rows("image;target") { "images/\($0).png;\($1)" })),
        Input(
            "tabs", .read(["a", "b"], [6, 0, 0]),
            table(rows("filename\tlabel") { "images/\($0).png\t\($1)" }, named: "set/t.tsv")),
        Input(
            "UTF-16, big end first", .read(["a", "b"], [6, 0, 0]),
            table(rows("path,class") { "images/\($0).png,\($1)" }, utf16: true)),
        Input(
            "JSON lines", .read(["a", "b"], [6, 0, 0]),
            table(
                (0..<6).map { "{\"file_name\": \"images/\($0).png\", \"label\": \"\($0 < 3 ? "a" : "b")\"}" }.joined(
                    separator: "\n"),
                named: "set/t.jsonl")),
        Input(
            "a table beside its images", .read(["a", "b"], [6, 0, 0]),
            { directory in
                _ = try table(rows("file_name,label") { "images/\($0).png,\($1)" }, named: "set/metadata.csv")(
                    directory)
                return "set"
            }),
        Input(
            "files that are not there", .refused("files in"), table(rows("path,label") { "pictures/\($0).png,\($1)" })),
        Input(
            "a table of pixels without a header", .refused("is a table of pixels"),
            table(
                (0..<6).map { line in (0..<785).map { "\(($0 * line) % 256)" }.joined(separator: ",") }.joined(
                    separator: "\n"))),
        Input(
            "endings in other letters", .read(["a", "b"], [6, 0, 0], note: "with the endings of the files"),
            table(rows("path,label") { "images\\\($0).PNG,\($1)" })),
        Input(
            "pixels in one column", .refused("is a table of pixels"),
            table(rows("emotion,pixels,Usage") { "\($0),0 1 2 3,\($1)" })),
        Input(
            "two columns that may be the label", .refused("label"),
            table(rows("path,label,class") { "images/\($0).png,\($1),\($1)" })),
        Input(
            "a quotation mark that is never closed", .refused("never closed"),
            table("path,label\n\"images/0.png,a\nimages/1.png,b\n")),
    ]

    private static func archive(_ name: String, _ members: [Data]) -> @Sendable (TemporaryDirectory) throws -> String {
        { directory in
            try directory.write(members.reduce(Data(), +) + Data(count: 1024), to: name)
            return name
        }
    }

    private static func member(_ name: String, _ level: Int) -> Data {
        Raw.tarMember(name, (try? png(level)) ?? Data())
    }

    private static let plain = ["a/0.png", "a/1.png", "a/2.png", "b/0.png", "b/1.png", "b/2.png"]

    static let archives: [Input] = [
        Input(
            "hard links to members of another class", .read(["a", "b", "c"], [8, 0, 0]),
            archive(
                "s.tar",
                plain.enumerated().map { member($1, $0) } + [
                    Raw.tarMember("c/0.png", type: "1", link: "a/0.png"),
                    Raw.tarMember("c/1.png", type: "1", link: "b/0.png"),
                ])),
        Input(
            "a hard link to nothing", .read(["a", "b"], [6, 0, 0], note: "link"),
            archive(
                "s.tar", plain.enumerated().map { member($1, $0) } + [Raw.tarMember("b/9.png", type: "1", link: "gone")]
            )),
        Input(
            "names that begin with ./", .read(["a", "b"], [6, 0, 0]),
            archive("s.tar", plain.enumerated().map { member("./" + $1, $0) })),
        Input(
            "a name with .. in an archive of sound ones", .read(["a", "b"], [6, 0, 0], note: ".."),
            archive("s.tar", plain.enumerated().map { member($1, $0) } + [member("a/../../x.png", 9)])),
        Input(
            "a zip with a folder around the classes", .read(["a", "b"], [6, 0, 0]),
            { directory in
                let members = try plain.enumerated().map { ZipMember("top/" + $1, try png($0)) }
                try directory.write(Data(Raw.zip(members)), to: "s.zip")
                return "s.zip"
            }),
        Input(
            "a zip with something behind it", .read(["a", "b"], [6, 0, 0]),
            { directory in
                let members = try plain.enumerated().map { ZipMember($1, try png($0)) }
                try directory.write(Data(Raw.zip(members)) + Data(count: 100), to: "s.zip")
                return "s.zip"
            }),
        Input(
            "a zip whose checksum is wrong", .refused("checksum"),
            { directory in
                var members = try plain.enumerated().map { ZipMember($1, try png($0)) }
                members[0].checksum ^= 1
                try directory.write(Data(Raw.zip(members)), to: "s.zip")
                return "s.zip"
            }),
        Input(
            "a cut archive", .refused("cut off"),
            { directory in
                let data = plain.enumerated().reduce(Data()) { $0 + member($1.element, $1.offset) }
                try directory.write(data.dropLast(300), to: "s.tar")
                return "s.tar"
            }),
    ]

    private static func picture(_ name: String, _ data: @escaping @Sendable () throws -> Data)
        -> @Sendable (TemporaryDirectory) throws -> String
    {
        { directory in
            let path = try files(set("real").map { String($0.dropFirst(5)) })(directory)
            try directory.write(try data(), to: "set/cats/" + name)
            return path
        }
    }

    static let pictures: [Input] = [
        Input(
            "an AVIF named .jpg", .refused("AVIF"),
            picture("x.jpg") { Data([0, 0, 0, 24]) + Data("ftypavif".utf8) + Data(count: 64) }),
        Input(
            "a HEIC", .refused("HEIC"),
            picture("x.jpg") { Data([0, 0, 0, 24]) + Data("ftypheic".utf8) + Data(count: 64) }),
        Input(
            "a film", .refused("video"),
            picture("x.png") { Data([0, 0, 0, 24]) + Data("ftypisom".utf8) + Data(count: 64) }),
        Input("a page of a web server", .refused("x.jpg"), picture("x.jpg") { Data("<html>404</html>".utf8) }),
        Input(
            "a pointer of Git LFS", .refused("x.jpg"),
            picture("x.jpg") { Data("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n".utf8) }),
        Input(
            "a TIFF with seven bands", .refused("bands"),
            picture("x.tif") {
                var page = TIFFPage(8, 8, samples: 7, pixels: [UInt8](repeating: 9, count: 448))
                page.photometric = 1
                return TIFFPage.file([page])
            }),
        Input(
            "a TIFF of colours and two unspecified bands", .read(["cats", "dogs"], [7, 0, 0], note: "bands"),
            picture("x.tif") {
                var page = TIFFPage(
                    8, 8, samples: 5, pixels: (0..<64).flatMap { _ in [80, 160, 100, 0, 0] as [UInt8] })
                page.extraSamples = [0, 0]
                return TIFFPage.file([page])
            }),
    ]

    static let shapes: [Input] = [
        Input(
            "one image a class", .refused("no image can be held out for testing"),
            files(["a/0.png", "b/0.png", "c/0.png"])),
        Input("a single class", .refused("a single class"), files((0..<5).map { "a/\($0).png" })),
        Input(
            "a class that only the test split has", .refused("unheard"),
            files(set("train", "test") + ["test/unheard/0.png"])),
        Input(
            "an empty class folder", .read(["cats", "dogs"], [6, 0, 0], note: "empty"),
            { directory in
                let path = try files(set("real").map { String($0.dropFirst(5)) })(directory)
                try FileManager.default.createDirectory(
                    at: directory.url.appending(path: "set/empty"), withIntermediateDirectories: true)
                return path
            }),
    ]

    static let all = splits + names + links + tables + archives + pictures + shapes

    @Test("an archive without a single image is an error of the check, not nothing")
    func nothing() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Raw.tarMember("../a/0.png", try Self.png(1)) + Data(count: 1024), to: "s.tar")
        let report = try await FolderCheck(Path(directory.path + "/s.tar")).report()
        #expect(report.findings.first?.kind == .unusableLayout && report.findings.first?.severity == .error)
    }

    @Test("the ending that was asked for stands in the error") func suffix() async throws {
        let directory = try TemporaryDirectory()
        let name = try Self.table(Self.rows("id,label") { "images/\($0),\($1)" })(directory)
        var options = ImageFolderOptions()
        options.table.suffix = "png"
        let error = await #expect(throws: DataError.self) {
            try await ImageDataset.named(Path(directory.path + "/" + name), options: options)
        }
        #expect(error?.received?.hasPrefix("images/0png, ") == true, "\(error?.rendered ?? "")")
    }

    @Test("one column cannot be two things") func twice() async throws {
        let directory = try TemporaryDirectory()
        let name = try Self.table(Self.rows("foo,bar") { "images/\($0).png,\($1)" })(directory)
        var options = ImageFolderOptions()
        options.table.columns = ["path": "foo", "label": "foo"]
        let error = await #expect(throws: DataError.self) {
            try await ImageDataset.named(Path(directory.path + "/" + name), options: options)
        }
        #expect(error?.summary.hasSuffix("cannot be both path and label.") == true, "\(error?.rendered ?? "")")
    }

    @Test("there are at least forty") func count() { #expect(Self.all.count >= 40) }

    @Test("each is read whole or refused with a reason", arguments: all) func each(input: Input) async throws {
        let directory = try TemporaryDirectory()
        let path = Path(directory.path + "/" + (try input.make(directory)))
        switch input.outcome {
        case .read(let classes, let counts, let note):
            let layout = try ImageDataset.source(of: path).layout(options: ImageFolderOptions())
            try layout.check()
            #expect(layout.classes == classes)
            #expect([layout.train.count, layout.validation?.count ?? 0, layout.test?.count ?? 0] == counts)
            let images = try await ImageDataset.named(path)
            let found = images.train.count + images.test.count + (images.validation?.count ?? 0)
            #expect(found == counts.reduce(0, +) && images.classes == classes)
            if let note { #expect(images.notes.contains { $0.contains(note) }, "\(images.notes)") }
        case .refused(let text):
            let error = await #expect(throws: DataError.self) { try await ImageDataset.named(path) }
            #expect(error?.rendered.contains(text) == true, "\(error?.rendered ?? "")")
        }
    }
}

extension ImageDataset {
    /// Image files at a path, as ``named(_:options:)`` finds them.
    fileprivate static func source(of path: Path) throws -> ImageSource {
        switch try recognise(path) {
        case .folder: return .folder(path)
        case .manifest(let paths): return .manifest(paths, root: path)
        case .archives(let paths): return .archives(paths, root: path)
        case .idx, .cifar10, .cifar100, .cifarArchive: throw DataError(.unknownKind, "\(path) holds no image files.")
        }
    }
}
