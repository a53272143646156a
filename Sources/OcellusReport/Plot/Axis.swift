// SPDX-License-Identifier: Apache-2.0

import RealModule

/// One axis of a plot: its range, where its ticks stand and what they say.
struct Axis: Sendable {
    enum Scale: Sendable {
        case linear, logarithmic
    }

    struct Tick: Sendable, Hashable {
        var value: Double
        var label: String
    }

    var scale = Scale.linear
    var lower: Double
    var upper: Double
    var ticks: [Tick]
    /// What is measured and in which unit.
    var title: String

    /// Place of a value along the axis, 0 at its lower end and 1 at its upper; values outside stay at the ends.
    func position(_ value: Double) -> Double {
        let share: Double =
            switch scale {
            case .linear: (value - lower) / (upper - lower)
            case .logarithmic: Double.log10(max(value, lower) / lower) / Double.log10(upper / lower)
            }
        return min(1, max(0, share))
    }

    /// Ticks at 1, 2 or 5 times a power of ten that cover the values.
    ///
    /// Heckbert 1990, "Nice numbers for graph labels", Graphics Gems, with loose labels.
    ///
    /// - Parameters:
    ///   - values: What is shown; values that are not finite are left out, and none at all gives 0…1.
    ///   - count: About how many ticks.
    ///   - clamp: Limits that the axis never leaves, e.g. 0…1 for accuracies.
    ///   - label: Text of a tick from its value and the decimals that its step needs.
    static func linear(
        _ title: String, covering values: [Double], count: Int = 5, clamp: ClosedRange<Double>? = nil,
        label: (_ value: Double, _ decimals: Int) -> String = { NumberText.decimal($0, $1) }
    ) -> Axis {
        let finite = values.filter(\.isFinite)
        var (low, high) = (finite.min() ?? 0, finite.max() ?? 1)
        if high - low <= 1e-12 * max(abs(low), abs(high), 1e-300) {
            // One value: a range around it, so that it has a place.
            let margin = max(abs(low) * 0.1, 1e-3)
            (low, high) = (low - margin, high + margin)
        }
        let step = niceStep((high - low) / Double(max(1, count - 1)))
        var (first, last) = (Int((low / step).rounded(.down)), Int((high / step).rounded(.up)))
        if let clamp {
            first = max(first, Int((clamp.lowerBound / step).rounded(.down)))
            last = min(last, Int((clamp.upperBound / step).rounded(.up)))
        }
        if last <= first { last = first + 1 }
        let decimals = max(0, -Int((Double.log10(step) + 1e-9).rounded(.down)))
        let ticks = (first...last).map { Tick(value: Double($0) * step, label: label(Double($0) * step, decimals)) }
        return Axis(lower: Double(first) * step, upper: Double(last) * step, ticks: ticks, title: title)
    }

    /// Percent of fractions, inside 0…1.
    static func percent(_ title: String, covering values: [Double], count: Int = 5) -> Axis {
        linear(title, covering: values, count: count, clamp: 0...1) { value, decimals in
            NumberText.decimal(100 * value, max(0, decimals - 2))
        }
    }

    /// Whole numbers from `first` to `last`, at most `count` of them labelled.
    static func integers(_ title: String, _ first: Int, _ last: Int, count: Int = 8) -> Axis {
        let last = max(last, first + 1)
        let step = max(1, Int(niceStep(Double(last - first) / Double(count)).rounded(.up)))
        let start = Int((Double(first) / Double(step)).rounded(.up)) * step
        var values = Array(stride(from: start, through: last, by: step))
        if values.first != first, let next = values.first, next - first > step / 2 { values.insert(first, at: 0) }
        return Axis(
            lower: Double(first), upper: Double(last),
            ticks: values.map { Tick(value: Double($0), label: NumberText.integer($0)) }, title: title)
    }

    /// Powers of ten that cover the positive values, at most `count` of them labelled.
    static func logarithmic(_ title: String, covering values: [Double], count: Int = 7) -> Axis {
        let positive = values.filter { $0.isFinite && $0 > 0 }
        let first = Int((Double.log10(positive.min() ?? 1) + 1e-9).rounded(.down))
        let last = max(first + 1, Int((Double.log10(positive.max() ?? 10) - 1e-9).rounded(.up)))
        let step = max(1, Int((Double(last - first) / Double(count)).rounded(.up)))
        return Axis(
            scale: .logarithmic, lower: Double.pow(10, Double(first)), upper: Double.pow(10, Double(last)),
            ticks: stride(from: first, through: last, by: step).map {
                Tick(value: Double.pow(10, Double($0)), label: powerOfTen($0))
            }, title: title)
    }

    /// `100 k` for 5.
    private static func powerOfTen(_ exponent: Int) -> String {
        let units = ["", " k", " M", " G", " T", " P"]
        guard (0..<3 * units.count).contains(exponent) else { return "1e\(exponent)" }
        return ["1", "10", "100"][exponent % 3] + units[exponent / 3]
    }

    /// The smallest of 1, 2, 5 and 10 times a power of ten that is not below `rough`.
    private static func niceStep(_ rough: Double) -> Double {
        let power = Double.pow(10, Double.log10(rough).rounded(.down))
        let factor = [1.0, 2, 5, 10].first { rough / power <= $0 * (1 + 1e-9) } ?? 10
        return factor * power
    }
}
