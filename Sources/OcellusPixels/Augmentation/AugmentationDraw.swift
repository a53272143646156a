// SPDX-License-Identifier: Apache-2.0

import COcellusImageKernels
package import OcellusGraph
package import OcellusModel
package import OcellusTensor
import RealModule

/// What happens to one image in one epoch.
package struct AugmentationDraw: Hashable, Sendable {
    /// What is cut out of the file and fitted to the image's size, before anything else; `nil` takes the fitted image.
    package var crop: PixelRectangle?
    /// All further steps that move pixels, as one map.
    package var transform = PlaneTransform.identity
    /// In order, after the map.
    package var operations: [PixelOperation] = []
    package var mix: Mix?

    /// Another image that is mixed in.
    package struct Mix: Hashable, Sendable {
        /// Its position in the training set.
        package var partner: Int
        /// The own image's share of the loss; with ``Region/everywhere`` of each value too, and at least ½.
        package var share: Double
        package var region: Region
    }

    /// Where the other image is seen.
    package enum Region: Hashable, Sendable {
        case everywhere
        case rectangle(PixelRectangle)
    }

    /// Whether the image stays as it is.
    package var isIdentity: Bool { crop == nil && transform == .identity && operations.isEmpty && mix == nil }
}

extension AugmentationDraw.Mix {
    /// Mixes the other image in.
    ///
    /// - Parameters:
    ///   - other: Planar `[C, H, W]`.
    ///   - output: The own image, changed in place.
    ///   - shape: `[C, H, W]`
    package func blend(
        _ other: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<UInt8>, shape: Shape
    ) {
        switch region {
        case .everywhere: ocellus_blend(output.baseAddress, other.baseAddress, output.count, Float(share))
        case .rectangle(let rectangle):
            let (height, width) = (shape[1], shape[2])
            for channel in 0..<shape[0] {
                for row in rectangle.top..<rectangle.top + rectangle.height {
                    let start = (channel * height + row) * width + rectangle.left
                    for position in start..<start + rectangle.width { output[position] = other[position] }
                }
            }
        }
    }
}

/// A rectangle of whole pixels.
package struct PixelRectangle: Hashable, Sendable {
    package var left: Int
    package var top: Int
    package var width: Int
    package var height: Int
}

extension Augmentation {
    /// Draws for one image.
    ///
    /// - Parameters:
    ///   - epoch: 0-based.
    ///   - sample: The image's position in the training set.
    ///   - shape: `[C, H, W]`
    ///   - count: Images of the training set, from which a partner is drawn.
    ///   - file: Height and width of the image's file, if ``firstCrop`` shall be cut out of it.
    package func draw(
        seed: UInt64, epoch: Int, sample: Int, shape: Shape, count: Int, file: Size2D? = nil
    ) -> AugmentationDraw {
        let firstCrop = file == nil ? nil : firstCrop
        var drawing = Drawing(
            random: CounterRandom(seed: seed, purpose: .augmentation, epoch: epoch, sample: sample),
            height: shape[1], width: shape[2], count: count)
        for (position, step) in steps.enumerated() {
            if let file, position == firstCrop, case .randomResizedCrop(let area, let aspect) = step {
                drawing.crop(file, area, aspect)
            } else if case .alternatingFlip = step {
                var first = CounterRandom(seed: seed, purpose: .alternatingFlip, sample: sample)
                drawing.mirror(horizontally: (first.nextIndex(below: 2) + epoch).isMultiple(of: 2))
            } else {
                drawing.draw(step)
            }
        }
        return drawing.draw
    }
}

extension Augmentation {
    /// The position of a random crop that can be cut out of a file, because no step before it moves pixels; flips do not
    /// count, because a crop of the mirrored image is as random as one of the image.
    package var firstCrop: Int? {
        for (position, step) in steps.enumerated() {
            switch step {
            case .randomResizedCrop: return position
            case .padCrop, .rotate, .scale, .translate, .shear, .perspective, .randAugment, .trivialAugment: return nil
            case .horizontalFlip, .verticalFlip, .alternatingFlip, .brightness, .contrast, .saturation, .hue, .blur,
                .noise, .erase, .mixUp, .cutMix:
                continue
            }
        }
        return nil
    }
}

/// Draws steps one after the other.
struct Drawing {
    var random: CounterRandom
    let height: Int
    let width: Int
    let count: Int
    var draw = AugmentationDraw()

    init(random: CounterRandom, height: Int, width: Int, count: Int) {
        self.random = random
        self.height = height
        self.width = width
        self.count = count
    }

