// SPDX-License-Identifier: Apache-2.0

/// A member of a zip archive, each field as it is written.
package struct ZipMember {
    package var name: [UInt8]
    /// As it lies in the archive.
    package var packed: [UInt8]
    /// 0 stored, 8 deflated.
    package var method: Int
    package var size: Int
    package var checksum: Int
    /// 1 encrypted.
    package var flags = 0
    /// The system that made it: 0 DOS, 3 Unix.
    package var host = 3
    /// Of Unix.
    package var mode = 0o100644
    /// Whether its sizes and place are written with 64 bits.
    package var isLarge = false
    /// Where its own header is said to lie; `nil` for the truth.
    package var offset: Int?

    /// A stored one.
    package init(_ name: String, _ content: some Sequence<UInt8>) {
        self.name = Array(name.utf8)
        packed = Array(content)
        method = 0
        size = packed.count
        checksum = Raw.crc32(packed)
    }
}

extension Raw {
    private static func short(_ value: Int) -> [UInt8] { Array(littleEndian(value).prefix(2)) }
    private static func long(_ value: Int) -> [UInt8] { littleEndian(value) + littleEndian(value >> 32) }

    /// A zip archive; deflated members, those with a size, hold the letter a and nothing else.
    package static func zip(_ files: [(name: String, packed: [UInt8], size: Int?)]) -> [UInt8] {
        zip(
            files.map { name, packed, size in
                var member = ZipMember(name, packed)
                if let size {
                    (member.method, member.size) = (8, size)
                    member.checksum = crc32(repeatElement(UInt8(ascii: "a"), count: size))
                }
                return member
            })
    }

    /// A zip archive.
    ///
    /// - Parameters:
    ///   - isLarge: Whether the list of members is described with 64 bits.
    ///   - sizes: What is said of large members in place of the truth.
    package static func zip(
        _ members: [ZipMember], isLarge: Bool = false, sizes lies: (packed: Int, size: Int)? = nil
    ) -> [UInt8] {
        var archive: [UInt8] = []
        var list: [UInt8] = []
        for member in members {
            let offset = member.offset ?? archive.count
            let sizes = littleEndian(member.packed.count) + littleEndian(member.size)
            let start =
                [20, 0] + short(member.flags) + short(member.method) + [0, 0, 0, 0] + littleEndian(member.checksum)
            let extra =
                [1, 0, 24, 0] + long(lies?.size ?? member.size) + long(lies?.packed ?? member.packed.count)
                + long(offset)
            list += [0x50, 0x4B, 1, 2, 20, UInt8(member.host)] + start
            list += member.isLarge ? [UInt8](repeating: 0xFF, count: 8) : sizes
            list += short(member.name.count) + short(member.isLarge ? extra.count : 0) + [UInt8](repeating: 0, count: 6)
            list += littleEndian(member.mode << 16)
            list += member.isLarge ? [UInt8](repeating: 0xFF, count: 4) : littleEndian(offset)
            list += member.name + (member.isLarge ? extra : [])
            archive +=
                [0x50, 0x4B, 3, 4] + start + sizes + short(member.name.count) + [0, 0] + member.name + member.packed
        }
        var end: [UInt8] = []
        if isLarge {
            end += [0x50, 0x4B, 6, 6] + long(44) + [45, 0, 45, 0] + [UInt8](repeating: 0, count: 8)
            end += long(members.count) + long(members.count) + long(list.count) + long(archive.count)
            end += [0x50, 0x4B, 6, 7, 0, 0, 0, 0] + long(archive.count + list.count) + [1, 0, 0, 0]
        }
        let count = isLarge ? [0xFF, 0xFF] : short(members.count)
        end += [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count
        end += isLarge ? [UInt8](repeating: 0xFF, count: 8) : littleEndian(list.count) + littleEndian(archive.count)
        return archive + list + end + [0, 0]
    }
}
