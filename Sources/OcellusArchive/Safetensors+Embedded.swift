// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension Safetensors {
    /// Reads a file that is compiled into the program, without copying it.
    ///
    /// - Parameters:
    ///   - bytes: Must live as long as the process.
    ///   - path: Names it in messages.
    /// - Throws: ``ArchiveError/Code/corrupt``.
    init(embedded bytes: UnsafeBufferPointer<UInt8>, path: String) throws {
        let length = try SafetensorsHeader.length(Data(bytes.prefix(9)), fileSize: bytes.count, path: path)
        let header = try SafetensorsHeader(
            Array(bytes[8..<8 + length]), dataSize: bytes.count - 8 - length, path: path)
        let rest = UnsafeBufferPointer(rebasing: bytes[(8 + length)...])
        let data = rest.baseAddress.map {
            Data(bytesNoCopy: UnsafeMutableRawPointer(mutating: $0), count: rest.count, deallocator: .none)
        }
        self.init(header, data ?? Data(), path: path)
    }

    /// A tensor of 16-bit floats (IEEE 754 binary16), widened, which is exact.
    ///
    /// - Parameter shape: What it must have; `nil` takes any.
    /// - Throws: As ``floats(_:shape:)``.
    func halves(_ name: String, shape: Shape? = nil) throws -> Tensor<Float> {
        let entry = try entry(name, .float16, shape)
        return data.withUnsafeBytes { data in
            let range = entry.range
            let bytes = UnsafeRawBufferPointer(rebasing: data[range])
            let scalars = [Float](unsafeUninitializedCapacity: entry.shape.count) { buffer, count in
                for index in 0..<entry.shape.count {
                    buffer[index] = Self.widened(bytes.loadUnaligned(fromByteOffset: 2 * index, as: UInt16.self))
                }
                count = entry.shape.count
            }
            return Tensor(entry.shape, scalars)
        }
    }

    /// The value of 16 bits: a sign, 5 bits of exponent and 10 of fraction.
    static func widened(_ half: UInt16) -> Float {
        let magnitude = UInt32(half & 0x7FFF) << 13
        // Moves the exponent's bias from 15 to 127: by 2^112, which makes subnormal numbers right as well.
        let finite = (Float(bitPattern: magnitude) * 0x1p112).bitPattern
        let bits = half & 0x7C00 == 0x7C00 ? magnitude | 0x7F80_0000 : finite
        return Float(bitPattern: bits | UInt32(half & 0x8000) << 16)
    }
}
