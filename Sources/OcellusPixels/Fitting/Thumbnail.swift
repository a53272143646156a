// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// A small upright copy of a picture for a page: pixels alone, nothing of the file around them.
package struct Thumbnail: Sendable {
    /// PNG where every pixel counts, else JPEG.
    package let data: Data
    package let width: Int
    package let height: Int

    /// Pictures up to this side keep every pixel.
    private static let largestExact = 96
    private static let quality = 80

    /// The copy of a decoded picture.
    ///
    /// - Parameter side: Of the copy, at most.
    /// - Throws: ``DataError`` when memory is short.
    package init(_ image: DecodedImage, side: Int) throws(DataError) {
        let (width, height) = Self.size(width: image.width, height: image.height, side: side)
        let isExact = (width, height) == (image.width, image.height)
        let small =
            isExact
            ? image
            : DecodedImage(
                width: width, height: height, channels: image.channels,
                planar: try Self.fitting(width, height, image.channels).apply(image))
        try self.init(encoding: small, isExact: isExact && max(width, height) <= Self.largestExact)
    }

    /// The copy of a file. Of a large JPEG no more is decoded than the copy needs.
    ///
    /// - Parameters:
    ///   - file: The bytes of the file.
    ///   - side: Of the copy, at most.
    ///   - name: Named in errors.
    /// - Throws: ``DataError`` naming the file.
    package init(file: Data, side: Int, name: String, limits: ImageLimits) throws(DataError) {
        let header = try ImageDecoder.header(file, name: name, limits: limits)
        let (width, height) = Self.size(width: header.width, height: header.height, side: side)
        guard (width, height) != (header.width, header.height) else {
            try self.init(try ImageDecoder.decode(file, name: name, limits: limits), side: side)
            return
        }
        let encoded = try EncodedImage(
            file, name: name, preprocessing: Self.fitting(width, height, header.channels), limits: limits)
        let whole = PixelRectangle(left: 0, top: 0, width: header.width, height: header.height)
        try self.init(
            encoding: DecodedImage(
                width: width, height: height, channels: header.channels, planar: try encoded.crop(whole)),
            isExact: false)
    }

    private init(encoding image: DecodedImage, isExact: Bool) throws(DataError) {
        data = isExact ? try ImageEncoder.png(image) : try ImageEncoder.jpeg(image, quality: Self.quality)
        (width, height) = (image.width, image.height)
    }

    private static func fitting(_ width: Int, _ height: Int, _ channels: Int) -> Preprocessing {
        Preprocessing(width: width, height: height, channels: channels, fit: .stretch)
    }

    private static func size(width: Int, height: Int, side: Int) -> (width: Int, height: Int) {
        let scale = min(1, Double(side) / Double(max(width, height)))
        return (max(1, Int((Double(width) * scale).rounded())), max(1, Int((Double(height) * scale).rounded())))
    }
}
