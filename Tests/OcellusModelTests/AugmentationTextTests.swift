// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@Suite("Augmentation as text") struct AugmentationTextTests {
    private static let everything = Augmentation(
        .horizontalFlip(probability: 0.3), .verticalFlip(), .alternatingFlip, .padCrop(pixels: 4),
        .randomResizedCrop(area: 0.25...1, aspect: 0.8...1.25), .rotate(degrees: -10...20), .scale(factor: 0.8...1.2),
        .translate(share: 0.1), .shear(degrees: 5), .perspective(distortion: 0.3, probability: 1),
        .brightness(factor: 0.6...1.4), .contrast(factor: 0.5...2), .saturation(factor: 0...2), .hue(turns: 0.1),
        .blur(deviation: 0.1...2), .noise(deviation: 0.05),
        .erase(probability: 0.25, area: 0.02...0.1, aspect: 0.5...2),
        .randAugment(count: 1, magnitude: 5), .trivialAugment, .mixUp(alpha: 0.4), border: .reflect)

    @Test("reads what people write") func reads() throws {
        #expect(
            try Augmentation(text: "flip, rotate 15, scale 0.8..1.2")
                == Augmentation(.horizontalFlip(), .rotate(degrees: -15...15), .scale(factor: 0.8...1.2)))
        #expect(try Augmentation(text: " none ") == .none)
        #expect(try Augmentation(text: "randaugment") == Augmentation(.randAugment(count: 2, magnitude: 9)))
        #expect(try Augmentation(text: "cutmix, border edge") == Augmentation(.cutMix(alpha: 1), border: .edge))
        #expect(try Augmentation(text: "brightness 0.4") == Augmentation(.brightness(factor: 0.6...1.4)))
        #expect(
            try Augmentation(text: "erase area 0.1..0.2")
                == Augmentation(.erase(probability: 0.5, area: 0.1...0.2, aspect: 0.3...3.3)))
        #expect(
            try Augmentation(text: "resizedcrop aspect 1..1")
                == Augmentation(.randomResizedCrop(area: 0.08...1, aspect: 1...1)))
    }

    @Test("reads back what it prints, and its JSON") func roundTrip() throws {
        #expect(try Augmentation(text: Self.everything.text) == Self.everything)
        #expect(Augmentation.none.text == "none")
        for text in ["flip, rotate 15, scale 0.8..1.2", "rotate -10..20, border edge", "flip 1, hue 0.1, mixup 1"] {
            #expect(try Augmentation(text: text).text == text)
        }
        let data = try JSONEncoder().encode(Self.everything)
        #expect(try JSONDecoder().decode(Augmentation.self, from: data) == Self.everything)
    }

    @Test("says which step it cannot read, and what would do") func errors() {
        func error(_ text: String) -> ModelError? {
            #expect(throws: ModelError.self) { try Augmentation(text: text) }
        }
        let misspelt = error("flip, rotat 15")
        #expect(misspelt?.kind == .unreadableText)
        #expect(misspelt?.summary == "step 2 of the augmentation cannot be read.")
        #expect(misspelt?.advice == "did you mean \"rotate\"?")
        #expect(error("rotate fast")?.received == "\"fast\"")
        #expect(error("scale 2")?.needs == "a range such as 0.8..1.2")
        #expect(error("scale 1.2..0.8")?.received == "\"1.2..0.8\"")
        #expect(error("flip 0.5 0.5")?.needs == "nothing more in this step")
        #expect(error("flip, ")?.received == "nothing")
        #expect(error("flip, none")?.kind == .unreadableText)
        #expect(error("border blue")?.needs == "black, edge, reflect")
        #expect(error("")?.kind == .unreadableText)
    }

    @Test(
        "refuses numbers without meaning",
        arguments: [
            "flip 1.5", "padcrop -1", "resizedcrop 0..1", "resizedcrop aspect 0..1", "rotate 400", "scale 0..1",
            "translate 2", "shear 90", "perspective 1", "perspective 0.5 2", "brightness -1..1", "hue 0.6", "blur 0..1",
            "blur 60", "noise 2", "erase 3", "erase area 0..1", "randaugment 0", "randaugment 2 31", "mixup 0",
            "cutmix -1", "mixup, cutmix", "rotate nan", "scale 0.5..inf",
        ])
    func refuses(text: String) {
        #expect(throws: ModelError.self) { try Augmentation(text: text) }
    }
}
