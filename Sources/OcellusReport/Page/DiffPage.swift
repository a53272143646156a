// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Two models on the same images as one HTML page with the pictures that changed sides; it needs nothing else: no network, no
/// script.
package enum DiffPage {
    /// Pictures of each kind that are shown before the rest is counted.
    package static let shown = 60

    /// - Parameters:
    ///   - diff: What changed.
    ///   - names: Of the two models.
    ///   - data: What the images are called.
    ///   - pictures: PNG bytes of images that changed sides, by their place.
    package static func html(
        _ diff: ModelDiff, names: (String, String), data: String, pictures: [Int: Data]
    ) -> String {
        Page(
            kicker: "Ocellus diff", title: data, facts: "A is \(names.0) · B is \(names.1)", style: diffStyle
        ).html {
            section(.id("summary"), .class("verdict")) {
                p(.class("kicker")) { "Verdict" }
                p(.class("word")) { DiffText.headline(diff) }
                note(DiffText.sides(diff))
            }
            changed("Right in A, wrong in B", anchor: "lost", diff.lost, pictures)
            changed("Wrong in A, right in B", anchor: "gained", diff.gained, pictures)
            section(.id("classes")) {
                h2 { "Classes" }
                numberTable(
                    ["class", "images", "lost", "gained", "p"],
                    diff.classes.map { row in
                        Row(
                            label: row.name,
                            cells: [
                                NumberText.integer(row.images), NumberText.integer(row.lost),
                                NumberText.integer(row.gained),
                                NumberText.pValue(row.pValue),
                            ])
                    })
                note("p: McNemar's exact test, corrected for the number of classes (Holm).")
            }
        } footer: {
            writtenBy(OcellusVersion.current)
        }
    }

    private static func changed(
        _ heading: String, anchor: String, _ changes: [ModelDiff.Change], _ pictures: [Int: Data]
    ) -> Markup {
        section(.id(anchor)) {
            h2 { "\(heading): \(NumberText.integer(changes.count))" }
            ul(.class("found")) {
                for change in changes.prefix(shown) {
                    li {
                        if let picture = pictures[change.index] {
                            img(
                                .alt(change.image),
                                Attribute("src", "data:image/png;base64," + picture.base64EncodedString()))
                        }
                        div { change.image }
                        div { "\(change.label): A says \(change.first), B says \(change.second)" }
                    }
                }
            }
            if changes.count > shown { note("and \(NumberText.integer(changes.count - shown)) more") }
        }
    }
}

private let diffStyle: StaticString = """

    .found { display: grid; grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); gap: 14px; margin: 12px 0; padding: 0; list-style: none; }
    .found li { min-width: 0; font-size: 13px; line-height: 1.4; color: var(--soft); overflow-wrap: anywhere; }
    .found img { display: block; width: 96px; max-height: 96px; object-fit: contain; margin-bottom: 4px; }
    """
