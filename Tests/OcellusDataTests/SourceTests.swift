// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

/// Pictures of one gray level, by which a test knows them again.
private func gray(_ level: UInt8) throws -> Data { try ImageEncoder.png(solid(8, 8, [level])) }

private func levels(_ images: ImageSet) throws -> [UInt8] {
    try (0..<images.count).map { try images.pixels(at: $0)[0] }
}

private func read(_ path: String) async throws -> ImageDataset { try await ImageDataset.named(path) }

private func error(_ path: String) async -> DataError? {
    await #expect(throws: DataError.self) { try await read(path) }
}

@Suite("Tar reader") struct TarReaderTests {
    private static func members(_ bytes: Data, limit: Int = 1 << 20) throws -> [(TarReader.Member, [UInt8])] {
        var reader = TarReader(MemoryStream([UInt8](bytes), path: "a.tar"), limit: limit)
        var found: [(TarReader.Member, [UInt8])] = []
        while let member = try reader.next() { found.append((member, try reader.read(member.size))) }
        return found
    }

    @Test("gives names, kinds and contents") func plain() throws {
        let archive =
            Raw.tarMember("./a/", type: "5") + Raw.tarMember("./a/1.txt", Data("hello".utf8))
            + Raw.tarMember("a/link", type: "2") + Raw.tarMember("a/pipe", type: "6")
            + Raw.tarMember("b", Data(repeating: 7, count: 1024)) + Data(count: 1024)
        let found = try Self.members(archive)
        #expect(found.map(\.0.name.text) == ["a", "a/1.txt", "a/link", "a/pipe", "b"])
        #expect(found.map(\.0.kind) == [.directory, .file, .link, .other, .file])
        #expect(found[1].1 == Array("hello".utf8) && found[4].1 == [UInt8](repeating: 7, count: 1024))
    }

    @Test("contents may be passed over") func skipping() throws {
        var reader = TarReader(
            MemoryStream([UInt8](Raw.tar([("a", Data(count: 700)), ("b", Data("x".utf8))])), path: "a"), limit: 1000)
        _ = try reader.next()
        #expect(try reader.read(3).count == 3)
        #expect(try reader.next()?.name.text == "b")
        #expect(try reader.read(10) == [UInt8(ascii: "x")] && reader.next() == nil)
    }

    @Test("members are counted, those without content too") func tooMany() throws {
        func names(of count: Int) throws -> Int {
            let members = (0..<count).map { Raw.tarMember("\($0)", type: $0 % 2 == 0 ? "5" : "0") }
            let archive = members.reduce(Data(), +) + Data(count: 1024)
            var reader = TarReader(MemoryStream([UInt8](archive), path: "a.tar"), limit: 1 << 20, members: 6)
            var found = 0
            while try reader.next() != nil { found += 1 }
            return found
        }
        #expect(try names(of: 6) == 6)
        let error = #expect(throws: DataError.self) { try names(of: 7) }
        #expect(error?.kind == .tooLarge && error?.needs == "at most 6")
        #expect(TarReader.mostMembers <= 1_500_000)
    }

    @Test("long names of GNU and pax, and pax sizes") func longNames() throws {
        let name = String(repeating: "long/", count: 40) + "1.jpg"
        let gnu = Raw.tarMember("././@LongLink", Data(name.utf8) + [0], type: "L") + Raw.tarMember("short", Data([1]))
        var record = " path=\(name)\n"
        record = "\(record.utf8.count + 3)" + record
        let pax = Raw.tarMember("pax", Data(record.utf8), type: "x") + Raw.tarMember("short", Data([2]))
        let found = try Self.members(gnu + pax + Data(count: 1024))
        #expect(found.map(\.0.name.text) == [name, name] && found.map(\.1) == [[1], [2]])
    }

