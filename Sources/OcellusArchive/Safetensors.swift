// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Element types of safetensors files. Ocellus computes with ``float32``; the others are named so that messages can be.
package enum ElementType: String, CaseIterable, Sendable {
    case bool = "BOOL"
    case uint8 = "U8"
    case int8 = "I8"
    case int16 = "I16"
    case uint16 = "U16"
    case int32 = "I32"
    case uint32 = "U32"
    case int64 = "I64"
    case uint64 = "U64"
    case float16 = "F16"
    case bfloat16 = "BF16"
    case float32 = "F32"
    case float64 = "F64"

    /// Bytes of one element.
    package var size: Int {
        switch self {
        case .bool, .uint8, .int8: 1
        case .int16, .uint16, .float16, .bfloat16: 2
        case .int32, .uint32, .float32: 4
        case .int64, .uint64, .float64: 8
        }
    }
}

/// A safetensors file in memory, checked: https://huggingface.co/docs/safetensors, section "Format".
///
///     8 bytes   length n of the header, little-endian
///     n bytes   JSON: name → {"dtype", "shape", "data_offsets": [begin, end]}, "__metadata__" → strings
///     the rest  elements, little-endian, row-major, one tensor after the other
///
/// Offsets count from the end of the header. Every platform of this package is little-endian, so elements are copied.
package struct Safetensors: Sendable {
    /// Where a tensor lies.
    package struct Entry: Sendable, Equatable {
        package var name: String
        package var type: ElementType
        package var shape: Shape
        /// Bytes from the end of the header.
        package var range: Range<Int>
    }

    /// The header's limit, as in the reference reader: reading a longer one costs more than any network is worth.
    package static let maximumHeader = 100_000_000

    package let path: String
    package let metadata: [String: String]
    /// In the order of the data.
    package let entries: [Entry]
    private let indices: [String: Int]
    let data: Data

    /// Reads and checks a file. Its header is checked before the data are read.
    ///
    /// - Throws: ``ArchiveError``: `missingFile`, `cannotRead`, `foreignFormat`, `corrupt`, `unsupportedType`.
    package init(contentsOf url: URL) throws {
        let file = try ArchiveError.ofFiles { try RegularFile(url) }
        func read(_ range: Range<Int>) throws -> Data { try ArchiveError.ofFiles { try file.read(range) } }
        let start = try read(0..<min(file.size, 9))
        let length = try SafetensorsHeader.length(start, fileSize: file.size, path: file.path)
        let header = try SafetensorsHeader(
            Array(try read(8..<8 + length)), dataSize: file.size - 8 - length, path: file.path)
        self.init(header, try read(8 + length..<file.size), path: file.path)
    }

    init(_ header: SafetensorsHeader, _ data: Data, path: String) {
        self.path = path
        self.data = data
        metadata = header.metadata
        entries = header.entries
        indices = Dictionary(uniqueKeysWithValues: header.entries.enumerated().map { ($1.name, $0) })
    }

    package subscript(name: String) -> Entry? { indices[name].map { entries[$0] } }

    /// A tensor of 32-bit floats.
    ///
    /// - Parameter shape: What it must have; `nil` takes any.
    /// - Throws: ``ArchiveError/Code/missingTensor``, ``ArchiveError/Code/unsupportedType``,
    ///   ``ArchiveError/Code/shapeMismatch``, each with the tensor's name.
    package func floats(_ name: String, shape: Shape? = nil) throws -> Tensor<Float> {
        let entry = try entry(name, .float32, shape)
        let scalars = [Float](unsafeUninitializedCapacity: entry.shape.count) { buffer, count in
            _ = data.copyBytes(to: UnsafeMutableRawBufferPointer(buffer), from: absolute(entry.range))
            count = entry.shape.count
        }
        return Tensor(entry.shape, scalars)
    }

    /// A scalar of 64-bit integers.
    ///
    /// - Throws: As ``floats(_:shape:)``.
    package func integer(_ name: String) throws -> Int64 {
        let entry = try entry(name, .int64, [])
        var value: Int64 = 0
        _ = withUnsafeMutableBytes(of: &value) { data.copyBytes(to: $0, from: absolute(entry.range)) }
        return value
    }

    func absolute(_ range: Range<Int>) -> Range<Int> {
        data.startIndex + range.lowerBound..<data.startIndex + range.upperBound
    }

    func entry(_ name: String, _ type: ElementType, _ shape: Shape?) throws -> Entry {
        guard let entry = self[name] else {
            let near = closestMatch(to: name, in: entries.map(\.name))
            throw ArchiveError(
                .missingTensor, "\(path) has no tensor \"\(name)\".",
                needs: "\(type.rawValue) \(shape.map(String.init(describing:)) ?? "")",
                received: near.map { "\"\($0)\" among \(entries.count) tensors" } ?? "\(entries.count) tensors")
        }
        guard entry.type == type else {
            throw ArchiveError(
                .unsupportedType, "the tensor \"\(name)\" in \(path) has another element type.",
                needs: type.rawValue, received: entry.type.rawValue,
                advice: "convert it with the program that wrote it, e.g. tensor.float() in PyTorch")
        }
        if let shape, shape != entry.shape {
            throw ArchiveError(
                .shapeMismatch, "the tensor \"\(name)\" in \(path) has another shape.", needs: "\(shape)",
                received: "\(entry.shape)")
        }
        return entry
    }
}
