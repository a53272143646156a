// SPDX-License-Identifier: Apache-2.0

public import OcellusEvidence
import OcellusTensor

extension ReportPage {
    /// The page of an explanation; nothing is computed that the record does not hold.
    ///
    /// - Throws: ``ReportError``, a defect of Ocellus: the page's template does not parse.
    public static func html(for record: ExplanationRecord) throws(ReportError) -> String {
        try page(explanationTemplate, parts: pageParts, view: ExplanationView(record))
    }
}

/// What the explanation page's template reads; every number is text already.
private struct ExplanationView {
    struct Row {
        var mark: String
        var label: String
        var texts: [String]
        var cells: [String]
    }

    struct PictureView {
        var anchor: String
        var heading: String
        var truth: String?
        var answers: [PicturesView.Gallery]
    }

    struct FieldView {
        var mark: String
        var label: String
        var fieldLayer: String
        var picture: ImageView?
    }

    /// Sides of pictures, as the style has them.
    private static let side = 168
    /// Pictures with a link of their own at the top.
    private static let mostLinks = 12

    let style = pageStyle + explanationStyle
    let title: String
    let facts: String
    let heads: [String]
    let rows: [Row]
    let correlationNote: String
    let sections: [Section]
    let pictures: [PictureView]
    let hasFields: Bool
    let fields: [FieldView]
    let fieldRows: [Row]
    let fieldNote: String
    let hasFilters: Bool
    let filterNetworks: [PicturesView.FilterNetwork]
    let mapNetworks: [PicturesView.MapNetwork]
    let notes: [String]
    let command: String
    let version: String
    let created: String

    init(_ record: ExplanationRecord) {
        title = record.models.map(\.name).joined(separator: ", ")
        facts = [
            counted(record.models.count, "model"), counted(record.pictures.count, "picture"),
            "compared with \(counted(record.randomModels, "model")) of random weights each",
        ].joined(separator: " · ")
        heads = ExplanationText.heads
        rows = record.pictures.indices.flatMap { index in
            record.models.enumerated().map { series, model in
                let cells = ExplanationText.cells(model.explanations[index])
                return Row(
                    mark: keyMark(series), label: model.name,
                    texts: [record.pictures[index].name] + cells.texts, cells: cells.numbers)
            }
        }
        correlationNote = ExplanationText.note(record)
        pictures = record.pictures.enumerated().map { index, picture in
            PictureView(
                anchor: "picture-\(index + 1)", heading: picture.name, truth: picture.label.map { "Labelled \($0)." },
                answers: record.models.enumerated().map { Self.answer($1, $0, index, picture.name) })
        }
        fields = record.models.enumerated().compactMap { series, model in
            model.receptiveField.map { field in
                FieldView(
                    mark: keyMark(series), label: model.name, fieldLayer: "layer \(field.layer)",
                    picture: field.picture.flatMap {
                        ImageView(
                            $0, alternative: "Effective receptive field of \(model.name), layer \(field.layer)",
                            targetHeight: Self.side)
                    })
            }
        }
        fieldRows = record.models.enumerated().compactMap { series, model in
            model.receptiveField.map { field in
                Row(mark: keyMark(series), label: model.name, texts: [field.layer], cells: ExplanationText.cells(field))
            }
        }
        hasFields = !fields.isEmpty
        fieldNote = ExplanationText.fieldNote(record) ?? ""
        filterNetworks = record.models.enumerated().map { series, model in
            PicturesView.FilterNetwork(
                mark: keyMark(series), label: model.name,
                none: model.filters.isEmpty
                    ? "No convolution, so no filter that could be drawn as a small picture." : nil,
                sheets: model.filters.enumerated().map {
                    PicturesView.sheet(
                        $1, PicturesView.layerText(model.summary, $1.layer), source: "the pictures", isOpen: $0 == 0)
                })
        }
        hasFilters = filterNetworks.contains { !$0.sheets.isEmpty }
        mapNetworks = record.models.enumerated().map { series, model in
            PicturesView.MapNetwork(
                mark: keyMark(series), label: model.name, none: nil,
                sheets: zip(record.pictures, model.explanations).enumerated().compactMap { index, pair in
                    pair.1.featureMaps.map {
                        PicturesView.maps(
                            $0, of: pair.0.name, words: "picture \(pair.0.name)", isOpen: index == 0
                        ) {
                            PicturesView.layerText(model.summary, $0)
                        }
                    }
                })
        }
        notes = ExplanationText.methods
        command = escaped(record.command.map(shellQuoted).joined(separator: " "))
        version = record.ocellus
        created = record.created
        let all: [(String, String, Bool)] =
            (pictures.count > Self.mostLinks
                ? [("picture-1", "Pictures", true)] : pictures.map { ($0.anchor, $0.heading, true) }) + [
                ("field", "Receptive field", hasFields), ("filters", "Filters", hasFilters),
                ("maps", "Feature maps", true), ("method", "Method", true),
            ]
        sections = all.filter(\.2).map { Section(anchor: $0.0, words: $0.1) }
    }

