// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Recognition of data sets") struct RecognitionTests {
    @Test("known names stand for the embedded images", arguments: ["embedded", "fashion-mini"])
    func names(name: String) async throws {
        #expect(try await ImageDataset.named(name).train.count == 2000)
    }

    @Test("tells the kind from the files") func kinds() throws {
        for (file, kind) in [
            ("train-images-idx3-ubyte.gz", ImageDataset.Kind.idx), ("train-images.idx3-ubyte", .idx),
            ("data_batch_2.bin", .cifar10), ("cifar-10-batches-bin/test_batch.bin", .cifar10), ("cat/x.jpg", .folder),
        ] {
            let directory = try TemporaryDirectory()
            try directory.write(Data([1]), to: file)
            #expect(try ImageDataset.recognise(directory.path) == kind, "\(file)")
        }
        let hundred = try TemporaryDirectory()
        try hundred.write(Data([1]), to: "cifar-100-binary/train.bin")
        try hundred.write(Data([1]), to: "cifar-100-binary/test.bin")
        #expect(try ImageDataset.recognise(hundred.path) == .cifar100)
    }

    @Test(
        "a mistyped name is answered with the nearest",
        arguments: [("embeded", "embedded"), ("fashion_mini", "fashion-mini"), ("cifar10", "cifar-10")])
    func mistyped(name: String, meant: String) async {
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(name) }
        #expect(error?.code == "data.notFound" && error?.exitClass == .missingInput)
        #expect(error?.summary == "\"\(name)\" is neither the name of a data set nor a path.")
        #expect(
            error?.needs
                == "embedded, fashion-mini, opencv-digits, scattered, planted, a standard set, a directory, a table (.csv), a tar or zip archive"
        )
        #expect(error?.advice == "did you mean \(meant)?")
    }

    @Test("a mistyped path is answered with its neighbour") func mistypedPath() async throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("flowers")
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path + "/flowrs") }
        #expect(error?.advice == "did you mean \(directory.path)/flowers?")
    }

    @Test(
        "a file of no data set is refused with what to do",
        arguments: [
            ("a.gz", Raw.gzip(Data([1])), "unpack it (gzip -d), or pack the images as .tar, .tar.gz or .zip"),
            (
                "a.tar.xz", Data([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]),
                "unpack it (xz -d), or pack the images as .tar, .tar.gz or .zip"
            ),
            ("a.gif", Data("GIF89a".utf8), "a directory with a folder of images for each class"),
            ("a.txt", Data("hello".utf8), "its directory"), ("a.tar", Data(), "its directory"),
        ])
    func file(name: String, content: Data, advice: String) async throws {
        let directory = try TemporaryDirectory()
        try directory.write(content, to: name)
        let error = await #expect(throws: DataError.self) {
            try await ImageDataset.named(directory.path + "/" + name)
        }
        #expect(error?.code == "data.unknownKind" && error?.advice == advice, "\(error?.rendered ?? "")")
    }

    @Test("errors come as text with every field") func rendered() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Data(), to: "notes.txt")
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path) }
        #expect(
            error?.rendered == """
                error[data.unknownKind]: \(directory.path) holds no data set that is known.
                  needs     a folder of images for each class, names that begin with the class (dog.1.jpg), tar or zip archives, the IDX files of MNIST, or CIFAR's binary files
                  received  notes.txt
                """)
    }
}