    @Test("an archive that is cut off is an error; between two members its end mark is missing") func cut() throws {
        // Headers at 0 and 1536, the end mark at 2560.
        let archive = Raw.tar([("a/1", Data(count: 600)), ("a/2", Data("x".utf8))])
        for length in 0...archive.count {
            var reader = TarReader(MemoryStream([UInt8](archive.prefix(length)), path: "a.tar"), limit: 1 << 20)
            do {
                while try reader.next() != nil {}
                #expect([0, 1536, 2560].contains(length) != reader.hasEndMark, "\(length)")
                #expect(!reader.hasEndMark || length >= 3072, "\(length)")
            } catch {
                #expect(error.kind == .damaged && length < 3072, "\(length)")
            }
        }
    }

    static let bad: [(String, Data, DataError.Code)] = [
        ("a wrong sum", Raw.tarMember("a", mangled: true), .damaged),
        ("a size of letters", Raw.tarMember("a", size: "hello"), .damaged),
        ("a size of 2^53", Raw.tarMember("a", size: "\u{1}"), .damaged),
        ("a name of 2 MiB", Raw.tarMember("a", size: "00010000000") + Data(), .damaged),
        ("a long name of 2 MiB", Raw.tarMember("a", type: "L", size: "00010000000"), .tooLarge),
        ("no archive", Data(repeating: 65, count: 2048), .damaged),
    ]

    @Test("says what is wrong", arguments: bad) func damaged(name: String, bytes: Data, kind: DataError.Code) {
        let error = #expect(throws: DataError.self) { try Self.members(bytes) }
        #expect(error?.kind == kind, "\(error?.rendered ?? "")")
    }
}

@Suite("CSV reader") struct CSVReaderTests {
    private static func rows(_ text: String) throws -> [CSVReader.Row] {
        var reader = CSVReader(Array(text.utf8), path: "a.csv")
        var rows: [CSVReader.Row] = []
        while let row = try reader.next() { rows.append(row) }
        return rows
    }

    @Test("quotation marks, line ends, blank lines, other separators") func fields() throws {
        let text = "\u{FEFF}a,b\r\n\"1, \"\"one\"\"\",2\n\n\"two\nlines\",\r\n,\n"
        #expect(
            try Self.rows(text) == [
                .init(line: 1, fields: ["a", "b"]), .init(line: 2, fields: ["1, \"one\"", "2"]),
                .init(line: 4, fields: ["two\nlines", ""]), .init(line: 6, fields: ["", ""]),
            ])
        #expect(try Self.rows("a;b\n1,5;2").map(\.fields) == [["a", "b"], ["1,5", "2"]])
        #expect(try Self.rows("a\tb\n1\t2").map(\.fields) == [["a", "b"], ["1", "2"]])
        #expect(try Self.rows("") == [])
    }

    @Test(
        "says what is wrong with its line",
        arguments: [
            ("a,b\n1,\"2", "line 2 is never closed"), ("a,b\n1\"2\",3", "line 2 has a quotation mark inside"),
            ("a\n\"b\"c", "line 2 goes on behind"),
        ])
    func wrong(text: String, reason: String) {
        let error = #expect(throws: DataError.self) { try Self.rows(text) }
        #expect(error?.kind == .damaged && error?.because?.contains(reason) == true, "\(error?.rendered ?? "")")
    }

    @Test("bytes that are no UTF-8 are an error") func encoding() {
        var reader = CSVReader([0x61, 0x2C, 0xFF], path: "a.csv")
        #expect(throws: DataError.self) { try reader.next() }
    }
}

