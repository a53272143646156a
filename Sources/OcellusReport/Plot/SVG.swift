// SPDX-License-Identifier: Apache-2.0

/// A drawing as inline SVG: shapes in classes that the page's style colours, so that it follows light and dark.
struct SVG {
    private(set) var body = Markup()
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
    func element(id: String, title: String, description: String) -> Markup {
        Tag("svg")(
            .id(id), .class("plot"), Attribute("viewBox", "0 0 \(number(width)) \(number(height))"),
            Attribute("role", "img"), Attribute("aria-labelledby", "\(id)-t \(id)-d")
        ) {
            Tag("title")(.id("\(id)-t")) { Markup(verbatim: title) }
            Tag("desc")(.id("\(id)-d")) { Markup(verbatim: description) }
            body
        }
    }

    /// The finished drawing without an id of its own, for pages with many.
    ///
    /// - Parameter words: What is seen in it.
    func picture(_ words: String) -> Markup {
        Tag("svg")(
            .class("plot"), Attribute("viewBox", "0 0 \(number(width)) \(number(height))"), Attribute("role", "img"),
            Attribute("aria-label", words)
        ) { body }
    }

    /// A small mark in running text, which says nothing to a screen reader.
    func mark(_ style: String) -> Markup {
        Tag("svg")(.class(style), Attribute("viewBox", "0 0 \(number(width)) \(number(height))"), .hidden) { body }
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String, title: String? = nil) {
        add(Tag("line"), style, title, places("x1", x1, "y1", y1) + places("x2", x2, "y2", y2))
    }

    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, title: String? = nil
    ) {
        add(Tag("rect"), style, title, places("x", x, "y", y) + places("width", width, "height", height))
    }

    mutating func path(_ data: String, _ style: String, title: String? = nil) {
        add(Tag("path"), style, title, [Attribute("d", data)])
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
        let attributes =
            [.class(style)] + places("x", x, "y", y) + [
                Attribute("text-anchor", anchor.rawValue),
                Attribute("transform", rotated ? "rotate(-90 \(number(x)) \(number(y)))" : nil),
            ]
        body.append(Tag("text").made(attributes, Markup(verbatim: text)))
    }

    /// A mark whose form tells the series as well as its colour does: disc, square, triangle, diamond, in turn.
    mutating func marker(_ series: Int, _ x: Double, _ y: Double, radius r: Double = 4, title: String? = nil) {
        let style = "mark s\(series % 6)"
        switch series % 4 {
        case 0: add(Tag("circle"), style, title, places("cx", x, "cy", y) + [Attribute("r", number(r))])
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

    private func places(_ first: StaticString, _ x: Double, _ second: StaticString, _ y: Double) -> [Attribute] {
        [Attribute(first, number(x)), Attribute(second, number(y))]
    }

    private mutating func add(_ tag: Tag, _ style: String, _ title: String?, _ attributes: [Attribute]) {
        body.append(
            tag.made([.class(style)] + attributes, title.map { text in Tag("title")() { Markup(verbatim: text) } }))
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
