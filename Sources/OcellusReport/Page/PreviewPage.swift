// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusModel
package import OcellusTraining

/// A ``DataPreview`` as one HTML page that needs nothing else.
package enum PreviewPage {
    /// - Throws: ``ReportError``, a defect of Ocellus: the page's template does not parse.
    package static func html(for preview: DataPreview) throws(ReportError) -> String {
        try page(previewTemplate, parts: [:], view: PreviewView(preview))
    }
}

/// What the template shows.
private struct PreviewView {
    struct Row {
        var label: String
        var position: String
        var tiles: [Tile]
    }
    struct Tile {
        var source: String
        var text: String
        var caption: String
    }

    let style: String
    let title: String
    let facts: String
    let augmentation: String
    let width: Int
    let notes: [String]
    let epochs: [String]
    let rows: [Row]

    init(_ preview: DataPreview) {
        style = pageStyle
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
            return Row(
                label: row.label, position: "Image \(row.position)",
                tiles: tiles.map { name, tile in
                    Tile(
                        source: "data:image/png;base64," + tile.png.base64EncodedString(),
                        text: "\(row.label), \(name)", caption: tile.label == row.label ? "" : tile.label)
                })
        }
    }
}

private let previewTemplate = """
    .preview { overflow-x: auto; }
    .preview table { width: auto; }
    .preview td { vertical-align: top; padding: 4px; }
    .preview img { display: block; width: {{width}}px; height: auto; image-rendering: pixelated; }
    .preview .caption { font-size: 12px; color: var(--soft); max-width: {{width}}px; }
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">Ocellus data preview</p>
    <h1>{{title}}</h1>
    <p class="facts">{{facts}}</p>
    </header>
    <main>
    <p>{{augmentation}}</p>
    <p class="note">These are the network's inputs, byte for byte, before mean and deviation. Images that are evaluated or \
    predicted are never augmented.</p>
    {{#notes}}<p class="note">{{.}}</p>
    {{/notes}}<div class="preview">
    <table>
    <thead><tr><th scope="col">Class</th><th scope="col">Unchanged</th>{{#epochs}}<th scope="col">{{.}}</th>{{/epochs}}</tr></thead>
    <tbody>
    {{#rows}}<tr><th scope="row">{{label}}<br/><span class="note">{{position}}</span></th>{{#tiles}}<td><img src="{{source}}" \
    alt="{{text}}"/><span class="caption">{{caption}}</span></td>{{/tiles}}</tr>
    {{/rows}}</tbody>
    </table>
    </div>
    </main>
    </body>
    </html>
    """
