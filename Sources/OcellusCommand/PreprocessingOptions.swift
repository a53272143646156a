// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import OcellusModel
import OcellusTensor

/// How pictures become a network's input, for weights that do not tell.
struct PreprocessingOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("Mean of red, green, blue in 0…1, where the weights do not tell it.", valueName: "r,g,b"))
    var mean: NumbersArgument?

    @Option(help: ArgumentHelp("Deviation of red, green, blue, as --mean.", valueName: "r,g,b"))
    var std: NumbersArgument?

    @Option(help: ArgumentHelp("bilinear, bicubic or lanczos, as --mean.", valueName: "filter"))
    var interpolation: ImageFitting.Resampling?

    @Option(
        help: ArgumentHelp(
            "Share of the picture's shorter side that is cut out, e.g. 0.875, as --mean.", valueName: "share"))
    var cropPct: Double?

    @Option(
        help: ArgumentHelp(
            "Shorter side of the picture that the middle is cut out of, e.g. 256, instead of --crop-pct.",
            valueName: "pixels"))
    var resizeSide: Int?

    func validate() throws {
        if let cropPct, !(0.0625...1).contains(cropPct) { throw ValidationError("--crop-pct must be in 0.0625…1.") }
        if let resizeSide, !(1...1 << 20).contains(resizeSide) {
            throw ValidationError("--resize-side must be in 1…1048576.")
        }
        guard cropPct == nil || resizeSide == nil else {
            throw ValidationError("--crop-pct and --resize-side say the same; give one.")
        }
        for (name, numbers) in [("--mean", mean), ("--std", std)] {
            if let numbers, numbers.values.count != 3 {
                throw ValidationError("\(name) takes three numbers: red, green, blue.")
            }
        }
        if let std, !std.values.allSatisfy({ $0 > 0 }) { throw ValidationError("--std takes positive numbers.") }
    }

    var facts: Preprocessing.Facts {
        var facts = Preprocessing.Facts(
            mean: mean?.values, standardDeviation: std?.values, resampling: interpolation)
        if let cropPct { (facts.fit, facts.crop) = (.crop, .fraction(cropPct)) }
        if let resizeSide { (facts.fit, facts.crop) = (.crop, .resizeSide(resizeSide)) }
        return facts
    }
}

/// `0.485,0.456,0.406`
struct NumbersArgument: ExpressibleByArgument {
    var values: [Float] = []

    init?(argument: String) {
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let value = Float(part.trimmed), value.isFinite else { return nil }
            values.append(value)
        }
    }
}
