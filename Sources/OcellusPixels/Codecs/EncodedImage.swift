// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
package import OcellusModel
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// A file that was read but not decoded: rectangles of it can be, without the rest.
package struct EncodedImage {
    private let name: String
    private let data: Data
    private let info: ocellus_image_info
    private let preprocessing: Preprocessing
    /// Upright width and height.
    package let width: Int
    package let height: Int

    /// - Parameters:
    ///   - name: Named in errors.
    ///   - preprocessing: Says what rectangles become.
    package init(_ data: Data, name: String, preprocessing: Preprocessing, limits: ImageLimits) throws(DataError) {
        self.name = name
        self.data = data
        self.preprocessing = preprocessing
        do {
            let (header, info) = try ImageDecoder.readHeader(data, limits: limits)
            (width, height, self.info) = (header.width, header.height, info)
        } catch {
            throw error.error(name)
        }
    }

    /// What decoding a rectangle takes, at most.
    package func bytes(for rectangle: PixelRectangle) -> Int {
        var part = info
        if ImageFormat(data) == .jpeg { (part.width, part.height) = (rectangle.width, rectangle.height) }
        return ImageDecoder.bytes(for: part)
    }

    /// The pixels of a rectangle, resampled to the model's size and channels; what lies around it plays no part.
    ///
    /// Of a JPEG only the rectangle is decoded, and where it is at least 2, 4 or 8 times as wide and as high as the model's
    /// images, fewer frequencies, which gives half, a quarter or an eighth of the pixels along each axis. Other formats are
    /// decoded whole.
    ///
    /// - Parameter rectangle: Inside the upright image, not empty.
    /// - Returns: Planar bytes `[C, H, W]`.
    /// - Throws: ``DataError`` naming the file.
    package func crop(_ rectangle: PixelRectangle) throws(DataError) -> [UInt8] {
        do {
            let (image, seen) = try decode(rectangle)
            let source = image.channels == 3 && preprocessing.channels == 1 ? image.gray : image
            var fitted = try resampled(source, seen)
            if source.channels == 1, preprocessing.channels == 3 { fitted += fitted + fitted }
            return fitted
        } catch {
            throw error.error(name)
        }
    }

    private func resampled(
        _ image: DecodedImage, _ part: Preprocessing.Rectangle
    ) throws(ImageFailure) -> [UInt8] {
        do {
            return try preprocessing.resample(
                image, part, width: preprocessing.width, height: preprocessing.height)
        } catch {
            throw ImageFailure(.noMemory, "it does not fit into memory")
        }
    }

    /// The smallest upright image around a rectangle, and where in it the rectangle lies.
    private func decode(
        _ rectangle: PixelRectangle
    ) throws(ImageFailure) -> (image: DecodedImage, seen: Preprocessing.Rectangle) {
        guard case .jpeg = ImageFormat(data) else {
            let image = try ImageDecoder.decodePixels(data, header: info).part(rectangle)
            return (image, Preprocessing.Rectangle(right: Double(image.width), bottom: Double(image.height)))
        }
        let denominator =
            [8, 4, 2].first {
                rectangle.width >= $0 * preprocessing.width && rectangle.height >= $0 * preprocessing.height
            } ?? 1
        // Turning back is turning by the orientation's inverse, which is another one for the two quarter turns.
        let inverse = [6: 8, 8: 6][info.orientation] ?? info.orientation
        let stored = Preprocessing.Rectangle(rectangle).turned(
            inverse, width: Double(width), height: Double(height))
        var part = ocellus_jpeg_part(
            left: Int(stored.left), top: Int(stored.top), width: Int(stored.right - stored.left),
            height: Int(stored.bottom - stored.top), denominator: Int32(denominator))
        var (partWidth, partHeight) = (0, 0)
        withUnsafePointer(to: info) { ocellus_jpeg_part_size($0, &part, &partWidth, &partHeight) }
        let size = partWidth * partHeight * Int(info.channels)
        var message = ocellus_codec_message()
        var status = OCELLUS_CODEC_OK
        let pixels = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            status = data.withBytes { bytes, count in
                ocellus_jpeg_decode_part(bytes, count, &part, buffer.baseAddress, size, &message)
            }
            initialized = status == OCELLUS_CODEC_OK ? size : 0
        }
        try ImageDecoder.check(status, message)
        let scale = Double(denominator)
        let (left, top) = ((stored.left / scale).rounded(.down), (stored.top / scale).rounded(.down))
        let seen = Preprocessing.Rectangle(
            left: stored.left / scale - left, top: stored.top / scale - top,
            right: min(stored.right / scale - left, Double(partWidth)),
            bottom: min(stored.bottom / scale - top, Double(partHeight)))
        let image = DecodedImage(
            width: partWidth, height: partHeight, channels: Int(info.channels), pixels: pixels)
        return (
            image.upright(info.orientation),
            seen.turned(info.orientation, width: Double(partWidth), height: Double(partHeight))
        )
    }
}

extension Preprocessing.Rectangle {
    init(_ rectangle: PixelRectangle) {
        self.init(
            left: Double(rectangle.left), top: Double(rectangle.top), right: Double(rectangle.left + rectangle.width),
            bottom: Double(rectangle.top + rectangle.height))
    }

    /// Where this part of a stored image lies in the upright one.
    ///
    /// - Parameters:
    ///   - orientation: EXIF's, 1 to 8.
    ///   - width: Of the stored image; `height` likewise.
    func turned(_ orientation: Int32, width: Double, height: Double) -> Self {
        switch orientation {
        case 2: Self(left: width - right, top: top, right: width - left, bottom: bottom)
        case 3: Self(left: width - right, top: height - bottom, right: width - left, bottom: height - top)
        case 4: Self(left: left, top: height - bottom, right: right, bottom: height - top)
        case 5: Self(left: top, top: left, right: bottom, bottom: right)
        case 6: Self(left: height - bottom, top: left, right: height - top, bottom: right)
        case 7: Self(left: height - bottom, top: width - right, right: height - top, bottom: width - left)
        case 8: Self(left: top, top: width - right, right: bottom, bottom: width - left)
        default: self
        }
    }
}

extension DecodedImage {
    /// A rectangle of this image alone.
    func part(_ rectangle: PixelRectangle) -> DecodedImage {
        let length = rectangle.width * channels
        var part: [UInt8] = []
        part.reserveCapacity(length * rectangle.height)
        for row in rectangle.top..<rectangle.top + rectangle.height {
            let start = (row * width + rectangle.left) * channels
            part += pixels[start..<start + length]
        }
        return DecodedImage(width: rectangle.width, height: rectangle.height, channels: channels, pixels: part)
    }

    /// This image turned by an EXIF orientation, 1 to 8.
    func upright(_ orientation: Int32) -> DecodedImage {
        guard orientation != 1 else { return self }
        let turned = [UInt8](unsafeUninitializedCapacity: pixels.count) { buffer, initialized in
            ocellus_orient(pixels, width, height, Int32(channels), orientation, buffer.baseAddress)
            initialized = pixels.count
        }
        let isTurned = orientation >= 5
        return DecodedImage(
            width: isTurned ? height : width, height: isTurned ? width : height, channels: channels, pixels: turned)
    }
}
