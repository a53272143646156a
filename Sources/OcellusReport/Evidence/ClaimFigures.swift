// SPDX-License-Identifier: Apache-2.0

import OcellusEvidence

/// Draws the figures of a claim.
enum ClaimFigures {
    /// - Parameter id: Unique on the page.
    static func figures(_ figure: ClaimFigure, id: String) -> [Figure] {
        if figure.maps.isEmpty { return figure.curves.isEmpty ? [] : [curves(figure, id: id)] }
        return figure.maps.enumerated().map { map(figure, $0.element, id: "\(id)-\($0.offset)") }
    }

    private static func text(_ value: Double, _ figure: ClaimFigure) -> String {
        figure.isPercent ? NumberText.percent(value) : NumberText.significant(value)
    }

    private static func curves(_ figure: ClaimFigure, id: String) -> Figure {
        let values = figure.curves.flatMap { curve in
            curve.values.enumerated().flatMap { index, value -> [Double] in
                guard let value else { return [] }
                let spread = curve.spread.flatMap { index < $0.count ? $0[index] : nil } ?? 0
                return [value - spread, value + spread]
            }
        }
        let xs = figure.places
        let xAxis: Axis =
            switch figure.xScale {
            case .linear: .linear(figure.xTitle, covering: xs, count: 7)
            case .logarithmic: places(figure.xTitle, xs)
            }
        let yAxis: Axis =
            switch (figure.yScale, figure.isPercent) {
            case (.logarithmic, _): .logarithmic(figure.yTitle, covering: values, count: 6)
            case (.linear, true):
                .linear(figure.yTitle, covering: values, clamp: -1...1) { value, decimals in
                    NumberText.decimal(100 * value, max(0, decimals - 2))
                }
            case (.linear, false): .linear(figure.yTitle, covering: values)
            }
        var frame = Frame(
            x: xAxis, y: yAxis, leftMargin: figure.yScale == .logarithmic ? 66 : 52,
            rightMargin: Frame.labelMargin(figure.curves.map(\.name)))
        var ends: [(text: String, series: Int, y: Double)] = []
        var words: [String] = []
        for curve in figure.curves {
            let points = zip(xs, curve.values).map { ($0, $1 ?? .nan) }
            if let spread = curve.spread, !curve.isDashed {
                let known = zip(points, spread).filter { $0.0.1.isFinite && $0.1 != nil }
                frame.band(
                    known.map(\.0.0), lower: known.map { $0.0.1 - ($0.1 ?? 0) },
                    upper: known.map { $0.0.1 + ($0.1 ?? 0) },
                    "band s\(curve.series % 6)")
            }
            frame.line(points, "\(curve.isDashed ? "train" : "validation") s\(curve.series % 6)", title: curve.name)
            for (place, value) in points where value.isFinite {
                frame.marker(
                    curve.series, place, value, radius: curve.isDashed ? 2.4 : 3.4,
                    title: "\(curve.name), \(NumberText.significant(place)): \(text(value, figure))")
            }
            if let last = points.last(where: { $0.1.isFinite }), let first = points.first(where: { $0.1.isFinite }) {
                ends.append((curve.name, curve.series, last.1))
                words.append(
                    "\(curve.name) from \(text(first.1, figure)) at \(NumberText.significant(first.0)) to "
                        + "\(text(last.1, figure)) at \(NumberText.significant(last.0))")
            }
        }
        frame.endLabels(ends)
        return Figure(
            svg: frame.svg.element(
                id: id, title: figure.heading,
                description: words.isEmpty ? "No cell is done yet." : words.joined(separator: "; ") + "."),
            heading: figure.heading, caption: figure.caption)
    }

    /// A logarithmic axis from the first place to the last, labelled at the places themselves.
    private static func places(_ title: String, _ places: [Double]) -> Axis {
        let known = places.filter { $0 > 0 }.sorted()
        guard let first = known.first, let last = known.last, last > first else {
            return .logarithmic(title, covering: places)
        }
        var ticks: [Axis.Tick] = []
        for place in known {
            // Labels that would touch are left out.
            if let before = ticks.last, place / before.value < 1.28 { continue }
            ticks.append(Axis.Tick(value: place, label: NumberText.integer(Int(place.rounded()))))
        }
        return Axis(scale: .logarithmic, lower: first, upper: last, ticks: ticks, title: title)
    }

    /// Cells of equal size, one for each pair of places: the stronger the colour, the larger the value.
    private static func map(_ figure: ClaimFigure, _ map: ClaimFigure.Map, id: String) -> Figure {
        let count = figure.places.count
        let (left, top) = (58.0, 10.0)
        let cell = max(6, ((Frame.width - left - 40) / Double(max(1, count))).rounded(.down))
        let side = cell * Double(count)
        var svg = SVG(width: Frame.width, height: side + top + 48)
        let largest = max(1e-9, map.values.joined().max() ?? 1)
        for (row, values) in map.values.enumerated() {
            for (column, value) in values.enumerated() {
                // Six strengths of one colour, from none of the largest value to all of it.
                let strength = Int(min(5, max(0, value / largest * 6)))
                svg.rectangle(
                    left + cell * Double(column), top + cell * Double(row), cell - 1, cell - 1, "hit heat\(strength)",
                    title: "\(NumberText.integer(Int(figure.places[column]))) right, "
                        + "\(NumberText.integer(Int(figure.places[row]))) down: \(text(value, figure))")
                if cell >= 24 {
                    svg.text(
                        NumberText.decimal(100 * value, 0), left + cell * (Double(column) + 0.5) - 0.5,
                        top + cell * (Double(row) + 0.5) + 4, .middle, "label cell")
                }
            }
        }
        for (index, place) in figure.places.enumerated() {
            let label = NumberText.integer(Int(place))
            svg.text(label, left + cell * (Double(index) + 0.5), top + side + 16, .middle)
            svg.text(label, left - 7, top + cell * (Double(index) + 0.5) + 4, .end)
        }
        svg.text(figure.xTitle, left + side / 2, top + side + 38, .middle, "label title")
        svg.text(figure.yTitle, 13, top + side / 2, .middle, "label title", rotated: true)
        let middle = count / 2
        let centre = map.values.indices.contains(middle) ? map.values[middle][middle] : .nan
        let corner = map.values.first?.first ?? .nan
        return Figure(
            svg: svg.element(
                id: id, title: "\(figure.heading), \(map.name)",
                description: "\(text(centre, figure)) in the middle, \(text(corner, figure)) in the upper left corner."),
            heading: "\(figure.heading): \(map.name)", caption: figure.caption)
    }
}
