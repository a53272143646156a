// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import OcellusTestSupport
import Testing

@testable import OcellusData
@testable import OcellusPixels

@Suite("Standard sets") struct StandardSetTests {
    private static func zip(_ bytes: [UInt8]) throws -> ZipReader {
        try ZipReader(MemoryBytes(bytes: bytes, path: "a.zip"))
    }

    /// "aaaaaaaaaa" as DEFLATE by zlib, level 9, without header.
    private static let deflated: [UInt8] = [0x4B, 0x4C, 0x84, 0x01, 0x00]

    @Test("reads stored and deflated members of a zip archive") func members() throws {
        let archive = try Self.zip(
            Raw.zip([("a/stored", [1, 2, 3], nil), ("deflated", Self.deflated, 10), ("empty", [], nil)]))
        #expect(archive.names == ["a/stored", "deflated", "empty"])
        #expect(try archive.content(of: "a/stored", limit: 100) == [1, 2, 3])
        #expect(try archive.content(of: "deflated", limit: 100) == Array("aaaaaaaaaa".utf8))
        #expect(try archive.content(of: "empty", limit: 100) == [])
        #expect(throws: DataError.self) { _ = try archive.content(of: "other", limit: 100) }
        let error = #expect(throws: DataError.self) { _ = try archive.content(of: "deflated", limit: 9) }
        #expect(error?.kind == .tooLarge)
    }

    @Test("every cut and every changed byte of a zip archive is an error or harmless") func damage() throws {
        let bytes = Raw.zip([("a", [1, 2, 3], nil), ("b", Self.deflated, 10)])
        for count in 0..<bytes.count {
            #expect(throws: DataError.self) { _ = try Self.zip(Array(bytes.prefix(count))) }
        }
        for place in bytes.indices {
            for change in [0x01, 0x80, 0xFF] as [UInt8] {
                var other = bytes
                other[place] ^= change
                guard let archive = try? Self.zip(other) else { continue }
                for name in archive.names { _ = try? archive.content(of: name, limit: 100) }
            }
        }
        for size in [9, 11] {
            let archive = try Self.zip(Raw.zip([("b", Self.deflated, size)]))
            #expect(throws: DataError.self) { _ = try archive.content(of: "b", limit: 100) }
        }
        let more = try Self.zip(Raw.zip([("b", Self.deflated + [0], 10)]))
        #expect(throws: DataError.self) { _ = try more.content(of: "b", limit: 100) }
    }

    /// Four images of 2×3 pixels, as EMNIST publishes them.
    private static func emnist(labels: [UInt8]) throws -> ZipReader {
        let images = Raw.idx(magic: [0, 0, 8, 3], sizes: [4, 2, 3], (1...24).map { UInt8($0) })
        let answers = Raw.idx(magic: [0, 0, 8, 1], sizes: [4], labels)
        return try zip(
            Raw.zip(
                ["train", "test"].flatMap { part in
                    [
                        ("gzip/emnist-letters-\(part)-images-idx3-ubyte.gz", [UInt8](Raw.gzip(images)), Int?.none),
                        ("gzip/emnist-letters-\(part)-labels-idx1-ubyte.gz", [UInt8](Raw.gzip(answers)), nil),
                    ]
                }.map { (name: $0.0, packed: $0.1, size: $0.2) }))
    }

