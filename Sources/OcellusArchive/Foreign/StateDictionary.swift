// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// The named tensors of a file that another program wrote: safetensors, or a state dictionary of `torch.save`.
package struct StateDictionary: Sendable {
    package struct Entry: Sendable, Equatable {
        package var name: String
        package var type: ElementType
        package var shape: Shape
    }

    package let path: String
    /// Of the whole file, hexadecimal.
    package let sha256: String
    package let entries: [Entry]
    private let content: Content
    private let positions: [String: Int]

    private enum Content: Sendable {
        case safetensors(Safetensors)
        case torch(TorchFile)
    }

    /// Larger files are refused: the networks that are known have less than a twentieth.
    package static let largestFile = 4 << 30

    /// Reads and checks a file.
    ///
    /// - Throws: ``ArchiveError``: `missingFile`, `cannotRead`, `tooLarge`, `foreignFormat`, `corrupt`.
    package init(contentsOf url: URL) throws {
        let data = try ArchiveError.ofFiles { try AtomicFile.read(url, limit: Self.largestFile) }
        try self.init(data, path: Path(url).text)
    }

    package init(_ data: Data, path: String) throws {
        self.path = path
        var hash = SHA256()
        hash.add(data)
        sha256 = hash.hexadecimal
        if TorchFile.recognises(data) {
            let file = try TorchFile(data, path: path)
            content = .torch(file)
            entries = file.tensors.map { Entry(name: $0.name, type: $0.type, shape: $0.shape) }
        } else {
            let file = try Safetensors(data, path: path)
            content = .safetensors(file)
            entries = file.entries.map { Entry(name: $0.name, type: $0.type, shape: $0.shape) }
        }
        positions = Dictionary(uniqueKeysWithValues: entries.enumerated().map { ($1.name, $0) })
    }

    package subscript(name: String) -> Entry? { positions[name].map { entries[$0] } }

    /// The numbers of a tensor in float32; 16-bit numbers are widened, which is exact, and 64-bit ones rounded.
    ///
    /// - Throws: ``ArchiveError/Code/missingTensor``, ``ArchiveError/Code/unsupportedType``.
    package func floats(_ name: String) throws -> Tensor<Float> {
        guard let position = positions[name] else {
            throw ArchiveError(.missingTensor, "\(path) has no tensor \"\(name)\".")
        }
        let entry = entries[position]
        let bytes: [UInt8] =
            switch content {
            case .safetensors(let file): file.bytes(file.entries[position])
            case .torch(let file): file.contiguous(file.tensors[position])
            }
        let scalars = try bytes.withUnsafeBytes { bytes in
            try Self.widened(bytes, entry.type, count: entry.shape.count) {
                ArchiveError(
                    .unsupportedType, "the tensor \"\(name)\" in \(path) has another element type.",
                    needs: "F32, F16, BF16 or F64", received: entry.type.rawValue)
            }
        }
        return Tensor(entry.shape, scalars)
    }

    private static func widened(
        _ bytes: UnsafeRawBufferPointer, _ type: ElementType, count: Int, _ unsupported: () -> ArchiveError
    ) throws -> [Float] {
        func halves(_ widen: (UInt16) -> Float) -> [Float] {
            (0..<count).map { widen(bytes.loadUnaligned(fromByteOffset: 2 * $0, as: UInt16.self)) }
        }
        switch type {
        case .float32:
            return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
                UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
                filled = count
            }
        case .float64: return (0..<count).map { Float(bytes.loadUnaligned(fromByteOffset: 8 * $0, as: Double.self)) }
        case .float16: return halves(float(ofHalf:))
        case .bfloat16: return halves { Float(bitPattern: UInt32($0) << 16) }
        default: throw unsupported()
        }
    }

    /// The number of 16 bits as IEEE 754 has them: a sign, 5 bits of exponent, 10 of fraction.
    static func float(ofHalf bits: UInt16) -> Float {
        let sign = UInt32(bits & 0x8000) << 16
        let rest = UInt32(bits & 0x7FFF) << 13
        // Infinities and NaN keep their exponent of ones; all else moves it by 112, subnormal numbers too.
        let magnitude =
            bits & 0x7C00 == 0x7C00 ? rest | 0x7F80_0000 : (Float(bitPattern: rest) * 0x1p112).bitPattern
        return Float(bitPattern: sign | magnitude)
    }
}

extension Safetensors {
    /// Checks the bytes of a whole file.
    ///
    /// - Throws: As ``init(contentsOf:)``.
    init(_ data: Data, path: String) throws {
        let length = try SafetensorsHeader.length(data.prefix(9), fileSize: data.count, path: path)
        let header = try SafetensorsHeader(data.bytes(8, length), dataSize: data.count - 8 - length, path: path)
        self.init(header, data.dropFirst(8 + length), path: path)
    }

    func bytes(_ entry: Entry) -> [UInt8] { data.bytes(entry.range.lowerBound, entry.range.count) }
}
