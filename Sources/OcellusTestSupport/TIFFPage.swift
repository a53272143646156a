// SPDX-License-Identifier: Apache-2.0

package import Foundation

/// One page of a TIFF that is written byte by byte: what libraries rarely write, and people have.
package struct TIFFPage {
    /// Tag, type (1 BYTE, 3 SHORT, 4 LONG) and values.
    package typealias Entry = (tag: Int, type: Int, values: [Int])

    package var width: Int
    package var height: Int
    package var samples: Int
    /// 1 gray, 2 red, green, blue.
    package var photometric = 2
    package var bits = 8
    package var compression = 1
    /// Kinds of the samples behind the colours: 0 unspecified, 1 opacity that colours are multiplied by, 2 opacity.
    package var extraSamples: [Int] = []
    /// Side of square tiles; strips where `nil`.
    package var tile: Int?
    /// Interleaved, little-endian.
    package var pixels: [UInt8]
    package var more: [Entry] = []

    package init(_ width: Int, _ height: Int, samples: Int, pixels: [UInt8]) {
        (self.width, self.height, self.samples, self.pixels) = (width, height, samples, pixels)
    }

    /// Strips, or tiles with zeros where the picture ends.
    private var parts: [[UInt8]] {
        guard let tile else { return [pixels] }
        let bytes = samples * bits / 8
        var parts: [[UInt8]] = []
        for top in stride(from: 0, to: height, by: tile) {
            for left in stride(from: 0, to: width, by: tile) {
                var part: [UInt8] = []
                for row in top..<top + tile {
                    let start = row * width + left
                    let columns = row < height ? min(tile, width - left) : 0
                    part += pixels.dropFirst(start * bytes).prefix(columns * bytes)
                    part += [UInt8](repeating: 0, count: (tile - columns) * bytes)
                }
                parts.append(part)
            }
        }
        return parts
    }

    /// A file of pages.
    package static func file(_ pages: [TIFFPage]) -> Data {
        var file: [UInt8] = [0x49, 0x49, 42, 0, 0, 0, 0, 0]
        var link = 4
        for page in pages {
            if file.count % 2 != 0 { file.append(0) }
            file.replaceSubrange(link..<link + 4, with: Raw.littleEndian(file.count))
            link = page.append(to: &file)
        }
        return Data(file)
    }

    /// - Returns: Where the offset of the next directory stands.
    private func append(to file: inout [UInt8]) -> Int {
        let parts = parts
        var entries: [Entry] = [
            (256, 4, [width]), (257, 4, [height]), (258, 3, Array(repeating: bits, count: samples)),
            (259, 3, [compression]), (262, 3, [photometric]), (277, 3, [samples]),
        ]
        if !extraSamples.isEmpty { entries.append((338, 3, extraSamples)) }
        if let tile { entries += [(322, 4, [tile]), (323, 4, [tile])] }
        entries.append((tile == nil ? 279 : 325, 4, parts.map(\.count)))
        entries += more
        // Values of more than four bytes, then the pixels, stand behind the directory.
        let offsets = (tag: tile == nil ? 273 : 324, type: 4, values: parts.map { _ in 0 })
        entries.append(offsets)
        entries.sort { $0.tag < $1.tag }
        func size(of type: Int) -> Int { type == 1 ? 1 : type == 3 ? 2 : 4 }
        let behind = file.count + 2 + 12 * entries.count + 4
        var places: [Int] = []
        var place = behind + entries.map { $0.values.count * size(of: $0.type) }.filter { $0 > 4 }.reduce(0, +)
        for part in parts {
            places.append(place)
            place += part.count
        }
        var directory = Array(Raw.littleEndian(entries.count).prefix(2))
        var values: [UInt8] = []
        for entry in entries {
            let numbers = entry.tag == offsets.tag ? places : entry.values
            let content = numbers.flatMap { Raw.littleEndian($0).prefix(size(of: entry.type)) }
            directory += Raw.littleEndian(entry.tag).prefix(2) + Raw.littleEndian(entry.type).prefix(2)
            directory += Raw.littleEndian(numbers.count)
            if content.count <= 4 {
                directory += content + [UInt8](repeating: 0, count: 4 - content.count)
            } else {
                directory += Raw.littleEndian(behind + values.count)
                values += content
            }
        }
        file += directory
        let link = file.count
        file += [0, 0, 0, 0] + values + parts.joined()
        return link
    }
}
