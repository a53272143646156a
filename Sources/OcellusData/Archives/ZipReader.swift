// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
import OcellusFiles
import OcellusPixels
import OcellusTensor

/// Members of a zip archive, stored or deflated, with 64-bit sizes where they are used.
///
/// Nothing is unpacked to disk, so names cannot reach outside of anywhere.
struct ZipReader {
    struct Member {
        /// As the archive gives it, without `./` in front and `/` behind.
        var name: Path
        var kind: TarReader.Member.Kind
        /// Unpacked, as the archive says.
        var size: Int
        fileprivate var packed: Int
        /// 0 stored, 8 deflated; others cannot be read.
        fileprivate var method: Int
        fileprivate var isEncrypted: Bool
        fileprivate var checksum: UInt32
        /// Where its own header lies.
        fileprivate var offset: Int

        /// Why the content cannot be read; `nil` when it can.
        fileprivate var obstacle: String? {
            if isEncrypted { return "it is encrypted in its archive" }
            return method == 0 || method == 8 ? nil : "it is packed by a method that is not read (\(method))"
        }
    }

    /// In the order of the archive's list.
    let members: [Member]
    private let source: any RandomBytes
    private let positions: [Path: Int]

    /// Most bytes of the list of members.
    private static let longestDirectory = 1 << 28

    /// Whether a file begins as a zip archive does.
    static func isZip(_ start: some Sequence<UInt8>) -> Bool {
        let start = Array(start)
        return starts(start, at: 0, with: [0x50, 0x4B, 3, 4]) || starts(start, at: 0, with: [0x50, 0x4B, 5, 6])
    }

    /// - Throws: ``DataError/Code/damaged`` when there is no list of members at the end or it contradicts itself,
    ///   ``DataError/Code/tooLarge``.
    init(_ source: any RandomBytes) throws(DataError) {
        self.source = source
        let list = try Self.list(of: source)
        var members: [Member] = []
        var place = 0
        while place < list.bytes.count {
            let next = try Self.member(at: place, in: list.bytes, source)
            var member = next.member
            member.offset += list.shift
            members.append(member)
            place = next.end
            guard members.count <= TarReader.mostMembers else {
                throw DataError(
                    .tooLarge, "\(source.path) has too many members.", needs: "at most \(TarReader.mostMembers)")
            }
        }
        self.members = members
        positions = Dictionary(members.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { $1 })
        try checkPlaces(before: list.start)
    }

    /// Names of the members that can be read.
    var names: [String] { members.filter { $0.kind == .file && $0.obstacle == nil }.map(\.name.text).sorted() }

    /// The content of the last member of a name.
    ///
    /// - Parameter limit: Most bytes that are accepted, packed or not.
    /// - Throws: ``DataError/Code/missingFile``, and what ``content(at:limit:)`` throws.
    func content(of name: String, limit: Int) throws(DataError) -> [UInt8] {
        guard let position = positions[Path(name)] else {
            throw DataError(
                .missingFile, "\(source.path) lacks a file of the data set.", needs: name,
                received: Files.list(names))
        }
        return try content(at: position, limit: limit)
    }

    /// The content of a member, compared with its checksum.
    ///
    /// - Parameter limit: Most bytes that are accepted, packed or not.
    /// - Throws: ``DataError/Code/tooLarge``, ``DataError/Code/damaged``, ``DataError/Code/unknownKind`` for an encrypted
    ///   member or another method of packing.
    func content(at position: Int, limit: Int) throws(DataError) -> [UInt8] {
        let member = members[position]
        guard max(member.packed, member.size) <= limit else {
            throw DataError(
                .tooLarge, "\(member.name) in \(source.path) is too large.", needs: "at most \(limit) bytes",
                received: "\(max(member.packed, member.size)) bytes")
        }
        let packed = try bytes(of: member, count: member.packed)
        var content = packed
        if member.method == 8 {
            let unpacked = try Gzip.inflate(packed, limit: member.size, path: "\(source.path)/\(member.name)")
            guard !unpacked.hasMore else { throw damaged("\(member.name) has two sizes") }
            content = unpacked.bytes
        }
        guard content.count == member.size else { throw damaged("\(member.name) has two sizes") }
        guard ocellus_crc32(content, content.count) == member.checksum else {
            throw damaged("the checksum of \(member.name) is wrong")
        }
        return content
    }

