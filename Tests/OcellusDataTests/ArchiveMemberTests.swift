// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Members of archives") struct ArchiveMemberTests {
    private static func picture(_ level: Int) throws -> Data { try ImageEncoder.png(solid(8, 8, [UInt8(level)])) }

    private static func levels(_ images: ImageDataset) throws -> [UInt8] {
        try [images.train, images.validation, images.test].compactMap { $0 }.flatMap { set in
            try (0..<set.count).map { try set.pixels(at: $0)[0] }
        }.sorted()
    }

    private static let files = ["cat/1.png", "cat/2.png", "dog/1.png", "dog/2.png"]

    private static func members() throws -> [ZipMember] {
        try files.enumerated().map { ZipMember($1, try picture(10 * $0)) }
    }

    private static func written(_ members: [ZipMember], isLarge: Bool = false) throws -> (TemporaryDirectory, String) {
        let directory = try TemporaryDirectory()
        try directory.write(Data(Raw.zip(members, isLarge: isLarge)), to: "set.zip")
        return (directory, directory.path + "/set.zip")
    }

    // MARK: Tar

    @Test("hard links are the content of the member that had the name then") func hardLinks() async throws {
        let directory = try TemporaryDirectory()
        let archive =
            try Raw.tarMember("cat/1.png", Self.picture(10)) + Raw.tarMember("cat/2.png", Self.picture(20))
            + Raw.tarMember("dog/1.png", type: "1", link: "cat/1.png")
            + Raw.tarMember("dog/2.png", type: "1", link: "./dog/1.png")
            + Raw.tarMember("cat/1.png", Self.picture(30)) + Raw.tarMember("dog/3.png", type: "1", link: "cat/1.png")
            + Raw.tarMember("dog/4.png", type: "1", link: "cat/none.png") + Data(count: 1024)
        try directory.write(archive, to: "set.tar")
        let images = try await ImageDataset.named(directory.path + "/set.tar")
        #expect(try Self.levels(images) == [10, 10, 20, 30, 30] && images.classes == ["cat", "dog"])
        #expect(images.notes.contains { $0.contains("were left out: \(directory.path)/set.tar/dog/4.png") })
    }

    @Test("symbolic links to files of the archive are followed, in circles and outside not") func symbolicLinks()
        async throws
    {
        let directory = try TemporaryDirectory()
        let archive =
            try Raw.tarMember("all/1.png", Self.picture(10)) + Raw.tarMember("all/2.png", Self.picture(20))
            + Raw.tarMember("set/cat/1.png", type: "2", link: "../../all/1.png")
            + Raw.tarMember("set/dog/2.png", type: "2", link: "further.png")
            + Raw.tarMember("set/dog/further.png", type: "2", link: "../../all/2.png")
            + Raw.tarMember("set/dog/circle.png", type: "2", link: "circle.png")
            + Raw.tarMember("set/dog/out.png", type: "2", link: "../../../etc/1.png")
            + Raw.tarMember("set/dog/root.png", type: "2", link: "/all/1.png") + Data(count: 1024)
        let stream = MemoryStream([UInt8](archive), path: "a.tar")
        let path = Path("a.tar")
        let listing = try ImageArchives.Listing(stream, at: path, options: ImageFolderOptions())
        let kinds = listing.members.map(\.kind)
        #expect(kinds == [.file, .file, .file, .file, .file, .link, .link, .link])
        #expect(listing.members.prefix(5).map(\.content) == [0, 1, 0, 1, 1])
        var options = ImageFolderOptions()
        options.followsLinks = false
        let plain = try ImageArchives.Listing(MemoryStream([UInt8](archive), path: "a.tar"), at: path, options: options)
        #expect(plain.members.filter { $0.kind == .link }.count == 6)
        try directory.write(archive, to: "a.tar")
    }

    @Test("names with .. are named as the reason") func outside() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Raw.tar(Self.files.map { ("../\($0)", try Self.picture(1)) }), to: "a.tar")
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path + "/a.tar") }
        #expect(error?.kind == .noImages && error?.because == "names with .. lead out of the archive")
        let report = try await FolderCheck(Path(directory.path + "/a.tar")).report()
        #expect(report.findings.filter { $0.detail == "its name leads out of the archive" }.count == 4)
    }

    @Test("a wrong checksum is said, of a small archive and of a large one") func checksum() async throws {
        let directory = try TemporaryDirectory()
        let small = try Raw.tar(Self.files.map { ($0, try Self.picture(1)) })
        let large = try Raw.tar(Self.files.map { ($0, try Self.picture(1)) } + [("x.bin", Data(count: 1 << 20))])
        for (name, tar) in [("small.tar.gz", small), ("large.tgz", large)] {
            var bytes = Raw.gzip(tar)
            bytes[bytes.count - 6] ^= 1
            try directory.write(bytes, to: name)
            let error = await #expect(throws: DataError.self) {
                try await ImageDataset.named(directory.path + "/" + name)
            }
            #expect(error?.summary == "\(directory.path)/\(name) is damaged: its checksum is wrong.")
        }
    }

    @Test("names in an archive that differ in their Unicode form are two files; classes so are one, said") func forms()
        async throws
    {
        let directory = try TemporaryDirectory()
        let names = ["caf\u{E9}/1.png", "cafe\u{301}/1.png", "tea/1.png", "tea/2.png"]
        try directory.write(Raw.tar(names.enumerated().map { ($1, try Self.picture(10 * $0)) }), to: "a.tar")
        let images = try await ImageDataset.named(directory.path + "/a.tar")
        #expect(try Self.levels(images) == [0, 10, 20, 30] && images.classes == ["café", "tea"])
        #expect(images.notes.contains("café is one class, though its name is written in two Unicode forms"))
        #expect(!images.notes.contains { $0.contains("replaced") })
    }

    @Test(
        "braces that stand for too many shards are refused before they are written out",
        arguments: [
            "x{0..999999}.tar", "x{0..9223372036854775807}.tar", "\(String(repeating: "x", count: 5000)){0..9999}.tar",
        ]) func braces(pattern: String)
    {
        let error = #expect(throws: DataError.self) { try ImageArchives.expand(Path(pattern)) }
        #expect(error?.kind == .outOfRange && error?.summary.hasSuffix("stands for too many shards.") == true)
    }

    // MARK: Zip

    @Test("a zip of a folder per class equals the folder; in 64 bits, with something in front, and of Windows")
    func zip()
        async throws
    {
        let directory = try TemporaryDirectory()
        for (index, file) in Self.files.enumerated() {
            try directory.write(Self.picture(10 * index), to: "set/\(file)")
        }
        let folder = try await ImageDataset.named(directory.path + "/set")
        var members = try Self.members()
        for (name, isLarge) in [("plain", false), ("large", true)] {
            try directory.write(Data(Raw.zip(members, isLarge: isLarge)), to: "\(name).zip")
            members = members.map { member in
                var member = member
                member.isLarge = true
                return member
            }
        }
        try directory.write(Data("front".utf8) + Raw.zip(try Self.members()), to: "front.zip")
        let windows = try Self.members().map { member in
            var member = member
            member.host = 0
            member.name = member.name.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "\\") : $0 }
            return member
        }
        try directory.write(Data(Raw.zip(windows)), to: "windows.zip")
        for name in ["plain", "large", "windows"] {
            let images = try await ImageDataset.named("\(directory.path)/\(name).zip")
            #expect(images.name == name && images.classes == ["cat", "dog"])
            #expect(try images.train.sha256 == folder.train.sha256 && images.test.sha256 == folder.test.sha256)
        }
        let reader = try ZipReader(try FileBytes(Path(directory.path + "/front.zip")))
        #expect(try reader.content(at: 3, limit: 1 << 20) == [UInt8](Self.picture(30)))
        // Programs tell archives by their first bytes.
        let report = try await FolderCheck(Path(directory.path + "/plain.zip")).report()
        #expect(report.readable == 4)
    }

    @Test("a folder of zip archives is one set, with splits by their names") func several() async throws {
        let directory = try TemporaryDirectory()
        let train = try ["cat.1.png", "cat.2.png", "dog.1.png"].enumerated().map {
            ZipMember("train/\($1)", try Self.picture($0))
        }
        try directory.write(Data(Raw.zip(train)), to: "train.zip")
        try directory.write(Data(Raw.zip([ZipMember("test1/1.png", try Self.picture(9))])), to: "test1.zip")
        let images = try await ImageDataset.named(directory.path)
        #expect(images.classes == ["cat", "dog"] && images.train.count + images.test.count == 3)
        #expect(
            images.notes.contains { $0.hasSuffix("test1: 1 images without a class were left out; predict takes them") })
    }

    @Test("members that are repeated, outside, absolute, hidden, links or encrypted have the verdicts of tar")
    func odd()
        async throws
    {
        var members = try Self.members()
        members.append(ZipMember("cat/1.png", try Self.picture(77)))
        members.append(ZipMember("../evil.png", try Self.picture(78)))
        members.append(ZipMember("/dog/absolute.png", try Self.picture(79)))
        members.append(ZipMember("__MACOSX/cat/1.png", try Self.picture(80)))
        var link = ZipMember("dog/link.png", Array("1.png".utf8))
        link.mode = 0o120777
        members.append(link)
        var folder = ZipMember("dog/", [])
        folder.mode = 0o40755
        members.append(folder)
        var secret = ZipMember("dog/secret.png", try Self.picture(81))
        secret.flags = 1
        members.append(secret)
        var foreign = ZipMember("dog/foreign.png", try Self.picture(82))
        foreign.method = 12
        members.append(foreign)
        var wrong = ZipMember("dog/wrong.png", try Self.picture(83))
        wrong.checksum ^= 1
        members.append(wrong)
        let (directory, path) = try Self.written(members)
        let images = try await ImageDataset.named(path, options: ImageFolderOptions(skipsUnreadable: true))
        #expect(try Self.levels(images) == [10, 20, 20, 30, 77, 79])
        let notes = images.notes.joined(separator: "\n")
        for text in [
            "1 members were replaced", "out of them (..) were left out: \(path)/../evil.png",
            "dog/secret.png (it is encrypted in its archive)",
            "dog/foreign.png (it is packed by a method that is not read (12))",
            "dog/wrong.png (the checksum of dog/wrong.png is wrong)", "3 of 9 files could not be read",
        ] { #expect(notes.contains(text), "\(text) in \(notes)") }
        let strict = await #expect(throws: DataError.self) { try await ImageDataset.named(path) }
        #expect(strict?.kind == .undecodableImages)
        _ = directory
    }

    @Test("members that lie in each other or lie about their sizes are refused, bombs stop at the limit") func bombs()
        async throws
    {
        var overlapping = try Self.members()
        overlapping[2].offset = 0
        let (kept, path) = try Self.written(overlapping)
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(path) }
        #expect(error?.kind == .damaged && error?.because?.hasSuffix("lies in another member") == true)
        // One letter, a thousandfold.
        let deflated: [UInt8] = [0x4B, 0x4C, 0x84, 0x01, 0x00]
        var bomb = ZipMember("cat/bomb.png", deflated)
        (bomb.method, bomb.size) = (8, 1 << 40)
        bomb.isLarge = true
        let (other, big) = try Self.written(try Self.members() + [bomb])
        let large = await #expect(throws: DataError.self) { try await ImageDataset.named(big) }
        #expect(large?.received?.contains("it has more bytes than the limit of") == true, "\(large?.rendered ?? "")")
        for (packed, size) in [(Int.max, Int.max), (Int.max, 5), (-1, 5), (5, -1), (5, Int.min), (1 << 40, 1 << 40)] {
            let bytes = Raw.zip(try Self.members() + [bomb], sizes: (packed, size))
            let error = #expect(throws: DataError.self) { try ZipReader(MemoryBytes(bytes: bytes, path: "a.zip")) }
            #expect(error?.kind == .damaged && error?.because == "a member lies outside of it", "\(packed) \(size)")
        }
        bomb.size = 5
        let (third, small) = try Self.written(try Self.members() + [bomb])
        let two = await #expect(throws: DataError.self) { try await ImageDataset.named(small) }
        #expect(two?.received?.contains("has two sizes") == true, "\(two?.rendered ?? "")")
        _ = (kept, other, third)
    }

    @Test("every cut of a zip archive is an error that says so; one of several parts and an empty one too") func cuts()
        async throws
    {
        let bytes = Raw.zip(try Self.members())
        let directory = try TemporaryDirectory()
        for count in stride(from: 4, to: bytes.count, by: 37) {
            try directory.write(Data(bytes.prefix(count)), to: "cut.zip")
            let error = await #expect(throws: DataError.self) {
                try await ImageDataset.named(directory.path + "/cut.zip")
            }
            #expect(error?.kind == .damaged, "\(count): \(error?.rendered ?? "")")
        }
        try directory.write(Data(Raw.zip([ZipMember]())), to: "empty.zip")
        let empty = await #expect(throws: DataError.self) {
            try await ImageDataset.named(directory.path + "/empty.zip")
        }
        #expect(empty?.kind == .noImages)
        var parts = bytes
        parts[parts.count - 18] = 1
        try directory.write(Data(parts), to: "part.zip")
        let part = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path + "/part.zip") }
        #expect(part?.because == "it is one of several parts", "\(part?.rendered ?? "")")
    }

    // MARK: Labels

    @Test("one label far above the others makes no thousands of classes") func farLabels() async throws {
        let directory = try TemporaryDirectory()
        let labels = (0..<24).map { $0 == 23 ? 65_534 : $0 % 3 }
        let samples = try labels.enumerated().flatMap {
            [("\($0).png", try Self.picture(10 * $0)), ("\($0).cls", Data("\($1)".utf8))]
        }
        try directory.write(Raw.tar(samples), to: "a.tar")
        let images = try await ImageDataset.named(directory.path + "/a.tar")
        #expect(images.classes == ["0", "1", "2", "65534"])
        #expect(
            images.notes.contains { $0.contains("has labels up to 65534, but only 4 of these numbers have images") })
        // Gaps that are small stay classes.
        let few = try [0, 2, 2, 0].enumerated().flatMap {
            [("\($0).png", try Self.picture($0)), ("\($0).cls", Data("\($1)".utf8))]
        }
        try directory.write(Raw.tar(few), to: "b.tar")
        #expect(try await ImageDataset.named(directory.path + "/b.tar").classes == ["0", "1", "2"])
    }

    @Test("one label of an IDX file far above the others makes no empty classes; test labels are matched to the rest")
    func farIDX() throws {
        let directory = try TemporaryDirectory()
        func write(_ stem: String, _ labels: [UInt8]) throws {
            let pixels = labels.indices.flatMap { index in (0..<4).map { UInt8(40 * index + $0) } }
            try directory.write(
                Raw.idx(magic: [0, 0, 8, 3], sizes: [labels.count, 2, 2], pixels), to: "\(stem)-images-idx3-ubyte")
            try directory.write(
                Raw.idx(magic: [0, 0, 8, 1], sizes: [labels.count], labels), to: "\(stem)-labels-idx1-ubyte")
        }
        try write("train", [0, 1, 2, 200])
        try write("t10k", [200, 1])
        let images = try ImageDataset.mnist(at: directory.url)
        #expect(images.classes == ["0", "1", "2", "200"] && images.test.labels == [3, 1])
        #expect(images.notes.contains { $0.contains("has labels up to 200, but only 4 of these numbers have images") })
        try write("t10k", [199, 1])
        let error = #expect(throws: DataError.self) { try ImageDataset.mnist(at: directory.url) }
        #expect(error?.kind == .labelOutOfRange && error?.received == "199" && error?.needs?.contains("200") == true)
    }
}
