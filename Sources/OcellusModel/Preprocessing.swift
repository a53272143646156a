// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
public import OcellusTensor

/// How pixels become a network's input. It belongs to the model: training, evaluation and prediction share it.
///
///     x[c, i, j] = (pixel[c, i, j] / 255 − mean[c]) / standardDeviation[c]
///
/// after the image was turned upright (EXIF), converted to the model's channels and fitted to its size.
public struct Preprocessing: Hashable, Sendable {
    /// Raised when the arithmetic changes: 2 for another filter than bilinear, which version 1 does not know; 3 for a crop
    /// by a rule.
    public var version: Int { fitting.crop != .largest ? 3 : fitting.resampling != .bilinear ? 2 : 1 }
    /// How an image gets the model's size.
    public var fitting: ImageFitting
    /// 1 (gray) or 3 (red, green, blue).
    public var channels: Int
    /// Subtracted after division by 255, one for each channel.
    public var mean: [Float]
    /// Divided by after that, one for each channel, positive.
    public var standardDeviation: [Float]

    public init(
        fitting: ImageFitting, channels: Int, mean: [Float]? = nil, standardDeviation: [Float]? = nil
    ) {
        self.fitting = fitting
        self.channels = channels
        self.mean = mean ?? Array(repeating: 0, count: channels)
        self.standardDeviation = standardDeviation ?? Array(repeating: 1, count: channels)
    }

    public init(
        width: Int, height: Int, channels: Int, fit: ImageFitting.Fit = .crop,
        resampling: ImageFitting.Resampling = .bilinear, mean: [Float]? = nil, standardDeviation: [Float]? = nil
    ) {
        self.init(
            fitting: ImageFitting(Size2D(height, width), fit: fit, resampling: resampling), channels: channels,
            mean: mean, standardDeviation: standardDeviation)
    }

    public var width: Int { fitting.size.width }
    public var height: Int { fitting.size.height }

    /// `[C, H, W]`
    public var shape: Shape { [channels, height, width] }

    /// Throws ``ModelError/Code/outOfRange`` unless sizes, mean and deviation make sense together.
    public func validate() throws(ModelError) {
        guard channels == 1 || channels == 3, fitting.isConsistent, mean.count == channels,
            standardDeviation.count == channels, mean.allSatisfy(\.isFinite),
            standardDeviation.allSatisfy({ $0 > 0 && $0.isFinite })
        else {
            throw ModelError(
                .outOfRange, "the preprocessing is inconsistent.",
                needs:
                    "1 or 3 channels, sizes of 1 to 65536, a crop no larger than the image it is cut out of, a finite mean "
                    + "and a positive deviation for each channel",
                received: "\(self)")
        }
    }
}

extension Preprocessing: Codable {
    private enum CodingKeys: String, CodingKey {
        case version, width, height, channels, fit, resampling, crop, mean, standardDeviation
    }

    /// Throws ``ModelError/Code/unsupportedFormat`` for a version that this program does not know.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        let version = try values.decode(Int.self, forKey: .version)
        guard (1...3).contains(version) else {
            throw ModelError(
                .unsupportedFormat, "the preprocessing is of a newer kind.", needs: "version 1, 2 or 3",
                received: "\(version)", advice: "update Ocellus")
        }
        let size = Size2D(
            try values.decode(Int.self, forKey: .height), try values.decode(Int.self, forKey: .width))
        self.init(
            fitting: ImageFitting(
                size, fit: try values.decode(ImageFitting.Fit.self, forKey: .fit),
                resampling: version < 2
                    ? .bilinear : try values.decode(ImageFitting.Resampling.self, forKey: .resampling),
                crop: version < 3 ? .largest : try values.decode(ImageFitting.Crop.self, forKey: .crop)),
            channels: try values.decode(Int.self, forKey: .channels),
            mean: try values.decode([Float].self, forKey: .mean),
            standardDeviation: try values.decode([Float].self, forKey: .standardDeviation))
    }

    /// Writes the lowest version that can say it, which older programs read.
    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encode(version, forKey: .version)
        try values.encode(width, forKey: .width)
        try values.encode(height, forKey: .height)
        try values.encode(channels, forKey: .channels)
        try values.encode(fitting.fit, forKey: .fit)
        if version > 1 { try values.encode(fitting.resampling, forKey: .resampling) }
        if version > 2 { try values.encode(fitting.crop, forKey: .crop) }
        try values.encode(mean, forKey: .mean)
        try values.encode(standardDeviation, forKey: .standardDeviation)
    }
}
