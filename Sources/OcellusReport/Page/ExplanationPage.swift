// SPDX-License-Identifier: Apache-2.0

public import OcellusEvidence
import OcellusTensor

extension ReportPage {
    /// The page of an explanation; nothing is computed that the record does not hold.
    public static func html(for record: ExplanationRecord) -> String { ExplanationView(record).html }
}

/// What the explanation page shows; every number is text already.
private struct ExplanationView {
    struct PictureView {
        var anchor: String
        var heading: String
        var truth: String?
        var answers: [PicturesView.Gallery]
    }

    struct FieldView {
        var mark: Markup
        var label: String
        var layer: String
        var picture: ImageView?
    }

    /// Sides of pictures, as the style has them.
    private static let side = 168
    /// Pictures with a link of their own at the top.
    private static let mostLinks = 12

    let title: String
    let facts: String
    let heads: [String]
    let rows: [Row]
    let correlationNote: String
    let sections: [Section]
    let pictures: [PictureView]
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
                    cells: [record.pictures[index].name] + cells.texts + cells.numbers)
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
                    mark: keyMark(series), label: model.name, layer: "layer \(field.layer)",
                    picture: field.picture.flatMap {
                        ImageView(
                            $0, alternative: "Effective receptive field of \(model.name), layer \(field.layer)",
                            targetHeight: Self.side)
                    })
            }
        }
        fieldRows = record.models.enumerated().compactMap { series, model in
            model.receptiveField.map { field in
                Row(mark: keyMark(series), label: model.name, cells: [field.layer] + ExplanationText.cells(field))
            }
        }
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
                            $0, of: pair.0.name, words: "picture \(pair.0.name)", classes: model.classes ?? [],
                            isOpen: index == 0
                        ) {
                            PicturesView.layerText(model.summary, $0)
                        }
                    }
                })
        }
        notes = ExplanationText.methods
        command = record.command.map(shellQuoted).joined(separator: " ")
        version = record.ocellus
        created = record.created
        let all: [(String, String, Bool)] =
            (pictures.count > Self.mostLinks
                ? [("picture-1", "Pictures", true)] : pictures.map { ($0.anchor, $0.heading, true) }) + [
                ("field", "Receptive field", !fields.isEmpty), ("filters", "Filters", hasFilters),
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
                PicturesView.Said(words: "\($0.label) \(NumberText.percent($0.probability))")
            })
        let maps = explanation.maps.map { map in
            let words = ExplanationText.name(map.method)
            return PicturesView.Item(
                image: map.picture.flatMap {
                    ImageView($0, alternative: "\(words) of \(model.name) for \(name)", targetHeight: side)
                }, truth: words,
                said: ExplanationText.facts(map, layer: model.layer).map { PicturesView.Said(words: $0) })
        }
        return PicturesView.Gallery(
            mark: keyMark(series), label: "\(model.name): why \(explanation.target.label)?", items: [seen] + maps)
    }
}

extension ExplanationView {
    /// The whole file.
    var html: String {
        Page(kicker: "Ocellus explanation", title: title, facts: facts, style: explanationStyle).html {
            section(.id("summary"), .class("verdict")) {
                p(.class("kicker")) {
                    "What the models say, and whether the explanations depend on what they learned"
                }
                numberTable(["model"] + heads, texts: heads.count, rows)
                note(correlationNote)
            }
            navigation(sections)
            for picture in pictures { pictureSection(picture) }
            if !fields.isEmpty { fieldSection }
            if hasFilters {
                section(.id("filters")) {
                    h2 { "Filters" }
                    note(
                        "\(PicturesView.filterNote) Beside each are the places of these pictures that excite it "
                            + "most, most exciting first, as large as the region that it sees.")
                    PicturesView.filters(filterNetworks)
                }
            }
            section(.id("maps")) {
                h2 { "Feature maps" }
                note(
                    "What a picture becomes on its way through the network. \(PicturesView.mapNote)")
                PicturesView.maps(mapNetworks)
            }
            section(.id("method")) {
                h2 { "Method" }
                sentences(notes)
                h4 { "Repeat it" }
                commandLine(command)
            }
        } footer: {
            p {
                "A map says what moves the model’s logit, not what is true of the object: a convincing map is no proof that "
                "the model is right."
            }
            writtenBy(version, from: "run", created: created)
        }
    }

    private func pictureSection(_ picture: PictureView) -> Markup {
        section(.id(picture.anchor), .class("explained")) {
            h2 { picture.heading }
            if let truth = picture.truth { note(truth) }
            colours([
                ("for", "raises the class’s logit; in saliency, moves it either way"),
                ("against", "lowers it (occlusion only)"),
            ])
            for answer in picture.answers {
                PicturesView.heading(answer.mark, answer.label)
                PicturesView.gallery(answer.items)
            }
        }
    }

    private var fieldSection: Markup {
        section(.id("field"), .class("explained")) {
            h2 { "Receptive field" }
            note(fieldNote)
            colours([
                ("for", "moves the central unit"),
                ("frame", "theoretical field, as far as it lies in the picture"),
            ])
            ul(.class("gallery")) {
                for field in fields {
                    li {
                        PicturesView.picture(field.picture)
                        p(.class("truth")) {
                            field.mark
                            field.label
                        }
                        p(.class("said")) { field.layer }
                    }
                }
            }
            numberTable(
                ["model", "layer", "theoretical", "over noise", "over the pictures", "random weights"], texts: 1,
                fieldRows)
        }
    }

    /// What the colours of a map mean.
    private func colours(_ meanings: [(colour: String, words: String)]) -> Markup {
        ul(.class("legend")) {
            for meaning in meanings {
                li {
                    span(.class("swatch \(meaning.colour)")) {}
                    meaning.words
                }
            }
        }
    }
}

/// What the page needs beyond the common style.
private let explanationStyle: StaticString = """

    .verdict .word.long { font-size: 28px; }
    .explained .gallery { grid-template-columns: repeat(auto-fill, minmax(168px, 1fr)); }
    .explained .gallery img { width: 168px; height: 168px; }
    .explained .gallery .said { padding-left: 0; text-indent: 0; }

    .swatch { width: 12px; height: 12px; display: inline-block; border-radius: 3px; margin-right: 7px; vertical-align: -1px; }
    .swatch.for { background: #ff6220; } .swatch.against { background: #2882ff; } .swatch.frame { background: #00dc78; }
    @media (max-width: 560px) { .explained .gallery { grid-template-columns: repeat(2, minmax(0, 1fr)); } .explained .gallery img { width: 100%; height: auto; aspect-ratio: 1; } }
    """