@Suite("Files with their class in front") struct FileLabelTests {
    @Test(
        "takes the class from the name",
        arguments: [
            ("dog.1.jpg", "dog"), ("dog.a.b.jpg", "dog"), ("dog_12.jpg", "dog"), ("big-dog-3.png", "big-dog"),
            ("1.jpg", nil), ("dog.jpg", nil), ("dog_a.jpg", nil), (".1.jpg", nil), ("_1.jpg", nil),
            ("IMG_1.jpg", nil), ("DSC_0001.png", nil), ("PXL_20230101_1234.jpg", nil), ("20190101_1234.jpg", nil),
            ("2019-01-01_12.jpg", nil), ("3_001.png", nil), ("FB_IMG_15.jpg", nil), ("img.1.jpg", nil),
            ("_MG_0001.jpg", nil),
            ("night_1.jpg", "night"), ("photo_1.jpg", "photo"), ("train_1.jpg", "train"), ("img cat_1.jpg", "img cat"),
        ] as [(String, String?)])
    func label(name: String, label: String?) { #expect(FileLabel.label(of: name) == label) }

    @Test("reads a flat folder, and flat splits") func flat() async throws {
        let directory = try TemporaryDirectory()
        for (index, name) in ["cat.1.png", "cat.2.png", "dog_1.png", "dog_2.png"].enumerated() {
            try directory.write(gray(UInt8(index)), to: name)
            try directory.write(gray(UInt8(index)), to: "split/train/\(name)")
        }
        try directory.write(gray(9), to: "split/val/dog.9.png")
        let split = try await read(directory.path + "/split")
        #expect(try split.classes == ["cat", "dog"] && levels(split.train) == [0, 1, 2, 3])
        #expect(try levels(split.test) == [9] && split.test.labels == [1])
        try FileManager.default.removeItem(at: directory.url.appending(path: "split"))
        let images = try await read(directory.path)
        #expect(images.classes == ["cat", "dog"] && images.train.count + images.test.count == 4)
        try directory.write(gray(9), to: "other.png")
        let error = await error(directory.path)
        #expect(error?.code == "data.classNames" && error?.received == "other.png")
    }
}

@Suite("Folders around class folders") struct WrappedFolderTests {
    @Test("a single directory around the classes is passed through") func wrapped() async throws {
        let directory = try TemporaryDirectory()
        for (index, name) in ["a/1.png", "a/2.png", "b/1.png", "b/2.png"].enumerated() {
            try directory.write(gray(UInt8(index)), to: "outer/inner/\(name)")
        }
        let images = try await read(directory.path)
        #expect(images.classes == ["a", "b"])
        #expect(images.notes.contains("everything lies in \(directory.path)/outer/inner"))
    }

    @Test("a single directory inside a split is passed through, a single class is not") func inSplits() async throws {
        let directory = try TemporaryDirectory()
        for (index, name) in ["train/x/a/1.png", "train/x/b/1.png", "val/y/b/2.png", "test/b/deep/3.png"].enumerated() {
            try directory.write(gray(UInt8(index)), to: name)
        }
        let images = try await read(directory.path)
        #expect(try images.classes == ["a", "b"] && levels(images.train) == [0, 1])
        #expect(try images.validation?.labels == [1] && images.test.labels == [1] && levels(images.test) == [3])
    }

    @Test("images beside class folders are noted") func loose() async throws {
        let directory = try TemporaryDirectory()
        for name in ["a/1.png", "a/2.png", "b/1.png", "b/2.png", "loose.png"] { try directory.write(gray(1), to: name) }
        let images = try await read(directory.path)
        #expect(images.notes.contains("images outside of the class folders were left out: \(directory.path)/loose.png"))
    }
}

@Suite("Archives of images") struct ImageArchiveTests {
    private static let files = ["cat/1.png", "cat/2.png", "dog/1.png", "dog/deep/2.png"]

    private static func archive(_ files: [String], under prefix: String = "", from level: UInt8 = 0) throws -> Data {
        Raw.tar(try files.enumerated().map { (prefix + $1, try gray(level + UInt8($0))) })
    }

    @Test(
        "a tar of a folder per class equals the folder, plain and gzipped",
        arguments: ["set.tar", "set.tar.gz", "s.tgz"])
    func folder(name: String) async throws {
        let directory = try TemporaryDirectory()
        let plain = try Self.archive(Self.files, under: "./photos/") + Data(count: 8192)
        try directory.write(name.hasSuffix(".tar") ? plain : Raw.gzip(plain), to: name)
        for (index, file) in Self.files.enumerated() { try directory.write(gray(UInt8(index)), to: "folder/\(file)") }
        let images = try await read(directory.path + "/" + name)
        let folder = try await read(directory.path + "/folder")
        #expect(images.name == name.split(separator: ".")[0])
        #expect(try images.train.sha256 == folder.train.sha256 && images.test.sha256 == folder.test.sha256)
        #expect(images.notes.contains("everything lies in \(directory.path)/\(name)/photos"))
    }

