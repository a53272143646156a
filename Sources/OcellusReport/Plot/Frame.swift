// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// The plot area with its two axes; what is drawn in it is given in the axes' units.
struct Frame {
    var svg: SVG
    let x: Axis
    let y: Axis
    let left: Double
    let right: Double
    let top = 14.0
    let bottom: Double

    /// All plots share one width, chosen so that the letters stay readable when a phone shrinks it.
    static let width = 440.0

    /// - Parameters:
    ///   - leftMargin: Room for the tick labels of y.
    ///   - rightMargin: Room for labels at the ends of lines.
    init(x: Axis, y: Axis, height: Double = 290, leftMargin: Double = 52, rightMargin: Double = 14) {
        self.x = x
        self.y = y
        svg = SVG(width: Self.width, height: height)
        left = leftMargin
        right = Self.width - rightMargin
        bottom = height - 46
        for tick in y.ticks {
            let place = self.yPlace(tick.value)
            svg.line(left, place, right, place, "grid")
            svg.text(tick.label, left - 8, place + 4.5, .end)
        }
        for tick in x.ticks {
            let place = self.xPlace(tick.value)
            svg.line(place, bottom, place, bottom + 5, "axis")
            svg.text(tick.label, place, bottom + 20, .middle)
        }
        svg.line(left, bottom, right, bottom, "axis")
        svg.text(x.title, (left + right) / 2, height - 7, .middle, "label title")
        svg.text(y.title, 13, (top + bottom) / 2, .middle, "label title", rotated: true)
    }

    func xPlace(_ value: Double) -> Double { left + (right - left) * x.position(value) }
    func yPlace(_ value: Double) -> Double { bottom - (bottom - top) * y.position(value) }

    /// A line through the points; points that are not finite break it.
    mutating func line(_ points: [(Double, Double)], _ style: String, title: String? = nil) {
        for run in points.split(whereSeparator: { !$0.0.isFinite || !$0.1.isFinite }) {
            svg.polyline(run.map { (xPlace($0.0), yPlace($0.1)) }, style, title: title)
        }
    }

    /// The area between two courses over the same places.
    mutating func band(_ places: [Double], lower: [Double], upper: [Double], _ style: String) {
        let edges = zip(places, zip(lower, upper)).filter { $0.0.isFinite && $0.1.0.isFinite && $0.1.1.isFinite }
        let above = edges.map { (xPlace($0.0), yPlace($0.1.1)) }
        let below = edges.reversed().map { (xPlace($0.0), yPlace($0.1.0)) }
        svg.polygon(above + below, style)
    }

    mutating func marker(_ series: Int, _ x: Double, _ y: Double, radius: Double = 4, title: String? = nil) {
        guard x.isFinite, y.isFinite else { return }
        svg.marker(series, xPlace(x), yPlace(y), radius: radius, title: title)
    }

    /// Names at the right ends of lines, pushed apart so that none covers another, and none the labels below.
    mutating func endLabels(_ labels: [(text: String, series: Int, y: Double)]) {
        let sorted = labels.filter(\.y.isFinite).sorted { yPlace($0.y) < yPlace($1.y) }
        var places: [Double] = []
        for label in sorted { places.append(max((places.last ?? top - 11) + 15, yPlace(label.y) + 4.5)) }
        for index in places.indices.reversed() {
            places[index] = min(places[index], bottom - 15 * Double(places.count - 1 - index))
        }
        let most = Int((Self.width - right - 6) / Self.letterWidth)
        for (label, place) in zip(sorted, places) {
            svg.text(
                clipped(harmless(label.text), to: most, TerminalStyle()), right + 6, place, .start,
                "label name s\(label.series % 6)")
        }
    }

    /// Of a bold letter in a plot, on average.
    private static let letterWidth = 8.6

    /// Room for such names, so that most are whole.
    static func labelMargin(_ names: [String]) -> Double {
        min(128, max(78, 6 + letterWidth * Double(names.map(\.count).max() ?? 0)))
    }
}
