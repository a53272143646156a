// SPDX-License-Identifier: Apache-2.0

public import OcellusGraph
import OcellusTensor

/// The one-line form of an augmentation: `flip, rotate 15, scale 0.8..1.2`.
///
/// Steps are separated by commas; each is a word and its arguments, those in brackets optional. A range is `low..high`.
///
/// | Step | Meaning |
/// | :--- | :------ |
/// | `flip [P]`, `vflip [P]` | mirror left to right, upside down, with probability P (0.5) |
/// | `altflip` | mirror left to right in every other epoch |
/// | `padcrop N` | move by up to N whole pixels |
/// | `resizedcrop [A..B] [aspect C..D]` | show a rectangle of A to B of the area (0.08..1), of that relative aspect ratio (0.75..1.3333) |
/// | `rotate D` or `rotate A..B` | turn by −D…D, or A…B, degrees |
/// | `scale A..B` | enlarge by a factor |
/// | `translate S` | move by up to the share S of width and height |
/// | `shear D` | slant by up to D degrees |
/// | `perspective S [P]` | move corners by up to S/2 of width and height, with probability P (0.5) |
/// | `brightness F` or `A..B`, `contrast`, `saturation` likewise | multiply by 1 − F…1 + F, or A…B |
/// | `hue T` | turn by up to the part T of the circle |
/// | `blur D` or `A..B` | Gaussian blur of up to D (from 0.1), or A…B, pixels |
/// | `noise D` | noise of standard deviation D on the scale 0…1 |
/// | `erase [P] [area A..B] [aspect C..D]` | erase a rectangle |
/// | `randaugment [N] [M]`, `trivialaugment` | the policies of those names |
/// | `mixup [ALPHA]`, `cutmix [ALPHA]` | mix with another image |
/// | `border black`, `edge` or `reflect` | what lies outside of the image |
/// | `none` | nothing; alone |
extension Augmentation {
    /// Reads the one-line form.
    ///
    /// - Throws: ``ModelError/Code/unreadableText`` with the step, what was expected there and a near word;
    ///   ``ModelError/Code/outOfRange`` for numbers without meaning.
    public init(text: String) throws(ModelError) {
        self.init(steps: [])
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            var parser = StepParser(part, position: index + 1)
            if parser.isNone {
                guard parts.count == 1 else {
                    throw ModelError(
                        .unreadableText, "\"none\" stands among other steps of the augmentation.",
                        needs: "none alone, or steps", received: text)
                }
                continue
            }
            if let border = try parser.border() {
                self.border = border
            } else {
                steps.append(try parser.step())
            }
            try parser.end()
        }
        try validate()
    }

    /// The augmentation in the one-line form; ``init(text:)`` reads it back to an equal one.
    public var text: String {
        if steps.isEmpty, border == .black { return "none" }
        return (steps.map(\.text) + (border == .black ? [] : ["border \(border.rawValue)"])).joined(separator: ", ")
    }
}

extension Augmentation: CustomStringConvertible {
    public var description: String { text }
}

extension Augmentation.Step {
    static let words = [
        "altflip", "blur", "border", "brightness", "contrast", "cutmix", "erase", "flip", "hue", "mixup", "noise",
        "padcrop", "perspective", "randaugment", "resizedcrop", "rotate", "saturation", "scale", "shear", "translate",
        "trivialaugment", "vflip",
    ]

    /// The step in the one-line form.
    var text: String {
        /// `15`, not `15.0`.
        func text(_ number: Double) -> String {
            abs(number) < 1e15 && number == number.rounded() ? "\(Int(number))" : "\(number)"
        }
        func text(_ range: ClosedRange<Double>) -> String { text(range.lowerBound) + ".." + text(range.upperBound) }
        switch self {
        case .horizontalFlip(let probability): return probability == 0.5 ? "flip" : "flip \(text(probability))"
        case .verticalFlip(let probability): return probability == 0.5 ? "vflip" : "vflip \(text(probability))"
        case .alternatingFlip: return "altflip"
        case .padCrop(let pixels): return "padcrop \(pixels)"
        case .randomResizedCrop(let area, let aspect): return "resizedcrop \(text(area)) aspect \(text(aspect))"
        case .rotate(let degrees):
            let isSymmetric = degrees.lowerBound == -degrees.upperBound
            return "rotate " + (isSymmetric ? text(degrees.upperBound) : text(degrees))
        case .scale(let factor): return "scale \(text(factor))"
        case .translate(let share): return "translate \(text(share))"
        case .shear(let degrees): return "shear \(text(degrees))"
        case .perspective(let distortion, let probability):
            return "perspective \(text(distortion)) \(text(probability))"
        case .brightness(let factor): return "brightness \(text(factor))"
        case .contrast(let factor): return "contrast \(text(factor))"
        case .saturation(let factor): return "saturation \(text(factor))"
        case .hue(let turns): return "hue \(text(turns))"
        case .blur(let deviation): return "blur \(text(deviation))"
        case .noise(let deviation): return "noise \(text(deviation))"
        case .erase(let probability, let area, let aspect):
            return "erase \(text(probability)) area \(text(area)) aspect \(text(aspect))"
        case .randAugment(let count, let magnitude): return "randaugment \(count) \(magnitude)"
        case .trivialAugment: return "trivialaugment"
        case .mixUp(let alpha): return "mixup \(text(alpha))"
        case .cutMix(let alpha): return "cutmix \(text(alpha))"
        }
    }
}

/// Reads one step.
private struct StepParser {
    private let words: [Substring]
    /// 1-based, among the steps.
    private let position: Int
    private var next = 1

