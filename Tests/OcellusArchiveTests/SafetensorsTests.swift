// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusTensor
import Testing

@testable import OcellusArchive

@Suite("Safetensors") struct SafetensorsTests {
    let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test("tensors and metadata read back bit for bit") func roundTrip() throws {
        var writer = SafetensorsWriter(metadata: ["b": "2\n\"", "a": "é"])
        let odd = Tensor<Float>([3], [1, -0.0, .nan])
        writer.add("odd", odd)
        writer.add("scalar", Tensor<Float>([], [7]))
        writer.add("empty", Tensor<Float>([2, 0], []))
        writer.add("matrix", Tensor<Float>([1, 2], [.infinity, .leastNonzeroMagnitude]))
        writer.add("counter", .min)
        try writer.write(to: scratch.file("a"))
        let file = try Safetensors(contentsOf: scratch.file("a"))
        #expect(file.metadata == ["a": "é", "b": "2\n\"", "format": "pt"])
        #expect(file.entries.map(\.name) == ["counter", "odd", "scalar", "empty", "matrix"])
        #expect(try file.floats("odd").scalars.map(\.bitPattern) == odd.scalars.map(\.bitPattern))
        #expect(try file.floats("scalar") == Tensor([], [7]))
        #expect(try file.floats("empty") == Tensor([2, 0], []))
        #expect(try file.floats("matrix", shape: [1, 2]) == Tensor([1, 2], [.infinity, .leastNonzeroMagnitude]))
        #expect(try file.integer("counter") == .min)
    }

    @Test("writes the format's bytes, aligned and the same each time") func bytes() throws {
        func write(_ name: String) throws -> [UInt8] {
            var writer = SafetensorsWriter()
            writer.add("w", Tensor<Float>([2], [1, 2]))
            writer.add("n", 5)
            try writer.write(to: scratch.file(name))
            return [UInt8](try AtomicFile.read(scratch.file(name)))
        }
        let bytes = try write("a")
        let header =
            #"{"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
            + #""w":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}"#
        let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        #expect(bytes[0..<8] == [UInt8(padded.utf8.count), 0, 0, 0, 0, 0, 0, 0])
        #expect(String(decoding: bytes[8..<8 + padded.utf8.count], as: UTF8.self) == padded)
        #expect(bytes[(8 + padded.utf8.count)...] == [5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])
        #expect((8 + padded.utf8.count) % 8 == 0)
        #expect(try write("b") == bytes)
    }

    @Test("two tensors of one name cannot be written") func sameName() {
        for name in ["w", "__metadata__"] {
            var writer = SafetensorsWriter()
            writer.add(name, 1)
            writer.add(name, Tensor<Float>([], [1]))
            #expect(archiveError { try writer.write(to: scratch.file("a")) }?.kind == .unwritableValue)
        }
    }

    /// A file and what its refusal must say.
    struct Faulty: CustomTestStringConvertible {
        var name: String
        var bytes: [UInt8]
        var text: String
        var testDescription: String { name }

        init(_ name: String, _ bytes: [UInt8], _ text: String) {
            self.name = name
            self.bytes = bytes
            self.text = text
        }
        /// One tensor `a`, described by the inside of its object.
        init(_ name: String, tensor: String, data: Int = 8, _ text: String) {
            self.init(name, handmade("{\"a\":{\(tensor)}}", data: data), text)
        }
    }

