// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// How training images are changed at random, anew in every epoch; images that are evaluated or predicted never are.
///
///     Augmentation(.horizontalFlip(), .rotate(-15...15), .scale(0.8...1.2))
///     try Augmentation(text: "flip, rotate 15, scale 0.8..1.2")     // the same
///
/// Steps that move pixels are composed, in order, into one map that is resampled once, bilinearly; the others follow in
/// order, on bytes. What is drawn for an image is a function of (seed, epoch, the image's position in the training set)
/// and nothing else. Where a range is given, a value is drawn uniformly from it.
public struct Augmentation: Hashable, Codable, Sendable {
    /// One change.
    public enum Step: Hashable, Codable, Sendable {
        /// Mirrors left to right.
        case horizontalFlip(probability: Double = 0.5)
        /// Mirrors upside down.
        case verticalFlip(probability: Double = 0.5)
        /// Mirrors left to right in every other epoch; which come first is drawn for each image. So two epochs show both
        /// sides of every image. Jordan 2024, arXiv:2404.00498, section 3.6.
        case alternatingFlip
        /// Moves by up to this many whole pixels in each direction, as cropping from a padded image does.
        case padCrop(pixels: Int)
        /// Shows a rectangle, stretched to the image's size: its share of the area is drawn, then its width divided by its
        /// height relative to the image's, uniformly in the logarithm; then its place. Szegedy et al. 2015, arXiv:1409.4842.
        /// After ten rectangles that do not fit, the largest one of the nearest allowed ratio in the middle.
        case randomResizedCrop(area: ClosedRange<Double> = 0.08...1, aspect: ClosedRange<Double> = 0.75...4 / 3)
        /// Turns about the centre by degrees, counter-clockwise.
        case rotate(degrees: ClosedRange<Double>)
        /// Enlarges about the centre by a factor; below 1 it shrinks.
        case scale(factor: ClosedRange<Double>)
        /// Moves by up to this share of width and height in each direction, by parts of pixels too.
        case translate(share: Double)
        /// Slants along both axes by up to this many degrees.
        case shear(degrees: Double)
        /// Moves each corner inwards by up to `distortion / 2` of width and height.
        case perspective(distortion: Double, probability: Double = 0.5)
        /// Multiplies every value.
        case brightness(factor: ClosedRange<Double>)
        /// Spreads values about the mean of the gray image.
        case contrast(factor: ClosedRange<Double>)
        /// Spreads colours about their gray, 0 for a gray image; gray images stay.
        case saturation(factor: ClosedRange<Double>)
        /// Turns the hue by up to this part of the circle, 0…0.5, in each direction; gray images stay.
        case hue(turns: Double)
        /// Gaussian blur with a standard deviation in pixels.
        case blur(deviation: ClosedRange<Double>)
        /// Nearly normal noise with this standard deviation on the scale 0…1, apart for each value.
        case noise(deviation: Double)
        /// Fills a rectangle with the image's mean: its share of the area and the ratio of its sides are drawn, the ratio
        /// uniformly in the logarithm. Zhong et al. 2017, arXiv:1708.04896.
        case erase(
            probability: Double = 0.5, area: ClosedRange<Double> = 0.02...0.33, aspect: ClosedRange<Double> = 0.3...3.3)
        /// `count` of 14 changes, each of the strength `magnitude`, 0…30. Cubuk et al. 2019, arXiv:1909.13719, with the
        /// strengths of torchvision.
        case randAugment(count: Int = 2, magnitude: Int = 9)
        /// One of 14 changes of any strength. Müller and Hutter 2021, arXiv:2103.10158, the wide space.
        case trivialAugment
        /// Mixes with another training image, augmented too: the share is drawn from Beta(alpha, alpha), and the loss is
        /// mixed alike. Zhang et al. 2017, arXiv:1710.09412.
        case mixUp(alpha: Double = 0.2)
        /// Pastes a rectangle of another training image, augmented too; the loss is mixed by the areas. Yun et al. 2019,
        /// arXiv:1905.04899.
        case cutMix(alpha: Double = 1)
    }

