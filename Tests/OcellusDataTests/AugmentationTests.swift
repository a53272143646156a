// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Augmentation") struct AugmentationTests {
    private func images(_ count: Int = 40, shape: Shape = [3, 12, 10]) throws -> ImageSet {
        try ImageSet(
            classes: ["a", "b", "c"], shape: shape, labels: (0..<count).map { UInt16($0 % 3) },
            pixels: randomBytes(count * shape.count, seed: 11))
    }

    @Test(
        "what is drawn is a function of seed, epoch and position",
        arguments: [
            "flip, rotate 15, scale 0.8..1.2", "padcrop 2, altflip", "randaugment", "trivialaugment", "mixup", "cutmix",
            "resizedcrop, brightness 0.4, noise 0.1, erase 1",
            "perspective 0.5 1, shear 10, translate 0.2, border reflect",
        ])
    func draw(text: String) throws {
        let set = try images()
        let augmentation = try Augmentation(text: text)
        let forwards = ImageAugmenter(augmentation, images: set, seed: 5)
        let backwards = ImageAugmenter(augmentation, images: set, seed: 5)
        let first = try (0..<set.count).map { try forwards.augmented($0, epoch: 2).pixels }
        let second = try (0..<set.count).reversed().map { try backwards.augmented($0, epoch: 2).pixels }
        #expect(first == second.reversed())
        let other = ImageAugmenter(augmentation, images: set, seed: 6)
        #expect(try first != (0..<set.count).map { try other.augmented($0, epoch: 2).pixels })
        #expect(try first != (0..<set.count).map { try forwards.augmented($0, epoch: 3).pixels })
    }

    @Test("no steps, no change") func none() throws {
        let set = try images(3)
        let augmenter = ImageAugmenter(.none, images: set, seed: 0)
        for index in 0..<3 {
            let (pixels, label) = try augmenter.augmented(index, epoch: 7)
            #expect(try pixels == set.pixels(at: index))
            #expect(label == MixedLabel(set.labels[index]))
        }
    }

    @Test("alternating flips show both sides in any two epochs, and start on either") func alternating() throws {
        let augmentation = Augmentation(.alternatingFlip)
        var mirrored = 0
        for sample in 0..<200 {
            let draws = (0..<4).map {
                augmentation.draw(seed: 3, epoch: $0, sample: sample, shape: [1, 8, 8], count: 200).transform
            }
            #expect(draws[0] == draws[2] && draws[1] == draws[3] && draws[0] != draws[1])
            if draws[0] != .identity { mirrored += 1 }
        }
        // Four standard deviations of a fair coin.
        #expect(abs(mirrored - 100) < 29)
    }

    @Test(
        "numbers near zero draw nothing that is no number",
        arguments: [
            Augmentation(.cutMix(alpha: 0x1p-1063)), Augmentation(.mixUp(alpha: 0x1p-1063)),
            Augmentation(.erase(probability: 1, area: 0.02...1, aspect: 0x1p-1063...0x1p-1063)),
            Augmentation(.erase(probability: 1, area: 0x1p-1063...0x1p-1063, aspect: 0x1p-1063...1000)),
            Augmentation(.randomResizedCrop(area: 0.1...1, aspect: 0x1p-1063...0x1p-1063)),
            Augmentation(.randomResizedCrop(area: 0x1p-1063...1, aspect: 0x1p-1063...1000)),
        ])
    func tiny(augmentation: Augmentation) throws {
        try augmentation.validate()
        for sample in 0..<200 {
            for file in [nil, Size2D(40, 50)] {
                let draw = augmentation.draw(
                    seed: 1, epoch: 0, sample: sample, shape: [3, 20, 30], count: 400, file: file)
                if let mix = draw.mix { #expect((0...1).contains(mix.share)) }
                if let crop = draw.crop {
                    #expect(crop.width >= 1 && crop.left >= 0 && crop.left + crop.width <= 50)
                    #expect(crop.height >= 1 && crop.top >= 0 && crop.top + crop.height <= 40)
                }
            }
        }
    }

    @Test("values fill the range that was asked for") func ranges() throws {
        func draws(_ augmentation: Augmentation) -> [AugmentationDraw] {
            (0..<400).map { augmentation.draw(seed: 1, epoch: 0, sample: $0, shape: [3, 20, 30], count: 400) }
        }
        let factors = draws(Augmentation(.brightness(factor: 0.5...2))).map { draw -> Float in
            guard case .brightness(let factor) = draw.operations.first else { return .nan }
            return factor
        }
        #expect(factors.allSatisfy { $0 >= 0.5 && $0 <= 2 })
        #expect(factors.min() ?? 1 < 0.55 && factors.max() ?? 1 > 1.95)
        #expect(abs(factors.reduce(0, +) / 400 - 1.25) < 0.09)

        let moves = draws(Augmentation(.padCrop(pixels: 3))).map(\.transform.matrix)
        for (place, name) in [(2, "x"), (5, "y")] {
            #expect(Set(moves.map { $0[place] }) == [-3, -2, -1, 0, 1, 2, 3], "\(name)")
        }
        let crops = draws(Augmentation(.randomResizedCrop(area: 0.25...0.5, aspect: 0.5...2))).map(\.transform.matrix)
        for m in crops {
            #expect((0.2499...0.5001).contains(m[0] * m[4]) && (0.4999...2.0001).contains(m[0] / m[4]))
            // Inside the image.
            #expect(abs(m[2]) <= 15 * (1 - m[0]) + 1e-9 && abs(m[5]) <= 10 * (1 - m[4]) + 1e-9)
        }
        let flips = draws(Augmentation(.horizontalFlip(probability: 0.25))).count { $0.transform != .identity }
        #expect(abs(flips - 100) < 35)
        #expect(draws(Augmentation(.verticalFlip(probability: 0))).allSatisfy { $0.isIdentity })
    }

    @Test("maps are composed, and resampled once") func composed() throws {
        let set = try images(1, shape: [1, 31, 31])
        let there = Augmentation(
            .rotate(degrees: 90...90), .scale(factor: 2...2), .scale(factor: 0.5...0.5),
            .rotate(degrees: -90 ... -90))
        let augmenter = ImageAugmenter(there, images: set, seed: 0)
        // Resampled in between, the image could not come back unchanged.
        #expect(try augmenter.augmented(0, epoch: 0).pixels == set.pixels(at: 0))
    }

    @Test("policies make each of their changes") func policies() {
        for step in [Augmentation.Step.randAugment(count: 1, magnitude: 30), .trivialAugment] {
            let draws = (0..<1400).map {
                Augmentation(step).draw(seed: 2, epoch: 0, sample: $0, shape: [3, 32, 32], count: 1400)
            }
            func share(_ matches: (PixelOperation) -> Bool) -> Int {
                draws.count { $0.operations.contains(where: matches) }
            }
            // 100 of each are expected; five standard deviations are 48.
            for count in [
                share { if case .brightness = $0 { true } else { false } },
                share { if case .posterize = $0 { true } else { false } },
                share { $0 == .equalize }, share { $0 == .autoContrast },
                share { if case .sharpness = $0 { true } else { false } },
            ] { #expect(abs(count - 100) < 48) }
            let moved = draws.count { $0.transform != .identity }
            #expect(moved > 400 && moved < 600)
        }
        let most = Augmentation(.randAugment(count: 1, magnitude: 30))
        let rotations = (0..<2000).map {
            most.draw(seed: 2, epoch: 0, sample: $0, shape: [3, 32, 32], count: 2000).transform
        }
        #expect(rotations.contains(.rotation(degrees: 30)) && rotations.contains(.rotation(degrees: -30)))
    }

    @Test("mixing: pixels and labels in the same shares") func mixing() throws {
        let shape: Shape = [1, 10, 10]
        let pixels = (0..<3).flatMap { [UInt8](repeating: UInt8(100 * $0), count: 100) }
        let set = try ImageSet(classes: ["a", "b", "c"], shape: shape, labels: [0, 1, 2], pixels: pixels)
        let blended = ImageAugmenter(Augmentation(.mixUp(alpha: 1)), images: set, seed: 1)
        let pasted = ImageAugmenter(Augmentation(.cutMix(alpha: 1)), images: set, seed: 1)
        var others = 0
        for epoch in 0..<60 {
            for index in 0..<3 {
                let (mixed, label) = try blended.augmented(index, epoch: epoch)
                #expect(label.share >= 0.5 && label.share <= 1 && Int(label.label) == index)
                let value = label.share * Double(100 * index) + (1 - label.share) * Double(100 * Int(label.other))
                #expect(mixed.allSatisfy { abs(Double($0) - value) <= 0.51 })
                if label.other != label.label { others += 1 }

                let (cut, cutLabel) = try pasted.augmented(index, epoch: epoch)
                let shown = Double(cut.count { Int($0) == 100 * Int(cutLabel.label) }) / 100
                if cutLabel.label != cutLabel.other { #expect(abs(shown - cutLabel.share) < 1e-9) }
                #expect(cutLabel.share >= 0.5)
            }
        }
        #expect(others > 80 && others < 160, "two thirds of the partners are another image")
    }

    @Test("the share of a mix has the beta distribution's moments", arguments: [0.2, 1, 3])
    func beta(alpha: Double) {
        // Mean of the larger share by numerical integration would need code of its own; the variance of the share is
        // 1 / (4 (2α + 1)), and (larger − ½)² has the same expectation.
        let draws = (0..<4000).compactMap {
            Augmentation(.mixUp(alpha: alpha)).draw(seed: 4, epoch: 0, sample: $0, shape: [1, 2, 2], count: 9).mix?
                .share
        }
        let variance = draws.reduce(0) { $0 + ($1 - 0.5) * ($1 - 0.5) } / 4000
        #expect(draws.count == 4000)
        #expect(abs(variance - 1 / (4 * (2 * alpha + 1))) < 0.006)
    }
}