    /// The first bytes of a member's content, not compared with anything; empty when they cannot be read.
    func start(at position: Int, count: Int) -> [UInt8] {
        let member = members[position]
        // A block of DEFLATE may begin with the description of its code.
        guard let packed = try? bytes(of: member, count: min(member.packed, member.method == 0 ? count : 1 << 14))
        else {
            return []
        }
        if member.method == 0 { return packed }
        return (try? Gzip.inflate(packed, limit: count, path: source.path).bytes) ?? []
    }

    private func bytes(of member: Member, count: Int) throws(DataError) -> [UInt8] {
        if let obstacle = member.obstacle {
            throw DataError(.unknownKind, "\(member.name) in \(source.path) cannot be read.", because: obstacle)
        }
        let header = try source.read(member.offset..<member.offset + Self.headerLength)
        let start = member.offset + Self.headerLength + Self.number(header, 26, 2) + Self.number(header, 28, 2)
        guard Self.starts(header, at: 0, with: [0x50, 0x4B, 3, 4]), start + member.packed <= source.count else {
            throw damaged("\(member.name) lies outside of it")
        }
        return try source.read(start..<start + count)
    }

    /// Members that lie in each other could make any number of bytes of a few.
    private func checkPlaces(before end: Int) throws(DataError) {
        var last = 0
        for member in members.sorted(by: { $0.offset < $1.offset }) {
            guard member.offset >= last else { throw damaged("\(member.name) lies in another member") }
            last = member.offset + Self.headerLength + member.packed
            guard last <= end else { throw damaged("\(member.name) lies outside of it") }
        }
    }

    private func damaged(_ reason: String) -> DataError { Self.damaged(source, reason) }

    private static func damaged(_ source: any RandomBytes, _ reason: String) -> DataError {
        DataError(
            .damaged, "\(source.path) is no zip archive that can be read.", because: reason,
            advice: "copy or download it again")
    }
}

// MARK: - The list of members

extension ZipReader {
    /// Bytes of a member's own header, its name left aside.
    fileprivate static let headerLength = 30

    /// The list of members, where it begins, and by how much the places in it are too small: an archive may have something
    /// in front of it.
    private static func list(
        of source: any RandomBytes
    ) throws(DataError) -> (bytes: [UInt8], start: Int, shift: Int) {
        // The last record is 22 bytes and a comment of up to 65,535.
        let tailStart = max(0, source.count - 65_557)
        let tail = try source.read(tailStart..<source.count)
        let ends = (0...max(0, tail.count - 22)).reversed().filter {
            $0 + 22 <= tail.count && starts(tail, at: $0, with: [0x50, 0x4B, 5, 6])
                && $0 + 22 + number(tail, $0 + 20, 2) <= tail.count
        }
        // The one whose comment ends with the file; else something was put behind the archive.
        guard let end = ends.first(where: { $0 + 22 + number(tail, $0 + 20, 2) == tail.count }) ?? ends.first else {
            throw damaged(source, "its list of members is missing; it may be cut off")
        }
        guard number(tail, end + 4, 2) == number(tail, end + 6, 2) else {
            throw damaged(source, "it is one of several parts")
        }
        var (length, start, listEnd) = (number(tail, end + 12, 4), number(tail, end + 16, 4), tailStart + end)
        if let large = try large(of: source, before: tailStart + end) { (length, start, listEnd) = large }
        guard length >= 0, start >= 0, length <= listEnd, start <= listEnd - length else {
            throw damaged(source, "its list of members lies outside of it")
        }
        guard length <= longestDirectory else {
            throw DataError(
                .tooLarge, "\(source.path) has a list of members of \(length) bytes.",
                needs: "at most \(longestDirectory)")
        }
        return (try source.read(listEnd - length..<listEnd), listEnd - length, listEnd - length - start)
    }

