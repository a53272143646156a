// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusPixels
import OcellusTensor

/// Small pictures made from numbers, and sheets of them.
enum Tiles {
    /// Between tiles: a mid gray that differs from the black and the white of most tiles.
    private static let gapGray: UInt8 = 128

    /// Numbers as gray values: the smallest black, the largest white; all black when they are equal.
    static func gray(_ values: some Collection<Float>) -> [UInt8] {
        guard let low = values.min(), let high = values.max(), high > low else {
            return [UInt8](repeating: 0, count: values.count)
        }
        return values.map { UInt8(255 * (($0 - low) / (high - low))) }
    }

    /// One map `[H, W]`.
    static func map(_ values: some Collection<Float>, height: Int, width: Int) -> DecodedImage {
        DecodedImage(width: width, height: height, channels: 1, pixels: gray(values))
    }

    /// A rectangle of an image of a set; what lies outside is black.
    static func patch(_ images: ImageSet, _ index: Int, top: Int, left: Int, height: Int, width: Int) throws
        -> DecodedImage
    {
        let (channels, rows, columns) = (images.shape[0], images.shape[1], images.shape[2])
        var planar = [UInt8](repeating: 0, count: channels * height * width)
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
