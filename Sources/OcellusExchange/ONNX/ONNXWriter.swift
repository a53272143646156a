// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Writes a model's messages: one file that holds everything.
package struct ONNXWriter {
    private let content: WireWriter

    /// Larger files are none that readers of protocol buffers take.
    static let largestFile = (1 << 31) - 1

    /// - Throws: ``ExchangeError/Code/tooLarge`` beyond 2 GB.
    package init(_ model: ONNXModel) throws {
        var writer = WireWriter()
        writer.integer(1, model.irVersion)
        writer.text(2, model.producerName)
        writer.text(3, model.producerVersion)
        writer.message(7) { Self.graph(model.graph, &$0) }
        for (domain, version) in model.operatorSets.sorted(by: { $0.key < $1.key }) {
            writer.message(8) {
                $0.text(1, domain)
                $0.integer(2, version)
            }
        }
        for (key, value) in model.metadata {
            writer.message(14) {
                $0.text(1, key)
                $0.text(2, value)
            }
        }
        guard writer.count <= Self.largestFile else {
            throw ExchangeError(
                .tooLarge, "the network does not fit into one ONNX file.", needs: "at most 2 GB",
                received: "\(writer.count) bytes")
        }
        content = writer
    }

    /// Bytes of the file.
    package var count: Int { content.count }

    package var bytes: [UInt8] {
        content.allPieces.reduce(into: []) { bytes, piece in
            switch piece {
            case .bytes(let part): bytes += part
            case .floats(let floats): floats.withUnsafeBytes { bytes += $0 }
            }
        }
    }

    /// Writes atomically.
    ///
    /// - Throws: `FileError`.
    package func write(to url: URL) throws {
        try AtomicFile.write(to: url) { sink in
            for piece in content.allPieces {
                switch piece {
                case .bytes(let bytes): try bytes.withUnsafeBytes { try sink.write($0) }
                case .floats(let floats): try floats.withUnsafeBytes { try sink.write($0) }
                }
            }
        }
    }

    private static func graph(_ graph: ONNXGraph, _ writer: inout WireWriter) {
        for node in graph.nodes { writer.message(1) { Self.node(node, &$0) } }
        writer.text(2, graph.name)
        for tensor in graph.initializers { writer.message(5) { Self.tensor(tensor, &$0) } }
        for input in graph.inputs { writer.message(11) { Self.valueInfo(input, &$0) } }
        for output in graph.outputs { writer.message(12) { Self.valueInfo(output, &$0) } }
    }

    private static func node(_ node: ONNXNode, _ writer: inout WireWriter) {
        for input in node.inputs { writer.text(1, input) }
        for output in node.outputs { writer.text(2, output) }
        writer.text(3, node.name)
        writer.text(4, node.type)
        for attribute in node.attributes { writer.message(5) { Self.attribute(attribute, &$0) } }
    }

    private static func attribute(_ attribute: ONNXAttribute, _ writer: inout WireWriter) {
        writer.text(1, attribute.name)
        switch attribute.value {
        case .float(let value):
            writer.float(2, value)
            writer.integer(20, 1)
        case .integer(let value):
            writer.integer(3, value)
            writer.integer(20, 2)
        case .text(let value):
            writer.bytes(4, value)
            writer.integer(20, 3)
        case .tensor(let value):
            writer.message(5) { tensor(value, &$0) }
            writer.integer(20, 4)
        case .floats(let values):
            for value in values { writer.float(7, value) }
            writer.integer(20, 6)
        case .integers(let values):
            for value in values { writer.integer(8, value) }
            writer.integer(20, 7)
        case .texts(let values):
            for value in values { writer.bytes(9, value) }
            writer.integer(20, 8)
        case .other: break
        }
    }

    /// Elements as raw bytes, which every reader takes.
    private static func tensor(_ tensor: ONNXTensor, _ writer: inout WireWriter) {
        for size in tensor.dimensions { writer.integer(1, size) }
        writer.integer(2, tensor.element.rawValue)
        writer.text(8, tensor.name)
        switch tensor.content {
        case .floats(let values): writer.floats(9, values)
        case .integers(let values):
            var bytes: [UInt8] = []
            for value in values { withUnsafeBytes(of: Int64(value).littleEndian) { bytes += $0 } }
            writer.bytes(9, bytes)
        // Only what was read lies elsewhere, and that is not written again.
        case .inFile, .external: break
        }
    }

    private static func valueInfo(_ info: ONNXValueInfo, _ writer: inout WireWriter) {
        writer.text(1, info.name)
        writer.message(2) { type in
            type.message(1) { tensor in
                tensor.integer(1, info.element)
                guard let dimensions = info.dimensions else { return }
                tensor.message(2) { shape in
                    for dimension in dimensions {
                        shape.message(1) {
                            switch dimension {
                            case .size(let size): $0.integer(1, size)
                            case .named(let name): $0.text(2, name)
                            }
                        }
                    }
                }
            }
        }
    }
}
