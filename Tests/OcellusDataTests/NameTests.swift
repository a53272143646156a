// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Names are bytes") struct NameTests {
    private static func picture(_ level: Int) throws -> Data { try ImageEncoder.png(solid(8, 8, [UInt8(level)])) }

    private static func levels(_ images: ImageDataset) throws -> [UInt8] {
        try [images.train, images.test].flatMap { set in try (0..<set.count).map { try set.pixels(at: $0)[0] } }
            .sorted()
    }

    /// Twelve files in two classes, half of them with names that are no text.
    private static func prepared() throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for index in 0..<12 {
            let name =
                Array("set/\(index % 2 == 0 ? "red" : "blue")/im".utf8) + (index < 6 ? [0xFF] : []) + [
                    0x30 + UInt8(index)
                ]
            try directory.write(picture(10 * index), toBytes: name + Array(".png".utf8))
        }
        return directory
    }

    @Test("files whose names are no text are read, in every storage and in an archive") func files() async throws {
        let directory = try Self.prepared()
        let all = (0..<12).map { UInt8(10 * $0) }
        for cache in ImageCache.allCases {
            var options = ImageFolderOptions()
            options.cache = cache
            #expect(try Self.levels(try await ImageDataset.named(directory.path + "/set", options: options)) == all)
        }
        var tar = Data()
        for index in 0..<12 {
            let name = Array("\(index % 2 == 0 ? "red" : "blue")/".utf8) + [0xFF, 0x30 + UInt8(index)]
            tar += try Raw.tarMember(bytes: name, Self.picture(10 * index))
        }
        try directory.write(tar + Data(count: 1024), to: "set.tar")
        #expect(try Self.levels(try await ImageDataset.named(directory.path + "/set.tar")) == all)
    }

    @Test("a folder whose name is no text is a data set, a folder of pictures and a check, but no class") func folders()
        async throws
    {
        let directory = try TemporaryDirectory()
        let odd: [UInt8] = [0x63, 0xE9]
        for index in 0..<6 {
            let name = odd + Array("/\(index % 2 == 0 ? "a" : "b")/\(index).png".utf8)
            try directory.write(Self.picture(10 * index), toBytes: name)
        }
        let folder = Path(directory.path).appending(Path(bytes: odd))
        #expect(try Self.levels(try await ImageDataset.named(folder)) == [0, 10, 20, 30, 40, 50])
        #expect(try ImageFiles.pictures(under: folder).pictures.count == 6)
        #expect(try await FolderCheck(folder).report().readable == 6)
        try directory.write(Self.picture(60), to: "c/1.png")
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path) }
        #expect(error?.kind == .classNames && error?.received == "the bytes 63 e9", "\(error?.rendered ?? "")")
        #expect(error?.summary.contains("c\u{FFFD}") == true && error?.advice == "rename the folder")
    }

    @Test("names in one folder that differ in their Unicode form are two files") func forms() async throws {
        let directory = try TemporaryDirectory()
        for (index, name) in ["caf\u{E9}", "cafe\u{301}"].enumerated() {
            for (place, label) in ["a", "b"].enumerated() {
                for copy in 0..<2 {
                    try directory.write(
                        Self.picture(10 * (4 * index + 2 * place + copy)), to: "set/\(label)/\(name)\(copy).png")
                }
            }
        }
        #expect(
            try Self.levels(try await ImageDataset.named(directory.path + "/set")) == (0..<8).map { UInt8(10 * $0) })
    }

    @Test("the plan leaves files whose names are no text to a person, and the rest can be carried out") func plan()
        async throws
    {
        let directory = try Self.prepared()
        try directory.write(Data("text".utf8), toBytes: Array("set/red/".utf8) + [0xFE] + Array(".png".utf8))
        try directory.write(Data("text".utf8), to: "set/red/bad.png")
        let check = try await FolderCheck(Path(directory.path + "/set"))
        let plan = try check.plan(check.report())
        let rows = plan.rows.filter { $0.path.hasSuffix("\u{FFFD}.png") }
        #expect(rows.map(\.action) == [.review] && rows.first?.reason.contains("its name is no text") == true)
        let again = try FixPlan(Data(plan.text.utf8), path: "p.csv")
        let outcome = try again.apply(to: directory.path + "/set", journal: directory.path + "/j.csv")
        #expect(outcome.moved.count == 1)
    }
}
