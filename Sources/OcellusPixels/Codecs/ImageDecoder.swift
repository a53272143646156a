// SPDX-License-Identifier: Apache-2.0

package import COcellusImageCodecs
import OcellusTensor

#if canImport(FoundationEssentials)
    public import FoundationEssentials
#else
    public import Foundation
#endif

/// An image as it is looked at: upright, 8 bits a channel.
public struct DecodedImage: Hashable, Sendable {
    public let width: Int
    public let height: Int
    /// 1 (gray) or 3 (red, green, blue).
    public let channels: Int
    /// Interleaved: `[height, width, channels]`.
    public let pixels: [UInt8]

    /// - Precondition: `pixels` has `height · width · channels` bytes; `channels` is 1 or 3.
    public init(width: Int, height: Int, channels: Int, pixels: [UInt8]) {
        precondition(channels == 1 || channels == 3, "\(channels) channels")
        precondition(pixels.count == width * height * channels, "\(pixels.count) bytes for \(width)×\(height)")
        self.width = width
        self.height = height
        self.channels = channels
        self.pixels = pixels
    }

    /// An image from planar bytes `[channels, height, width]`.
    package init(width: Int, height: Int, channels: Int, planar: [UInt8]) {
        let plane = width * height
        let pixels = (0..<plane).flatMap { pixel in (0..<channels).map { planar[$0 * plane + pixel] } }
        self.init(width: width, height: height, channels: channels, pixels: pixels)
    }
}

/// Limits on files that come from outside, checked before anything is decoded.
public struct ImageLimits: Hashable, Sendable {
    /// Most pixels of one image: 100 million, a file of a few kilobytes can ask for more.
    public var pixels = 100_000_000
    /// Most bytes of one file: 256 MiB.
    public var bytes = 256 << 20

    public init() {}
}

/// What an image file says about itself before it is decoded.
package struct ImageHeader: Hashable, Sendable {
    /// Upright width.
    package let width: Int
    /// Upright height.
    package let height: Int
    package let channels: Int
    /// EXIF orientation, 1 (stored upright) to 8.
    package let orientation: Int
    package let hasAlpha: Bool
    package let bitsPerSample: Int
    /// Whether pages or frames follow the one that is decoded.
    package let hasMoreFrames: Bool
    /// Samples of each pixel that are neither colour nor opacity, and are not decoded.
    package let bandsLeftOut: Int

    package init(
        width: Int, height: Int, channels: Int, orientation: Int, hasAlpha: Bool, bitsPerSample: Int,
        hasMoreFrames: Bool = false, bandsLeftOut: Int = 0
    ) {
        self.width = width
        self.height = height
        self.channels = channels
        self.orientation = orientation
        self.hasAlpha = hasAlpha
        self.bitsPerSample = bitsPerSample
        self.hasMoreFrames = hasMoreFrames
        self.bandsLeftOut = bandsLeftOut
    }
}

/// Decodes JPEG, PNG, WebP, GIF, BMP and TIFF. The format is told by the first bytes, never by a name.
///
/// The orientation in EXIF, TIFF or XMP is always applied. Gray files give one channel, all others three; WebP has no gray.
/// 16-bit samples are scaled to 8 bits, transparency is laid over white, CMYK is converted by the plain formula. Of an
/// animation the first frame is taken, of a TIFF the first page, of its bands gray or red, green and blue, and opacity
/// where the file names it. Colour profiles and gamma are not applied. A file that
/// is cut off or damaged is an error, never a half-gray picture; of a GIF nothing behind the first frame is looked at.
public enum ImageDecoder {
    /// Decodes one image.
    ///
    /// - Parameters:
    ///   - data: The content of the file.
    ///   - name: Named in errors.
    /// - Throws: ``DataError/Code/undecodableImages``, ``DataError/Code/tooLarge``.
    public static func decode(
        _ data: Data, name: String = "the image", limits: ImageLimits = ImageLimits()
    ) throws(DataError) -> DecodedImage {
        do {
            return try decodePixels(data, header: try readHeader(data, limits: limits).info)
        } catch {
            throw error.error(name)
        }
    }

    /// Reads the header only.
    ///
    /// - Throws: As ``decode(_:name:limits:)``.
    package static func header(
        _ data: Data, name: String = "the image", limits: ImageLimits = ImageLimits()
    ) throws(DataError) -> ImageHeader {
        do {
            return try readHeader(data, limits: limits).header
        } catch {
            throw error.error(name)
        }
    }

