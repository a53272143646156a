// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusFiles
import OcellusPixels

/// Single members of a zip archive, stored or deflated, found by name. Neither encryption nor zip64.
///
/// Nothing is unpacked to disk, so names cannot reach outside of anywhere.
struct ZipReader {
    private struct Member {
        var isDeflated: Bool
        var packed: Int
        var size: Int
        /// Where its own header lies.
        var offset: Int
    }

    private let source: any RandomBytes
    private var members: [String: Member] = [:]

    /// Most bytes of the list of members.
    private static let longestDirectory = 1 << 24

    /// - Throws: ``DataError/Code/damaged`` when there is no list of members at the end, ``DataError/Code/unknownKind``.
    init(_ source: any RandomBytes) throws(DataError) {
        self.source = source
        // The last record is 22 bytes and a comment of up to 65,535.
        let tailStart = max(0, source.count - 65_557)
        let tail = try source.read(tailStart..<source.count)
        guard
            let end = (0...max(0, tail.count - 22)).reversed().first(where: {
                $0 + 22 <= tail.count && Self.starts(tail, at: $0, with: [0x50, 0x4B, 5, 6])
                    && $0 + 22 + Self.number(tail, $0 + 20, 2) == tail.count
            })
        else { throw damaged("its list of members is missing") }
        let length = Self.number(tail, end + 12, 4)
        let start = Self.number(tail, end + 16, 4)
        guard length <= Self.longestDirectory, start + length <= tailStart + end else {
            throw damaged("its list of members lies outside of it")
        }
        let list = try source.read(start..<start + length)
        var place = 0
        while place < list.count {
            guard place + 46 <= list.count, Self.starts(list, at: place, with: [0x50, 0x4B, 1, 2]) else {
                throw damaged("its list of members breaks off")
            }
            let nameEnd = place + 46 + Self.number(list, place + 28, 2)
            let next = nameEnd + Self.number(list, place + 30, 2) + Self.number(list, place + 32, 2)
            guard next <= list.count else { throw damaged("its list of members breaks off") }
            let method = Self.number(list, place + 10, 2)
            let isEncrypted = list[place + 8] & 1 != 0
            if !isEncrypted, method == 0 || method == 8 {
                members[String(decoding: list[(place + 46)..<nameEnd], as: UTF8.self)] = Member(
                    isDeflated: method == 8, packed: Self.number(list, place + 20, 4),
                    size: Self.number(list, place + 24, 4), offset: Self.number(list, place + 42, 4))
            }
            place = next
        }
    }

    /// Names of the members that can be read.
    var names: [String] { members.keys.sorted() }

    /// The content of a member.
    ///
    /// - Parameter limit: Most bytes that are accepted, packed or not.
    /// - Throws: ``DataError/Code/missingFile``, ``DataError/Code/tooLarge``, ``DataError/Code/damaged``.
    func content(of name: String, limit: Int) throws(DataError) -> [UInt8] {
        guard let member = members[name] else {
            throw DataError(
                .missingFile, "\(source.path) lacks a file of the data set.", needs: name,
                received: Files.list(names))
        }
        guard max(member.packed, member.size) <= limit else {
            throw DataError(
                .tooLarge, "\(name) in \(source.path) is too large.", needs: "at most \(limit) bytes",
                received: "\(max(member.packed, member.size)) bytes")
        }
        guard member.offset + 30 <= source.count else { throw damaged("\(name) lies outside of it") }
        let header = try source.read(member.offset..<member.offset + 30)
        let start = member.offset + 30 + Self.number(header, 26, 2) + Self.number(header, 28, 2)
        guard Self.starts(header, at: 0, with: [0x50, 0x4B, 3, 4]), start + member.packed <= source.count else {
            throw damaged("\(name) lies outside of it")
        }
        let packed = try source.read(start..<start + member.packed)
        guard member.isDeflated else {
            guard packed.count == member.size else { throw damaged("\(name) has two sizes") }
            return packed
        }
        let content = try Gzip.inflate(packed, limit: member.size, path: "\(source.path)/\(name)")
        guard content.bytes.count == member.size, !content.hasMore else { throw damaged("\(name) has two sizes") }
        return content.bytes
    }

    private func damaged(_ reason: String) -> DataError {
        DataError(
            .damaged, "\(source.path) is no zip archive that can be read.", because: reason,
            advice: "copy or download it again")
    }

    private static func starts(_ bytes: [UInt8], at place: Int, with mark: [UInt8]) -> Bool {
        place + mark.count <= bytes.count && bytes[place..<place + mark.count].elementsEqual(mark)
    }

    /// Little-endian.
    private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
}

/// Bytes that are read at any place.
protocol RandomBytes {
    /// Named in errors.
    var path: String { get }
    var count: Int { get }
    /// - Precondition: `range` is within `0 ..< count`.
    func read(_ range: Range<Int>) throws(DataError) -> [UInt8]
}

/// A regular file.
final class FileBytes: RandomBytes {
    let path: String
    let count: Int
    private let descriptor: Int32

    /// - Throws: ``DataError/Code/notFound``, ``DataError/Code/cannotRead``.
    init(_ path: String) throws(DataError) {
        guard let kind = Files.kind(at: path) else { throw DataError(.notFound, "\(path) does not exist.") }
        guard kind == .file else { throw DataError(.cannotRead, "\(path) is not a regular file.", needs: "a file") }
        descriptor = open(path, O_RDONLY | O_CLOEXEC)
        var status = stat()
        guard descriptor >= 0, fstat(descriptor, &status) == 0 else {
            if descriptor >= 0 { close(descriptor) }
            throw DataError(.notPermitted, "\(path) cannot be opened.", advice: "change its permissions")
        }
        self.path = path
        count = Int(status.st_size)
    }

    deinit { close(descriptor) }

    func read(_ range: Range<Int>) throws(DataError) -> [UInt8] {
        var number: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, initialized in
            while initialized < range.count {
                let rest = UnsafeMutableRawBufferPointer(buffer)[initialized...]
                let got = pread(
                    descriptor, UnsafeMutableRawBufferPointer(rebasing: rest).baseAddress, rest.count,
                    off_t(range.lowerBound + initialized))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    number = got < 0 ? errno : 0
                    return
                }
                initialized += got
            }
        }
        guard bytes.count == range.count else {
            throw DataError(
                .cannotRead, "\(path) could not be read.",
                because: number == 0 ? "it became shorter meanwhile" : String(cString: strerror(number)))
        }
        return bytes
    }
}

/// Bytes in memory.
struct MemoryBytes: RandomBytes {
    let bytes: [UInt8]
    let path: String
    var count: Int { bytes.count }

    func read(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }
}
