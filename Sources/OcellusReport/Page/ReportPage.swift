// SPDX-License-Identifier: Apache-2.0

import Mustache
public import OcellusEvidence
public import OcellusTensor

/// A comparison as one HTML page that needs nothing else: no network, no script, no other file.
///
///     let page = try ReportPage.html(for: record)
///     try page.write(to: run.appending(path: "report.html"), atomically: true, encoding: .utf8)
public enum ReportPage {
    /// The page of a record; nothing is computed that the record does not hold, apart from means of its numbers.
    ///
    /// - Throws: ``ReportError``, a defect of Ocellus: the page's templates do not parse.
    public static func html(for record: ComparisonRecord) throws(ReportError) -> String {
        try page(pageTemplate, parts: pageParts, view: PageView(Findings(record)))
    }
}

/// How every page begins; the template goes on with styles of its own and ends the head.
private let pageHead = """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8"/>
    <meta name="viewport" content="width=device-width, initial-scale=1"/>
    <meta name="color-scheme" content="light dark"/>
    <title>{{title}}</title>
    <style>
    {{{style}}}

    """

/// A page from its template behind the common head, the parts that it includes and what they read.
func page(_ template: String, parts: [String: String], view: Any) throws(ReportError) -> String {
    let escape = "{{% CONTENT_TYPE: OCELLUS}}"
    // Registering twice is harmless: the value has no state.
    MustacheContentTypes.register(EscapedHTML(), named: "OCELLUS")
    do {
        var library = MustacheLibrary()
        // Each part names its escape: an included part does not take over that of the page.
        for (name, text) in parts { try library.register(escape + text, named: name) }
        return try MustacheTemplate(string: escape + pageHead + template).render(view, library: library)
    } catch {
        throw ReportError(detail: "\(error)")
    }
}

/// Mustache's own escape works by characters and lets a quotation mark through that a combining mark follows.
/// Numbers stay on one line with their units.
private struct EscapedHTML: MustacheContentType {
    func escapeText(_ text: String) -> String {
        escaped(text.replacing(" %", with: "\u{A0}%").replacing("< 0", with: "<\u{A0}0"))
    }
}

/// A page could not be made.
public struct ReportError: OcellusError {
    let detail: String

    public var code: String { "report.template" }
    public var summary: String { "the page cannot be written." }
    public var because: String? { detail }
    public var advice: String? { "report it: this is a defect of Ocellus" }
    public var exitClass: ExitClass { .internal }
}
