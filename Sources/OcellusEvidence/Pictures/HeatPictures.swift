// SPDX-License-Identifier: Apache-2.0

import OcellusPixels

/// Numbers in colour over a picture in gray.
enum HeatPictures {
    /// Above 0, red, green and blue; the page says which colour is which.
    private static let positive: [Float] = [255, 98, 32]
    private static let negative: [Float] = [40, 130, 255]
    private static let frame: [UInt8] = [0, 220, 120]
    /// The share of the picture that stays visible under the strongest colour.
    private static let leastGray: Float = 0.1
    /// Under the colours the picture is darker, so that dim colours show on white too.
    private static let dimming: Float = 0.75

    /// - Parameters:
    ///   - values: `[H, W]` row-major, of the picture's size. 0 leaves the picture; `limit` and beyond is full colour.
    ///   - limit: The largest magnitude when left out.
    static func overlay(_ values: [Float], on picture: DecodedImage, limit: Float? = nil) -> DecodedImage {
        let limit = limit ?? values.map(abs).max() ?? 0
        var pixels: [UInt8] = []
        pixels.reserveCapacity(values.count * 3)
        for (index, value) in values.enumerated() {
            let gray = luma(picture, index) * dimming
            let strength = limit > 0 ? min(1, abs(value) / limit) * (1 - leastGray) : 0
            let color = value < 0 ? negative : positive
            for channel in color { pixels.append(UInt8(gray * (1 - strength) + channel * strength)) }
        }
        return DecodedImage(width: picture.width, height: picture.height, channels: 3, pixels: pixels)
    }

    /// The value that a share of the magnitudes stays below, so that a few outliers do not make the rest dark.
    static func quantile(_ values: [Float], _ share: Double) -> Float {
        let sorted = values.map(abs).sorted()
        guard let largest = sorted.last else { return 0 }
        let value = sorted[Int(share * Double(sorted.count - 1))]
        return value > 0 ? value : largest
    }

    /// The picture with the border of a rectangle drawn; what lies outside the picture is cut.
    static func framed(_ picture: DecodedImage, top: Int, left: Int, height: Int, width: Int) -> DecodedImage {
        var pixels = picture.pixels
        let (first, last) = (max(0, top), min(picture.height, top + height) - 1)
        let (start, end) = (max(0, left), min(picture.width, left + width) - 1)
        guard picture.channels == 3, first <= last, start <= end else { return picture }
        for row in first...last {
            for column in start...end where row == first || row == last || column == start || column == end {
                let offset = (row * picture.width + column) * 3
                pixels.replaceSubrange(offset..<offset + 3, with: frame)
            }
        }
        return DecodedImage(width: picture.width, height: picture.height, channels: 3, pixels: pixels)
    }

    private static func luma(_ picture: DecodedImage, _ index: Int) -> Float {
        guard picture.channels == 3 else { return Float(picture.pixels[index]) }
        let offset = index * 3
        return 0.299 * Float(picture.pixels[offset]) + 0.587 * Float(picture.pixels[offset + 1])
            + 0.114 * Float(picture.pixels[offset + 2])
    }
}
