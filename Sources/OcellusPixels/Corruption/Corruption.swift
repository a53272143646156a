// SPDX-License-Identifier: Apache-2.0

package import OcellusTensor

/// The common corruptions of Hendrycks and Dietterich 2019 (arXiv:1903.12261), with the settings that the authors published
/// for CIFAR-10-C.
///
///     let noisy = try test.corrupted(by: .gaussianNoise, severity: 3, seed: 0)
///
/// In the style of the published images and not the same: random numbers are Ocellus's own, so that an image depends on
/// seed, sample, corruption and severity alone. Frost blends photographs that are not at hand; here the texture is made by
/// a plasma. Spatter is left out. Lengths in pixels, published for images of 32×32, are multiplied by (shorter side)/32.
/// Results are cut to whole levels, not rounded, as the published ones are.
package enum Corruption: String, CaseIterable, Codable, Hashable, Sendable {
    // The order counts for the random numbers: append only.
    case gaussianNoise = "gaussian-noise"
    case shotNoise = "shot-noise"
    case impulseNoise = "impulse-noise"
    case defocusBlur = "defocus-blur"
    case glassBlur = "glass-blur"
    case motionBlur = "motion-blur"
    case zoomBlur = "zoom-blur"
    case snow
    case frost
    case fog
    case brightness
    case contrast
    case elastic
    case pixelate
    case jpeg
    case speckleNoise = "speckle-noise"
    case gaussianBlur = "gaussian-blur"
    case saturate

    /// Weakest to strongest.
    package static let severities = 1...5

    /// Whether it is one of the fifteen over which the mean corruption error is taken; the others were published for
    /// choosing settings.
    package var isHeadline: Bool {
        switch self {
        case .speckleNoise, .gaussianBlur, .saturate: false
        default: true
        }
    }

    /// Whether it does anything to images of so many channels.
    package func applies(toChannels channels: Int) -> Bool { self != .saturate || channels == 3 }

    /// Whether a setting is a length in pixels.
    package var dependsOnSize: Bool {
        switch self {
        case .defocusBlur, .glassBlur, .motionBlur, .gaussianBlur, .snow, .elastic: true
        default: false
        }
    }

    /// The corrupted image.
    ///
    /// - Parameters:
    ///   - pixels: Planar `[C, H, W]`.
    ///   - severity: In ``severities``.
    ///   - sample: Tells images apart.
    /// - Throws: ``DataError/Code/tooLarge`` when memory for a JPEG is short, ``DataError/Code/outOfRange`` for sides above
    ///   65,500 with ``jpeg``.
    package func corrupted(
        _ pixels: [UInt8], shape: Shape, severity: Int, seed: UInt64, sample: Int
    ) throws(DataError) -> [UInt8] {
        precondition(Self.severities.contains(severity) && pixels.count == shape.count, "a severity and an image")
        let position = Self.allCases.firstIndex(of: self) ?? 0
        var random = CounterRandom(
            seed: seed, purpose: .corruption, epoch: 8 * position + severity, sample: sample)
        let step = severity - 1
        if self == .jpeg { return try compressed(pixels, shape, quality: [80, 65, 58, 50, 40][step]) }
        if self == .pixelate { return pixelated(pixels, shape, share: [0.95, 0.9, 0.85, 0.75, 0.65][step]) }
        var image = LevelPlanes(pixels, shape)
        let scale = Double(min(image.height, image.width)) / 32
        switch self {
        case .gaussianNoise: image.addNoise([0.04, 0.06, 0.08, 0.09, 0.1][step], &random)
        case .shotNoise: image.addShotNoise([500, 250, 100, 75, 50][step], &random)
        case .impulseNoise: image.addImpulses([0.01, 0.02, 0.03, 0.05, 0.07][step], &random)
        case .speckleNoise: image.addSpeckles([0.06, 0.1, 0.12, 0.16, 0.2][step], &random)
        case .defocusBlur:
            let (radius, alias): (Double, Double) = [(0.3, 0.4), (0.4, 0.5), (0.5, 0.6), (1, 0.2), (1.5, 0.1)][step]
            image.defocus(radius: radius * scale, alias: alias * scale)
        case .glassBlur:
            let (deviation, distance, rounds): (Double, Int, Int) = [
                (0.05, 1, 1), (0.25, 1, 1), (0.4, 1, 1), (0.25, 1, 2), (0.4, 1, 2),
            ][
                step]
            image.lookThroughGlass(
                deviation: deviation * scale, distance: max(1, Int((Double(distance) * scale).rounded())),
                rounds: rounds, &random)
        case .motionBlur:
            let (radius, deviation): (Double, Double) = [(6, 1), (6, 1.5), (6, 2), (8, 2), (9, 2.5)][step]
            let angle = random.uniform(in: -45...45)
            image.blurAlong(degrees: angle, radius: radius * scale, deviation: deviation * scale)
        case .zoomBlur: image.blurByZooming(count: [7, 12, 16, 21, 26][step])
        case .gaussianBlur:
            image.blur(deviation: [0.4, 0.6, 0.7, 0.8, 1][step] * scale, border: .nearest)
        case .snow: image.snow(Snowfall.published[step], scale: scale, &random)
        case .frost:
            let (kept, added): (Double, Double) = [(1, 0.2), (1, 0.3), (0.9, 0.4), (0.85, 0.4), (0.75, 0.45)][step]
            image.freeze(kept: kept, added: added, &random)
        case .fog:
            let (amount, decay): (Double, Double) = [(0.2, 3), (0.5, 3), (0.75, 2.5), (1, 2), (1.5, 1.75)][step]
            image.fog(amount: amount, decay: decay, &random)
        case .brightness: image.brighten([0.05, 0.1, 0.15, 0.2, 0.3][step])
        case .contrast: image.changeContrast([0.75, 0.5, 0.4, 0.3, 0.15][step])
        case .saturate:
            let (factor, added): (Double, Double) = [(0.3, 0), (0.1, 0), (1.5, 0), (2, 0.1), (2.5, 0.2)][step]
            image.saturate(factor: factor, added: added)
        case .elastic:
            let side = 32 * scale
            let (reach, deviation, corner): (Double, Double, Double) = [
                (0, 0, 0.08), (0.05, 0.2, 0.07), (0.08, 0.06, 0.06), (0.1, 0.04, 0.05), (0.1, 0.03, 0.03),
            ][step]
            image.deform(reach: reach * side, deviation: deviation * side, corner: corner * side, &random)
        case .pixelate, .jpeg: break
        }
        return image.bytes()
    }
}

extension CounterRandom {
    mutating func uniform(in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * nextUniformDouble()
    }
}
