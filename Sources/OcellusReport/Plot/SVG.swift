// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// A drawing as inline SVG: shapes in classes that the page's style colours, so that it follows light and dark.
struct SVG {
    private(set) var body = ""
    let width: Double
    let height: Double

    init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// The finished element; `id` must be unique on the page.
    ///
    /// - Parameters:
    ///   - title: What it is, read first by screen readers.
    ///   - description: What is seen in it, in words.
    func element(id: String, title: String, description: String) -> String {
        """
        <svg id="\(escaped(id))" class="plot" viewBox="0 0 \(number(width)) \(number(height))" role="img" \
        aria-labelledby="\(escaped(id))-t \(escaped(id))-d">\
        <title id="\(escaped(id))-t">\(escaped(title))</title>\
        <desc id="\(escaped(id))-d">\(escaped(description))</desc>\(body)</svg>
        """
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String, title: String? = nil) {
        add(
            "line", "x1=\"\(number(x1))\" y1=\"\(number(y1))\" x2=\"\(number(x2))\" y2=\"\(number(y2))\"", style, title)
    }

    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, title: String? = nil
    ) {
        add(
            "rect",
            "x=\"\(number(x))\" y=\"\(number(y))\" width=\"\(number(width))\" height=\"\(number(height))\"", style,
            title)
    }

    mutating func path(_ data: String, _ style: String, title: String? = nil) {
        add("path", "d=\"\(data)\"", style, title)
    }

    mutating func polyline(_ points: [(x: Double, y: Double)], _ style: String, title: String? = nil) {
        guard points.count > 1 else { return }
        path("M" + points.map { "\(number($0.x)) \(number($0.y))" }.joined(separator: "L"), style, title: title)
    }

    mutating func polygon(_ points: [(x: Double, y: Double)], _ style: String) {
        guard points.count > 2 else { return }
        path("M" + points.map { "\(number($0.x)) \(number($0.y))" }.joined(separator: "L") + "Z", style)
    }

    enum Anchor: String {
        case start, middle, end
    }

    mutating func text(
        _ text: String, _ x: Double, _ y: Double, _ anchor: Anchor = .start, _ style: String = "label",
        rotated: Bool = false
    ) {
        let turn = rotated ? " transform=\"rotate(-90 \(number(x)) \(number(y)))\"" : ""
        body +=
            "<text class=\"\(style)\" x=\"\(number(x))\" y=\"\(number(y))\" text-anchor=\"\(anchor.rawValue)\"\(turn)>"
            + escaped(text) + "</text>"
    }

    /// A mark whose form tells the series as well as its colour does: disc, square, triangle, diamond, in turn.
    mutating func marker(_ series: Int, _ x: Double, _ y: Double, radius r: Double = 4, title: String? = nil) {
        let style = "mark s\(series % 6)"
        switch series % 4 {
        case 0: add("circle", "cx=\"\(number(x))\" cy=\"\(number(y))\" r=\"\(number(r))\"", style, title)
        case 1: rectangle(x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r, style, title: title)
        case 2:
            path(
                "M\(number(x)) \(number(y - 1.2 * r))l\(number(1.15 * r)) \(number(2 * r))h\(number(-2.3 * r))Z", style,
                title: title)
        default:
            path(
                "M\(number(x)) \(number(y - 1.3 * r))l\(number(1.3 * r)) \(number(1.3 * r))l\(number(-1.3 * r)) "
                    + "\(number(1.3 * r))l\(number(-1.3 * r)) \(number(-1.3 * r))Z", style, title: title)
        }
    }

    private mutating func add(_ name: String, _ attributes: String, _ style: String, _ title: String?) {
        body += "<\(name) class=\"\(style)\" \(attributes)"
        body += title.map { "><title>\(escaped($0))</title></\(name)>" } ?? "/>"
    }
}

/// A coordinate with at most one decimal; what is not finite lands at 0, where it is seen to be wrong, instead of
/// breaking the drawing.
func number(_ value: Double) -> String {
    guard value.isFinite, abs(value) < 1e9 else { return "0" }
    let tenths = Int((value * 10).rounded())
    let sign = tenths < 0 ? "-" : ""
    let rest = tenths.magnitude % 10
    return "\(sign)\(tenths.magnitude / 10)" + (rest == 0 ? "" : ".\(rest)")
}

/// Text for HTML, SVG and quoted attributes, scalar by scalar: a mark that combines with a quotation mark makes one
/// character of the two, which an escape by characters would let through.
func escaped(_ text: String) -> String {
    var result = ""
    for scalar in harmless(text).unicodeScalars {
        switch scalar {
        case "<": result += "&lt;"
        case ">": result += "&gt;"
        case "&": result += "&amp;"
        case "\"": result += "&quot;"
        case "'": result += "&#39;"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}
