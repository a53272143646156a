// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Folder check") struct CheckTests {
    private typealias Kind = CheckReport.Finding.Kind

    private static func report(_ directory: TemporaryDirectory) async throws -> CheckReport {
        try await FolderCheck(Path(directory.path)).report()
    }

    /// Two classes of twelve different pictures each, with the given files besides.
    private static func folder(_ files: [String: Data] = [:], under prefix: String = "") throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for seed in 0..<24 {
            let name = "\(prefix)\(seed % 2 == 0 ? "cat" : "dog")/\(seed).png"
            try directory.write(ImageEncoder.png(NastyFolder.picture(seed)), to: name)
        }
        for (name, content) in files { try directory.write(content, to: name) }
        return directory
    }

    @Test("every hostile file has its verdict, and nothing else is said") func nasty() async throws {
        let directory = try TemporaryDirectory()
        try NastyFolder.write(to: directory)
        let files = try NastyFolder.files()
        #expect(files.count - 60 >= 60)
        let report = try await Self.report(directory)
        var said: [String: Set<Kind>] = [:]
        for finding in report.findings {
            for path in finding.paths {
                said[String(path.dropFirst(directory.path.count + 1)), default: []].insert(finding.kind)
            }
        }
        // The first of a group of duplicates is named with the others.
        let named: [String: Set<Kind>] = [
            "cat/plain-0.jpg": [.duplicateWithOtherClass], "cat/plain-2.jpg": [.duplicate],
            "dog/plain-1.jpg": [.nearDuplicate], "cat/animated.gif": [.nearDuplicate],
        ]
        for file in files {
            let expected = file.verdict.union(named[file.path] ?? [])
            #expect(said[file.path] ?? [] == expected, "\(file.path)")
        }
        for link in NastyFolder.links { #expect(said[link] == [.link], "\(link)") }
        #expect(said[NastyFolder.pipe] == [.otherFile])
        let known = Set(files.map(\.path) + NastyFolder.links + [NastyFolder.pipe])
        #expect(Set(said.keys).subtracting(known) == [])
        #expect(report.findings.filter { $0.paths.isEmpty }.map(\.kind) == [.emptyClass])
        #expect(report.classes.map(\.name) == ["cat", "dog"])
    }

    @Test("strokes of different hands on one black are no near duplicates; a copy stored again is") func strokes()
        async throws
    {
        /// A line that leans by some pixels, with soft edges.
        func stroke(_ lean: Int, width: Int) -> DecodedImage {
            let pixels = (0..<28 * 28).map { place -> UInt8 in
                let (y, x) = place.quotientAndRemainder(dividingBy: 28)
                let distance = abs(2 * x - (28 + lean * (14 - y) / 7))
                return y < 4 || y > 23 ? 0 : UInt8(clamping: 255 - 255 * max(0, distance - width) / 3)
            }
            return DecodedImage(width: 28, height: 28, channels: 1, pixels: pixels)
        }
        let directory = try Self.folder(under: "train/")
        for (place, lean) in [0, 1, 2, 3].enumerated() {
            try directory.write(ImageEncoder.png(stroke(lean, width: 2)), to: "train/cat/stroke-\(place).png")
        }
        let stored = stroke(0, width: 2)
        try directory.write(ImageEncoder.jpeg(stored, quality: 75), to: "train/cat/stroke-0-again.jpg")
        let near = try await Self.report(directory).findings.filter { $0.kind == .nearDuplicate }
        #expect(
            near.map { $0.paths.map { $0.split(separator: "/").last ?? "" } } == [
                ["stroke-0-again.jpg", "stroke-0.png"]
            ])
    }

    @Test("training takes every usable file of the hostile folder and names the others") func nastyTraining()
        async throws
    {
        let directory = try TemporaryDirectory()
        try NastyFolder.write(to: directory)
        let files = try NastyFolder.files()
        let used = files.filter { $0.isUsed && !$0.verdict.contains(.looseImage) }
        var options = ImageFolderOptions(skipsUnreadable: true)
        let images = try await ImageDataset(contentsOf: directory.url, options: options)
        #expect(images.train.count + images.test.count == used.count)
        options.skipsUnreadable = false
        let error = await #expect(throws: DataError.self) {
            try await ImageDataset(contentsOf: directory.url, options: options)
        }
        let bad = files.count { file in
            file.verdict.contains { $0.severity == .error && $0 != .duplicateWithOtherClass }
        }
        #expect(error?.summary.hasPrefix("\(bad) of ") == true, "\(error?.rendered ?? "")")
    }

    @Test("a folder without faults has no findings; counts and sizes are right") func clean() async throws {
        let report = try await Self.report(Self.folder())
        #expect(report.findings == [])
        #expect(report.images == 24 && report.readable == 24 && report.formats == ["PNG": 24])
        #expect(
            report.classes == [
                .init(name: "cat", train: 12, validation: 0, test: 0),
                .init(name: "dog", train: 12, validation: 0, test: 0),
            ])
        #expect(
            report.sizes
                == .init(
                    smallest: [24, 24], median: [24, 24], largest: [24, 24], mostCommon: [24, 24], mostCommonCount: 24))
    }

    @Test("leaks across splits are errors, almost the same picture there a warning") func leaks() async throws {
        let picture = NastyFolder.picture(2)
        let brighter = DecodedImage(
            width: 24, height: 24, channels: 3, pixels: picture.pixels.map { $0 > 250 ? 255 : $0 + 4 })
        let directory = try Self.folder(
            [
                "test/cat/leak.png": try ImageEncoder.png(NastyFolder.picture(0)),
                "test/cat/near.jpg": try ImageEncoder.jpeg(brighter, quality: 95),
                "test/dog/other.png": try ImageEncoder.png(NastyFolder.picture(50)),
                "test/dog/wrong.png": try ImageEncoder.png(NastyFolder.picture(4)),
            ], under: "train/")
        let report = try await Self.report(directory)
        let root = directory.path
        #expect(
            report.findings == [
                .init(
                    .duplicateAcrossSplits, "test/cat, train/cat",
                    paths: ["\(root)/test/cat/leak.png", "\(root)/train/cat/0.png"]),
                .init(
                    .duplicateWithOtherClass, "test/dog, train/cat",
                    paths: ["\(root)/test/dog/wrong.png", "\(root)/train/cat/4.png"]),
                .init(
                    .nearDuplicateAcrossSplits, "test/cat, train/cat",
                    paths: ["\(root)/test/cat/near.jpg", "\(root)/train/cat/2.png"]),
            ])
    }

    @Test("what is wrong with classes") func classes() async throws {
        let directory = try TemporaryDirectory()
        for seed in 0..<60 {
            try directory.write(
                ImageEncoder.png(NastyFolder.picture(seed)),
                to: "train/\(seed < 50 ? "1" : seed < 58 ? "10" : "2")/\(seed).png")
        }
        try directory.write(ImageEncoder.png(NastyFolder.picture(70)), to: "val/1/a.png")
        try directory.write(ImageEncoder.png(NastyFolder.picture(71)), to: "val/3/a.png")
        let report = try await Self.report(directory)
        #expect(
            report.findings.map { "\($0.kind.rawValue) \($0.detail)".replacing(directory.path, with: "ROOT") } == [
                "unknownClass ROOT/val: 3", "missingClass ROOT/val: 10, 2", "tinyClass 10: 8", "tinyClass 2: 2",
                "imbalance 1 has 50 training images, 2 2; --balance weights helps", "numericClassOrder 1, 10, 2, 3",
            ])
    }

    @Test("tables, archives and IDX files are checked too") func sources() async throws {
        let directory = try TemporaryDirectory()
        let pictures = try (0..<24).map { try ImageEncoder.png(NastyFolder.picture($0 % 23)) }
        try directory.write(
            Raw.gzip(Raw.tar(pictures.enumerated().map { ("\($0 % 2 == 0 ? "a" : "b")/\($0).png", $1) })),
            to: "a.tar.gz")
        let archive = try await FolderCheck(Path(directory.path + "/a.tar.gz"))
        #expect(archive.report().findings.map(\.kind) == [.duplicateWithOtherClass])
        #expect(try await archive.thumbnails(of: archive.report()).count == 2)
        #expect(throws: DataError.self) { try archive.plan(archive.report()) }
        try directory.write(pictures[0], to: "1.png")
        try directory.write(Data("path,label\n1.png,a\nmissing.png,b\n".utf8), to: "t.csv")
        let table = try await FolderCheck(Path(directory.path + "/t.csv")).report()
        #expect(table.findings.map(\.kind) == [.unread, .tinyClass, .tinyClass])
        let pixels = (0..<3).flatMap { NastyFolder.picture($0 % 2, 10, 10, channels: 1).pixels }
        for stem in ["train", "t10k"] {
            try directory.write(
                Raw.idx(magic: [0, 0, 8, 3], sizes: [3, 10, 10], pixels), to: "idx/\(stem)-images-idx3-ubyte")
            try directory.write(
                Raw.idx(magic: [0, 0, 8, 1], sizes: [3], [0, 1, 0]), to: "idx/\(stem)-labels-idx1-ubyte")
        }
        let idx = try await FolderCheck(Path(directory.path + "/idx")).report()
        #expect(
            idx.findings.filter { $0.kind == .duplicateAcrossSplits }.map(\.paths) == [
                ["test[0]", "test[2]", "train[0]", "train[2]"], ["test[1]", "train[1]"],
            ])
    }

    @Test("near duplicates are found among many, and others are not") func near() {
        let looks = (0..<300).map { try? ImageLook(NastyFolder.picture($0)) }
        #expect(Duplicates.near(looks).groups.isEmpty)
        let doubled = looks + [looks[7], nil, looks[120]]
        #expect(Duplicates.near(doubled).groups == [[7, 300], [120, 302]])
        // Pictures without contrast all look alike and are left alone.
        let flat = (0..<5).map { try? ImageLook(solid(20, 20, [UInt8(100 + $0)])) }
        #expect(Duplicates.near(flat).groups.isEmpty)
    }
}

