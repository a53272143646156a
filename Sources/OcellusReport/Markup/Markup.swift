// SPDX-License-Identifier: Apache-2.0

import OcellusTensor

/// A piece of a page: elements, which close themselves, and text, which is escaped.
///
///     section(.id("classes")) {
///         h2 { "Classes" }
///         for name in names { p(.class("note")) { name } }
///     }
///
/// Only tags, attributes and text make one, so a page is whole and no name in it can become markup. It is XML as well as
/// HTML: a parser can prove it.
struct Markup: Sendable {
    fileprivate(set) var html = ""

    /// Nothing.
    init() {}

    /// Text as it reads on a page: numbers stay on one line with their units.
    init(text: String) { html = escaped(Self.spaced(text)) }

    /// Text that is copied from the page: its blanks stay blanks.
    init(verbatim text: String) { html = escaped(text) }

    var isEmpty: Bool { html.isEmpty }

    mutating func append(_ other: Markup) { html += other.html }
}

@resultBuilder enum MarkupBuilder {
    static func buildExpression(_ text: String) -> Markup { Markup(text: text) }
    static func buildExpression(_ markup: Markup) -> Markup { markup }
    static func buildExpression(_ markup: Markup?) -> Markup { markup ?? Markup() }
    static func buildBlock(_ parts: Markup...) -> Markup { buildArray(parts) }
    static func buildOptional(_ part: Markup?) -> Markup { part ?? Markup() }
    static func buildEither(first part: Markup) -> Markup { part }
    static func buildEither(second part: Markup) -> Markup { part }
    static func buildArray(_ parts: [Markup]) -> Markup { parts.reduce(into: Markup()) { $0.append($1) } }
}

/// Parts of a page that several sections share, in order.
func markup(@MarkupBuilder _ content: () -> Markup) -> Markup { content() }

/// A name and a value, escaped; without a value it is left out.
struct Attribute: Sendable {
    let name: StaticString
    let value: String?

    init(_ name: StaticString, _ value: String?) {
        self.name = name
        self.value = value
    }

    static func `class`(_ names: String?) -> Attribute { Attribute("class", names) }
    static func id(_ id: String) -> Attribute { Attribute("id", id) }
    static func title(_ words: String) -> Attribute { Attribute("title", Markup.spaced(words)) }
    static func alt(_ words: String) -> Attribute { Attribute("alt", Markup.spaced(words)) }
    static func style(_ declarations: String) -> Attribute { Attribute("style", declarations) }
    /// To a place on the same page.
    static func link(to anchor: String) -> Attribute { Attribute("href", "#" + anchor) }
    /// `open`, as XML has it.
    static func open(_ isOpen: Bool) -> Attribute { Attribute("open", isOpen ? "open" : nil) }
    static var column: Attribute { Attribute("scope", "col") }
    static var row: Attribute { Attribute("scope", "row") }
    static var hidden: Attribute { Attribute("aria-hidden", "true") }

    fileprivate var html: String { value.map { " \(name)=\"\(escaped($0))\"" } ?? "" }
}

extension Markup {
    /// Words with the spaces of ``init(text:)``.
    fileprivate static func spaced(_ words: String) -> String {
        words.replacing(" %", with: "\u{A0}%").replacing("< 0", with: "<\u{A0}0")
    }
}

/// An element by its name; called with attributes and content, it is markup.
struct Tag: Sendable {
    private let name: StaticString
    /// What follows it in the file. A block ends its line; white space between blocks means nothing.
    private let end: String

    init(_ name: StaticString, isBlock: Bool = false) {
        self.name = name
        end = isBlock ? "\n" : ""
    }

    func callAsFunction(_ attributes: Attribute..., @MarkupBuilder content: () -> Markup) -> Markup {
        made(attributes, content())
    }

    /// Without content.
    func callAsFunction(_ attributes: Attribute...) -> Markup { made(attributes, nil) }

    func made(_ attributes: [Attribute], _ content: Markup?) -> Markup {
        var result = Markup()
        result.html = "<\(name)"
        for attribute in attributes { result.html += attribute.html }
        if let content {
            result.html += ">"
            result.append(content)
            result.html += "</\(name)>"
        } else {
            result.html += "/>"
        }
        result.html += end
        return result
    }
}

extension Markup {
    /// A style sheet of this room, which is the one text that is not escaped: HTML reads it as it stands.
    static func styleSheet(_ sheet: StaticString...) -> Markup {
        var result = Markup()
        result.html = "<style>\n\(sheet.map { "\($0)" }.joined())\n</style>\n"
        return result
    }

    /// A script of this room, which is not escaped either: the marks around it let HTML and XML read it as it stands.
    static func script(_ script: StaticString) -> Markup {
        var result = Markup()
        result.html = "<script>//<![CDATA[\n\(script)\n//]]></script>\n"
        return result
    }

    /// A whole document.
    static func document(_ root: Markup) -> String { "<!DOCTYPE html>\n" + root.html }
}

/// Text for HTML, SVG and quoted attributes, scalar by scalar: a mark that combines with a quotation mark makes one
/// character of the two, which an escape by characters would let through.
private func escaped(_ text: String) -> String {
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
