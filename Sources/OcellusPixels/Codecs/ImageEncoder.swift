// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// Encodes images for reports and tests.
public enum ImageEncoder {
    /// Encodes as PNG, without loss.
    ///
    /// - Throws: ``DataError/Code/tooLarge`` when memory is short, ``DataError/Code/outOfRange`` for an empty image or
    ///   sides above 2^31 − 1.
    public static func png(_ image: DecodedImage) throws(DataError) -> Data {
        try check(image, side: Int(Int32.max))
        return try encoded(image) { output, count in
            ocellus_png_encode(image.pixels, image.width, image.height, Int32(image.channels), output, count)
        }
    }

    /// Encodes as baseline JPEG; colour at half resolution, as is usual.
    ///
    /// - Parameter quality: 1 to 100, libjpeg's scale.
    /// - Throws: ``DataError/Code/tooLarge`` when memory is short, ``DataError/Code/outOfRange`` for an empty image, sides
    ///   above 65,500 or another quality.
    public static func jpeg(_ image: DecodedImage, quality: Int = 90) throws(DataError) -> Data {
        try check(image, side: 65_500)
        guard (1...100).contains(quality) else {
            throw DataError(.outOfRange, "the JPEG quality has no meaning.", needs: "1 to 100", received: "\(quality)")
        }
        return try encoded(image) { output, count in
            ocellus_jpeg_encode(
                image.pixels, image.width, image.height, Int32(image.channels), Int32(quality), output, count)
        }
    }

    private static func check(_ image: DecodedImage, side: Int) throws(DataError) {
        guard (1...side).contains(image.width), (1...side).contains(image.height) else {
            throw DataError(
                .outOfRange, "the image cannot be encoded.", needs: "sides of 1 to \(side) pixels",
                received: "\(image.width)×\(image.height)")
        }
    }

    private static func encoded(
        _ image: DecodedImage,
        _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>, UnsafeMutablePointer<Int>) ->
            ocellus_codec_status
    ) throws(DataError) -> Data {
        var output: UnsafeMutablePointer<UInt8>?
        var count = 0
        let status = encode(&output, &count)
        guard status == OCELLUS_CODEC_OK, let output else {
            throw DataError(.noMemory, "an image of \(image.width)×\(image.height) does not fit into memory.")
        }
        defer { ocellus_codec_free(output) }
        return Data(bytes: output, count: count)
    }
}