    init(_ text: Substring, position: Int) {
        words = text.split(whereSeparator: \.isWhitespace)
        self.position = position
    }

    var isNone: Bool { words == ["none"] }

    private var peek: Substring? { next < words.count ? words[next] : nil }

    mutating func border() throws(ModelError) -> Augmentation.Border? {
        guard words.first == "border" else { return nil }
        guard let border = Augmentation.Border(rawValue: String(peek ?? "")) else {
            throw unexpected(Augmentation.Border.allCases.map(\.rawValue).joined(separator: ", "))
        }
        next += 1
        return border
    }

    mutating func step() throws(ModelError) -> Augmentation.Step {
        switch words.first {
        case "flip": return .horizontalFlip(probability: try optionalNumber() ?? 0.5)
        case "vflip": return .verticalFlip(probability: try optionalNumber() ?? 0.5)
        case "altflip": return .alternatingFlip
        case "padcrop": return .padCrop(pixels: try integer("a number of pixels"))
        case "resizedcrop":
            let area = try optionalRange() ?? 0.08...1
            return .randomResizedCrop(area: area, aspect: try range(after: "aspect") ?? 0.75...4 / 3)
        case "rotate": return .rotate(degrees: try range("degrees such as 15 or -10..20") { -$0...$0 })
        case "scale": return .scale(factor: try range("a range such as 0.8..1.2") { _ in nil })
        case "translate": return .translate(share: try number("a share such as 0.1"))
        case "shear": return .shear(degrees: try number("degrees"))
        case "perspective":
            let distortion = try number("a distortion such as 0.3")
            return .perspective(distortion: distortion, probability: try optionalNumber() ?? 0.5)
        case "brightness": return .brightness(factor: try factors())
        case "contrast": return .contrast(factor: try factors())
        case "saturation": return .saturation(factor: try factors())
        case "hue": return .hue(turns: try number("a part of the circle such as 0.1"))
        case "blur":
            return .blur(deviation: try range("pixels such as 2 or 0.1..2") { $0 >= 0.1 ? 0.1...$0 : nil })
        case "noise": return .noise(deviation: try number("a deviation such as 0.05"))
        case "erase":
            let probability = try optionalNumber() ?? 0.5
            let area = try range(after: "area") ?? 0.02...0.33
            return .erase(probability: probability, area: area, aspect: try range(after: "aspect") ?? 0.3...3.3)
        case "randaugment":
            let count = try optionalInteger() ?? 2
            return .randAugment(count: count, magnitude: try optionalInteger() ?? 9)
        case "trivialaugment": return .trivialAugment
        case "mixup": return .mixUp(alpha: try optionalNumber() ?? 0.2)
        case "cutmix": return .cutMix(alpha: try optionalNumber() ?? 1)
        default: throw unknownWord()
        }
    }

    /// Throws unless every word was read.
    func end() throws(ModelError) {
        if peek != nil { throw unexpected("nothing more in this step") }
    }

    private mutating func number(_ what: String) throws(ModelError) -> Double {
        guard let text = peek, let value = Double(text), value.isFinite else { throw unexpected(what) }
        next += 1
        return value
    }

    private mutating func optionalNumber() throws(ModelError) -> Double? {
        guard let text = peek, text.first?.isLetter != true else { return nil }
        return try number("a number")
    }

    private mutating func integer(_ what: String) throws(ModelError) -> Int {
        guard let text = peek, let value = Int(text) else { throw unexpected(what) }
        next += 1
        return value
    }

    private mutating func optionalInteger() throws(ModelError) -> Int? {
        peek == nil ? nil : try integer("a whole number")
    }

    /// `low..high`, or one number for which `single` makes a range.
    private mutating func range(
        _ what: String, single: (Double) -> ClosedRange<Double>?
    ) throws(ModelError) -> ClosedRange<Double> {
        guard let text = peek else { throw unexpected(what) }
        if let value = Double(text), value.isFinite, value >= 0, let range = single(value) {
            next += 1
            return range
        }
        guard let dots = text.firstRange(of: ".."), let low = Double(text[..<dots.lowerBound]),
            let high = Double(text[dots.upperBound...]), low.isFinite, high.isFinite, low <= high
        else { throw unexpected(what) }
        next += 1
        return low...high
    }

    private mutating func optionalRange() throws(ModelError) -> ClosedRange<Double>? {
        guard let text = peek, text.first?.isLetter != true else { return nil }
        return try range("a range such as 0.25..1") { _ in nil }
    }

    private mutating func range(after word: String) throws(ModelError) -> ClosedRange<Double>? {
        guard let text = peek, text == word else { return nil }
        next += 1
        return try range("a range such as 0.75..1.33") { _ in nil }
    }

    private mutating func factors() throws(ModelError) -> ClosedRange<Double> {
        try range("a number such as 0.4 or a range such as 0.6..1.4") { max(0, 1 - $0)...1 + $0 }
    }

    private func unknownWord() -> ModelError {
        let word = words.first.map(String.init)
        return ModelError(
            .unreadableText, "step \(position) of the augmentation cannot be read.",
            needs: "one of " + Augmentation.Step.words.joined(separator: ", "),
            received: word.map { "\"\($0)\"" } ?? "nothing",
            advice: word.flatMap { closestMatch(to: $0, in: Augmentation.Step.words) }.map { "did you mean \"\($0)\"?" }
        )
    }

    private func unexpected(_ needs: String) -> ModelError {
        ModelError(
            .unreadableText, "step \(position) of the augmentation, \(words.first ?? ""), cannot be read.",
            needs: needs, received: peek.map { "\"\($0)\"" } ?? "nothing")
    }
}
