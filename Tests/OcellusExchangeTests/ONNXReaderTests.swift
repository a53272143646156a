// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

@testable import OcellusExchange

@Suite("ONNX files") struct ONNXReaderTests {
    /// One of everything that is written.
    private var model: ONNXModel {
        var model = ONNXModel()
        model.irVersion = 8
        model.producerName = "tests"
        model.operatorSets = ["": 18]
        model.metadata = [("classes", "[\"Käuzchen\"]")]
        model.graph.name = "g"
        model.graph.inputs = [ONNXValueInfo(name: "x", element: 1, dimensions: [.named("batch"), .size(3)])]
        model.graph.outputs = [ONNXValueInfo(name: "y", element: 1, dimensions: nil)]
        model.graph.initializers = [
            ONNXTensor("w", [2, 3], floats: [1, -2, 0.5, 4, 5, -0.25]), ONNXTensor("s", [2], integers: [-1, 1 << 40]),
        ]
        model.graph.nodes = [
            ONNXNode(
                inputs: ["x", "", "w"], outputs: ["y"], name: "n", type: "Thing",
                attributes: [
                    ONNXAttribute(name: "a", value: .float(-0.5)), ONNXAttribute(name: "b", value: .integer(-7)),
                    ONNXAttribute(name: "c", value: .text("linear")), ONNXAttribute(name: "d", value: .integers([])),
                    ONNXAttribute(name: "e", value: .integers([3, -1])),
                    ONNXAttribute(name: "f", value: .floats([0.5, 2])),
                ])
        ]
        return model
    }

    @Test("what is written reads back") func roundTrip() throws {
        let bytes = try ONNXWriter(model).bytes
        let source = WireSource(bytes, path: "a.onnx")
        let read = try ONNXReader.read(source)
        #expect(read.irVersion == 8 && read.operatorSets == ["": 18] && read.producerName == "tests")
        #expect(read.metadata.map(\.value) == ["[\"Käuzchen\"]"])
        #expect(read.graph.nodes == model.graph.nodes)
        #expect(read.graph.inputs == model.graph.inputs && read.graph.outputs == model.graph.outputs)
        let reader = ONNXTensorReader(source, folder: nil)
        #expect(try reader.floats(of: read.graph.initializers[0]) == [1, -2, 0.5, 4, 5, -0.25])
        #expect(try reader.integers(of: read.graph.initializers[1]) == [-1, 1 << 40])
        #expect(read.graph.initializers.map(\.dimensions) == [[2, 3], [2]])
    }

    @Test("every cut is an error or a smaller model, never a crash") func cuts() throws {
        let bytes = try ONNXWriter(model).bytes
        for end in bytes.indices { ONNXFuzzing.run(Array(bytes[..<end])) }
        for place in bytes.indices {
            for value: UInt8 in [0, 1, 0x7F, 0x80, 0xFF] {
                var changed = bytes
                changed[place] = value
                ONNXFuzzing.run(changed)
            }
        }
        #expect(throws: ExchangeError.self) { try ONNXReader.read(WireSource([], path: "empty.onnx")) }
    }

    /// A tensor whose elements lie elsewhere, by its external entries.
    private func external(_ entries: [(String, String)], elements: Int = 2) throws -> WireSource {
        var tensor = WireWriter()
        tensor.integer(1, elements)
        tensor.integer(2, 1)
        tensor.text(8, "w")
        tensor.integer(14, 1)
        for (key, value) in entries {
            tensor.message(13) {
                $0.text(1, key)
                $0.text(2, value)
            }
        }
        var model = WireWriter()
        model.integer(1, 8)
        model.message(7) { graph in
            graph.bytes(
                5, tensor.bytes)
        }
        let bytes = model.bytes
        return WireSource(bytes, path: "a.onnx")
    }

    @Test(
        "a name that could lead anywhere is refused",
        arguments: ["../w.bin", "/etc/passwd", "a/w.bin", "..", "", "a\\b"])
    func unsafe(name: String) throws {
        let error = #expect(throws: ExchangeError.self) { try ONNXReader.read(try external([("location", name)])) }
        #expect(error?.kind == .unsafeReference)
    }

    @Test("external data: offsets and sizes are checked, links refused") func externalData() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "ocellus-external-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let floats: [Float] = [7, 1.5, -2]
        try floats.withUnsafeBytes { Data($0) }.write(to: folder.appending(path: "w.bin"))
        try FileManager.default.createSymbolicLink(
            at: folder.appending(path: "link.bin"), withDestinationURL: folder.appending(path: "w.bin"))
        func read(_ entries: [(String, String)]) throws -> [Float] {
            let source = try external(entries)
            let model = try ONNXReader.read(source)
            return try ONNXTensorReader(source, folder: folder).floats(of: model.graph.initializers[0])
        }
        #expect(try read([("location", "w.bin"), ("offset", "4"), ("length", "8")]) == [1.5, -2])
        for (entries, code) in [
            ([("location", "w.bin"), ("offset", "8")], ExchangeError.Code.corrupt),
            ([("location", "w.bin"), ("length", "12")], .corrupt),
            ([("location", "w.bin"), ("offset", "-4")], .corrupt),
            ([("location", "link.bin")], .unsafeReference),
        ] {
            let error = #expect(throws: ExchangeError.self) { try read(entries) }
            #expect(error?.kind == code)
        }
    }

    @Test("a file of empty nodes is refused before it fills the memory") func bomb() {
        var graph = WireWriter()
        for _ in 0...ONNXReader.mostNodes { graph.bytes(1, []) }
        var model = WireWriter()
        model.integer(1, 8)
        model.bytes(7, graph.bytes)
        let bytes = model.bytes
        let error = #expect(throws: ExchangeError.self) { try ONNXReader.read(WireSource(bytes, path: "a.onnx")) }
        #expect(error?.kind == .tooLarge)
    }
}

extension WireWriter {
    /// Of a message without tensors.
    fileprivate var bytes: [UInt8] {
        var all: [UInt8] = []
        for case .bytes(let part) in allPieces { all += part }
        return all
    }
}
