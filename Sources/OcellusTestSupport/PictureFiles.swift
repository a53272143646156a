// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import OcellusPixels
import OcellusTensor

/// A directory that is removed with the object.
package final class TemporaryDirectory {
    package let url: URL
    package var path: String { url.relativePath }

    package init() throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("ocellus-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: url) }

    /// Writes a file, its directories included.
    package func write(_ data: Data, to name: String) throws {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try data.write(to: file)
    }

    /// Writes a file whose name need not be text, its directories included.
    package func write(_ data: Data, toBytes name: [UInt8]) throws {
        let path = Array(self.path.utf8) + [UInt8(ascii: "/")] + name
        for (place, byte) in path.enumerated() where byte == UInt8(ascii: "/") && place > 0 {
            mkdir(path[..<place].map { CChar(bitPattern: $0) } + [0], 0o777)
        }
        let file = open(path.map { CChar(bitPattern: $0) } + [0], O_WRONLY | O_CREAT | O_TRUNC, 0o666)
        guard file >= 0 else { throw CocoaError(.fileWriteUnknown) }
        try FileHandle(fileDescriptor: file, closeOnDealloc: true).write(contentsOf: data)
    }

    package func makeDirectory(_ name: String) throws {
        try FileManager.default.createDirectory(
            at: url.appendingPathComponent(name), withIntermediateDirectories: true)
    }

    package func link(_ name: String, to target: String) throws {
        try FileManager.default.createSymbolicLink(
            atPath: url.appendingPathComponent(name).path, withDestinationPath: target)
    }
}

/// The picture that `Scripts/fixtures/pillow.py` makes too: (3x² + 7y + xy + 85c) mod 256.
package func pattern(_ width: Int, _ height: Int, _ channels: Int) -> DecodedImage {
    var pixels: [UInt8] = []
    for y in 0..<height {
        for x in 0..<width {
            for c in 0..<channels { pixels.append(UInt8((3 * x * x + 7 * y + x * y + 85 * c) % 256)) }
        }
    }
    return DecodedImage(width: width, height: height, channels: channels, pixels: pixels)
}

package func solid(_ width: Int, _ height: Int, _ color: [UInt8]) -> DecodedImage {
    DecodedImage(
        width: width, height: height, channels: color.count, pixels: (0..<width * height).flatMap { _ in color })
}

package func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
    var random = CounterRandom(seed: seed, purpose: .test)
    return (0..<count).map { _ in UInt8(truncatingIfNeeded: random.next()) }
}

