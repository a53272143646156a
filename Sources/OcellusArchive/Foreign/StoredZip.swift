// SPDX-License-Identifier: Apache-2.0

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The members of a zip archive whose bytes lie in it as they are, as in files of `torch.save`.
struct StoredZip {
    /// The bytes of each member, counted from the start of the archive.
    let members: [String: Range<Int>]

    private static let endSize = 22
    private static let mostMembers = 1 << 17

    /// What is wrong with an archive.
    struct Fault: Error { var reason: String }

    /// APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3.6 to 4.3.16.
    init(_ data: Data) throws(Fault) {
        let end = try Self.end(of: data)
        let count = Int(data.little(end + 10, 2))
        let size = Int(data.little(end + 12, 4))
        var place = Int(data.little(end + 16, 4))
        guard count <= Self.mostMembers, place + size <= end else {
            throw Fault(reason: "its directory lies outside, or it is larger than 4 GB")
        }
        var members: [String: Range<Int>] = [:]
        for _ in 0..<count {
            guard place + 46 <= end, data.little(place, 4) == 0x0201_4B50 else {
                throw Fault(reason: "its directory is damaged")
            }
            let (nameCount, extra, comment) = (
                Int(data.little(place + 28, 2)), Int(data.little(place + 30, 2)), Int(data.little(place + 32, 2))
            )
            guard place + 46 + nameCount + extra + comment <= end,
                let name = String(validating: data.bytes(place + 46, nameCount), as: UTF8.self)
            else { throw Fault(reason: "its directory is damaged") }
            guard data.little(place + 8, 2) & 1 == 0, data.little(place + 10, 2) == 0,
                data.little(place + 20, 4) == data.little(place + 24, 4)
            else { throw Fault(reason: "\"\(name)\" in it is compressed or encrypted") }
            let range = try Self.content(
                of: name, at: Int(data.little(place + 42, 4)), size: Int(data.little(place + 24, 4)), in: data,
                before: end)
            guard members.updateValue(range, forKey: name) == nil else {
                throw Fault(reason: "it holds \"\(name)\" twice")
            }
            place += 46 + nameCount + extra + comment
        }
        self.members = members
    }

    private static func content(
        of name: String, at place: Int, size: Int, in data: Data, before end: Int
    ) throws(Fault) -> Range<Int> {
        guard place + 30 <= end, data.little(place, 4) == 0x0403_4B50 else {
            throw Fault(reason: "\"\(name)\" in it has no beginning")
        }
        let start = place + 30 + Int(data.little(place + 26, 2)) + Int(data.little(place + 28, 2))
        guard start <= end, size <= end - start else { throw Fault(reason: "\"\(name)\" in it is cut off") }
        return start..<start + size
    }

    /// The record at the end, behind which a comment of up to 65,535 bytes may stand.
    private static func end(of data: Data) throws(Fault) -> Int {
        var place = data.count - endSize
        let first = max(0, place - 65_535)
        while place >= first {
            if data.little(place, 4) == 0x0605_4B50, Int(data.little(place + 20, 2)) == data.count - place - endSize {
                return place
            }
            place -= 1
        }
        throw Fault(reason: "it has no end")
    }
}

extension Data {
    /// A little-endian number of up to 8 bytes, which must lie inside.
    func little(_ place: Int, _ count: Int) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(self[startIndex + place + index]) << UInt64(8 * index) }
        return value
    }

    func bytes(_ place: Int, _ count: Int) -> [UInt8] {
        [UInt8](self[startIndex + place..<startIndex + place + count])
    }
}
