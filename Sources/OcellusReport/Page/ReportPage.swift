// SPDX-License-Identifier: Apache-2.0

public import OcellusEvidence
import OcellusTensor

/// A record as one HTML page that needs nothing else: no network, no script, no other file.
///
///     let page = ReportPage.html(for: record)
///     try page.write(to: run.appending(path: "report.html"), atomically: true, encoding: .utf8)
public enum ReportPage {
    /// The page of a comparison; nothing is computed that the record does not hold, apart from means of its numbers.
    public static func html(for record: ComparisonRecord) -> String {
        PageView(Findings(record)).html
    }
}

/// What every page has: its head, and around its sections a title and a footer.
struct Page {
    /// What the page is, above its title, e.g. `Ocellus comparison`.
    var kicker: String
    var title: String
    var facts: String
    /// What the page needs beyond the common style.
    var style: StaticString = ""
    /// Tables sort, pictures enlarge.
    var hasScript = false

    /// The whole file.
    ///
    /// - Parameters:
    ///   - main: The sections.
    ///   - footer: Paragraphs below them.
    func html(@MarkupBuilder main: () -> Markup, @MarkupBuilder footer: () -> Markup) -> String {
        let (main, footer) = (main(), footer())
        let root = Tag("html", isBlock: true)(Attribute("lang", "en")) {
            Tag("head", isBlock: true)() {
                meta(Attribute("charset", "utf-8"))
                meta(Attribute("name", "viewport"), Attribute("content", "width=device-width, initial-scale=1"))
                meta(Attribute("name", "color-scheme"), Attribute("content", "light dark"))
                Tag("title", isBlock: true)() { title }
                Markup.styleSheet(pageStyle, style)
            }
            Tag("body", isBlock: true)() {
                Tag("header", isBlock: true)() {
                    p(.class("kicker")) { kicker }
                    Tag("h1", isBlock: true)() { title }
                    p(.class("facts")) { facts }
                }
                Tag("main", isBlock: true)() { main }
                if !footer.isEmpty { Tag("footer", isBlock: true)() { footer } }
                if hasScript { Markup.script(pageScript) }
            }
        }
        return Markup.document(root)
    }

    private let meta = Tag("meta", isBlock: true)

    init(kicker: String, title: String, facts: String, style: StaticString = "", hasScript: Bool = false) {
        self.hasScript = hasScript
        self.kicker = kicker
        self.title = title
        self.facts = facts
        self.style = style
    }
}