    /// What is seen where a map shows what lies outside of the image.
    public enum Border: String, Hashable, Codable, Sendable, CaseIterable {
        case black
        /// The nearest pixel.
        case edge
        /// The image mirrored at its outermost pixels.
        case reflect
    }

    public var steps: [Step]
    public var border: Border

    public init(_ steps: Step..., border: Border = .black) { self.init(steps: steps, border: border) }

    public init(steps: [Step], border: Border = .black) {
        self.steps = steps
        self.border = border
    }

    /// No change.
    public static let none = Augmentation(steps: [])

    /// Whether images stay as they are.
    public var isEmpty: Bool { steps.isEmpty }

    /// Throws ``ModelError/Code/outOfRange`` for the first step whose numbers have no meaning.
    public func validate() throws(ModelError) {
        var mixes = 0
        for step in steps {
            if let needs = step.unmetNeed {
                throw ModelError(
                    .outOfRange, "a step of the augmentation is out of range.", needs: needs,
                    received: step.text)
            }
            if step.isMix { mixes += 1 }
        }
        guard mixes <= 1 else {
            throw ModelError(
                .outOfRange, "the augmentation mixes images twice.", needs: "mixup or cutmix", received: text)
        }
    }
}

extension Augmentation.Step {
    /// Whether the step mixes two images and their labels.
    package var isMix: Bool {
        switch self {
        case .mixUp, .cutMix: true
        default: false
        }
    }

    /// What the step's numbers would have to be; `nil` when they are.
    fileprivate var unmetNeed: String? {
        func check(_ holds: Bool, _ needs: String) -> String? { holds ? nil : needs }
        func isPositive(_ range: ClosedRange<Double>, below limit: Double = 1000) -> Bool {
            range.lowerBound > 0 && range.upperBound <= limit
        }
        func isFactor(_ range: ClosedRange<Double>) -> Bool { range.lowerBound >= 0 && range.upperBound <= 1000 }
        switch self {
        case .horizontalFlip(let probability), .verticalFlip(let probability):
            return check((0...1).contains(probability), "a probability in 0…1")
        case .alternatingFlip, .trivialAugment: return nil
        case .padCrop(let pixels): return check((0...65_536).contains(pixels), "0 to 65536 pixels")
        case .randomResizedCrop(let area, let aspect):
            return check(isPositive(area, below: 1), "an area above 0 and at most 1")
                ?? check(isPositive(aspect), "an aspect ratio above 0 and at most 1000")
        case .rotate(let degrees):
            return check(degrees.lowerBound >= -360 && degrees.upperBound <= 360, "degrees in −360…360")
        case .scale(let factor):
            return check(factor.lowerBound >= 0.01 && factor.upperBound <= 100, "factors in 0.01…100")
        case .translate(let share): return check((0...1).contains(share), "a share in 0…1")
        case .shear(let degrees): return check((0...80).contains(degrees), "degrees in 0…80")
        case .perspective(let distortion, let probability):
            return check((0...0.9).contains(distortion), "a distortion in 0…0.9")
                ?? check((0...1).contains(probability), "a probability in 0…1")
        case .brightness(let factor), .contrast(let factor), .saturation(let factor):
            return check(isFactor(factor), "factors in 0…1000")
        case .hue(let turns): return check((0...0.5).contains(turns), "a part of the circle in 0…0.5")
        case .blur(let deviation):
            return check(isPositive(deviation, below: 50), "a deviation above 0 and at most 50 pixels")
        case .noise(let deviation): return check((0...1).contains(deviation), "a deviation in 0…1")
        case .erase(let probability, let area, let aspect):
            return check((0...1).contains(probability), "a probability in 0…1")
                ?? check(isPositive(area, below: 1), "an area above 0 and at most 1")
                ?? check(isPositive(aspect), "an aspect ratio above 0 and at most 1000")
        case .randAugment(let count, let magnitude):
            return check((1...10).contains(count), "1 to 10 changes")
                ?? check((0...30).contains(magnitude), "a magnitude in 0…30")
        case .mixUp(let alpha), .cutMix(let alpha):
            return check(alpha > 0 && alpha <= 100, "alpha above 0 and at most 100")
        }
    }
}
