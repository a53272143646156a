// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

@testable import OcellusExchange

@Suite("Wire format") struct WireTests {
    private func fields(_ bytes: [UInt8]) throws -> [(number: Int, value: WireMessage.Value)] {
        let source = WireSource(bytes, path: "a.onnx")
        var message = WireMessage(source, 0..<bytes.count)
        var fields: [(number: Int, value: WireMessage.Value)] = []
        while let field = try message.next() { fields.append(field) }
        return fields
    }

    // 0x08 is field 1, varint; 150 is 0x96 0x01 in the format's own documentation.
    @Test("reads the documentation's example and skips every kind") func worked() throws {
        let read = try fields([
            0x08, 0x96, 0x01, 0x12, 2, 65, 66, 0x1D, 1, 0, 0, 0, 0x21, 2, 0, 0, 0, 0, 0, 0, 0,
        ])
        #expect(read.map(\.number) == [1, 2, 3, 4])
        #expect(read.map(\.value) == [.varint(150), .bytes(5..<7), .fixed32(1), .fixed64(2)])
    }

    @Test("reads the largest and negative numbers") func largest() throws {
        let minusOne = [UInt8](repeating: 0xFF, count: 9) + [1]
        #expect(try fields([0x08] + minusOne)[0].value == .varint(.max))
        var writer = WireWriter()
        writer.integer(3, -2)
        guard case .bytes(let bytes) = writer.allPieces[0] else { return #expect(Bool(false)) }
        #expect(try fields(bytes)[0].value == .varint(UInt64(bitPattern: -2)))
    }

    @Test(
        "refuses what breaks the format",
        arguments: [
            [0x08], [0x08, 0x80], [0x08] + [UInt8](repeating: 0xFF, count: 10), [0x12, 5, 1], [0x0D, 1, 2],
            [0x0B], [0x0F, 0], [0x00, 0], [0x12, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 1],
        ] as [[UInt8]]) func broken(bytes: [UInt8])
    {
        let error = #expect(throws: ExchangeError.self) { try fields(bytes) }
        #expect(error?.kind == .corrupt)
    }

    @Test("a window moves over a file as over memory") func window() throws {
        let url = FileManager.default.temporaryDirectory.appending(path: "ocellus-wire-\(UUID()).onnx")
        defer { try? FileManager.default.removeItem(at: url) }
        // Fields over the seam of two windows.
        var bytes: [UInt8] = []
        for value in 0..<40_000 { bytes += [0x08, UInt8(value & 0x7F) | 0x80, 1] }
        try Data(bytes).write(to: url)
        let source = try WireSource(contentsOf: url)
        var message = WireMessage(source, 0..<source.size)
        var count = 0
        while let (number, value) = try message.next() {
            #expect(number == 1 && value == .varint(UInt64(count & 0x7F) | 0x80))
            count += 1
        }
        #expect(count == 40_000)
    }
}
