// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Elements of tensors, read when a network needs them.
package final class ONNXTensorReader {
    private let source: WireSource
    /// Where external data may lie; `nil` for a model in memory, which has none.
    private let folder: Path?
    private var files: [String: WireSource] = [:]

    /// External files that one model may have: as many as tensors where an exporter writes one each.
    private static let mostFiles = 1 << 16

    package init(_ source: WireSource, folder: URL?) {
        self.source = source
        self.folder = folder.map { Path($0) }
    }

    /// Little-endian floats.
    ///
    /// - Precondition: A multiple of 4 bytes.
    static func floats(_ bytes: [UInt8]) -> [Float] {
        [Float](unsafeUninitializedCapacity: bytes.count / 4) { buffer, count in
            bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
            count = bytes.count / 4
        }
    }

    /// Every number as a float.
    ///
    /// - Throws: ``ExchangeError``, `FileError` for external data that are not there.
    package func floats(of tensor: ONNXTensor) throws -> [Float] {
        switch tensor.content {
        case .floats(let values): return values
        case .integers(let values):
            switch tensor.element {
            case .float16: return values.map { Self.half(UInt16(truncatingIfNeeded: $0)) }
            case .bfloat16: return values.map { Float(bitPattern: UInt32(truncatingIfNeeded: $0) << 16) }
            default: return values.map { Float($0) }
            }
        case .inFile, .external:
            let bytes = try bytes(of: tensor)
            switch tensor.element {
            case .float: return Self.floats(bytes)
            case .double: return Self.words(bytes, 8).map { Float(Double(bitPattern: $0)) }
            case .float16: return Self.words(bytes, 2).map { Self.half(UInt16($0)) }
            case .bfloat16: return Self.words(bytes, 2).map { Float(bitPattern: UInt32($0) << 16) }
            default: return Self.integers(bytes, tensor.element).map { Float($0) }
            }
        }
    }

    /// Every number as an integer; `nil` for elements that are none.
    package func integers(of tensor: ONNXTensor) throws -> [Int]? {
        switch tensor.element {
        case .float, .double, .float16, .bfloat16: return nil
        case .uint8, .int8, .uint16, .int16, .int32, .int64, .bool, .uint32, .uint64: break
        }
        if case .integers(let values) = tensor.content { return values }
        return Self.integers(try bytes(of: tensor), tensor.element)
    }

    private func bytes(of tensor: ONNXTensor) throws -> [UInt8] {
        switch tensor.content {
        case .inFile(let range): return try source.bytes(range)
        case .floats, .integers: return []
        case .external(let name, let offset, let length):
            let file = try externalFile(name, for: tensor)
            let wanted = tensor.dimensions.reduce(tensor.element.size, *)
            guard offset <= file.size, wanted <= file.size - offset, length ?? wanted == wanted else {
                throw ExchangeError(
                    .corrupt, "the tensor \"\(tensor.name)\" does not fit into \(file.path).",
                    needs: "\(wanted) bytes at byte \(offset)",
                    received: length.map { "\($0) bytes, in a file of \(file.size)" } ?? "a file of \(file.size) bytes")
            }
            return try file.bytes(offset..<offset + wanted)
        }
    }

    private func externalFile(_ name: String, for tensor: ONNXTensor) throws -> WireSource {
        if let known = files[name] { return known }
        guard let folder, files.count < Self.mostFiles else {
            throw ExchangeError(
                .unsafeReference, "the tensor \"\(tensor.name)\" lies in another file, which cannot be read here.",
                needs: "a model on disk with its data beside it", received: name)
        }
        let path = folder.appending(Path(name))
        guard FileStatus(of: path, followsLinks: false)?.kind != .link else {
            throw ExchangeError(
                .unsafeReference, "\(path) holds the model's tensors and is a link.", needs: "a plain file",
                because: "a link can lead to any file", advice: "copy the file beside the model")
        }
        let file = try WireSource(contentsOf: URL(path))
        files[name] = file
        return file
    }

    /// Little-endian words of some bytes each.
    private static func words(_ bytes: [UInt8], _ size: Int) -> [UInt64] {
        stride(from: 0, to: bytes.count, by: size).map { start in
            (0..<size).reduce(0) { $0 | UInt64(bytes[start + $1]) << UInt64(8 * $1) }
        }
    }

    private static func integers(_ bytes: [UInt8], _ element: ONNXTensor.Element) -> [Int] {
        let words = words(bytes, element.size)
        switch element {
        case .int8: return words.map { Int(Int8(truncatingIfNeeded: $0)) }
        case .int16: return words.map { Int(Int16(truncatingIfNeeded: $0)) }
        case .int32: return words.map { Int(Int32(truncatingIfNeeded: $0)) }
        default: return words.map { Int(truncatingIfNeeded: $0) }
        }
    }

    /// IEEE 754 binary16.
    private static func half(_ bits: UInt16) -> Float {
        let sign: Float = bits >> 15 == 1 ? -1 : 1
        let (exponent, fraction) = (Int(bits >> 10 & 0x1F), Float(bits & 0x3FF))
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction / 1024)
        }
    }
}
