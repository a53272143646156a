// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Collects tensors and writes them as a safetensors file; the same content gives the same bytes.
///
/// Integers come first and the header is padded to a multiple of 8 bytes, so that every tensor is aligned for its type:
/// readers that map the file need that.
package struct SafetensorsWriter {
    /// `"format": "pt"` is always there, so that other programs take the file.
    package var metadata: [String: String]
    private var integers: [(name: String, value: Int64)] = []
    private var tensors: [(name: String, tensor: Tensor<Float>)] = []

    package init(metadata: [String: String] = [:]) {
        self.metadata = metadata
        self.metadata["format"] = "pt"
    }

    package mutating func add(_ name: String, _ tensor: Tensor<Float>) { tensors.append((name, tensor)) }
    package mutating func add(_ name: String, _ value: Int64) { integers.append((name, value)) }

    /// - Throws: ``ArchiveError/Code/unwritableValue`` when two tensors have one name or the header grows beyond what
    ///   readers take; otherwise those of a file that cannot be written.
    package func write(to url: URL) throws {
        let header = try self.header()
        try ArchiveError.ofFiles {
            try AtomicFile.write(to: url) { sink in
                try withUnsafeBytes(of: UInt64(header.count).littleEndian) { try sink.write($0) }
                try header.withUnsafeBytes { try sink.write($0) }
                for (_, value) in integers { try withUnsafeBytes(of: value.littleEndian) { try sink.write($0) } }
                for (_, tensor) in tensors { try tensor.scalars.withUnsafeBytes { try sink.write($0) } }
            }
        }
    }

    private func header() throws -> [UInt8] {
        var names = Set<String>(["__metadata__"])
        var offset = 0
        func member(_ name: String, _ type: ElementType, _ shape: Shape) throws -> String {
            guard names.insert(name).inserted else {
                throw ArchiveError(
                    .unwritableValue, "two tensors would be called \"\(name)\" in the file.", needs: "unique names")
            }
            let end = offset + shape.count * type.size
            defer { offset = end }
            let sizes = shape.dimensions.map(String.init).joined(separator: ",")
            return "\(name.jsonLiteral):{\"dtype\":\"\(type.rawValue)\",\"shape\":[\(sizes)],"
                + "\"data_offsets\":[\(offset),\(end)]}"
        }
        let pairs = metadata.sorted { $0.key < $1.key }.map { "\($0.key.jsonLiteral):\($0.value.jsonLiteral)" }
        var members = ["\"__metadata__\":{\(pairs.joined(separator: ","))}"]
        for (name, _) in integers { members.append(try member(name, .int64, [])) }
        for (name, tensor) in tensors { members.append(try member(name, .float32, tensor.shape)) }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        header += Array(repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
        guard header.count <= Safetensors.maximumHeader else {
            throw ArchiveError(
                .unwritableValue, "the file's header would be too long.",
                needs: "at most \(Safetensors.maximumHeader) bytes", received: "\(header.count) bytes")
        }
        return header
    }
}