    @Test("a folder of archives is one set; archives called after splits are these splits") func several() async throws
    {
        let directory = try TemporaryDirectory()
        try directory.write(Self.archive(Self.files, under: "train/"), to: "both/x-train.tar")
        try directory.write(Self.archive(["test/dog/9.png"], from: 9), to: "both/x-test.tar")
        try directory.write(Self.archive(Self.files), to: "named/train.tar")
        try directory.write(Self.archive(["dog/9.png"], from: 9), to: "named/val.tar.gz")
        for name in ["both", "named"] {
            let images = try await read(directory.path + "/" + name)
            #expect(try levels(images.train) == [0, 1, 2, 3] && levels(images.test) == [9], "\(name)")
            #expect(images.test.labels == [1])
        }
        let alone = try await read(directory.path + "/both/x-train.tar")
        #expect(alone.notes.contains { $0.hasPrefix("x-test.tar lies beside ") })
    }

    @Test("what is no image, hidden, a link or outside is left out and noted") func odd() async throws {
        let directory = try TemporaryDirectory()
        let archive =
            try Self.archive(Self.files).dropLast(1024) + Raw.tarMember("cat/notes.txt", Data("x".utf8))
            + Raw.tarMember("cat/._1.png", gray(50)) + Raw.tarMember("__MACOSX/cat/1.png", gray(51))
            + Raw.tarMember("cat/link.png", type: "2") + Raw.tarMember("../dog/evil.png", gray(52))
            + Raw.tarMember("cat/1.png", gray(77)) + Data(count: 1024)
        try directory.write(archive, to: "a.tar")
        let images = try await read(directory.path + "/a.tar")
        #expect(try (levels(images.train) + levels(images.test)).sorted() == [1, 2, 3, 77])
        let notes = images.notes.joined(separator: "\n")
        for text in [
            "a.tar/cat/notes.txt", "a.tar/../dog/evil.png", "links that lead nowhere or in a circle were left out",
            "1 members were replaced by later ones",
        ] { #expect(notes.contains(text), "\(text) in \(notes)") }
    }

    @Test("a damaged archive is an error, a damaged image is named") func damaged() async throws {
        let directory = try TemporaryDirectory()
        let archive = try Self.archive(Self.files)
        try directory.write(archive.prefix(1500), to: "cut.tar")
        #expect(await error(directory.path + "/cut.tar")?.kind == .damaged)
        try directory.write(Raw.gzip(archive).dropLast(30), to: "cut.tar.gz")
        let cut = await error(directory.path + "/cut.tar.gz")
        #expect(cut?.kind == .damaged && cut?.because == "the file was cut off", "\(cut?.rendered ?? "")")
        let bad = archive.dropLast(1024) + Raw.tarMember("dog/bad.png", Data("I am text".utf8)) + Data(count: 1024)
        try directory.write(bad, to: "bad.tar")
        let named = await error(directory.path + "/bad.tar")
        #expect(named?.kind == .undecodableImages)
        #expect(named?.received?.contains("bad.tar/dog/bad.png: it holds text, not an image") == true)
    }

    @Test(
        "reads CIFAR-10 from its archives",
        .enabled(if: TestData.large("cifar10") != nil, "needs cifar10/ in OCELLUS_TEST_DATA"))
    func cifar() throws {
        let folder = try #require(TestData.large("cifar10"))
        let path = Path(folder.appending(path: "cifar10-jpeg-test.tar.gz"))
        #expect(try ImageDataset.recognise(path) == .archives([path]))
        let layout = try ImageSource.archives([path], root: path).layout(options: ImageFolderOptions())
        #expect(layout.classes.count == 10 && layout.train.count == 10_000)
    }
}

@Suite("WebDataset") struct WebDatasetTests {
    private static func shard(_ samples: [(String, UInt8, String)], ending: String = "cls") throws -> Data {
        Raw.tar(try samples.flatMap { [("\($0.0).png", try gray($0.1)), ("\($0.0).\(ending)", Data($0.2.utf8))] })
    }

