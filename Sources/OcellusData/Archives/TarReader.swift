// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
import OcellusPixels
import OcellusTensor

/// The members of a tar archive, one after the other: the forms v7, ustar, GNU and pax.
///
/// Nothing is unpacked, so names cannot reach outside of anywhere.
struct TarReader {
    struct Member {
        enum Kind { case file, directory, hardLink, link, other }

        /// As the archive gives it, without `./` in front and `/` behind.
        var name: Path
        var kind: Kind
        /// Bytes of content.
        var size: Int
        /// Of a hard link the name of a member before this one, of a symbolic link a path from the member's directory.
        var target = Path("")
    }

    /// Most bytes of a name or of pax records.
    private static let longestRecord = 1 << 20
    /// Most members of one archive: a small compressed file can hold any number of empty ones.
    static let mostMembers = 1_500_000
    /// Most bytes of all names.
    private static let mostNames = 1 << 28

    private let stream: any ByteStream
    /// Bytes of the present member that were not read, its padding included.
    private var rest = 0
    /// Those of them that are content.
    private var content = 0
    private var count = 0
    private var nameBytes = 0
    /// Whether the blocks that end an archive were met; without them it may have been cut off between two members.
    private(set) var hasEndMark = false
    private var globalRecords: [String: [UInt8]] = [:]

    /// Most bytes of a member in a compressed archive, where passing over costs as much as reading.
    private let limit: Int

    private let members: Int

    /// - Parameter members: Most of them in one archive.
    init(_ stream: any ByteStream, limit: Int, members: Int = mostMembers) {
        self.stream = stream
        self.limit = limit
        self.members = members
    }

    /// Whether a file begins as a tar archive does.
    static func isTar(_ block: [UInt8]) -> Bool { block.count == 512 && checksum(of: block) && block[0] != 0 }

    /// The next member; `nil` at the end.
    ///
    /// - Throws: ``DataError/Code/damaged`` when a header is none or the archive ends within a member,
    ///   ``DataError/Code/tooLarge``.
    mutating func next() throws(DataError) -> Member? {
        try skip()
        var longName: [UInt8]?
        var longTarget: [UInt8]?
        var records = globalRecords
        while true {
            let block = try stream.read(512)
            // Archives end with two blocks of zeros; some writers leave them out.
            if block.isEmpty { return nil }
            if block.count == 512, block.allSatisfy({ $0 == 0 }) {
                hasEndMark = true
                return nil
            }
            guard block.count == 512 else { throw cut() }
            guard Self.checksum(of: block), let size = Self.number(block[124..<136]), size < 1 << 52 else {
                throw DataError(
                    .damaged, "\(stream.path) is damaged.", because: "the header of member \(count) is none",
                    advice: "copy or download it again")
            }
            count += 1
            guard count <= members else {
                throw DataError(.tooLarge, "\(stream.path) has too many members.", needs: "at most \(members)")
            }
            switch block[156] {
            case UInt8(ascii: "L"):
                longName = Self.name(try record(size)[...])
            case UInt8(ascii: "K"):
                longTarget = Self.name(try record(size)[...])
            case UInt8(ascii: "x"):
                records.merge(Self.paxRecords(try record(size))) { $1 }
            case UInt8(ascii: "g"):
                globalRecords.merge(Self.paxRecords(try record(size))) { $1 }
                records = globalRecords
            default:
                if let longName { records["path"] = longName }
                if let longTarget { records["linkpath"] = longTarget }
                return try member(block, size: size, records: records)
            }
        }
    }

    private mutating func member(
        _ block: [UInt8], size: Int, records: [String: [UInt8]]
    ) throws(DataError) -> Member {
        let bytes = records["path"] ?? Self.shortName(block)
        let isDirectory = bytes.last == UInt8(ascii: "/")
        let name = Self.plain(bytes)
        nameBytes += name.bytes.count
        guard nameBytes <= Self.mostNames else {
            throw DataError(
                .tooLarge, "\(stream.path) has too many names of members.", needs: "at most \(Self.mostNames) bytes")
        }
        let size = records["size"].flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? size
        guard (0..<1 << 52).contains(size) else {
            throw DataError(.damaged, "\(stream.path) is damaged.", because: "the size of \(name) has no meaning")
        }
        let kind: Member.Kind =
            switch block[156] {
            case UInt8(ascii: "0"), 0, UInt8(ascii: "7"): isDirectory ? .directory : .file
            case UInt8(ascii: "1"): .hardLink
            case UInt8(ascii: "2"): .link
            case UInt8(ascii: "5"): .directory
            default: .other
            }
        // Links have no content whatever their size says.
        content = kind == .link || kind == .hardLink || kind == .directory ? 0 : size
        rest = (content + 511) / 512 * 512
        guard !stream.isCompressed || content <= limit else {
            throw DataError(
                .tooLarge, "\(name) in \(stream.path) is too large.", needs: "at most \(limit) bytes",
                received: "\(size) bytes", advice: "leave it out of the archive")
        }
        let target = records["linkpath"] ?? Self.name(block[157..<257])
        return Member(
            name: name, kind: kind, size: content,
            target: kind == .hardLink ? Self.plain(target) : kind == .link ? Path(bytes: target) : Path(""))
    }

    /// The first bytes of the present member's content, up to `count` of those that were not read.
    mutating func read(_ count: Int) throws(DataError) -> [UInt8] {
        let wanted = min(count, content)
        let bytes = try stream.read(wanted)
        guard bytes.count == wanted else { throw cut() }
        content -= wanted
        rest -= wanted
        return bytes
    }

