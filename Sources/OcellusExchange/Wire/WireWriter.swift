// SPDX-License-Identifier: Apache-2.0

/// Collects fields in the wire format of protocol buffers; tensors are kept as they are until they are written, so that a file
/// needs no second copy of its weights.
struct WireWriter {
    enum Piece {
        case bytes([UInt8])
        case floats([Float])

        var count: Int {
            switch self {
            case .bytes(let bytes): bytes.count
            case .floats(let floats): 4 * floats.count
            }
        }
    }

    private(set) var pieces: [Piece] = []
    private(set) var count = 0
    private var last: [UInt8] = []

    /// Everything so far, in order.
    var allPieces: [Piece] { last.isEmpty ? pieces : pieces + [.bytes(last)] }

    mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(rest))
    }

    mutating func integer(_ number: Int, _ value: Int) {
        varint(UInt64(number) << 3)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func float(_ number: Int, _ value: Float) {
        varint(UInt64(number) << 3 | 5)
        let bits = value.bitPattern
        for shift in [UInt32(0), 8, 16, 24] { append(UInt8(truncatingIfNeeded: bits >> shift)) }
    }

    mutating func text(_ number: Int, _ value: String) { bytes(number, Array(value.utf8)) }

    mutating func bytes(_ number: Int, _ value: [UInt8]) {
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(value.count))
        last += value
        count += value.count
    }

    /// Little-endian elements.
    mutating func floats(_ number: Int, _ value: [Float]) {
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(4 * value.count))
        add(.floats(value))
    }

    mutating func message(_ number: Int, _ fill: (inout WireWriter) -> Void) {
        var inner = WireWriter()
        fill(&inner)
        varint(UInt64(number) << 3 | 2)
        varint(UInt64(inner.count))
        for piece in inner.allPieces {
            if case .bytes(let bytes) = piece {
                last += bytes
                count += bytes.count
            } else {
                add(piece)
            }
        }
    }

    private mutating func append(_ byte: UInt8) {
        last.append(byte)
        count += 1
    }

    private mutating func add(_ piece: Piece) {
        if !last.isEmpty { pieces.append(.bytes(last)) }
        last = []
        pieces.append(piece)
        count += piece.count
    }
}
