// SPDX-License-Identifier: Apache-2.0

package import Foundation
package import OcellusData
import OcellusTensor

/// The findings of a check as one HTML page with small pictures, which needs nothing else: no network, no script.
package enum CheckPage {
    /// - Parameter thumbnails: JPEG bytes of some of the files that findings name, by path.
    /// - Throws: ``ReportError``, a defect of Ocellus.
    package static func html(for report: CheckReport, thumbnails: [String: Data]) throws(ReportError) -> String {
        try page(template, parts: [:], view: CheckView(report, thumbnails: thumbnails))
    }

    private static let template = """
        .found { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px; margin: 12px 0; padding: 0; list-style: none; }
        .found li { min-width: 0; font-size: 13px; line-height: 1.4; color: var(--soft); overflow-wrap: anywhere; }
        .found img { display: block; max-width: 96px; max-height: 96px; margin-bottom: 4px; }
        </style>
        </head>
        <body>
        <header>
        <p class="kicker">Ocellus check</p>
        <h1>{{title}}</h1>
        <p class="facts">{{facts}}</p>
        </header>
        <main>
        <section id="summary" class="verdict"><p class="kicker">Verdict</p><p class="word">{{verdict}}</p></section>
        <section id="classes"><h2>Classes</h2>
        <table><thead><tr><th>class</th>{{#splits}}<th>{{.}}</th>{{/splits}}</tr></thead>
        <tbody>{{#classes}}<tr><th>{{name}}</th>{{#counts}}<td>{{.}}</td>{{/counts}}</tr>{{/classes}}</tbody></table></section>
        {{#groups}}<section><h2>{{heading}}</h2><p class="note">{{severity}}</p>
        <ul class="found">{{#items}}<li>{{#pictures}}<img alt="{{path}}" src="data:image/jpeg;base64,{{{base64}}}"/>{{/pictures}}
        {{#paths}}<div>{{.}}</div>{{/paths}}<div>{{detail}}</div></li>{{/items}}</ul>
        {{#rest}}<p class="note">{{rest}}</p>{{/rest}}</section>
        {{/groups}}
        </main>
        <footer><p>Written by Ocellus {{version}}. This page loads nothing and runs no script.</p></footer>
        </body>
        </html>

        """
}

/// What the template reads.
private struct CheckView {
    struct Row {
        var name: String
        var counts: [String]
    }

    struct Picture {
        var path: String
        var base64: String
    }

    struct Item {
        var pictures: [Picture]
        var paths: [String]
        var detail: String
    }

    struct Group {
        var heading: String
        var severity: String
        var items: [Item]
        var rest: String?
    }

    /// Findings of one kind that are shown before the rest is counted.
    private static let shown = 60

    let style = pageStyle
    let version = OcellusVersion.current
    let title: String
    let facts: String
    let verdict: String
    let splits: [String]
    let classes: [Row]
    let groups: [Group]

    init(_ report: CheckReport, thumbnails: [String: Data]) {
        title = report.path
        let formats = report.formats.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
        let parts = [
            "\(counted(report.images, "image")), \(NumberText.integer(report.readable)) readable",
            formats.joined(separator: ", "), report.sizes.map(CheckText.size) ?? "",
        ]
        facts = (parts + report.notes).filter { !$0.isEmpty }.joined(separator: " · ")
        verdict = CheckText.verdict(report)
        splits = report.splits
        classes = report.classes.map { Row(name: $0.name, counts: CheckText.counts($0, report.splits)) }
        groups = CheckReport.Finding.Kind.allCases.compactMap { kind in
            let members = report.findings.filter { $0.kind == kind }
            guard !members.isEmpty else { return nil }
            let items = members.prefix(Self.shown).map { finding in
                Item(
                    pictures: finding.paths.prefix(6).compactMap { path in
                        thumbnails[path].map { Picture(path: path, base64: $0.base64EncodedString()) }
                    },
                    paths: Array(finding.paths.prefix(6))
                        + (finding.paths.count > 6 ? ["and \(finding.paths.count - 6) more"] : []),
                    detail: finding.detail)
            }
            return Group(
                heading: "\(NumberText.integer(members.count)) \(kind.title)", severity: kind.severity.rawValue,
                items: items, rest: members.count > Self.shown ? "and \(members.count - Self.shown) more" : nil)
        }
    }
}
