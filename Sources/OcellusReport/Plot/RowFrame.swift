// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// A plot of one row for each name, with the values along x.
struct RowFrame {
    var svg: SVG
    let x: Axis
    let left: Double
    let right = Frame.width - 14
    let top = 8.0
    let rowHeight: Double

    init(x: Axis, rows: [String], rowHeight: Double = 26, leftMargin: Double = 52) {
        self.x = x
        self.rowHeight = rowHeight
        left = leftMargin
        let bottom = top + rowHeight * Double(rows.count)
        svg = SVG(width: Frame.width, height: bottom + 46)
        for tick in x.ticks {
            let place = xPlace(tick.value)
            svg.line(place, top, place, bottom, "grid")
            svg.text(tick.label, place, bottom + 18, .middle)
        }
        svg.text(x.title, (left + right) / 2, bottom + 38, .middle, "label title")
        let letters = Int((leftMargin - 12) / 7.2)
        for (index, row) in rows.enumerated() {
            svg.text(clipped(harmless(row), to: letters, TerminalStyle()), left - 10, rowPlace(index) + 4.5, .end)
        }
    }

    func xPlace(_ value: Double) -> Double { left + (right - left) * x.position(value) }
    func rowPlace(_ row: Int) -> Double { top + rowHeight * (Double(row) + 0.5) }

    /// A mark with its interval; what is not finite is left out.
    mutating func point(
        _ series: Int, _ value: Double, row: Int, offset: Double = 0, interval: (Double, Double)? = nil,
        style: String? = nil, title: String
    ) {
        guard value.isFinite else { return }
        let y = rowPlace(row) + offset
        if let (lower, upper) = interval, lower.isFinite, upper.isFinite {
            svg.line(xPlace(lower), y, xPlace(upper), y, style ?? "whisker s\(series % 6)", title: title)
        }
        svg.marker(series, xPlace(value), y, title: title)
    }

    /// A vertical line through all rows.
    mutating func rule(_ value: Double, rows: Int) {
        guard value >= x.lower, value <= x.upper else { return }
        svg.line(xPlace(value), top, xPlace(value), top + rowHeight * Double(rows), "zero")
    }
}
