// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusPixels
import OcellusTensor

/// Small pictures made from numbers, and sheets of them.
enum Tiles {
    /// Between tiles: a mid gray that differs from the black and the white of most tiles.
    private static let gapGray: UInt8 = 128
    /// Squares of what lies outside an image.
    private static let outside: [UInt8] = [104, 152]
    /// Red, green and blue; the page says what they mean.
    private static let zero: [Float] = [247, 247, 244]
    private static let positive: [Float] = [202, 84, 16]
    private static let negative: [Float] = [28, 92, 178]

    /// Numbers around 0 in colour, interleaved: 0 almost white, `limit` and beyond full orange, `-limit` full blue.
    static func diverging(_ values: some Collection<Float>, limit: Float) -> [UInt8] {
        values.flatMap { value in
            let share = abs(value) / limit
            let strength = share.isFinite ? min(1, share) : 0
            return zip(zero, value < 0 ? negative : positive).map { UInt8($0 + ($1 - $0) * strength) }
        }
    }

    /// One map `[H, W]` around 0, to its own largest magnitude.
    static func map(_ values: some Collection<Float>, height: Int, width: Int) -> DecodedImage {
        DecodedImage(
            width: width, height: height, channels: 3,
            pixels: diverging(values, limit: values.reduce(0) { max($0, abs($1)) }))
    }

    /// Every pixel as a square, so that both sides have at least that many.
    static func enlarged(_ image: DecodedImage, toAtLeast side: Int) -> DecodedImage {
        let factor = max(1, (side + min(image.width, image.height) - 1) / min(image.width, image.height))
        guard factor > 1 else { return image }
        let (width, channels) = (image.width * factor, image.channels)
        var pixels: [UInt8] = []
        pixels.reserveCapacity(image.pixels.count * factor * factor)
        for row in 0..<image.height {
            var line: [UInt8] = []
            for column in 0..<image.width {
                let start = (row * image.width + column) * channels
                for _ in 0..<factor { line += image.pixels[start..<start + channels] }
            }
            for _ in 0..<factor { pixels += line }
        }
        return DecodedImage(width: width, height: image.height * factor, channels: channels, pixels: pixels)
    }

    /// A rectangle of an image of a set; what lies outside is a chequered gray that no picture has.
    static func patch(_ images: ImageSet, _ index: Int, top: Int, left: Int, height: Int, width: Int) throws
        -> DecodedImage
    {
        let (channels, rows, columns) = (images.shape[0], images.shape[1], images.shape[2])
        var planar: [UInt8] = []
        for _ in 0..<channels {
            for row in 0..<height { for column in 0..<width { planar.append(outside[(row + column) % 2]) } }
        }
        try images.withPixels(at: index) { pixels in
            for channel in 0..<channels {
                for row in max(0, -top)..<max(max(0, -top), min(height, rows - top)) {
                    for column in max(0, -left)..<max(max(0, -left), min(width, columns - left)) {
                        planar[(channel * height + row) * width + column] =
                            pixels[(channel * rows + top + row) * columns + left + column]
                    }
                }
            }
        }
        return DecodedImage(width: width, height: height, channels: channels, planar: planar)
    }

    /// Tiles of one size in rows, one pixel apart.
    ///
    /// - Precondition: At least one tile; all of the same size and number of channels.
    static func sheet(_ tiles: [DecodedImage], columns: Int) -> DecodedImage {
        let (width, height, channels) = (tiles[0].width, tiles[0].height, tiles[0].channels)
        let across = min(columns, tiles.count)
        let down = (tiles.count + across - 1) / across
        let (sheetWidth, sheetHeight) = (across * (width + 1) - 1, down * (height + 1) - 1)
        var pixels = [UInt8](repeating: gapGray, count: sheetWidth * sheetHeight * channels)
        for (position, tile) in tiles.enumerated() {
            let (top, left) = (position / across * (height + 1), position % across * (width + 1))
            for row in 0..<height {
                let target = ((top + row) * sheetWidth + left) * channels
                pixels.replaceSubrange(
                    target..<target + width * channels,
                    with: tile.pixels[row * width * channels..<(row + 1) * width * channels])
            }
        }
        return DecodedImage(width: sheetWidth, height: sheetHeight, channels: channels, pixels: pixels)
    }
}