    @Test("turns EMNIST's images and counts its labels from 0") func emnist() throws {
        let reader = EMNIST(split: "letters", firstLabel: 1, classes: ["A", "B", "C"])
        let images = try reader.read(try Self.emnist(labels: [1, 2, 3, 1]), name: "emnist-letters")
        #expect(images.name == "emnist-letters" && images.shape == [1, 3, 2])
        #expect(images.train.labels == [0, 1, 2, 0])
        #expect(try images.test.pixels(at: 1) == [7, 10, 8, 11, 9, 12])
        for labels in [[0, 1, 2, 3], [1, 2, 3, 4]] as [[UInt8]] {
            let error = #expect(throws: DataError.self) {
                _ = try reader.read(try Self.emnist(labels: labels), name: "e")
            }
            #expect(error?.kind == .labelOutOfRange)
        }
    }

    private static func cifar(_ folder: String, _ names: [String], coarse: Bool = false) -> Data {
        Raw.tar(
            [("\(folder)/readme.html", Data("text".utf8))]
                + names.enumerated().map { index, name in
                    let label = UInt8(index)
                    return (
                        "\(folder)/\(name)", Data((coarse ? [9, label] : [label]) + (0..<3072).map { UInt8($0 % 251) })
                    )
                })
    }

    @Test("reads CIFAR from its archive, whatever the order of the files") func archive() async throws {
        let directory = try TemporaryDirectory()
        let names = ["data_batch_1.bin", "data_batch_3.bin", "test_batch.bin"]
        let others = ["data_batch_5.bin", "data_batch_2.bin", "data_batch_4.bin"]
        let archive = Self.cifar("cifar-10-batches-bin", names + others)
        try directory.write(Raw.gzip(archive), to: "ten.tar.gz")
        #expect(try ImageDataset.recognise(directory.path + "/ten.tar.gz") == .cifarArchive)
        let images = try await ImageDataset.named(directory.path + "/ten.tar.gz")
        #expect(images.name == "CIFAR-10" && images.shape == [3, 32, 32])
        #expect(images.train.labels == [0, 4, 1, 5, 3] && images.test.labels == [2])
        #expect(try images.train.pixels(at: 0) == (0..<3072).map { UInt8($0 % 251) })
        try directory.write(Self.cifar("cifar-100-binary", ["test.bin", "train.bin"], coarse: true), to: "hundred.tar")
        let hundred = try await ImageDataset.named(directory.path + "/hundred.tar")
        #expect(hundred.classes.count == 100 && hundred.train.labels == [1] && hundred.test.labels == [0])
        try directory.write(Self.cifar("cifar-10-batches-bin", names), to: "part.tar")
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path + "/part.tar") }
        #expect(error?.kind == .missingFile && error?.needs?.contains("data_batch_5.bin") == true)
        try directory.write(archive.prefix(9000), to: "cut.tar")
        let cut = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path + "/cut.tar") }
        #expect(cut?.kind == .damaged)
    }

    @Test("a size in a tar archive is not believed") func hugeMember() throws {
        let member = Raw.tarMember("cifar-10-batches-bin/data_batch_1.bin", size: "77777777777")
        let stream = MemoryStream([UInt8](member), path: "a.tar")
        let error = #expect(throws: DataError.self) {
            _ = try TarReader.members(["cifar-10-batches-bin/data_batch_1.bin"], of: stream)
        }
        #expect(error?.kind == .tooLarge)
    }

    @Test("reads one severity of one corruption") func corruptions() throws {
        let images = Raw.npy(
            "{'descr': '|u1', 'fortran_order': False, 'shape': (4, 1, 1, 3)}", (0..<12).map { UInt8($0) })
        let labels = Raw.npy("{'descr': '|u1', 'fortran_order': False, 'shape': (4,)}", [3, 2, 1, 0])
        let tar = Raw.tar([
            ("CIFAR-10-C/snow.npy", Data(images.reversed())), ("CIFAR-10-C/fog.npy", Data(images)),
            ("CIFAR-10-C/labels.npy", Data(labels)),
        ])
        func read(_ corruption: String, _ range: Range<Int>?) throws -> ImageSet {
            try StandardImages.corrupted(
                MemoryStream([UInt8](tar), path: "a.tar"), corruption: corruption, range: range)
        }
        #expect(try read("fog", nil).labels == [3, 2, 1, 0])
        let part = try read("fog", 2..<4)
        #expect(try part.labels == [1, 0] && part.pixels(at: 0) == [6, 7, 8] && part.classes[1] == "automobile")
        #expect(throws: DataError.self) { _ = try read("frost", nil) }
        #expect(throws: DataError.self) { _ = try read("snow", nil) }
    }

    @Test(
        "a set that was not fetched says how to fetch it",
        arguments: ["mnist", "kmnist", "emnist-letters", "cifar-10", "cifar-100"]) func absent(name: String) throws
    {
        let directory = try TemporaryDirectory()
        let images = try #require(StandardImages(name))
        let error = #expect(throws: DataError.self) { _ = try images.dataset(in: directory.url) }
        #expect(
            error?.rendered == """
                error[data.notFetched]: the data set \(name) is not on this machine.
                  try       ocellus data fetch \(name)
                """)
        #expect(error?.exitClass == .missingInput)
        #expect(throws: DataError.self) { _ = try images.test(in: directory.url) }
    }

    @Test("sets to test on cannot be trained on") func testOnly() throws {
        let directory = try TemporaryDirectory()
        for name in ["cifar-10.1", "cifar-10-c", "cifar-10-c/fog/3"] {
            let images = try #require(StandardImages(name))
            let error = #expect(throws: DataError.self) { _ = try images.dataset(in: directory.url) }
            #expect(error?.kind == .noImages && error?.advice?.hasSuffix("--data \(name)") == true)
        }
    }

    @Test(
        "names of corrupted images",
        arguments: [
            ("cifar-10-c", "cifar-10-c does not say which corruption."),
            ("cifar-10-c/fogg", "cifar-10-c/fogg does not say which corruption."),
            ("cifar-10-c/fog/0", "cifar-10-c/fog/0 is no severity of fog."),
            ("cifar-10-c/fog/6", "cifar-10-c/fog/6 is no severity of fog."),
            ("cifar-10-c/fog/1/2", "cifar-10-c/fog/1/2 is no severity of fog."),
            ("cifar-10-c/fog/", "cifar-10-c/fog/ is no severity of fog."),
        ]) func names(name: String, says: String) throws
    {
        let directory = try TemporaryDirectory()
        let images = try #require(StandardImages(name))
        let error = #expect(throws: DataError.self) { _ = try images.test(in: directory.url) }
        #expect(error?.kind == .outOfRange && error?.summary == says)
        #expect(name != "cifar-10-c/fogg" || error?.advice == "did you mean cifar-10-c/fog?")
    }

    @Test("what is no name is a path", arguments: ["./mnist", "mnist/", "mnist/a", "MNIST", "", "/", "cifar-10/fog"])
    func paths(text: String) { #expect(StandardImages(text) == nil && !ImageDataset.isName(text)) }

    @Test("reads IDX files of a set by their published classes") func idx() throws {
        let directory = try TemporaryDirectory()
        for part in ["train", "t10k"] {
            try directory.write(
                Raw.gzip(Raw.idx(magic: [0, 0, 8, 3], sizes: [2, 1, 1], [5, 6])), to: "\(part)-images-idx3-ubyte.gz")
            try directory.write(
                Raw.gzip(Raw.idx(magic: [0, 0, 8, 1], sizes: [2], [9, 0])), to: "\(part)-labels-idx1-ubyte.gz")
        }
        let images = try IDXDirectory(Path(directory.path)).read(
            name: "fashion-mnist", classes: (0...9).map { "c\($0)" })
        #expect(images.name == "fashion-mnist" && images.classes.count == 10 && images.train.labels == [9, 0])
    }

    @Test("Fashion-MNIST's classes are those of the embedded images") func classes() throws {
        let set = try #require(StandardSet.named("fashion-mnist"))
        #expect(set.form == .idx(classes: try ImageDataset.embedded.classes))
    }
}