@Suite("Fix plan") struct FixPlanTests {
    @Test("files whose names look alike, as they are no text, have a row each") func notText() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(ImageEncoder.png(solid(8, 8, [90])), to: "data/a/1.png")
        try directory.write(ImageEncoder.png(solid(8, 8, [190])), to: "data/b/1.png")
        for byte in [0xFE, 0xFF] as [UInt8] {
            let path = Path(bytes: Array((directory.path + "/data/b/").utf8) + [byte] + Array(".png".utf8))
            try AtomicFile.write(Data("no picture".utf8), to: URL(path))
        }
        let check = try await FolderCheck(Path(directory.path + "/data"))
        let rows = try check.plan(check.report()).rows.filter { $0.path.hasPrefix("b/\u{FFFD}") }
        #expect(rows.map(\.action) == [.review, .review] && Set(rows.map(\.path)).count == 1)
    }

    private static func prepared() async throws -> (TemporaryDirectory, FixPlan) {
        let directory = try TemporaryDirectory()
        for seed in 0..<6 {
            try directory.write(
                ImageEncoder.png(NastyFolder.picture(seed)), to: "data/\(seed % 2 == 0 ? "a" : "b")/\(seed).png")
        }
        try directory.write(Data("text".utf8), to: "data/a/bad, \"really\".jpg")
        try directory.write(ImageEncoder.png(NastyFolder.picture(0)), to: "data/a/9.png")
        try directory.write(ImageEncoder.jpeg(NastyFolder.picture(20)), to: "data/b/7.png")
        try directory.write(ImageEncoder.jpeg(NastyFolder.picture(21)), to: "data/b/7.jpg")
        try directory.write(ImageEncoder.png(NastyFolder.picture(1)), to: "data/a/other.png")
        let check = try await FolderCheck(Path(directory.path + "/data"))
        return (directory, try check.plan(check.report()))
    }

    private static func contents(_ directory: TemporaryDirectory) throws -> [String: Data] {
        let root = directory.path + "/data"
        var contents: [String: Data] = [:]
        for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
            var isDirectory: ObjCBool = false
            guard FileManager.default.fileExists(atPath: root + "/" + name, isDirectory: &isDirectory),
                !isDirectory.boolValue
            else { continue }
            contents[name] = FileManager.default.contents(atPath: root + "/" + name)
        }
        return contents
    }

    @Test("says what could be done, survives being written and read") func rows() async throws {
        let (_, plan) = try await Self.prepared()
        #expect(
            plan.rows.map { "\($0.action.rawValue) \($0.path) \($0.target)" } == [
                "move a/bad, \"really\".jpg __removed/noImage/a/bad, \"really\".jpg",
                "review a/other.png ", "review b/1.png ", "move a/9.png __removed/duplicate/a/9.png",
                "rename b/7.png b/7-2.jpg",
            ])
        #expect(try FixPlan(Data(plan.text.utf8), path: "plan.csv") == plan)
    }

    @Test("applying moves, undoing brings every byte back") func applyAndUndo() async throws {
        let (directory, plan) = try await Self.prepared()
        let before = try Self.contents(directory)
        let journal = directory.path + "/fix.undo.csv"
        let outcome = try plan.apply(to: directory.path + "/data", journal: journal)
        #expect(outcome.moved.count == 3 && outcome.left.count == 2)
        let after = try Self.contents(directory)
        #expect(
            after.count == before.count && after["b/7-2.jpg"] == before["b/7.png"]
                && after["b/7.jpg"] == before["b/7.jpg"])
        #expect(after["__removed/duplicate/a/9.png"] == before["a/9.png"] && after["a/9.png"] == nil)
        let images = try await ImageDataset(contentsOf: directory.url.appending(path: "data"))
        #expect(images.classes == ["a", "b"])
        let back = try FixPlan(Data(contentsOf: URL(filePath: journal)), path: journal)
        let undone = try back.undo(in: directory.path + "/data", journal: journal)
        #expect(undone.moved.count == 3 && undone.left.isEmpty)
        #expect(try Self.contents(directory) == before)
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/data/__removed"))
        let again = try back.undo(in: directory.path + "/data", journal: journal)
        #expect(again.moved.isEmpty && again.left.count == 3)
    }

    @Test(
        "nothing is moved when one line cannot be carried out",
        arguments: [
            ("../outside.png", "__removed/x.png", "it does not lie in the folder"),
            ("a/0.png", "../x.png", "it does not lie in the folder"),
            ("a/0.png", "/tmp/x.png", "it does not lie in the folder"),
            ("a/none.png", "__removed/x.png", "it is not there"), ("a/0.png", "a/2.png", "it exists already"),
            ("a", "c", "it is no regular file"), ("out/x.png", "y.png", "behind a symbolic link"),
            ("a/0.png", "out/y.png", "behind a symbolic link"),
            ("a/0.png", "__removed/duplicate/a/9.png", "two files would go there"),
            ("a/0.png", "new/" + String(repeating: "x", count: 256), "more than 255 bytes"),
            ("a/0.png", "a/2.png/x", "a file stands where a directory is needed"),
        ])
    func refused(path: String, target: String, reason: String) async throws {
        var (directory, plan) = try await Self.prepared()
        try directory.write(Data("x".utf8), to: "elsewhere/x.png")
        try directory.link("data/out", to: "../elsewhere")
        let before = try Self.contents(directory)
        plan.rows.append(.init(action: .move, path: path, target: target, sha256: "", reason: ""))
        let error = #expect(throws: DataError.self) {
            try plan.apply(to: directory.path + "/data", journal: directory.path + "/j.csv")
        }
        #expect(error?.summary == "1 of 4 changes cannot be made; nothing was moved.")
        #expect(error?.received?.contains(reason) == true, "\(error?.rendered ?? "")")
        #expect(try Self.contents(directory) == before)
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/j.csv"))
    }

    /// "/" and a combining mark are one Character, and so are a Prepend character and "/". To the system they are what they
    /// are: the first two lead one level up, the third any number of levels, the fourth through a link.
    static let hidden = [
        "../\u{301}x.png", "..\u{600}/../\u{301}x.png", "\u{301}q\u{600}/../../\u{301}q\u{600}/../x.png",
        "a/out/\u{301}x.png", "out\u{600}/../\u{200D}x.png",
    ]

    @Test("no line leads out of the folder behind a mark that joins a slash", arguments: hidden)
    func joinedSlashes(path: String) async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Data("inside".utf8), to: "top/data/a/0.png")
        for place in ["top/\u{301}x.png", "top/data/x.png", "top/x.png", "elsewhere/\u{301}x.png", "x.png"] {
            try directory.write(Data("there".utf8), to: place)
        }
        try directory.makeDirectory("top/data/\u{301}q\u{600}")
        try directory.link("top/data/a/out", to: "../../../elsewhere")
        let before = try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted()
        let root = directory.path + "/top/data"
        for row in [("a/0.png", path), (path, "a/new.png")] {
            let plan = FixPlan(rows: [.init(action: .move, path: row.0, target: row.1, sha256: "", reason: "")])
            let error = #expect(throws: DataError.self) {
                try plan.apply(to: root, journal: directory.path + "/j.csv")
            }
            #expect(error?.kind == .doNotMatch, "\(error?.rendered ?? "")")
            let undone = try plan.undo(in: root, journal: "j.csv")
            #expect(undone.moved.isEmpty && undone.left.count == 1)
        }
        #expect(try FileManager.default.subpathsOfDirectory(atPath: directory.path).sorted() == before)
    }

    @Test("a name that would be a file and a directory is refused before anything is moved") func twoKinds() throws {
        let directory = try TemporaryDirectory()
        try directory.write(Data("one".utf8), to: "data/a/1")
        try directory.write(Data("two".utf8), to: "data/b/2")
        let plan = FixPlan(rows: [
            .init(action: .move, path: "a/1", target: "new/1", sha256: "", reason: ""),
            .init(action: .move, path: "b/2", target: "new/1/2", sha256: "", reason: ""),
        ])
        let error = #expect(throws: DataError.self) {
            try plan.apply(to: directory.path + "/data", journal: directory.path + "/j.csv")
        }
        #expect(error?.received == "new/1/2: a file and a directory would have one name")
        #expect(FileManager.default.fileExists(atPath: directory.path + "/data/a/1"))
    }

    @Test("names that begin with marks, and forms of one name, are moved and brought back") func oddNames() async throws
    {
        let directory = try TemporaryDirectory()
        let names = ["\u{301}mark.png", "\u{E9}.png", "e\u{301}.png", "\"\u{301}.png", "x\u{600}/\u{301}y.png"]
        for name in names { try directory.write(Data("text".utf8), to: "data/a/\(name)") }
        for seed in 0..<4 {
            try directory.write(
                ImageEncoder.png(NastyFolder.picture(seed)), to: "data/\(seed < 2 ? "a" : "b")/\(seed).png")
        }
        let before = try Self.contents(directory).keys.map { Array($0.utf8) }
        let check = try await FolderCheck(Path(directory.path + "/data"))
        let plan = try FixPlan(Data(check.plan(check.report()).text.utf8), path: "plan.csv")
        let journal = directory.path + "/undo.csv"
        #expect(try plan.apply(to: directory.path + "/data", journal: journal).moved.count == names.count)
        let after = try await FolderCheck(Path(directory.path + "/data")).report()
        #expect(after.findings.allSatisfy { $0.kind != .noImage })
        let back = try FixPlan(Data(contentsOf: URL(filePath: journal)), path: journal)
        #expect(try back.undo(in: directory.path + "/data", journal: journal).moved.count == names.count)
        #expect(try Self.contents(directory).keys.map { Array($0.utf8) }.count == before.count)
        #expect(!FileManager.default.fileExists(atPath: directory.path + "/data/__removed"))
    }

    @Test("a journal that cannot be written leaves no part of itself") func journalFails() async throws {
        let (directory, plan) = try await Self.prepared()
        let before = try Self.contents(directory)
        let error = #expect(throws: DataError.self) {
            try plan.apply(to: directory.path + "/data", journal: directory.path + "/none/j.csv")
        }
        #expect(error?.kind == .cannotWrite && error?.because != nil)
        #expect(try Self.contents(directory) == before)
    }

    @Test("a file that changed since, and a journal that exists, stop everything") func changed() async throws {
        let (directory, plan) = try await Self.prepared()
        try directory.write(Data("new".utf8), to: "data/a/9.png")
        var error = #expect(throws: DataError.self) {
            try plan.apply(to: directory.path + "/data", journal: directory.path + "/j.csv")
        }
        #expect(error?.received == "a/9.png: it has changed since the plan was made")
        try directory.write(Data(), to: "j.csv")
        error = #expect(throws: DataError.self) {
            try plan.apply(to: directory.path + "/data", journal: directory.path + "/j.csv")
        }
        #expect(error?.kind == .ambiguous)
    }

    @Test(
        "tables that are no plans are refused with the line",
        arguments: ["", "a,b\n1,2\n", "action,path,to,sha256,reason\ndelete,a,b,c,d\n"])
    func noPlan(text: String) {
        let error = #expect(throws: DataError.self) { try FixPlan(Data(text.utf8), path: "plan.csv") }
        #expect(error?.kind == .damaged)
    }
}