    static let sound = #""dtype":"F32","shape":[2],"data_offsets":[0,8]"#
    static let faulty: [Faulty] = [
        Faulty("empty", [], "at least 10 bytes"),
        Faulty("seven bytes", [1, 0, 0, 0, 0, 0, 0], "at least 10 bytes"),
        Faulty("no header", [2, 0, 0, 0, 0, 0, 0, 0], "at least 10 bytes"),
        Faulty("huge length", [255, 255, 255, 255, 255, 255, 255, 255, 0x7B], "at most 100000000 bytes"),
        Faulty("length over the limit", [1, 0xE1, 0xF5, 5, 0, 0, 0, 0, 0x7B], "at most 100000000 bytes"),
        Faulty("length beyond the file", [50, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D], "ends inside its header"),
        Faulty("leading space", handmade(" {}", data: 0), "{ as byte 8"),
        Faulty("zero length", [0, 0, 0, 0, 0, 0, 0, 0, 0x7B], "faulty header"),
        Faulty("an array", handmade("[]", data: 0), "{ as byte 8"),
        Faulty("not UTF-8", [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0xFF, 0x7D], "not UTF-8"),
        Faulty("text behind the header", handmade("{}x", data: 0), "instead of the end"),
        Faulty("zero bytes as padding", handmade("{}\0", data: 0), "instead of the end"),
        Faulty(
            "duplicate tensor", handmade("{\"a\":{\(sound)},\"a\":{\(sound)}}", data: 8), "\"a\" for the second time"),
        Faulty("duplicate key in a tensor", tensor: #""dtype":"F32","# + sound, "\"dtype\" for the second time"),
        Faulty(
            "duplicate metadata", handmade(#"{"__metadata__":{"k":"1","k":"2"}}"#, data: 0), "\"k\" for the second"),
        Faulty("two metadata", handmade(#"{"__metadata__":{},"__metadata__":{}}"#, data: 0), "for the second time"),
        Faulty("number in metadata", handmade(#"{"__metadata__":{"k":1}}"#, data: 0), "instead of a string"),
        Faulty("nested metadata", handmade(#"{"__metadata__":{"k":{}}}"#, data: 0), "instead of a string"),
        Faulty("tensor that is null", handmade(#"{"a":null}"#, data: 0), "instead of an object"),
        Faulty("unknown dtype", tensor: #""dtype":"F31","shape":[2],"data_offsets":[0,8]"#, "unknown dtype \"F31\""),
        Faulty("unknown key", tensor: sound + #","device":"cpu""#, "unknown key \"device\""),
        Faulty("no shape", tensor: #""dtype":"F32","data_offsets":[0,8]"#, "without dtype, shape"),
        Faulty("negative size", tensor: #""dtype":"F32","shape":[-2],"data_offsets":[0,8]"#, "-2 instead of a whole"),
        Faulty("fractional size", tensor: #""dtype":"F32","shape":[2.0],"data_offsets":[0,8]"#, "2.0 instead of"),
        Faulty("size of NaN", tensor: #""dtype":"F32","shape":[NaN],"data_offsets":[0,8]"#, "instead of a value"),
        Faulty(
            "shape that overflows", tensor: #""dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,8]"#,
            "too large"),
        Faulty(
            "bytes that overflow", tensor: #""dtype":"F32","shape":[4611686018427387904],"data_offsets":[0,8]"#,
            "too large"),
        Faulty(
            "zero hides an overflow",
            tensor: #""dtype":"F32","shape":[4611686018427387904,4,0],"data_offsets":[0,0]"#, data: 0, "too large"),
        Faulty(
            "too many axes",
            tensor:
                #""dtype":"F32","shape":[\#([String](repeating: "1", count: 17).joined(separator: ","))],"data_offsets":[0,4]"#,
            "more than 16 axes"),
        Faulty(
            "too many bytes", tensor: #""dtype":"F32","shape":[1],"data_offsets":[0,8]"#, "8 bytes for \"a\" instead"),
        Faulty(
            "wrong byte count", tensor: #""dtype":"F32","shape":[3],"data_offsets":[0,8]"#, "8 bytes for \"a\" instead"),
        Faulty(
            "reversed offsets", tensor: #""dtype":"F32","shape":[2],"data_offsets":[8,0]"#, "impossible data_offsets"),
        Faulty("one offset", tensor: #""dtype":"F32","shape":[2],"data_offsets":[8]"#, "impossible data_offsets"),
        Faulty("three offsets", tensor: #""dtype":"F32","shape":[2],"data_offsets":[0,8,8]"#, "more than 2"),
        Faulty("truncated", tensor: sound, data: 7, "is cut off"),
        Faulty("trailing byte", tensor: sound, data: 9, "belong to no tensor"),
        Faulty("data of no tensor", handmade("{}", data: 1), "belong to no tensor"),
        Faulty("gap at the start", tensor: #""dtype":"U8","shape":[4],"data_offsets":[4,8]"#, "must not leave gaps"),
        Faulty(
            "gap",
            handmade(
                #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"#
                    + #""data_offsets":[3,5]}}"#, data: 5), "must not leave gaps"),
        Faulty(
            "overlap",
            handmade(
                #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"#
                    + #""data_offsets":[1,3]}}"#, data: 3), "must not overlap"),
        Faulty(
            "same place",
            handmade(
                #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},"b":{"dtype":"U8","shape":[2],"#
                    + #""data_offsets":[0,2]}}"#, data: 2), "must not overlap"),
        Faulty(
            "offsets far outside",
            tensor: #""dtype":"U8","shape":[9223372036854775807],"data_offsets":[0,9223372036854775807]"#,
            "is cut off"),
    ]

    @Test("refuses what breaks the format", arguments: faulty) func refuses(faulty: Faulty) throws {
        let file = try scratch.file("model.safetensors", faulty.bytes)
        let error = archiveError { _ = try Safetensors(contentsOf: file) }
        #expect(error?.kind == .corrupt)
        #expect(error?.exitClass == .data)
        #expect(error?.summary.contains(file.path) == true)
        #expect(error?.rendered.contains(faulty.text) == true, "\(error?.rendered ?? "accepted")")
    }

    @Test("every cut of a sound file is refused") func cuts() throws {
        var writer = SafetensorsWriter(metadata: ["k": "v"])
        writer.add("w", Tensor<Float>([3], [1, 2, 3]))
        try writer.write(to: scratch.file("a"))
        let bytes = try AtomicFile.read(scratch.file("a"))
        for length in 0..<bytes.count {
            let cut = try scratch.file("cut", bytes.prefix(length))
            #expect(archiveError { _ = try Safetensors(contentsOf: cut) }?.kind == .corrupt, "\(length) bytes")
        }
    }

    @Test("one changed byte of the header never crashes and never yields other tensors than named") func flips() throws
    {
        var writer = SafetensorsWriter(metadata: ["k": "v"])
        writer.add("w", Tensor<Float>([3], [1, 2, 3]))
        writer.add("n", 3)
        try writer.write(to: scratch.file("a"))
        let bytes = [UInt8](try AtomicFile.read(scratch.file("a")))
        for position in 0..<bytes.count - 20 {
            for mask: UInt8 in [0x01, 0x08, 0x20, 0x80] {
                var changed = bytes
                changed[position] ^= mask
                let file = try scratch.file("flip", changed)
                do {
                    let content = try Safetensors(contentsOf: file)
                    #expect(content.entries.reduce(0) { $0 + $1.range.count } == 20)
                } catch let error as ArchiveError {
                    #expect([.corrupt, .foreignFormat].contains(error.kind))
                }
            }
        }
    }

    @Test("takes any order of members, escapes and empty tensors") func unusual() throws {
        let header =
            #"{"b":{"data_offsets":[4,8],"shape":[1],"dtype":"F32"},"\u0061":{"shape":[1,1],"dtype":"F32","#
            + #""data_offsets":[ 0 , 4 ]},"z":{"dtype":"F64","shape":[0,9],"data_offsets":[4,4]}}   "#
        let file = try scratch.file("a", handmade(header, data: 8))
        let content = try Safetensors(contentsOf: file)
        #expect(content.entries.map(\.name) == ["a", "z", "b"])
        #expect(content["a"]?.shape == [1, 1])
        #expect(content.metadata == [:])
    }

    @Test("tensors that are not what was asked for are named") func asked() throws {
        let header =
            #"{"0.weight":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"#
            + #""0.bias":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}"#
        let content = try Safetensors(contentsOf: try scratch.file("a", handmade(header, data: 8)))
        let type = archiveError { _ = try content.floats("0.weight") }
        #expect(type?.kind == .unsupportedType)
        #expect((type?.needs, type?.received) == ("F32", "F16"))
        #expect(type?.summary.contains("\"0.weight\"") == true)
        let shape = archiveError { _ = try content.floats("0.bias", shape: [2]) }
        #expect(shape?.kind == .shapeMismatch)
        #expect((shape?.needs, shape?.received) == ("[2]", "[1]"))
        let missing = archiveError { _ = try content.floats("0.bais", shape: [1]) }
        #expect(missing?.kind == .missingTensor)
        #expect(missing?.received?.contains("\"0.bias\"") == true)
        #expect(archiveError { _ = try content.integer("0.bias") }?.kind == .unsupportedType)
    }

    @Test(
        "files of other programs are refused with the conversion to run",
        arguments: [
            ("m.pt", Array("PK\u{3}\u{4}xxxxxxxx".utf8), "a PyTorch file", "torch.load('m.pt', weights_only=True)"),
            ("m.pth", [0x80, 2, 0x8A, 0x0A, 0x6C, 0xFC, 0x9C, 0x46, 0xF9], "a PyTorch file", "'m.safetensors'"),
            ("m.safetensors", Array("PK\u{3}\u{4}xxxxxxxx".utf8), "a PyTorch file", "any code"),
            ("m.pkl", [0x80, 4, 0x95, 0, 0, 0, 0, 0, 0, 0], "a pickle", "any code"),
            (
                "m.h5", [0x89] + Array("HDF\r\n\u{1A}\nxx".utf8), "a Keras or HDF5 file",
                "keras.models.load_model('m.h5')"
            ),
            ("m.keras", Array("PK\u{3}\u{4}xxxxxxxx".utf8), "a Keras or HDF5 file", "load_model"),
            ("m.onnx", Array("\u{8}\u{7}onnxonnx".utf8), "an ONNX file", "ocellus import-onnx m.onnx"),
            ("m.npz", Array("PK\u{3}\u{4}xxxxxxxx".utf8), "a NumPy file", "numpy.load('m.npz')"),
            ("empty.pth", [UInt8](), "a PyTorch file", "torch.load"),
        ])
    func foreign(name: String, bytes: [UInt8], kind: String, advice: String) throws {
        let error = archiveError { _ = try Safetensors(contentsOf: try scratch.file(name, bytes)) }
        #expect(error?.kind == .foreignFormat)
        #expect(error?.exitClass == .usage)
        #expect(error?.rendered.contains(kind) == true)
        #expect(error?.rendered.contains(advice) == true, "\(error?.rendered ?? "accepted")")
    }

    @Test("a header length that looks like a pickle is no obstacle") func lengthLikePickle() throws {
        let header = "{\"__metadata__\":{\"k\":\"" + String(repeating: "x", count: 0x0280 - 25) + "\"}}"
        #expect(header.utf8.count == 0x0280)
        _ = try Safetensors(contentsOf: try scratch.file("a", handmade(header, data: 0)))
    }
}
