// SPDX-License-Identifier: Apache-2.0

/// The fields of one message in the wire format of protocol buffers, one after the other.
///
///     key      varint: number of the field · 8 + type
///     type 0   varint: 7 bits a byte, the lowest first
///     type 1   8 bytes, little-endian
///     type 2   varint n, then n bytes: text, a message, or packed numbers
///     type 5   4 bytes, little-endian
///
/// https://protobuf.dev/programming-guides/encoding. Groups (types 3 and 4) are long obsolete; ONNX has none.
struct WireMessage {
    /// The content of a field.
    enum Value: Equatable {
        case varint(UInt64)
        case fixed64(UInt64)
        case bytes(Range<Int>)
        case fixed32(UInt32)
    }

    let source: WireSource
    /// Of the next field.
    private(set) var position: Int
    let end: Int

    init(_ source: WireSource, _ range: Range<Int>) {
        self.source = source
        (position, end) = (range.lowerBound, range.upperBound)
    }

    /// - Returns: `nil` after the last field.
    mutating func next() throws -> (number: Int, value: Value)? {
        guard position < end else { return nil }
        let start = position
        let key = try varint()
        let number = Int(key >> 3)
        guard (1...(1 << 29) - 1).contains(number) else {
            throw source.corrupt("has an impossible field number", at: start)
        }
        switch key & 7 {
        case 0: return (number, .varint(try varint()))
        case 1: return (number, .fixed64(try fixed(8)))
        case 2:
            let length = try varint()
            guard length <= UInt64(end - position) else {
                throw source.corrupt(
                    "ends inside a field", at: start, needs: "\(length) bytes for field \(number)",
                    received: "\(end - position) bytes")
            }
            defer { position += Int(length) }
            return (number, .bytes(position..<position + Int(length)))
        case 5: return (number, .fixed32(UInt32(try fixed(4))))
        default: throw source.corrupt("has a field of an unknown wire type", at: start)
        }
    }

    /// Ten bytes at most; the last of ten holds one bit.
    mutating func varint() throws -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: 0, to: 70, by: 7) {
            guard position < end else { throw source.corrupt("ends inside a number", at: position) }
            let byte = try source.byte(at: position)
            position += 1
            guard shift < 63 || byte <= 1 else { break }
            value |= UInt64(byte & 0x7F) << UInt64(shift)
            if byte < 0x80 { return value }
        }
        throw source.corrupt("has a number of more than 64 bits", at: position)
    }

    private mutating func fixed(_ count: Int) throws -> UInt64 {
        guard end - position >= count else { throw source.corrupt("ends inside a number", at: position) }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(try source.byte(at: position + index)) << UInt64(8 * index) }
        position += count
        return value
    }
}
