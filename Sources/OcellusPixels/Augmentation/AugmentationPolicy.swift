// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// The strongest changes of RandAugment and TrivialAugment, as torchvision has them. A rotation, shear or translation is
/// about the centre, and joins the image's one resampling.
struct AugmentationPolicy {
    /// Tangent of the angle.
    var shear: Double
    /// Share of width and height.
    var translationShare: Double
    /// Pixels, at most half of the image.
    var translationPixels: Double
    var degrees: Double
    /// Distance of the factors of brightness, contrast, saturation and sharpness from 1.
    var factor: Double
    /// Bits that posterizing takes.
    var bits: Double

    /// Cubuk et al. 2019, arXiv:1909.13719.
    static let randAugment = AugmentationPolicy(
        shear: 0.3, translationShare: 150 / 331, translationPixels: .infinity, degrees: 30, factor: 0.9, bits: 4)
    /// Müller and Hutter 2021, arXiv:2103.10158, table 1, "wide".
    static let wide = AugmentationPolicy(
        shear: 0.99, translationShare: 0.5, translationPixels: 32, degrees: 135, factor: 0.99, bits: 6)

    /// Where the image moves at most along an axis of this length.
    func translation(along length: Int) -> Double { min(translationPixels, translationShare * Double(length)) }
}

extension Drawing {
    /// One of 14 changes, each as likely as the others.
    ///
    /// - Parameter strength: 0…1 of the policy's strongest.
    mutating func policy(_ policy: AugmentationPolicy, strength: Double) {
        let choice = random.nextIndex(below: 14)
        let sign: Double = random.nextIndex(below: 2) == 0 ? 1 : -1
        let signed = sign * strength
        let factor = Float(1 + signed * policy.factor)
        switch choice {
        case 0: break
        case 1: move(.shear(x: signed * policy.shear, y: 0))
        case 2: move(.shear(x: 0, y: signed * policy.shear))
        case 3: move(.translation(x: signed * policy.translation(along: width), y: 0))
        case 4: move(.translation(x: 0, y: signed * policy.translation(along: height)))
        case 5: move(.rotation(degrees: signed * policy.degrees))
        case 6: change(.brightness(factor))
        case 7: change(.saturation(factor))
        case 8: change(.contrast(factor))
        case 9: change(.sharpness(factor))
        case 10: change(.posterize(bits: 8 - Int((strength * policy.bits).rounded())))
        case 11: change(.solarize(threshold: Int((255 * (1 - strength)).rounded(.up))))
        case 12: change(.autoContrast)
        default: change(.equalize)
        }
    }
}
