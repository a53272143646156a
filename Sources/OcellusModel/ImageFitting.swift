// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph

/// How an image of any size becomes one of the model's size.
///
/// Data and preprocessing share this value, so a model sees new images as it saw those it was trained on. It is passed
/// on whole: whoever copies it by field forgets one.
public struct ImageFitting: Hashable, Sendable {
    /// What happens when an image has another aspect ratio than the model's.
    public enum Fit: String, Hashable, Codable, Sendable, CaseIterable {
        /// Scale the shorter side to fit, cut the middle.
        case crop
        /// Scale the longer side to fit, fill the rest with black.
        case pad
        /// Scale each side on its own.
        case stretch
    }

    /// How pixels are weighted when an image is resized. Each filter widens when it shrinks, so that nothing is skipped.
    public enum Resampling: String, Hashable, Codable, Sendable, CaseIterable {
        case bilinear
        /// Sharper: Keys 1981, a = −½.
        case bicubic
        /// Sharpest, with the most ringing at edges: three lobes.
        case lanczos
    }

    /// How much of an image ``Fit/crop`` keeps.
    ///
    /// Networks trained on ImageNet are scored on the middle of a slightly larger image, and need the same from whoever
    /// uses their weights. The sizes and the place of the cut are rounded as torchvision's `Resize` and `CenterCrop` do.
    public enum Crop: Hashable, Sendable {
        /// The largest part that has the model's aspect ratio.
        case largest
        /// The middle of an image that just covers the model's size divided by this share, rounded down as timm's
        /// `crop_pct`: 0.875 makes 256 of 224.
        case fraction(Double)
        /// The middle of an image whose shorter side is scaled to this many pixels, e.g. 256.
        case resizeSide(Int)
    }

    public var size: Size2D
    public var fit: Fit
    public var resampling: Resampling
    public var crop: Crop

    public init(
        _ size: Size2D, fit: Fit = .crop, resampling: Resampling = .bilinear, crop: Crop = .largest
    ) {
        self.size = size
        self.fit = fit
        self.resampling = resampling
        self.crop = crop
    }

    /// The size of the whole image whose middle is cut out; `nil` where no rule asks for it, or for one without a meaning.
    ///
    /// Its longer side is rounded down, so the aspect ratio is kept to within a pixel.
    ///
    /// - Parameter image: Size of the image as it comes.
    package func resized(_ image: Size2D) -> Size2D? {
        guard isConsistent else { return nil }
        let cover: Size2D
        switch crop {
        case .largest: return nil
        case .fraction(let share):
            cover = Size2D(Int(Double(size.height) / share), Int(Double(size.width) / share))
        case .resizeSide(let side): cover = Size2D(side, side)
        }
        return image.width * cover.height >= image.height * cover.width
            ? Size2D(cover.height, image.width * cover.height / image.height)
            : Size2D(image.height * cover.width / image.width, cover.width)
    }

    /// Whether sizes and rule make sense together.
    package var isConsistent: Bool {
        guard (1...1 << 16).contains(size.width), (1...1 << 16).contains(size.height) else { return false }
        switch crop {
        case .largest: return true
        // A sixteenth at least: what is smaller is a mistake, and would need sizes beyond all limits.
        case .fraction(let share): return fit == .crop && share >= 0.0625 && share <= 1
        case .resizeSide(let side):
            return fit == .crop && (max(size.width, size.height)...1 << 20).contains(side)
        }
    }
}

extension ImageFitting {
    /// The parts of a fitting that a person decided; the images or a model decide the others.
    public struct Choice: Hashable, Codable, Sendable {
        /// `nil` takes that of the model, or is chosen by the images.
        public var size: Size2D?
        public var fit: Fit?
        public var resampling: Resampling?
        public var crop: Crop?

        public init(size: Size2D? = nil, fit: Fit? = nil, resampling: Resampling? = nil, crop: Crop? = nil) {
            self.size = size
            self.fit = fit
            self.resampling = resampling
            self.crop = crop
        }

        /// Leaves nothing open.
        public init(_ fitting: ImageFitting) {
            self.init(size: fitting.size, fit: fitting.fit, resampling: fitting.resampling, crop: fitting.crop)
        }

        /// What was decided, and the rest from another fitting.
        public func completed(by other: ImageFitting) -> ImageFitting {
            let fit = fit ?? other.fit
            // A rule of the other belongs to its crop.
            let crop = crop ?? (fit == other.fit ? other.crop : .largest)
            return ImageFitting(
                size ?? other.size, fit: fit, resampling: resampling ?? other.resampling, crop: crop)
        }
    }
}

/// `{"fraction":0.875}`, `{"resizeSide":256}`, or `{}` for the largest part.
extension ImageFitting.Crop: Codable {
    private enum CodingKeys: String, CodingKey { case fraction, resizeSide }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        if let share = try values.decodeIfPresent(Double.self, forKey: .fraction) {
            self = .fraction(share)
        } else if let side = try values.decodeIfPresent(Int.self, forKey: .resizeSide) {
            self = .resizeSide(side)
        } else {
            self = .largest
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .largest: break
        case .fraction(let share): try values.encode(share, forKey: .fraction)
        case .resizeSide(let side): try values.encode(side, forKey: .resizeSide)
        }
    }
}