/// Writers of formats byte by byte, so that readers are not tested with the code they use.
package enum Raw {
    package static func bigEndian(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    package static func littleEndian(_ value: Int) -> [UInt8] { bigEndian(value).reversed() }

    package static func idx(magic: [UInt8], sizes: [Int], _ values: [UInt8]) -> Data {
        Data(magic + sizes.flatMap(bigEndian) + values)
    }

    package static func crc32(_ bytes: some Sequence<UInt8>) -> Int {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return Int(~crc)
    }

    /// A DEFLATE stream that stores its bytes.
    private static func stored(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(65_535)
            let length = block.count
            output += [rest.isEmpty ? 1 : 0, UInt8(length & 255), UInt8(length >> 8)]
            output += [UInt8(~length & 255), UInt8(~length >> 8 & 255)] + block
        } while !rest.isEmpty
        return output
    }

    package static func gzip(_ data: Data) -> Data {
        let bytes = [UInt8](data)
        return Data(
            [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255] + stored(bytes) + littleEndian(crc32(bytes))
                + littleEndian(bytes.count))
    }

    package static func zlib(_ bytes: [UInt8]) -> [UInt8] {
        var (a, b) = (1, 0)
        for byte in bytes {
            a = (a + Int(byte)) % 65_521
            b = (b + a) % 65_521
        }
        return [0x78, 0x01] + stored(bytes) + bigEndian(b << 16 | a)
    }

    package static func chunk(_ type: String, _ content: [UInt8]) -> [UInt8] {
        let body = Array(type.utf8) + content
        return bigEndian(content.count) + body + bigEndian(crc32(body))
    }

    /// A PNG file.
    ///
    /// - Parameters:
    ///   - colorType: 0 gray, 2 red-green-blue, 3 palette, 4 gray and alpha, 6 red-green-blue and alpha.
    ///   - before: Chunks before the pixels.
    ///   - after: Chunks behind them.
    ///   - scanlines: Rows, each with its filter byte in front.
    package static func png(
        _ width: Int, _ height: Int, depth: UInt8, colorType: UInt8, interlaced: Bool = false, before: [UInt8] = [],
        after: [UInt8] = [], scanlines: [UInt8]
    ) -> Data {
        let header = bigEndian(width) + bigEndian(height) + [depth, colorType, 0, 0, interlaced ? 1 : 0]
        let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        let chunks = chunk("IHDR", header) + before + chunk("IDAT", zlib(scanlines)) + after + chunk("IEND", [])
        return Data(signature + chunks)
    }

    /// The content of EXIF with one entry: the orientation.
    package static func exif(_ orientation: Int, littleEndian little: Bool) -> [UInt8] {
        func bytes(_ value: Int, _ count: Int) -> [UInt8] {
            let all = Array(bigEndian(value).suffix(count))
            return little ? all.reversed() : all
        }
        let mark = Array((little ? "II" : "MM").utf8)
        let entry = bytes(0x0112, 2) + bytes(3, 2) + bytes(1, 4) + bytes(orientation, 2) + bytes(0, 2)
        return mark + bytes(42, 2) + bytes(8, 4) + bytes(1, 2) + entry + bytes(0, 4)
    }

    /// A JPEG file with an EXIF segment put behind its start.
    package static func jpeg(_ file: Data, withExif exif: [UInt8]) -> Data {
        let content = Array("Exif".utf8) + [0, 0] + exif
        let length = content.count + 2
        return file.prefix(2) + [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)] + content + file.dropFirst(2)
    }

    private static func bitmap(_ header: [UInt8], palette: [UInt8], data: [UInt8]) -> Data {
        let offset = 14 + header.count + palette.count
        let file = Array("BM".utf8) + littleEndian(offset + data.count) + [0, 0, 0, 0] + littleEndian(offset)
        return Data(file + header + palette + data)
    }

    /// A BMP file with Windows' header; bit fields stand where the palette does.
    package static func bmp(
        _ width: Int, _ height: Int, bits: Int, compression: Int = 0, palette: [UInt8] = [], data: [UInt8]
    ) -> Data {
        let sizes = littleEndian(40) + littleEndian(width) + littleEndian(height)
        let coding = [1, 0, UInt8(bits), 0] + littleEndian(compression)
        return bitmap(sizes + coding + [UInt8](repeating: 0, count: 20), palette: palette, data: data)
    }

    /// A BMP file of one bit a pixel with OS/2's header and three bytes for each colour.
    package static func coreBMP(_ width: UInt8, _ height: UInt8, palette: [UInt8], data: [UInt8]) -> Data {
        bitmap(littleEndian(12) + [width, 0, height, 0, 1, 0, 1, 0], palette: palette, data: data)
    }

    /// A little-endian TIFF of one directory with one 32-bit value for each tag, and four bytes at its end.
    package static func tiff(_ tags: [(tag: Int, value: Int)]) -> Data {
        var file: [UInt8] = [0x49, 0x49, 42, 0, 8, 0, 0, 0, UInt8(tags.count), 0]
        for (tag, value) in tags {
            file += [UInt8(tag & 255), UInt8(tag >> 8), 4, 0] + littleEndian(1) + littleEndian(value)
        }
        return Data(file + [0, 0, 0, 0, 1, 2, 3, 4])
    }

    /// One member of a tar archive, POSIX's form.
    package static func tarMember(
        _ name: String, _ content: Data = Data(), type: Character = "0", size: String? = nil, mangled: Bool = false,
        link: String = ""
    ) -> Data {
        tarMember(bytes: Array(name.utf8), content, type: type, size: size, mangled: mangled, link: Array(link.utf8))
    }

    /// As ``tarMember(_:_:type:size:mangled:link:)`` with names that need not be text.
    package static func tarMember(
        bytes name: [UInt8], _ content: Data = Data(), type: Character = "0", size: String? = nil,
        mangled: Bool = false,
        link: [UInt8] = []
    ) -> Data {
        var block = [UInt8](repeating: 0, count: 512)
        func put(_ bytes: some Collection<UInt8>, at offset: Int) {
            block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        }
        put(name.prefix(100), at: 0)
        put("0000644".utf8, at: 100)
        let octal = String(content.count, radix: 8)
        put((size ?? String(repeating: "0", count: 11 - octal.count) + octal).utf8, at: 124)
        put(String(type).utf8, at: 156)
        put(link.prefix(100), at: 157)
        put("ustar".utf8, at: 257)
        put("00".utf8, at: 263)
        put("        ".utf8, at: 148)
        let sum = String(block.reduce(0) { $0 + Int($1) } + (mangled ? 1 : 0), radix: 8)
        put((String(repeating: "0", count: 6 - sum.count) + sum + "\0").utf8, at: 148)
        let padding = [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
        return Data(block) + content + padding
    }

    /// A tar archive with its end.
    package static func tar(_ files: [(String, Data)]) -> Data {
        files.reduce(Data()) { $0 + tarMember($1.0, $1.1) } + Data(count: 1024)
    }
}
