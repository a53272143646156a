// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("CIFAR") struct CIFARTests {
    /// Records whose pixels count up from the label, so that a misplaced byte is seen.
    private static func records(_ labels: [UInt8], coarse: Bool = false) -> Data {
        Data(
            labels.flatMap { label in
                (coarse ? [99, label] : [label]) + (0..<3072).map { UInt8(($0 + Int(label)) % 251) }
            })
    }

    private static func ten(in folder: String = "") throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for batch in 1...5 { try directory.write(records([UInt8(batch), 0]), to: "\(folder)data_batch_\(batch).bin") }
        try directory.write(records([9, 8, 7]), to: "\(folder)test_batch.bin")
        return directory
    }

    @Test("reads CIFAR-10 from its folder and from the one above", arguments: ["", "cifar-10-batches-bin/"])
    func reads(folder: String) async throws {
        let directory = try Self.ten(in: folder)
        let images = try await ImageDataset(contentsOf: directory.url)
        #expect(images.name == "CIFAR-10" && images.shape == [3, 32, 32])
        #expect(images.classes.first == "airplane" && images.classes.last == "truck" && images.classes.count == 10)
        #expect(images.train.labels == [1, 0, 2, 0, 3, 0, 4, 0, 5, 0])
        #expect(images.test.labels == [9, 8, 7])
        #expect(try images.train.pixels(at: 2) == (0..<3072).map { UInt8(($0 + 2) % 251) })
        #expect(images.notes == ["classes without a training image: frog, horse, ship, truck"])
    }

    @Test("takes class names from batches.meta.txt") func names() throws {
        let directory = try Self.ten()
        try directory.write(Data("a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".utf8), to: "batches.meta.txt")
        #expect(try ImageDataset.cifar10(at: directory.url).classes == "abcdefghij".map(String.init))
        try directory.write(Data("a\nb\n".utf8), to: "batches.meta.txt")
        let error = #expect(throws: DataError.self) { try ImageDataset.cifar10(at: directory.url) }
        #expect(error?.kind == .classNames && error?.needs == "10 names" && error?.received == "2")
    }

    @Test("notes missing training batches, and needs the test batch") func missing() throws {
        let directory = try Self.ten()
        try FileManager.default.removeItem(at: directory.url.appendingPathComponent("data_batch_3.bin"))
        #expect(
            try ImageDataset.cifar10(at: directory.url).notes.last
                == "data_batch_3.bin missing: there are 8 training images")
        try FileManager.default.removeItem(at: directory.url.appendingPathComponent("test_batch.bin"))
        let error = #expect(throws: DataError.self) { try ImageDataset.cifar10(at: directory.url) }
        #expect(error?.kind == .notFound && error?.summary.hasSuffix("test_batch.bin does not exist.") == true)
    }

    @Test("a file of the wrong length is named, with what was expected", arguments: [0, 1, 3072, 3074, 6147])
    func length(bytes: Int) throws {
        let directory = try Self.ten()
        try directory.write(Data(count: bytes), to: "data_batch_4.bin")
        let error = #expect(throws: DataError.self) { try ImageDataset.cifar10(at: directory.url) }
        #expect(error?.code == "data.wrongSize")
        #expect(error?.summary.hasSuffix("data_batch_4.bin is not a file of CIFAR-10.") == true)
        #expect(error?.needs == "a multiple of 3073 bytes" && error?.received == "\(bytes) bytes")
    }

    @Test("a label beyond the classes names the record") func label() throws {
        let directory = try Self.ten()
        try directory.write(Self.records([0, 10]), to: "data_batch_1.bin")
        let error = #expect(throws: DataError.self) { try ImageDataset.cifar10(at: directory.url) }
        #expect(error?.kind == .labelOutOfRange)
        #expect(error?.summary.hasPrefix("record 1 of ") == true && error?.received == "10")
    }

    @Test("reads CIFAR-100 by its fine labels") func hundred() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.records([0, 99, 53], coarse: true), to: "train.bin")
        try directory.write(Self.records([7], coarse: true), to: "test.bin")
        let images = try await ImageDataset(contentsOf: directory.url)
        #expect(images.name == "CIFAR-100" && images.classes.count == 100)
        #expect(images.classes == images.classes.sorted())
        #expect(images.train.labels.map { images.classes[Int($0)] } == ["apple", "worm", "orange"])
        #expect(try images.train.pixels(at: 1)[1] == 100)
    }

    @Test("says what a directory without CIFAR holds") func none() throws {
        let directory = try TemporaryDirectory()
        try directory.write(Data([1]), to: "readme.txt")
        let error = #expect(throws: DataError.self) { try ImageDataset.cifar10(at: directory.url) }
        #expect(error?.kind == .missingFile && error?.received == "readme.txt")
    }
}
