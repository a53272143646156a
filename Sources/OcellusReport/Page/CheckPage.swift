// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// The findings of a check as one HTML page with small pictures, which needs nothing else: no network, no script.
package enum CheckPage {
    /// - Parameter thumbnails: JPEG bytes of some of the files that findings name, by path.
    package static func html(for report: CheckReport, thumbnails: [String: Data]) -> String {
        CheckView(report, thumbnails: thumbnails).html
    }
}

private let checkStyle: StaticString = """

    .found { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px; margin: 12px 0; padding: 0; list-style: none; }
    .found li { min-width: 0; font-size: 13px; line-height: 1.4; color: var(--soft); overflow-wrap: anywhere; }
    .found img { display: block; max-width: 96px; max-height: 96px; margin-bottom: 4px; }
    """

extension CheckView {
    /// The whole file.
    fileprivate var html: String {
        Page(kicker: "Ocellus check", title: title, facts: facts, style: checkStyle).html {
            section(.id("summary"), .class("verdict")) {
                p(.class("kicker")) { "Verdict" }
                p(.class("word")) { verdict }
            }
            section(.id("classes")) {
                h2 { "Classes" }
                numberTable(["class"] + splits, classes)
            }
            for group in groups { groupSection(group) }
        } footer: {
            writtenBy(OcellusVersion.current)
        }
    }

    private func groupSection(_ group: Group) -> Markup {
        section {
            h2 { group.heading }
            note(group.severity)
            ul(.class("found")) {
                for item in group.items {
                    li {
                        for picture in item.pictures {
                            img(.alt(picture.path), Attribute("src", "data:image/jpeg;base64," + picture.base64))
                        }
                        for path in item.paths { div { path } }
                        div { item.detail }
                    }
                }
            }
            if let rest = group.rest { note(rest) }
        }
    }
}

/// What the page shows.
private struct CheckView {
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
        classes = report.classes.map { Row(label: $0.name, cells: CheckText.counts($0, report.splits)) }
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