    @Test("numbers with names beside the shards; splits by the names of the shards; braces") func numbers() async throws
    {
        let directory = try TemporaryDirectory()
        try directory.write(Self.shard([("0", 10, "0"), ("1", 11, "1\n")]), to: "x-train-000.tar")
        try directory.write(Raw.gzip(Self.shard([("2", 12, "1")])), to: "x-train-001.tar.gz")
        try directory.write(Self.shard([("2", 12, "1")]), to: "x-train-001.tar")
        try directory.write(Self.shard([("0", 20, "1")]), to: "x-val-000.tar")
        try directory.write(Data("cat\ndog\n".utf8), to: "classes.txt")
        try FileManager.default.removeItem(at: directory.url.appending(path: "x-train-001.tar.gz"))
        let images = try await read(directory.path)
        #expect(images.classes == ["cat", "dog"] && images.shape == [1, 8, 8])
        #expect(try levels(images.train) == [10, 11, 12] && images.train.labels == [0, 1, 1])
        #expect(try levels(images.test) == [20] && images.test.labels == [1])
        try directory.write(Self.shard([("3", 13, "0"), ("4", 14, "0"), ("5", 15, "1")]), to: "x-train-002.tar")
        let some = try await read(directory.path + "/x-train-{000..002}.tar")
        #expect(try (levels(some.train) + levels(some.test)).sorted() == [10, 11, 12, 13, 14, 15])
        let missing = await error(directory.path + "/x-train-{000..005}.tar")
        #expect(missing?.kind == .missingFile && missing?.summary.hasPrefix("3 of 6 shards") == true)
    }

    @Test("classes in JSON, as names and numbers") func json() async throws {
        let directory = try TemporaryDirectory()
        let samples: [(String, UInt8, String)] = [
            ("a", 1, "{\"label\": \"owl\"}"), ("b", 2, "{\"label\": \"emu\"}"),
            ("c", 3, "{\"x\": 1, \"label\": \"owl\"}"),
            ("d", 4, "{\"label\": \"emu\"}"),
        ]
        try directory.write(Raw.gzip(Self.shard(samples, ending: "json")), to: "set.tar.gz")
        let images = try await read(directory.path + "/set.tar.gz")
        #expect(images.classes == ["emu", "owl"] && images.train.classCounts == [1, 1])
    }

    @Test("samples without a class, with two images, of both kinds") func wrong() async throws {
        let directory = try TemporaryDirectory()
        let one = try Raw.tarMember("1.png", gray(1)) + Raw.tarMember("1.cls", Data("0".utf8))
        try directory.write(one + Raw.tarMember("2.png", gray(2)) + Data(count: 1024), to: "none.tar")
        #expect(await error(directory.path + "/none.tar")?.kind == .classNames)
        try directory.write(one + Raw.tarMember("1.left.png", gray(2)) + Data(count: 1024), to: "two.tar")
        #expect(await error(directory.path + "/two.tar")?.kind == .ambiguous)
        let named = try Raw.tarMember("2.png", gray(1)) + Raw.tarMember("2.cls", Data("cat".utf8))
        try directory.write(one + named + Data(count: 1024), to: "both.tar")
        #expect(await error(directory.path + "/both.tar")?.kind == .classNames)
        let negative = try Raw.tarMember("2.png", gray(1)) + Raw.tarMember("2.cls", Data("-1".utf8))
        try directory.write(one + negative + Data(count: 1024), to: "negative.tar")
        #expect(await error(directory.path + "/negative.tar")?.kind == .labelOutOfRange)
    }

