// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusImages
import OcellusTensor
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
        arguments: [("embeded", "embedded"), ("fashion_mini", "fashion-mini")])
    func mistyped(name: String, meant: String) async {
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(name) }
        #expect(error?.code == "data.notFound" && error?.exitClass == .missingInput)
        #expect(error?.summary == "\"\(name)\" is neither the name of a data set nor a path.")
        #expect(error?.needs == "embedded, fashion-mini, or a directory")
        #expect(error?.advice == "did you mean \(meant)?")
    }

    @Test("a mistyped path is answered with its neighbour") func mistypedPath() async throws {
        let directory = try TemporaryDirectory()
        try directory.makeDirectory("flowers")
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path + "/flowrs") }
        #expect(error?.advice == "did you mean \(directory.path)/flowers?")
    }

    @Test("a file is not a data set") func file() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Raw.gzip(Data([1])), to: "cifar.tar.gz")
        let error = await #expect(throws: DataError.self) {
            try await ImageDataset.named(directory.path + "/cifar.tar.gz")
        }
        #expect(error?.code == "data.unknownKind" && error?.advice == "its directory; archives must be unpacked first")
    }

    @Test("errors come as text with every field") func rendered() async throws {
        let directory = try TemporaryDirectory()
        try directory.write(Data(), to: "notes.txt")
        let error = await #expect(throws: DataError.self) { try await ImageDataset.named(directory.path) }
        #expect(
            error?.rendered == """
                error[data.unknownKind]: \(directory.path) holds no data set that is known.
                  needs     a folder of images for each class, the IDX files of MNIST, or CIFAR's binary files
                  received  notes.txt
                """)
    }
}
