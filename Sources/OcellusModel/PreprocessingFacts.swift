// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph

extension Preprocessing {
    /// What is known of a preprocessing: weights from elsewhere come with all of it, a part, or nothing.
    public struct Facts: Hashable, Sendable {
        /// Subtracted after division by 255, one for each channel.
        public var mean: [Float]?
        /// Divided by after that.
        public var standardDeviation: [Float]?
        public var resampling: ImageFitting.Resampling?
        /// What becomes of another aspect ratio; known with ``crop``, or on its own where nothing is cut.
        public var fit: ImageFitting.Fit?
        /// How much of an image is kept.
        public var crop: ImageFitting.Crop?

        public init(
            mean: [Float]? = nil, standardDeviation: [Float]? = nil, resampling: ImageFitting.Resampling? = nil,
            fit: ImageFitting.Fit? = nil, crop: ImageFitting.Crop? = nil
        ) {
            self.mean = mean
            self.standardDeviation = standardDeviation
            self.resampling = resampling
            self.fit = fit
            self.crop = crop
        }

        /// These facts, and what they leave open from others.
        public func completed(by other: Facts) -> Facts {
            Facts(
                mean: mean ?? other.mean, standardDeviation: standardDeviation ?? other.standardDeviation,
                resampling: resampling ?? other.resampling, fit: crop == nil ? fit ?? other.fit : fit,
                crop: crop ?? (fit == nil ? other.crop : nil))
        }

        /// Whether nothing is known.
        public var isEmpty: Bool { self == Facts() }

        /// What is missing, in words; empty where all is known.
        public var missing: [String] {
            var missing: [String] = []
            if mean == nil { missing.append("the mean") }
            if standardDeviation == nil { missing.append("the deviation") }
            if resampling == nil { missing.append("the interpolation") }
            if crop == nil, fit == nil || fit == .crop { missing.append("the part that is cut out") }
            return missing
        }

        /// The preprocessing for images of a size; `nil` while something is missing.
        public func preprocessing(size: Size2D, channels: Int) -> Preprocessing? {
            guard missing.isEmpty, let resampling else { return nil }
            return Preprocessing(
                fitting: ImageFitting(size, fit: fit ?? .crop, resampling: resampling, crop: crop ?? .largest),
                channels: channels, mean: mean, standardDeviation: standardDeviation)
        }
    }
}
