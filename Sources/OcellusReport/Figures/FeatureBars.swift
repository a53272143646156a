// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// What the units of a dense layer give for one picture: a bar for each, with class names where units are classes.
struct FeatureBars {
    let values: [Double]
    /// One for each value; empty where units have none.
    let names: [String]
    /// What is drawn, for who does not see it.
    let words: String

    /// Rows with names; more units are columns.
    private static let mostRows = 20

    var markup: Markup {
        let finite = values.map { $0.isFinite ? $0 : 0 }
        let largest = max(finite.map(abs).max() ?? 0, .leastNormalMagnitude)
        return names.count == values.count && names.count <= Self.mostRows
            ? rows(finite, largest) : columns(finite, largest)
    }

    private func rows(_ values: [Double], _ largest: Double) -> Markup {
        let (left, height) = (112.0, 20.0)
        let scale = (Frame.width - left - 62) / (values.contains { $0 < 0 } ? 2 : 1) / largest
        let zero = values.contains { $0 < 0 } ? left + scale * largest : left
        var svg = SVG(width: Frame.width, height: height * Double(values.count) + 4)
        for (index, (value, name)) in zip(values, names).enumerated() {
            let y = height * Double(index) + 2
            svg.text(clipped(harmless(name), to: 14, TerminalStyle()), left - 8, y + 14, .end)
            svg.rectangle(
                min(zero, zero + scale * value), y + 3, abs(scale * value), height - 6, value < 0 ? "below" : "above",
                title: "\(name): \(NumberText.significant(value))")
            let end = value < 0 ? zero : zero + scale * value
            svg.text(NumberText.significant(value), end + 6, y + 14)
        }
        svg.line(zero, 0, zero, height * Double(values.count) + 4, "axis")
        return svg.picture(words)
    }

    private func columns(_ values: [Double], _ largest: Double) -> Markup {
        let (height, top) = (84.0, 4.0)
        let hasBelow = values.contains { $0 < 0 }
        let zero = hasBelow ? height / 2 : height - top
        let scale = (zero - top) / largest
        let step = Frame.width / Double(max(24, values.count))
        var svg = SVG(width: Frame.width, height: height)
        // Two paths, so that hundreds of units stay small.
        for isBelow in [false, true] {
            var path = ""
            for (index, value) in values.enumerated() where value != 0 && (value < 0) == isBelow {
                path +=
                    "M\(number(step * Double(index))) \(number(zero))h\(number(step * 0.8))v\(number(-scale * value))"
                    + "h\(number(-step * 0.8))Z"
            }
            if !path.isEmpty { svg.path(path, isBelow ? "below" : "above") }
        }
        svg.line(0, zero, step * Double(values.count), zero, "axis")
        return svg.picture(words)
    }
}
