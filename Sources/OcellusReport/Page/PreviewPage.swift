// SPDX-License-Identifier: Apache-2.0

import OcellusModel
package import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// A ``DataPreview`` as one HTML page that needs nothing else.
package enum PreviewPage {
    package static func html(for preview: DataPreview) -> String { PreviewView(preview).html }
}

/// What the page shows.
private struct PreviewView {
    struct ImageRow {
        var label: String
        var position: String
        var tiles: [Tile]
    }
    struct Tile {
        var source: String
        var text: String
        var caption: String
    }

    let title: String
    let facts: String
    let augmentation: String
    let width: Int
    let notes: [String]
    let epochs: [String]
    let rows: [ImageRow]

    init(_ preview: DataPreview) {
        title = "What the network sees: \(preview.dataName)"
        let colors = preview.channels == 1 ? "gray" : "colour"
        facts =
            "\(NumberText.integer(preview.trainCount)) training images of \(preview.width)×\(preview.height) pixels, "
            + "\(colors), fitted by \(preview.fitting.fit.rawValue)"
        augmentation =
            preview.augmentation.isEmpty
            ? "No augmentation: every epoch shows the images as they are."
            : "Augmentation: \(preview.augmentation.text), seed \(preview.seed)."
        width = max(72, min(224, preview.width))
        notes = preview.notes
        epochs = (0..<(preview.rows.first?.epochs.count ?? 0)).map { "Epoch \($0 + 1)" }
        rows = preview.rows.map { row in
            let tiles = [("unchanged", row.original)] + row.epochs.enumerated().map { ("epoch \($0 + 1)", $1) }
            return ImageRow(
                label: row.label, position: "Image \(row.position)",
                tiles: tiles.map { name, tile in
                    Tile(
                        source: "data:image/png;base64," + tile.png.base64EncodedString(),
                        text: "\(row.label), \(name)", caption: tile.label == row.label ? "" : tile.label)
                })
        }
    }
}

extension PreviewView {
    /// The whole file.
    fileprivate var html: String {
        Page(kicker: "Ocellus data preview", title: title, facts: facts, style: previewStyle).html {
            p { augmentation }
            note(
                "These are the network's inputs, byte for byte, before mean and deviation. Images that are evaluated or "
                    + "predicted are never augmented.")
            for words in notes { note(words) }
            div(.class("preview"), .style("--w:\(width)px")) { tileTable }
        } footer: {
        }
    }

    private var tileTable: Markup {
        table {
            thead { tr { for head in ["Class", "Unchanged"] + epochs { th(.column) { head } } } }
            tbody {
                for row in rows {
                    tr {
                        th(.row) {
                            row.label
                            br()
                            span(.class("note")) { row.position }
                        }
                        for tile in row.tiles {
                            td {
                                img(Attribute("src", tile.source), .alt(tile.text))
                                span(.class("caption")) { tile.caption }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The width of a tile is a property of the table.
private let previewStyle: StaticString = """

    .preview { overflow-x: auto; }
    .preview table { width: auto; }
    .preview td { vertical-align: top; padding: 4px; }
    .preview img { display: block; width: var(--w); height: auto; image-rendering: pixelated; }
    .preview .caption { font-size: 12px; color: var(--soft); max-width: var(--w); }
    """