    package static func readHeader(
        _ data: Data, limits: ImageLimits
    ) throws(ImageFailure) -> (header: ImageHeader, info: ocellus_image_info) {
        guard data.count <= limits.bytes else {
            throw ImageFailure(.tooLarge, "it has \(data.count) bytes, more than the limit of \(limits.bytes)")
        }
        let format = ImageFormat(data)
        if let refusal = format.refusal { throw refusal }
        var info = ocellus_image_info()
        var message = ocellus_codec_message()
        let status = data.withBytes { bytes, count in
            format.readInfo?(bytes, count, &info, &message) ?? OCELLUS_CODEC_UNSUPPORTED
        }
        try check(status, message)
        let (pixels, overflow) = info.width.multipliedReportingOverflow(by: info.height)
        guard info.width > 0, info.height > 0, !overflow, pixels <= limits.pixels else {
            throw ImageFailure(
                .tooLarge, "it has \(info.width)×\(info.height) pixels, more than the limit of \(limits.pixels)")
        }
        let isTurned = info.orientation >= 5
        let header = ImageHeader(
            width: isTurned ? info.height : info.width, height: isTurned ? info.width : info.height,
            channels: Int(info.channels), orientation: Int(info.orientation), hasAlpha: info.has_alpha != 0,
            bitsPerSample: Int(info.bits_per_sample), hasMoreFrames: info.has_more_frames != 0,
            bandsLeftOut: Int(info.bands_left_out))
        return (header, info)
    }

    /// More bytes than these are asked for before Swift takes them, which would end the process where there are none.
    private static let largePicture = 16 << 20

    /// What decoding takes where it takes most: the pixels with what the codec keeps beside them, or with their turned copy.
    package static func bytes(for info: ocellus_image_info) -> Int {
        let pixels = info.width * info.height
        let size = pixels * Int(info.channels)
        // Of the others, WebP keeps most: four bytes for each pixel.
        let working = info.working_bytes > 0 ? info.working_bytes : 4 * pixels
        return size + max(working, info.orientation == 1 ? 0 : size)
    }

    /// Decodes what a header was read of.
    package static func decodePixels(_ data: Data, header info: ocellus_image_info) throws(ImageFailure) -> DecodedImage
    {
        let channels = Int(info.channels)
        let size = info.width * info.height * channels
        let needed = bytes(for: info)
        let shortage = ImageFailure(
            .noMemory, "\(info.width)×\(info.height) pixels need some \(needed >> 20) MiB")
        guard needed < largePicture || FreeMemory.grants(needed) else { throw shortage }
        let format = ImageFormat(data)
        var message = ocellus_codec_message()
        var status = OCELLUS_CODEC_OK
        let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            status = data.withBytes { bytes, count in
                format.decode?(bytes, count, buffer.baseAddress, size, &message) ?? OCELLUS_CODEC_UNSUPPORTED
            }
            initialized = status == OCELLUS_CODEC_OK ? size : 0
        }
        guard status != OCELLUS_CODEC_NO_MEMORY else { throw shortage }
        try check(status, message)
        return DecodedImage(width: info.width, height: info.height, channels: channels, pixels: pixels)
            .upright(info.orientation)
    }

    static func check(
        _ status: ocellus_codec_status, _ message: ocellus_codec_message
    ) throws(ImageFailure) {
        let detail = withUnsafeBytes(of: message.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        let suffix = detail.isEmpty ? "" : " (\(detail))"
        switch status {
        case OCELLUS_CODEC_OK: return
        case OCELLUS_CODEC_TRUNCATED: throw ImageFailure(.truncated, "the file is cut off\(suffix)")
        case OCELLUS_CODEC_UNSUPPORTED: throw ImageFailure(.unsupported, "its kind of coding is not supported\(suffix)")
        case OCELLUS_CODEC_LIMIT: throw ImageFailure(.tooLarge, "it asks for too much work\(suffix)")
        case OCELLUS_CODEC_NO_MEMORY: throw ImageFailure(.noMemory, "it does not fit into memory")
        default: throw ImageFailure(.damaged, "the file is damaged\(suffix)")
        }
    }
}

extension Data {
    func withBytes<Result>(_ body: (UnsafePointer<UInt8>?, Int) -> Result) -> Result {
        withUnsafeBytes { body($0.bindMemory(to: UInt8.self).baseAddress, $0.count) }
    }
}
