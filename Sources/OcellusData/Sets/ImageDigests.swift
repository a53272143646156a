// SPDX-License-Identifier: Apache-2.0

import OcellusPixels

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Which single images a model was trained on, as its file keeps it.
enum ImageDigests {
    /// Most images that a file keeps numbers of: 800 kB.
    private static let most = 100_000
    private static let size = 8

    /// Of the images of a set, ascending, as base64; `nil` for more than a file should keep.
    ///
    /// - Throws: ``DataError`` naming a file that cannot be read.
    static func text(of images: ImageSet) throws(DataError) -> String? {
        guard images.count <= most else { return nil }
        var data = Data(capacity: size * images.count)
        for digest in try images.imageDigests.sorted() {
            for byte in 0..<size { data.append(UInt8(truncatingIfNeeded: digest >> (8 * (size - 1 - byte)))) }
        }
        return data.base64EncodedString()
    }

    /// The numbers that a file holds; none of a text that is damaged.
    static func numbers(in text: String) -> Set<UInt64> {
        let bytes = Data(base64Encoded: text).map(Array.init) ?? []
        return Set(
            stride(from: 0, to: bytes.count - bytes.count % size, by: size).map { start in
                bytes[start..<start + size].reduce(0) { $0 << 8 | UInt64($1) }
            })
    }
}
