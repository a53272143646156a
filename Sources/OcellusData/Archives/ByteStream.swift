// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Bytes that are read once, from their start.
protocol ByteStream: AnyObject {
    /// Named in errors.
    var path: String { get }
    /// Whether passing over bytes costs as much as reading them.
    var isCompressed: Bool { get }
    /// Up to `count` bytes; fewer only at the end.
    func read(_ count: Int) throws(DataError) -> [UInt8]
    /// Passes over bytes; beyond the end the next ``read(_:)`` finds nothing.
    func skip(_ count: Int) throws(DataError)
}

/// A file, decompressed on the way if it is gzip.
final class FileStream: ByteStream {
    let path: String
    let isCompressed: Bool
    private let stream: OpaquePointer

    /// - Throws: ``DataError/Code/notFound``, ``DataError/Code/cannotRead``.
    init(_ path: Path) throws(DataError) {
        guard let kind = Files.kind(at: path) else { throw DataError(.notFound, "\(path) does not exist.") }
        guard kind == .file else { throw DataError(.cannotRead, "\(path) is not a regular file.", needs: "a file") }
        var stream: OpaquePointer?
        guard path.withCString({ ocellus_stream_open($0, &stream) }) == OCELLUS_CODEC_OK, let stream else {
            throw DataError(.notPermitted, "\(path) cannot be opened.", advice: "change its permissions")
        }
        self.path = path.text
        self.stream = stream
        isCompressed = ocellus_stream_is_compressed(stream) != 0
    }

    deinit { ocellus_stream_close(stream) }

    func read(_ count: Int) throws(DataError) -> [UInt8] {
        var status = OCELLUS_CODEC_OK
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            status = ocellus_stream_read(stream, buffer.baseAddress, count, &initialized)
        }
        switch status {
        case OCELLUS_CODEC_OK: return bytes
        case OCELLUS_CODEC_NO_MEMORY: throw DataError(.noMemory, "\(path) does not fit into memory.")
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
                .damaged, "\(path) cannot be read.", because: "its compressed data are damaged, or the disk is",
                advice: "copy or download it again")
        }
    }

    func skip(_ count: Int) throws(DataError) {
        guard ocellus_stream_skip(stream, count) != 0 else {
            throw DataError(.damaged, "\(path) cannot be read.", advice: "copy or download it again")
        }
    }
}

/// Bytes in memory.
final class MemoryStream: ByteStream {
    let path: String
    let isCompressed = false
    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8], path: String) {
        self.bytes = bytes
        self.path = path
    }

    func read(_ count: Int) -> [UInt8] {
        let part = bytes[position..<position + min(max(0, count), bytes.count - position)]
        position = part.endIndex
        return Array(part)
    }

    func skip(_ count: Int) { position += min(max(0, count), bytes.count - position) }
}
