// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("IDX") struct IDXTests {
    private static let imageMagic: [UInt8] = [0, 0, 8, 3]
    private static let labelMagic: [UInt8] = [0, 0, 8, 1]

    /// Two images of 2×3 pixels.
    private static let images = Raw.idx(magic: imageMagic, sizes: [2, 2, 3], Array(1...12))
    private static let labels = Raw.idx(magic: labelMagic, sizes: [2], [1, 0])

    private static func directory(
        images: Data = IDXTests.images, labels: Data = IDXTests.labels,
        names: [String] = [
            "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
        ]
    ) throws -> TemporaryDirectory {
        let directory = try TemporaryDirectory()
        for (name, data) in zip(names, [images, labels, Self.images, Self.labels]) {
            try directory.write(data, to: name)
        }
        return directory
    }

    @Test("reads plain and gzipped files, a dot before idx, and test for t10k") func forms() throws {
        let directory = try Self.directory()
        let plain = try ImageDataset.mnist(at: directory.url)
        #expect(plain.shape == [1, 2, 3])
        #expect(plain.classes == ["0", "1"])
        #expect(plain.train.labels == [1, 0])
        #expect(try plain.train.pixels(at: 1) == [7, 8, 9, 10, 11, 12])
        let other = try TemporaryDirectory()
        try other.write(Raw.gzip(Self.images), to: "train-images.idx3-ubyte.gz")
        try other.write(Raw.gzip(Self.labels), to: "train-labels.idx1-ubyte.gz")
        try other.write(Self.images, to: "test-images.idx3-ubyte")
        try other.write(Raw.gzip(Self.labels), to: "test-labels-idx1-ubyte.gz")
        #expect(try ImageDataset.mnist(at: other.url).train.sha256 == plain.train.sha256)
    }

    @Test("takes class names from labels.txt") func names() throws {
        let directory = try Self.directory()
        try directory.write(Data("cat\r\n dog \n\nowl\n".utf8), to: "labels.txt")
        let images = try ImageDataset.mnist(at: directory.url)
        #expect(images.classes == ["cat", "dog", "owl"])
        #expect(images.notes == ["classes without a training image: owl"])
        try directory.write(Data("cat\n".utf8), to: "labels.txt")
        let error = #expect(throws: DataError.self) { try ImageDataset.mnist(at: directory.url) }
        #expect(error?.kind == .labelOutOfRange)
        try directory.write(Data([0xFF, 0xFE, 0xFF]), to: "labels.txt")
        #expect(throws: DataError.self) { try ImageDataset.mnist(at: directory.url) }
    }

    struct Bad: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let code: DataError.Code
        let wording: String
        var images = IDXTests.images
        var labels = IDXTests.labels
    }

    private static func gzipped(_ change: (inout Data) -> Void) -> Data {
        var data = Raw.gzip(images)
        change(&data)
        return data
    }

    static let bad = [
        Bad(testDescription: "empty", code: .wrongMagic, wording: "received  an empty file", images: Data()),
        Bad(
            testDescription: "wrong magic", code: .wrongMagic, wording: "received  00 00 08 02",
            images: Raw.idx(magic: [0, 0, 8, 2], sizes: [2, 6], Array(1...12))),
        Bad(
            testDescription: "floats", code: .wrongMagic, wording: "received  00 00 0d 03",
            images: Raw.idx(magic: [0, 0, 13, 3], sizes: [2, 2, 3], Array(1...12))),
        Bad(
            testDescription: "little-endian", code: .wrongMagic, wording: "received  03 08 00 00",
            images: Raw.idx(magic: [3, 8, 0, 0], sizes: [2, 2, 3], Array(1...12))),
        Bad(
            testDescription: "exchanged", code: .wrongMagic, wording: "train-images-idx3-ubyte holds labels",
            images: labels, labels: images),
        Bad(
            testDescription: "images for labels", code: .wrongMagic, wording: "train-labels-idx1-ubyte holds images",
            labels: images),
        Bad(
            testDescription: "cut header", code: .wrongSize, wording: "ends within its header",
            images: images.prefix(11)),
        Bad(
            testDescription: "one byte short", code: .wrongSize, wording: "is shorter than its header says",
            images: images.dropLast()),
        Bad(
            testDescription: "one byte long", code: .wrongSize, wording: "needs     28 bytes for [2, 2, 3]",
            images: images + [0]),
        Bad(
            testDescription: "overflowing sizes", code: .wrongSize, wording: "promises more than any memory holds",
            images: Raw.idx(magic: imageMagic, sizes: [-1, -1, -1], [])),
        Bad(
            testDescription: "more than the machine has", code: .noMemory, wording: "does not fit into memory",
            images: Raw.idx(magic: imageMagic, sizes: [0x7FFF_FFFF, 1024, 1024], [])),
        Bad(
            testDescription: "a lie in a compressed file", code: .wrongSize,
            wording: "received  28 bytes, decompressed",
            images: Raw.gzip(Raw.idx(magic: imageMagic, sizes: [2, 2, 1000], Array(1...12)))),
        Bad(
            testDescription: "compressed, one byte long", code: .wrongSize, wording: "received  more, decompressed",
            images: Raw.gzip(images + [0])),
        Bad(
            testDescription: "compressed, cut off", code: .damaged, wording: "the file was cut off",
            images: gzipped { $0.removeLast(9) }),
        Bad(
            testDescription: "compressed, wrong checksum", code: .damaged, wording: "is damaged: its checksum is wrong",
            images: gzipped { $0[$0.count - 5] ^= 1 }),
        Bad(
            testDescription: "compressed, something behind", code: .damaged, wording: "cannot be decompressed",
            images: gzipped { $0 += [1, 2, 3] }),
        Bad(
            testDescription: "no images", code: .noImages, wording: "holds no image",
            images: Raw.idx(magic: imageMagic, sizes: [0, 2, 3], []),
            labels: Raw.idx(magic: labelMagic, sizes: [0], [])),
        Bad(
            testDescription: "a label too few", code: .doNotMatch, wording: "needs     a label for each of 2 images",
            labels: Raw.idx(magic: labelMagic, sizes: [1], [1])),
        Bad(
            testDescription: "one class", code: .tooFewClasses, wording: "nothing to tell apart",
            labels: Raw.idx(magic: labelMagic, sizes: [2], [0, 0])),
    ]

    @Test("refuses damaged and false files with their name", arguments: bad) func refuses(bad: Bad) throws {
        var directory = try Self.directory(images: bad.images, labels: bad.labels)
        if bad.code == .tooFewClasses {
            directory = try TemporaryDirectory()
            for (name, data) in [
                ("train-images-idx3-ubyte", Self.images), ("train-labels-idx1-ubyte", bad.labels),
                ("t10k-images-idx3-ubyte", Self.images), ("t10k-labels-idx1-ubyte", bad.labels),
            ] { try directory.write(data, to: name) }
        }
        let error = #expect(throws: DataError.self) { try ImageDataset.mnist(at: directory.url) }
        #expect(error?.kind == bad.code)
        #expect(error?.rendered.contains(bad.wording) == true, "\(error?.rendered ?? "no error")")
        #expect(error?.exitClass == (bad.code == .noMemory ? .resources : .data))
    }

    @Test("a test label that training lacks is an error") func testLabel() throws {
        let directory = try Self.directory()
        try directory.write(Raw.idx(magic: Self.labelMagic, sizes: [2], [1, 2]), to: "t10k-labels-idx1-ubyte")
        let error = #expect(throws: DataError.self) { try ImageDataset.mnist(at: directory.url) }
        #expect(error?.kind == .labelOutOfRange)
        #expect(error?.summary.contains("label 1 of") == true && error?.received == "2")
    }

    @Test("names the missing file and what is there") func missing() throws {
        let directory = try TemporaryDirectory()
        try directory.write(Self.images, to: "train-images-idx3-ubyte")
        let error = #expect(throws: DataError.self) { try ImageDataset.mnist(at: directory.url) }
        #expect(error?.code == "data.missingFile")
        #expect(error?.needs == "train-labels-idx1-ubyte, plain or .gz")
        #expect(error?.received == "train-images-idx3-ubyte")
        #expect(error?.exitClass == .missingInput)
    }

    // Counts, mean and deviation as published with the set.
    @Test("reads the whole MNIST", .enabled(if: TestData.large("mnist") != nil, "needs mnist/ in OCELLUS_TEST_DATA"))
    func mnist() async throws {
        let images = try await ImageDataset(contentsOf: #require(TestData.large("mnist")))
        #expect(images.name == "mnist" && images.shape == [1, 28, 28])
        #expect(images.train.classCounts == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949])
        #expect(images.test.classCounts == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009])
        let (mean, deviation) = try images.train.channelStatistics()
        #expect(abs(mean[0] - 0.1307) < 5e-5 && abs(deviation[0] - 0.3081) < 5e-5)
    }
}