    @Test(
        "numbers that are no class are named, however large",
        arguments: [
            ("9223372036854775807", "9223372036854775807"), ("-9223372036854775808", "-9223372036854775808"),
            ("65535", "65535"), ("-1", "-1"),
        ]) func extremes(text: String, received: String) async throws
    {
        let directory = try TemporaryDirectory()
        try directory.write(Self.shard([("0", 1, "0"), ("1", 2, text)]), to: "set.tar")
        let json = try Self.shard([("0", 1, "{\"label\": 0}"), ("1", 2, "{\"label\": \(text)}")], ending: "json")
        try directory.write(json, to: "json.tar")
        for name in ["set.tar", "json.tar"] {
            let found = await error("\(directory.path)/\(name)")
            #expect(found?.kind == .labelOutOfRange && found?.received == received)
            #expect(found?.needs == "0 to 65534")
        }
        try directory.write(Data("cat\ndog\n".utf8), to: "classes.txt")
        #expect(await error(directory.path + "/set.tar")?.needs == "0 to 1")
        try directory.write(Data("\n".utf8), to: "classes.txt")
        #expect(await error(directory.path + "/set.tar")?.needs == "names of classes beside the shards")
    }

    /// é as one scalar and as two.
    @Test("samples whose names differ in their normalization are two") func forms() async throws {
        let directory = try TemporaryDirectory()
        let samples: [(String, UInt8, String)] = [
            ("\u{E9}", 1, "a"), ("e\u{301}", 2, "b"), ("c", 3, "a"), ("d", 4, "b"),
        ]
        try directory.write(Self.shard(samples), to: "set.tar")
        let images = try await read(directory.path + "/set.tar")
        #expect(images.train.count + images.test.count == 4)
    }
}

@Suite("Manifest") struct ManifestTests {
    private static func directory(_ table: String, files: [String] = ["1.png", "2.png", "3.png", "4.png"]) throws
        -> TemporaryDirectory
    {
        let directory = try TemporaryDirectory()
        for (index, file) in files.enumerated() { try directory.write(gray(UInt8(index + 1)), to: file) }
        try directory.write(Data(table.utf8), to: "set.csv")
        return directory
    }

    @Test("paths are relative to the table; splits have synonyms; unused columns are noted") func splits() async throws
    {
        let directory = try Self.directory(
            "Filename,Label,author,SPLIT\n1.png,cat,me,train\n2.png,dog,me,Training\n\"3.png\",dog,me,val\n4.png,cat,me,test\n"
        )
        let images = try await read(directory.path + "/set.csv")
        #expect(images.name == "set" && images.classes == ["cat", "dog"])
        #expect(try levels(images.train) == [1, 2] && levels(images.test) == [4])
        #expect(try images.validation.map(levels) == [3])
        #expect(images.notes.contains("columns of \(directory.path)/set.csv that are not used: author"))
        #expect(await error(directory.path)?.advice == "the table: \(directory.path)/set.csv")
    }

    @Test("groups stay on one side of a split that is drawn", arguments: 0..<5) func groups(seed: UInt64) async throws {
        let files = (0..<40).map { "\($0).png" }
        let rows = files.indices.map { "\(files[$0]),\($0 < 20 ? "a" : "b"),g\($0 / 4)\n" }.joined()
        let directory = try Self.directory("path,label,group\n" + rows, files: files)
        var options = ImageFolderOptions()
        options.testSeed = seed
        let images = try await ImageDataset.named(directory.path + "/set.csv", options: options)
        let group = { (level: UInt8) in (Int(level) - 1) / 4 }
        let tested = try Set(levels(images.test).map(group))
        #expect(try tested.isDisjoint(with: levels(images.train).map(group)))
        #expect(images.test.classCounts == [4, 4] && images.train.count == 32)
        #expect(images.notes.contains { $0.hasSuffix("; groups stay whole") })
        let split = try Split.stratified(
            labels: images.train.labels, classes: images.classes, validationFraction: 0.25, seed: 1,
            groups: images.train.groups)
        let levels = try levels(images.train)
        #expect(Set(split.train.map { group(levels[$0]) }).isDisjoint(with: split.validation.map { group(levels[$0]) }))
    }