    /// Reads on behind the end mark of a compressed archive, so that a cut or damage there is noticed.
    func finish() throws(DataError) {
        guard stream.isCompressed else { return }
        // Archives are filled up with zeros, by a few kilobytes; there is no need to follow a bomb.
        for _ in 0..<64 { if try stream.read(1 << 18).isEmpty { return } }
    }

    /// The contents of single files of an archive, which is read until all are found.
    ///
    /// - Parameter limit: Most bytes of one of them.
    /// - Throws: ``DataError/Code/missingFile``, ``DataError/Code/tooLarge``, and what ``next()`` throws.
    static func members(
        _ names: [String], of stream: any ByteStream, limit: Int = 1 << 28
    ) throws(DataError) -> [[UInt8]] {
        var reader = TarReader(stream, limit: limit)
        var found: [String: [UInt8]] = [:]
        while found.count < names.count, let member = try reader.next() {
            guard member.kind == .file, names.contains(member.name.text) else { continue }
            guard member.size <= limit else {
                throw DataError(
                    .tooLarge, "\(member.name) in \(stream.path) is too large.", needs: "at most \(limit) bytes",
                    received: "\(member.size) bytes")
            }
            found[member.name.text] = try reader.read(member.size)
        }
        let missing = names.filter { found[$0] == nil }
        guard missing.isEmpty else {
            throw DataError(
                .missingFile, "\(stream.path) lacks a file of the data set.", needs: Files.list(missing))
        }
        return names.compactMap { found[$0] }
    }

    private mutating func skip() throws(DataError) {
        // The last byte is read, so that a member that was cut off is noticed.
        if content > 0 {
            try stream.skip(content - 1)
            guard try stream.read(1).count == 1 else { throw cut() }
            rest -= content
            content = 0
        }
        if rest > 0 {
            guard try stream.read(rest).count == rest else { throw cut() }
            rest = 0
        }
    }

    /// The content of a member that describes the next one.
    private func record(_ size: Int) throws(DataError) -> [UInt8] {
        guard size <= Self.longestRecord else {
            throw DataError(
                .tooLarge, "\(stream.path) has a name of \(size) bytes.", needs: "at most \(Self.longestRecord)")
        }
        let bytes = try stream.read((size + 511) / 512 * 512)
        guard bytes.count >= size else { throw cut() }
        return Array(bytes.prefix(size))
    }

    private func cut() -> DataError {
        DataError(
            .damaged, "\(stream.path) ends within a member.", because: "the file was cut off",
            advice: "copy or download it again")
    }
}

// MARK: - Fields

extension TarReader {
    /// The sum of the header's bytes with its own field as blanks, unsigned or, in some old archives, signed.
    private static func checksum(of block: [UInt8]) -> Bool {
        guard let stated = number(block[148..<156]) else { return false }
        var unsigned = 0
        var signed = 0
        for (index, byte) in block.enumerated() {
            let byte = (148..<156).contains(index) ? UInt8(ascii: " ") : byte
            unsigned += Int(byte)
            signed += Int(Int8(bitPattern: byte))
        }
        #if OCELLUS_FUZZING
            // The sum would keep every change of a fuzzer out.
            return true
        #else
            return stated == unsigned || stated == signed
        #endif
    }

    /// Octal digits between blanks, or binary where the first bit is set; `nil` for anything else.
    private static func number(_ field: ArraySlice<UInt8>) -> Int? {
        guard let first = field.first else { return nil }
        if first == 0x80 {
            guard field.dropFirst().dropLast(7).allSatisfy({ $0 == 0 }) else { return nil }
            return field.suffix(7).reduce(0) { $0 << 8 | Int($1) }
        }
        let digits = field.drop { $0 == UInt8(ascii: " ") }.prefix { $0 != 0 && $0 != UInt8(ascii: " ") }
        guard digits.allSatisfy({ (0x30...0x37).contains($0) }) else { return nil }
        return digits.reduce(0) { $0 << 3 | Int($1 - 0x30) }
    }

    private static func name(_ field: ArraySlice<UInt8>) -> [UInt8] { Array(field.prefix { $0 != 0 }) }

    /// A name without `./` in front and `/` behind.
    static func plain(_ name: [UInt8]) -> Path {
        var bytes = name[...]
        while bytes.starts(with: "./".utf8) { bytes = bytes.dropFirst(2) }
        while bytes.last == UInt8(ascii: "/") { bytes = bytes.dropLast() }
        return Path(bytes: bytes)
    }

    private static func shortName(_ block: [UInt8]) -> [UInt8] {
        let name = name(block[0..<100])
        // Only POSIX's form has a prefix; GNU's has other fields there.
        guard block[257..<263] == [0x75, 0x73, 0x74, 0x61, 0x72, 0] else { return name }
        let prefix = Self.name(block[345..<500])
        return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
    }

    /// `LENGTH KEY=VALUE\n`, one behind the other; what is no such record ends them.
    private static func paxRecords(_ bytes: [UInt8]) -> [String: [UInt8]] {
        var records: [String: [UInt8]] = [:]
        var rest = bytes[...]
        while let blank = rest.firstIndex(of: UInt8(ascii: " ")),
            let length = Int(String(decoding: rest[..<blank], as: UTF8.self)), length > 0, length <= rest.count,
            rest.startIndex + length > blank
        {
            let record = rest[(blank + 1)..<(rest.startIndex + length)]
            if let equals = record.firstIndex(of: UInt8(ascii: "=")) {
                let key = String(decoding: record[..<equals], as: UTF8.self)
                records[key] = Array(record[(equals + 1)...].dropLast())
            }
            rest = rest.dropFirst(length)
        }
        return records
    }
}
