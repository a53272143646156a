// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// How pixels become a network's input. It belongs to the model: training, evaluation and prediction share it.
///
///     x[c, i, j] = (pixel[c, i, j] / 255 − mean[c]) / standardDeviation[c]
///
/// after the image was turned upright (EXIF), converted to the model's channels and fitted to its size.
public struct Preprocessing: Hashable, Sendable {
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

    /// Raised when the arithmetic changes: 2 for another ``resampling`` than bilinear, which version 1 does not know.
    public var version: Int { resampling == .bilinear ? 1 : 2 }
    public var width: Int
    public var height: Int
    /// 1 (gray) or 3 (red, green, blue).
    public var channels: Int
    public var fit: Fit
    public var resampling: Resampling
    /// Subtracted after division by 255, one for each channel.
    public var mean: [Float]
    /// Divided by after that, one for each channel, positive.
    public var standardDeviation: [Float]

    public init(
        width: Int, height: Int, channels: Int, fit: Fit = .crop, resampling: Resampling = .bilinear,
        mean: [Float]? = nil, standardDeviation: [Float]? = nil
    ) {
        self.width = width
        self.height = height
        self.channels = channels
        self.fit = fit
        self.resampling = resampling
        self.mean = mean ?? Array(repeating: 0, count: channels)
        self.standardDeviation = standardDeviation ?? Array(repeating: 1, count: channels)
    }

    /// `[C, H, W]`
    public var shape: Shape { [channels, height, width] }

    /// Throws ``ModelError/Code/outOfRange`` unless sizes, mean and deviation make sense together.
    public func validate() throws(ModelError) {
        guard channels == 1 || channels == 3, (1...1 << 16).contains(width), (1...1 << 16).contains(height),
            mean.count == channels, standardDeviation.count == channels, mean.allSatisfy(\.isFinite),
            standardDeviation.allSatisfy({ $0 > 0 && $0.isFinite })
        else {
            throw ModelError(
                .outOfRange, "the preprocessing is inconsistent.",
                needs: "1 or 3 channels, sizes of 1 to 65536, a finite mean and a positive deviation for each channel",
                received: "\(self)")
        }
    }
}

extension Preprocessing: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, width, height, channels, fit, resampling, mean, standardDeviation
    }

    /// Throws ``ModelError/Code/unsupportedFormat`` for a version that this program does not know.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let version = try values.decode(Int.self, forKey: .version)
        guard (1...2).contains(version) else {
            throw ModelError(
                .unsupportedFormat, "the preprocessing is of a newer kind.", needs: "version 1 or 2",
                received: "\(version)", advice: "update Ocellus")
        }
        self.init(
            width: try values.decode(Int.self, forKey: .width), height: try values.decode(Int.self, forKey: .height),
            channels: try values.decode(Int.self, forKey: .channels), fit: try values.decode(Fit.self, forKey: .fit),
            resampling: version == 1 ? .bilinear : try values.decode(Resampling.self, forKey: .resampling),
            mean: try values.decode([Float].self, forKey: .mean),
            standardDeviation: try values.decode([Float].self, forKey: .standardDeviation))
    }

    /// A bilinear one is written as version 1, which older programs read.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(version, forKey: .version)
        try values.encode(width, forKey: .width)
        try values.encode(height, forKey: .height)
        try values.encode(channels, forKey: .channels)
        try values.encode(fit, forKey: .fit)
        if version > 1 { try values.encode(resampling, forKey: .resampling) }
        try values.encode(mean, forKey: .mean)
        try values.encode(standardDeviation, forKey: .standardDeviation)
    }
}
