// SPDX-License-Identifier: Apache-2.0

public import OcellusTensor

/// How pixels become a network's input. It belongs to the model: training, evaluation and prediction share it.
///
///     x[c, i, j] = (pixel[c, i, j] / 255 − mean[c]) / standardDeviation[c]
///
/// after the image was turned upright (EXIF), converted to the model's channels and fitted to its size.
public struct Preprocessing: Hashable, Codable, Sendable {
    /// What happens when an image has another aspect ratio than the model's.
    public enum Fit: String, Hashable, Codable, Sendable, CaseIterable {
        /// Scale the shorter side to fit, cut the middle.
        case crop
        /// Scale the longer side to fit, fill the rest with black.
        case pad
        /// Scale each side on its own.
        case stretch
    }

    /// Raised when the arithmetic changes.
    public var version = 1
    public var width: Int
    public var height: Int
    /// 1 (gray) or 3 (red, green, blue).
    public var channels: Int
    public var fit: Fit
    /// Subtracted after division by 255, one for each channel.
    public var mean: [Float]
    /// Divided by after that, one for each channel, positive.
    public var standardDeviation: [Float]

    public init(
        width: Int, height: Int, channels: Int, fit: Fit = .crop, mean: [Float]? = nil,
        standardDeviation: [Float]? = nil
    ) {
        self.width = width
        self.height = height
        self.channels = channels
        self.fit = fit
        self.mean = mean ?? Array(repeating: 0, count: channels)
        self.standardDeviation = standardDeviation ?? Array(repeating: 1, count: channels)
    }

    /// `[C, H, W]`
    public var shape: Shape { [channels, height, width] }

    /// Throws ``ModelError/Code/outOfRange`` unless sizes, mean and deviation make sense together.
    public func validate() throws(ModelError) {
        guard version == 1 else {
            throw ModelError(
                .unsupportedFormat, "the preprocessing is of a newer kind.", needs: "version 1", received: "\(version)",
                advice: "update Ocellus")
        }
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
