// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
import OcellusPixels
import OcellusTensor

/// Decompression of gzip data, and of the bare DEFLATE streams in zip archives.
enum Gzip {
    /// Whether the bytes begin as gzip does.
    static func isGzip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x1F, 0x8B]) }

    /// The first bytes of what is compressed in `bytes`.
    ///
    /// - Parameters:
    ///   - limit: Most bytes to return.
    ///   - path: Named in errors.
    /// - Returns: The bytes, and whether there were more than `limit`.
    /// - Throws: ``DataError/Code/damaged``, ``DataError/Code/tooLarge`` when memory is short.
    static func decompress(
        _ bytes: [UInt8], limit: Int, path: String
    ) throws(DataError) -> (bytes: [UInt8], hasMore: Bool) {
        try run(ocellus_gunzip, on: bytes, limit: limit, path: path, of: "gzip")
    }

    /// As ``decompress(_:limit:path:)`` for a stream without a header.
    static func inflate(
        _ bytes: [UInt8], limit: Int, path: String
    ) throws(DataError) -> (bytes: [UInt8], hasMore: Bool) {
        try run(ocellus_inflate, on: bytes, limit: limit, path: path, of: "compressed")
    }

    private typealias Decoder = (
        UnsafePointer<UInt8>?, Int, Int, UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?,
        UnsafeMutablePointer<Int>?
    ) -> ocellus_codec_status

    private static func run(
        _ decoder: Decoder, on bytes: [UInt8], limit: Int, path: String, of kind: String
    ) throws(DataError) -> (bytes: [UInt8], hasMore: Bool) {
        var output: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = bytes.withUnsafeBufferPointer { decoder($0.baseAddress, $0.count, limit, &output, &count) }
        defer { ocellus_codec_free(output) }
        switch status {
        case OCELLUS_CODEC_OK, OCELLUS_CODEC_LIMIT:
            return (Array(UnsafeBufferPointer(start: output, count: count)), status == OCELLUS_CODEC_LIMIT)
        case OCELLUS_CODEC_NO_MEMORY:
            throw DataError(.noMemory, "\(path) does not fit into memory.")
        case OCELLUS_CODEC_WRONG_CHECKSUM:
            throw DataError(
                .damaged, "\(path) is damaged: its checksum is wrong.", because: "bytes of it have changed",
                advice: "copy or download it again")
        case OCELLUS_CODEC_TRUNCATED:
            throw DataError(
                .damaged, "\(path) ends before its compressed data do.", because: "the file was cut off",
                advice: "copy or download it again")
        default:
            throw DataError(
                .damaged, "\(path) cannot be decompressed.", because: "its \(kind) data are damaged",
                advice: "copy or download it again")
        }
    }
}