    /// Length and place of the list in an archive with 64-bit sizes, and where it ends.
    private static func large(
        of source: any RandomBytes, before end: Int
    ) throws(DataError) -> (length: Int, start: Int, end: Int)? {
        guard end >= 76 else { return nil }
        let locator = try source.read(end - 20..<end)
        guard starts(locator, at: 0, with: [0x50, 0x4B, 6, 7]) else { return nil }
        let place = number(locator, 8, 8)
        guard place >= 0, place <= end - 76 else { throw damaged(source, "its list of members lies outside of it") }
        let record = try source.read(place..<place + 56)
        guard starts(record, at: 0, with: [0x50, 0x4B, 6, 6]) else {
            throw damaged(source, "its list of members lies outside of it")
        }
        return (number(record, 40, 8), number(record, 48, 8), place)
    }

    private static func member(
        at place: Int, in list: [UInt8], _ source: any RandomBytes
    ) throws(DataError) -> (member: Member, end: Int) {
        guard place + 46 <= list.count, starts(list, at: place, with: [0x50, 0x4B, 1, 2]) else {
            throw damaged(source, "its list of members breaks off")
        }
        let nameEnd = place + 46 + number(list, place + 28, 2)
        let extraEnd = nameEnd + number(list, place + 30, 2)
        let end = extraEnd + number(list, place + 32, 2)
        guard end <= list.count else { throw damaged(source, "its list of members breaks off") }
        var sizes = [number(list, place + 24, 4), number(list, place + 20, 4), number(list, place + 42, 4)]
        readLarge(&sizes, in: list[nameEnd..<extraEnd])
        // The size that comes out is compared with a limit when it is read.
        guard sizes[0] >= 0, (0...source.count).contains(sizes[1]), sizes[2] >= 0,
            sizes[2] <= source.count - headerLength
        else { throw damaged(source, "a member lies outside of it") }
        var name = Array(list[(place + 46)..<nameEnd])
        let isOfDOS = list[place + 5] == 0
        // Some programs of Windows divide names by its own mark.
        if isOfDOS, !name.contains(UInt8(ascii: "/")) {
            name = name.map { $0 == UInt8(ascii: "\\") ? UInt8(ascii: "/") : $0 }
        }
        let isLink = list[place + 5] == 3 && number(list, place + 40, 2) & 0xF000 == 0xA000
        let kind: TarReader.Member.Kind = name.last == UInt8(ascii: "/") ? .directory : isLink ? .link : .file
        let member = Member(
            name: TarReader.plain(name), kind: kind, size: sizes[0], packed: sizes[1],
            method: number(list, place + 10, 2),
            isEncrypted: list[place + 8] & 1 != 0, checksum: UInt32(truncatingIfNeeded: number(list, place + 16, 4)),
            offset: sizes[2])
        return (member, end)
    }

    /// Puts 64-bit numbers where the list has no room for them.
    private static func readLarge(_ sizes: inout [Int], in extra: ArraySlice<UInt8>) {
        let bytes = Array(extra)
        var place = 0
        while place + 4 <= bytes.count {
            let length = number(bytes, place + 2, 2)
            defer { place += 4 + length }
            guard number(bytes, place, 2) == 1, place + 4 + length <= bytes.count else { continue }
            var next = place + 4
            for index in sizes.indices where sizes[index] == 0xFFFF_FFFF && next + 8 <= place + 4 + length {
                sizes[index] = number(bytes, next, 8)
                next += 8
            }
        }
    }

    private static func starts(_ bytes: [UInt8], at place: Int, with mark: [UInt8]) -> Bool {
        place + mark.count <= bytes.count && bytes[place..<place + mark.count].elementsEqual(mark)
    }

    /// Little-endian; negative for 64 bits above what an Int holds.
    private static func number(_ bytes: [UInt8], _ place: Int, _ count: Int) -> Int {
        (0..<count).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
    }
}