    /// One model's maps of one picture, as a gallery.
    private static func answer(
        _ model: ExplanationRecord.Model, _ series: Int, _ index: Int, _ name: String
    ) -> PicturesView.Gallery {
        let explanation = model.explanations[index]
        let seen = PicturesView.Item(
            image: explanation.picture.flatMap {
                ImageView($0, alternative: "\(name) in the size of \(model.name)", targetHeight: side)
            }, truth: "As the model sees it",
            said: explanation.predictions.map {
                PicturesView.Said(mark: "", words: "\($0.label) \(NumberText.percent($0.probability))")
            })
        let maps = explanation.maps.map { map in
            let words = ExplanationText.name(map.method)
            return PicturesView.Item(
                image: map.picture.flatMap {
                    ImageView($0, alternative: "\(words) of \(model.name) for \(name)", targetHeight: side)
                }, truth: words,
                said: ExplanationText.facts(map, layer: model.layer).map { PicturesView.Said(mark: "", words: $0) })
        }
        return PicturesView.Gallery(
            mark: keyMark(series), label: "\(model.name): why \(explanation.target.label)?", items: [seen] + maps)
    }
}

/// What the page needs beyond the common style.
private let explanationStyle = """

    .verdict .word.long { font-size: 28px; }
    .explained .gallery { grid-template-columns: repeat(auto-fill, minmax(168px, 1fr)); }
    .explained .gallery img { width: 168px; height: 168px; }
    .explained .gallery .said { padding-left: 0; text-indent: 0; }

    .swatch { width: 12px; height: 12px; display: inline-block; border-radius: 3px; margin-right: 7px; vertical-align: -1px; }
    .swatch.for { background: #ff6220; } .swatch.against { background: #2882ff; } .swatch.frame { background: #00dc78; }
    @media (max-width: 560px) { .explained .gallery { grid-template-columns: repeat(2, minmax(0, 1fr)); } .explained .gallery img { width: 100%; height: auto; aspect-ratio: 1; } }
    """

/// The explanation page in Mustache; as XML-proof as the comparison's.
private let explanationTemplate = """
    </style>
    </head>
    <body>
    <header>
    <p class="kicker">Ocellus explanation</p>
    <h1>{{title}}</h1>
    <p class="facts">{{facts}}</p>
    </header>
    <main>
    <section id="summary" class="verdict">
    <p class="kicker">What the models say, and whether the explanations depend on what they learned</p>
    <div class="scroll"><table>
    <thead><tr><th scope="col">model</th>{{#heads}}<th class="left" scope="col">{{.}}</th>{{/heads}}</tr></thead>
    <tbody>{{#rows}}<tr><th scope="row">{{{mark}}}{{label}}</th>{{#texts}}<td class="left">{{.}}</td>{{/texts}}{{#cells}}<td class="left">{{.}}</td>{{/cells}}</tr>
    {{/rows}}</tbody>
    </table></div>
    <p class="note">{{correlationNote}}</p>
    </section>
    <nav aria-label="Sections">{{#sections}}<a href="#{{anchor}}">{{words}}</a>{{/sections}}</nav>
    {{#pictures}}<section id="{{anchor}}" class="explained">
    <h2>{{heading}}</h2>
    {{#truth}}<p class="note">{{truth}}</p>{{/truth}}
    <ul class="legend"><li><span class="swatch for"></span>raises the class’s logit; in saliency, moves it either way</li><li><span class="swatch against"></span>lowers it (occlusion only)</li></ul>
    {{#answers}}<h4>{{{mark}}}{{label}}</h4>
    {{>gallery}}{{/answers}}
    </section>
    {{/pictures}}
    {{#hasFields}}<section id="field" class="explained">
    <h2>Receptive field</h2>
    <p class="note">{{fieldNote}}</p>
    <ul class="legend"><li><span class="swatch for"></span>moves the central unit</li><li><span class="swatch frame"></span>theoretical field, as far as it lies in the picture</li></ul>
    <ul class="gallery">{{#fields}}<li>{{#picture}}<img src="{{{source}}}" width="{{width}}" height="{{height}}" alt="{{alternative}}"/>{{/picture}}{{^picture}}<div class="missing">no picture</div>{{/picture}}
    <p class="truth">{{{mark}}}{{label}}</p><p class="said">{{fieldLayer}}</p></li>
    {{/fields}}</ul>
    <div class="scroll"><table>
    <thead><tr><th scope="col">model</th><th class="left" scope="col">layer</th><th scope="col">theoretical</th><th scope="col">over noise</th><th scope="col">over the pictures</th><th scope="col">random weights</th></tr></thead>
    <tbody>{{#fieldRows}}<tr><th scope="row">{{{mark}}}{{label}}</th>{{#texts}}<td class="left">{{.}}</td>{{/texts}}{{#cells}}<td>{{.}}</td>{{/cells}}</tr>
    {{/fieldRows}}</tbody>
    </table></div>
    </section>{{/hasFields}}
    {{#hasFilters}}<section id="filters">
    <h2>Filters</h2>
    <p class="note">Each filter is drawn from the darkest to the brightest of its own weights (behind the first layer, their mean over input
    channels). Beside it are the places of these pictures that excite it most, most exciting first, as large as the region that it sees.</p>
    {{>filterSheets}}
    </section>{{/hasFilters}}
    <section id="maps">
    <h2>Feature maps</h2>
    <p class="note">What a picture becomes on its way through the network. Each map is scaled to its own range, so brightness does not compare
    between maps.</p>
    {{>mapSheets}}
    </section>
    <section id="method">
    <h2>Method</h2>
    <ul class="sentences">{{#notes}}<li>{{.}}</li>{{/notes}}</ul>
    <h4>Repeat it</h4>
    <pre><code>{{{command}}}</code></pre>
    </section>
    </main>
    <footer>
    <p>A map says what moves the model’s logit, not what is true of the object: a convincing map is no proof that the model is right.</p>
    <p>Written by Ocellus {{version}} from the record of the run, {{created}}. This page loads nothing and runs no script.</p>
    </footer>
    </body>
    </html>

    """