    @Test("folds are read from 1 on, for training images alone, and one of them is held out") func folds() async throws
    {
        let directory = try Self.directory(
            "path,label,split,fold\n1.png,a,train,1\n2.png,b,train,3\n3.png,b,train,1\n4.png,a,test,\n")
        let images = try await read(directory.path + "/set.csv")
        #expect(images.train.folds == [0, 2, 0] && images.test.folds == nil)
        #expect(images.train.subset([1, 0]).folds == [2, 0])
        #expect(images.notes.contains { $0.contains("divides the training images into 2 folds") })
        let third = try #require(Fold(stated: 2))
        let split = try Split.stated(images.train.folds, fold: third, name: "set")
        #expect(split.train == [0, 2] && split.validation == [1])
        // Tuning takes another fold, the next one, and from the last the first.
        #expect(third.forTuning(images.train.folds) == Fold(stated: 0))
        #expect(Fold(stated: 0)?.forTuning(images.train.folds) == third)
        let drawn = try #require(Fold(1, of: 3))
        #expect(drawn.forTuning(nil) == drawn)
        func error(_ folds: [Int]?, _ number: Int) -> DataError? {
            do {
                _ = try Split.stated(folds, fold: #require(Fold(stated: number - 1)), name: "set")
                return nil
            } catch {
                return error as? DataError
            }
        }
        #expect(error(images.train.folds, 2)?.summary == "set has no images in fold 2.")
        #expect(error(nil, 2)?.advice?.contains("ocellus split --folds") == true)
        #expect(error([0, 0], 1)?.kind == .noImages)
    }

    static let bad: [(String, String, String)] = [
        ("path,label,fold\n1.png,a,0\n", "line 2 of ", "data.damaged"),
        ("path,label,fold\n1.png,a,one\n", "has no fold", "data.damaged"),
        ("path,label,fold\n1.png,a,1\n2.png,b,\n", "no fold, where other training images", "data.damaged"),
        (
            "path,label,split,fold\n1.png,a,train,1\n2.png,b,train,2\n3.png,b,test,1\n", "has a fold for a test image",
            "data.damaged"
        ),
        ("path,label,group,fold\n1.png,a,x,1\n2.png,b,x,2\n", "stands in two folds", "data.ambiguous"),
        ("path,label,fold\n1.png,a,1\n1.png,a,2\n", "twice, in different ways", "data.ambiguous"),
        ("", "is empty", "data.damaged"), ("path,label\n", "names no image", "data.noImages"),
        ("a,b\n1,2\n", "is no list of labelled images", "data.damaged"),
        ("path,file,label\n1,1,2\n", "has two columns for the path", "data.ambiguous"),
        ("path,label\n1.png\n", "line 2 of ", "data.damaged"), ("path,label\n1.png,\n", "has no label", "data.damaged"),
        ("path,label,split\n1.png,a,tarin\n", "has an unknown split", "data.damaged"),
        ("path,label,split\n1.png,a,train\n2.png,a,\n", "has no split", "data.damaged"),
        ("path,label\n1.png,a\n1.png,b\n", "twice, in different ways", "data.ambiguous"),
        ("path,label,split,group\n1.png,a,train,x\n2.png,a,test,x\n", "stands in two splits", "data.ambiguous"),
        (
            "path,label,split\n1.png,a,train\n2.png,b,train\n3.png,c,test\n", "has classes that the training",
            "data.unknownClass"
        ),
        ("path,label\n1.png,a\n2.png,a\n", "a single class", "data.tooFewClasses"),
        ("path,label\n1.png,a\n2.png,a\n3.png,b\nnone.png,b\n", "do not exist", "data.missingFile"),
    ]

    @Test("says what is wrong", arguments: bad) func wrong(table: String, text: String, code: String) async throws {
        let directory = try Self.directory(table)
        let error = await error(directory.path + "/set.csv")
        #expect(error?.code == code && error?.summary.contains(text) == true, "\(error?.rendered ?? "")")
    }
}
