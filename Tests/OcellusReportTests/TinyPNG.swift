// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A PNG of 8-bit gray or RGB pixels in stored deflate blocks: enough for a browser, and no codec between it and the test.
func tinyPNG(width: Int, height: Int, channels: Int, _ pixel: (_ x: Int, _ y: Int, _ channel: Int) -> UInt8) -> Data {
    func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
        let named = Array(name.utf8) + body
        return bigEndian(UInt32(body.count)) + named + bigEndian(crc32(named))
    }
    var raw: [UInt8] = []
    for y in 0..<height {
        raw.append(0)
        for x in 0..<width {
            for channel in 0..<channels { raw.append(pixel(x, y, channel)) }
        }
    }
    var stream: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
        let block = raw[start..<min(start + 65_535, raw.count)]
        start += block.count
        let length = UInt16(block.count)
        stream.append(start == raw.count ? 1 : 0)
        for half in [length, ~length] { stream += [UInt8(half & 255), UInt8(half >> 8)] }
        stream += block
    } while start < raw.count
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in raw {
        low = (low + UInt32(byte)) % 65_521
        high = (high + low) % 65_521
    }
    stream += bigEndian(high << 16 | low)
    let header =
        bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, channels == 1 ? 0 : 2, 0, 0, 0]
    return Data(
        [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", stream)
            + chunk("IEND", []))
}

private func crc32(_ bytes: [UInt8]) -> UInt32 {
    var crc: UInt32 = ~0
    for byte in bytes {
        crc ^= UInt32(byte)
        for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
    }
    return ~crc
}
