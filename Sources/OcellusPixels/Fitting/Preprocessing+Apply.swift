// SPDX-License-Identifier: Apache-2.0

import COcellusImageCodecs
import OcellusGraph
package import OcellusModel
import OcellusTensor

extension Preprocessing {
    /// An image in the model's channels and size, before scaling: the step that training on folders and prediction share.
    ///
    /// Colour becomes gray by ITU-R BT.601 (0.299 red, 0.587 green, 0.114 blue), gray becomes colour by three equal
    /// channels. Resizing uses the fitting's filter, which widens when it shrinks, in Pillow's arithmetic.
    ///
    /// - Returns: Planar bytes `[C, H, W]`.
    /// - Throws: ``DataError/Code/tooLarge`` when memory is short.
    package func apply(_ image: DecodedImage) throws(DataError) -> [UInt8] {
        let source = image.channels == 3 && channels == 1 ? image.gray : image
        var fitted = try resized(source)
        if source.channels == 1, channels == 3 { fitted += fitted + fitted }
        return fitted
    }

    /// The network's input for one image: ``apply(_:)``, then `(pixel / 255 − mean[c]) / standardDeviation[c]`.
    ///
    /// - Returns: `[C, H, W]`
    package func input(for image: DecodedImage) throws(DataError) -> [Float] { input(ofFitted: try apply(image)) }

    /// The network's input for what ``apply(_:)`` gave.
    ///
    /// - Returns: `[C, H, W]`
    package func input(ofFitted pixels: [UInt8]) -> [Float] {
        let scaling = PixelScaling(self)
        return [Float](unsafeUninitializedCapacity: pixels.count) { buffer, initialized in
            pixels.withUnsafeBufferPointer {
                scaling.scale($0, into: UnsafeMutableBufferPointer(rebasing: buffer[...]))
            }
            initialized = pixels.count
        }
    }

    /// The share of an image's area that is not seen, 0…1: what ``ImageFitting/Fit/crop`` cuts off; 0 for the others.
    package func croppedShare(width imageWidth: Int, height imageHeight: Int) -> Double {
        guard fitting.fit == .crop else { return 0 }
        let seen = seenRectangle(width: imageWidth, height: imageHeight)
        return 1 - (seen.right - seen.left) * (seen.bottom - seen.top) / (Double(imageWidth) * Double(imageHeight))
    }

    /// Bounds between pixels.
    struct Rectangle: Hashable {
        var left = 0.0
        var top = 0.0
        var right: Double
        var bottom: Double
    }

    /// The part of the image that is resampled: for a crop, the largest rectangle of the target's aspect ratio in the
    /// middle, or what its rule keeps.
    private func seenRectangle(width imageWidth: Int, height imageHeight: Int) -> Rectangle {
        var seen = Rectangle(right: Double(imageWidth), bottom: Double(imageHeight))
        guard fitting.fit == .crop else { return seen }
        if let whole = fitting.resized(Size2D(imageHeight, imageWidth)) {
            return cut(from: whole, of: seen)
        }
        let cutWidth = Double(imageHeight) * Double(width) / Double(height)
        let cutHeight = Double(imageWidth) * Double(height) / Double(width)
        if cutWidth < seen.right {
            seen.left = (seen.right - cutWidth) / 2
            seen.right = seen.left + cutWidth
        } else if cutHeight < seen.bottom {
            seen.top = (seen.bottom - cutHeight) / 2
            seen.bottom = seen.top + cutHeight
        }
        return seen
    }

    /// The middle of the image as it would be resized, in pixels of the image as it is: one resampling does both, and
    /// gives the same bytes as resizing and cutting.
    private func cut(from whole: Size2D, of image: Rectangle) -> Rectangle {
        // torchvision rounds half pixels to even.
        let left = (Double(whole.width - width) / 2).rounded(.toNearestOrEven)
        let top = (Double(whole.height - height) / 2).rounded(.toNearestOrEven)
        let (scaleX, scaleY) = (image.right / Double(whole.width), image.bottom / Double(whole.height))
        return Rectangle(
            left: left * scaleX, top: top * scaleY, right: min(image.right, (left + Double(width)) * scaleX),
            bottom: min(image.bottom, (top + Double(height)) * scaleY))
    }

    /// Planar bytes of the source's channels.
    private func resized(_ image: DecodedImage) throws(DataError) -> [UInt8] {
        guard fitting.fit == .pad else {
            return try resample(
                image, seenRectangle(width: image.width, height: image.height), width: width, height: height)
        }
        let scale = min(Double(width) / Double(image.width), Double(height) / Double(image.height))
        let innerWidth = min(width, max(1, Int((Double(image.width) * scale).rounded())))
        let innerHeight = min(height, max(1, Int((Double(image.height) * scale).rounded())))
        let inner = try resample(
            image, Rectangle(right: Double(image.width), bottom: Double(image.height)), width: innerWidth,
            height: innerHeight)
        let left = (width - innerWidth) / 2
        let top = (height - innerHeight) / 2
        var padded = [UInt8](repeating: 0, count: image.channels * height * width)
        for channel in 0..<image.channels {
            for row in 0..<innerHeight {
                let from = (channel * innerHeight + row) * innerWidth
                let to = (channel * height + top + row) * width + left
                padded.replaceSubrange(to..<to + innerWidth, with: inner[from..<from + innerWidth])
            }
        }
        return padded
    }

    func resample(
        _ image: DecodedImage, _ part: Rectangle, width: Int, height: Int
    ) throws(DataError) -> [UInt8] {
        let size = image.channels * width * height
        var status = OCELLUS_CODEC_OK
        let output = [UInt8](unsafeUninitializedCapacity: size) { buffer, initialized in
            status = ocellus_resize(
                image.pixels, image.width, image.height, Int32(image.channels), part.left, part.top, part.right,
                part.bottom, fitting.resampling.kernel, buffer.baseAddress, width, height)
            initialized = status == OCELLUS_CODEC_OK ? size : 0
        }
        guard status == OCELLUS_CODEC_OK else {
            throw DataError(.noMemory, "an image of \(image.width)×\(image.height) does not fit into memory.")
        }
        return output
    }
}

extension ImageFitting.Resampling {
    fileprivate var kernel: ocellus_filter {
        switch self {
        case .bilinear: OCELLUS_FILTER_BILINEAR
        case .bicubic: OCELLUS_FILTER_BICUBIC
        case .lanczos: OCELLUS_FILTER_LANCZOS
        }
    }
}

extension DecodedImage {
    /// Luma by ITU-R BT.601 in 16-bit fixed point, as Pillow computes it.
    package var gray: DecodedImage {
        let gray = [UInt8](unsafeUninitializedCapacity: width * height) { buffer, initialized in
            ocellus_gray(pixels, width * height, buffer.baseAddress)
            initialized = width * height
        }
        return DecodedImage(width: width, height: height, channels: 1, pixels: gray)
    }
}