    mutating func draw(_ step: Augmentation.Step) {
        switch step {
        case .horizontalFlip(let probability): mirror(horizontally: happens(probability))
        case .verticalFlip(let probability): mirror(vertically: happens(probability))
        case .alternatingFlip: break  // A function of the epoch, not of the stream.
        case .padCrop(let pixels):
            let (right, down) = (offset(pixels), offset(pixels))
            move(.translation(x: Double(right), y: Double(down)))
        case .randomResizedCrop(let area, let aspect): randomResizedCrop(area, aspect)
        case .rotate(let degrees): move(.rotation(degrees: uniform(degrees)))
        case .scale(let factor):
            let factor = uniform(factor)
            move(.scale(x: factor, y: factor))
        case .translate(let share):
            let (x, y) = (uniform(-share...share), uniform(-share...share))
            move(.translation(x: x * Double(width), y: y * Double(height)))
        case .shear(let degrees):
            let (x, y) = (uniform(-degrees...degrees), uniform(-degrees...degrees))
            move(.shear(x: Double.tan(x * .pi / 180), y: 0))
            move(.shear(x: 0, y: Double.tan(y * .pi / 180)))
        case .perspective(let distortion, let probability): perspective(distortion, probability)
        case .brightness(let factor): change(.brightness(Float(uniform(factor))))
        case .contrast(let factor): change(.contrast(Float(uniform(factor))))
        case .saturation(let factor): change(.saturation(Float(uniform(factor))))
        case .hue(let turns): change(.hue(Float(uniform(-turns...turns))))
        case .blur(let deviation): change(.blur(Float(uniform(deviation))))
        case .noise(let deviation): change(.noise(Float(255 * deviation), key: random.next()))
        case .erase(let probability, let area, let aspect): erase(probability, area, aspect)
        case .randAugment(let number, let magnitude):
            for _ in 0..<number { policy(.randAugment, strength: Double(magnitude) / 30) }
        case .trivialAugment: policy(.wide, strength: Double(random.nextIndex(below: 31)) / 30)
        case .mixUp(let alpha): mixUp(alpha)
        case .cutMix(let alpha): cutMix(alpha)
        }
    }

    // MARK: Numbers

    mutating func happens(_ probability: Double) -> Bool { random.nextUniformDouble() < probability }

    mutating func uniform(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * random.nextUniformDouble()
    }

    private mutating func logUniform(_ range: ClosedRange<Double>) -> Double {
        Double.exp(uniform(Double.log(range.lowerBound)...Double.log(range.upperBound)))
    }

    /// A whole number in ±`limit`.
    private mutating func offset(_ limit: Int) -> Int { random.nextIndex(below: 2 * limit + 1) - limit }

    /// A number from Beta(alpha, alpha): by Jöhnk's method up to 1, by Ulrich's above (Devroye, Non-Uniform Random Variate
    /// Generation, 1986, pages 418 and 437).
    mutating func symmetricBeta(_ alpha: Double) -> Double {
        /// In (0, 1], so that it has a logarithm.
        func positive() -> Double { 1 - random.nextUniformDouble() }
        if alpha > 1 {
            let (u, v) = (positive(), positive())
            return 0.5 + 0.5 * (1 - Double.pow(u, 2 / (2 * alpha - 1))).squareRoot() * Double.cos(2 * .pi * v)
        }
        while true {
            let (u, v) = (Double.log(positive()), Double.log(positive()))
            let (x, y) = (u / alpha, v / alpha)
            guard Double.exp(x) + Double.exp(y) <= 1 else { continue }
            // Of a tiny alpha both quotients are infinite, but not their difference.
            return 1 / (1 + Double.exp(x.isFinite && y.isFinite ? y - x : (v - u) / alpha))
        }
    }

    // MARK: Maps

    mutating func move(_ transform: PlaneTransform) { draw.transform = draw.transform.then(transform) }

    mutating func change(_ operation: PixelOperation) { draw.operations.append(operation) }

    mutating func mirror(horizontally: Bool = false, vertically: Bool = false) {
        if horizontally || vertically { move(.mirror(horizontally: horizontally, vertically: vertically)) }
    }

    private mutating func randomResizedCrop(_ area: ClosedRange<Double>, _ aspect: ClosedRange<Double>) {
        for _ in 0..<10 {
            let (share, ratio) = (uniform(area), logUniform(aspect))
            let (across, down) = ((share * ratio).squareRoot(), (share / ratio).squareRoot())
            guard across <= 1, down <= 1 else { continue }
            let x = uniform(-0.5...0.5) * (1 - across) * Double(width)
            let y = uniform(-0.5...0.5) * (1 - down) * Double(height)
            move(.crop(centerX: x, centerY: y, widthShare: across, heightShare: down))
            return
        }
        let ratio = min(max(1, aspect.lowerBound), aspect.upperBound)
        move(.crop(centerX: 0, centerY: 0, widthShare: min(1, ratio), heightShare: min(1, 1 / ratio)))
    }

    /// A rectangle of whole pixels of a file, as torchvision's `RandomResizedCrop` draws it; `aspect` is relative to that
    /// of the image that it becomes.
    mutating func crop(_ file: Size2D, _ area: ClosedRange<Double>, _ aspect: ClosedRange<Double>) {
        let shape = Double(width) / Double(height)
        for _ in 0..<10 {
            let (pixels, ratio) = (uniform(area) * Double(file.width * file.height), logUniform(aspect) * shape)
            guard let across = Int(exactly: (pixels * ratio).squareRoot().rounded()),
                let down = Int(exactly: (pixels / ratio).squareRoot().rounded()),
                (1...file.width).contains(across), (1...file.height).contains(down)
            else { continue }
            let left = random.nextIndex(below: file.width - across + 1)
            let top = random.nextIndex(below: file.height - down + 1)
            draw.crop = PixelRectangle(left: left, top: top, width: across, height: down)
            return
        }
        // The largest rectangle in the middle that comes near the image's own aspect.
        let own = Double(file.width) / Double(file.height) / shape
        let ratio = min(max(own, aspect.lowerBound), aspect.upperBound) * shape
        let across = max(1, Int(min(Double(file.width), (Double(file.height) * ratio).rounded())))
        let down = max(1, Int(min(Double(file.height), (Double(file.width) / ratio).rounded())))
        draw.crop = PixelRectangle(
            left: (file.width - across) / 2, top: (file.height - down) / 2, width: across, height: down)
    }

    private mutating func perspective(_ distortion: Double, _ probability: Double) {
        guard happens(probability) else { return }
        let (x, y) = (Double(width) / 2, Double(height) / 2)
        let corners = [(-x, -y), (x, -y), (x, y), (-x, y)].map { (x: $0.0, y: $0.1) }
        let moved = corners.map { corner in
            let (inwardsX, inwardsY) = (uniform(0...distortion), uniform(0...distortion))
            return (x: corner.x * (1 - inwardsX), y: corner.y * (1 - inwardsY))
        }
        // With a distortion below 1 the corners stay in their quarters, so no three lie on a line.
        if let transform = PlaneTransform.quadrilateral(from: moved, to: corners) { move(transform) }
    }

    // MARK: Rectangles

    private mutating func erase(
        _ probability: Double, _ area: ClosedRange<Double>, _ aspect: ClosedRange<Double>
    ) {
        guard happens(probability) else { return }
        for _ in 0..<10 {
            let (share, ratio) = (uniform(area), logUniform(aspect))
            guard let across = Int(exactly: (Double(width) * (share * ratio).squareRoot()).rounded()),
                let down = Int(exactly: (Double(height) * (share / ratio).squareRoot()).rounded()),
                (1...width).contains(across), (1...height).contains(down)
            else { continue }
            let left = random.nextIndex(below: width - across + 1)
            let top = random.nextIndex(below: height - down + 1)
            change(.erase(PixelRectangle(left: left, top: top, width: across, height: down)))
            return
        }
    }

    // MARK: Two images

    private mutating func mixUp(_ alpha: Double) {
        let share = symmetricBeta(alpha)
        draw.mix = AugmentationDraw.Mix(
            partner: random.nextIndex(below: count), share: max(share, 1 - share), region: .everywhere)
    }

    private mutating func cutMix(_ alpha: Double) {
        let side = (1 - symmetricBeta(alpha)).squareRoot()
        let partner = random.nextIndex(below: count)
        let (halfWidth, halfHeight) = (Int(Double(width) * side) / 2, Int(Double(height) * side) / 2)
        let (x, y) = (random.nextIndex(below: width), random.nextIndex(below: height))
        let (left, top) = (max(0, x - halfWidth), max(0, y - halfHeight))
        let rectangle = PixelRectangle(
            left: left, top: top, width: min(width, x + halfWidth) - left, height: min(height, y + halfHeight) - top)
        let area = Double(rectangle.width * rectangle.height) / Double(width * height)
        draw.mix = AugmentationDraw.Mix(partner: partner, share: 1 - area, region: .rectangle(rectangle))
    }
}
