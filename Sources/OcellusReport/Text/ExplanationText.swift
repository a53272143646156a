// SPDX-License-Identifier: Apache-2.0

package import OcellusEvidence
import OcellusTensor

/// What `ocellus explain` prints, and the words that its page shares.
package enum ExplanationText {
    package static func rendered(_ record: ExplanationRecord, style: TerminalStyle, page: String? = nil) -> String {
        var columns: [TextTable.Column] = [
            .init("model", .left, shrinks: true), .init("picture", .left, shrinks: true),
        ]
        columns += heads.dropFirst().map { .init($0, .left, shrinks: $0 == "says" || $0 == "explained") }
        let rows = record.pictures.indices.flatMap { index in
            record.models.map { model in
                let cells = cells(model.explanations[index])
                return [model.name, record.pictures[index].name] + cells.texts + cells.numbers
            }
        }
        var sections = [
            TextTable(columns, rows: rows).rendered(style) + wrapped(style.shown(note(record)), to: style.columns)
                + "\n"
        ]
        if let table = curveTable(record) {
            sections.append(table.rendered(style) + wrapped(style.shown(curveNote), to: style.columns) + "\n")
        }
        let fields = record.models.compactMap { model in
            model.receptiveField.map { [model.name, $0.layer] + cells($0) }
        }
        if !fields.isEmpty, let text = fieldNote(record) {
            let columns: [TextTable.Column] = [
                .init("receptive field", .left, shrinks: true), .init("layer", .left, shrinks: true),
                .init("theoretical"), .init("over noise"), .init("over the pictures"), .init("random weights"),
            ]
            sections.append(
                TextTable(columns, rows: fields).rendered(style) + wrapped(style.shown(text), to: style.columns) + "\n")
        }
        if let page { sections.append(style.shown("page  \(page)") + "\n") }
        return sections.joined(separator: "\n")
    }

    /// Areas under the curves of each model and method, means over the pictures; `nil` for records without curves.
    private static func curveTable(_ record: ExplanationRecord) -> TextTable? {
        let rows = record.models.flatMap { model in
            ExplanationRecord.Method.allCases.compactMap { method -> [String]? in
                let maps = model.explanations.flatMap(\.maps).filter { $0.method == method && $0.deletion != nil }
                guard !maps.isEmpty else { return nil }
                func mean(_ value: (ExplanationRecord.Map) -> Double?) -> String {
                    let values = maps.compactMap(value)
                    return values.isEmpty ? "–" : NumberText.decimal(values.reduce(0, +) / Double(values.count), 2)
                }
                return [
                    model.name, name(method), mean { $0.deletion?.area }, mean { $0.deletion?.randomArea },
                    mean { $0.insertion?.area }, mean { $0.insertion?.randomArea }, mean { $0.chanceCorrelation },
                ]
            }
        }
        guard !rows.isEmpty else { return nil }
        return TextTable(
            [
                .init("model", .left, shrinks: true), .init("method", .left), .init("deletion"), .init("at random"),
                .init("insertion"), .init("at random"), .init("chance corr."),
            ], rows: rows)
    }

    /// Below the table of areas.
    static let curveNote =
        "Deletion: mean probability of the class while pixels are covered, the hottest first; lower than at random is good. "
        + "Insertion: while they are uncovered; higher is good. Means over the pictures. Chance corr.: the rank correlation of the "
        + "maps of random weights with each other, which edges and the network's form alone give."

    /// Columns behind the model's name.
    static let heads = ["picture", "says", "explained", "saliency", "occlusion", "Grad-CAM"]

    /// What stands below ``heads``, behind the picture.
    static func cells(_ explanation: ExplanationRecord.Explanation) -> (texts: [String], numbers: [String]) {
        func words(_ candidate: ExplanationRecord.Answer) -> String {
            "\(candidate.label) \(NumberText.percent(candidate.probability))"
        }
        let said = explanation.predictions.first.map(words) ?? "–"
        let correlations = ExplanationRecord.Method.allCases.map { method in
            correlation(explanation.maps.first { $0.method == method })
        }
        return ([said, words(explanation.target)], correlations)
    }

    static func cells(_ field: ExplanationRecord.ReceptiveField) -> [String] {
        [NumberText.size(field.theoretical)]
            + [field.overNoise, field.overPictures, field.withRandomWeights].map { NumberText.decimal($0, 1) }
    }

    static func name(_ method: ExplanationRecord.Method) -> String {
        switch method {
        case .saliency: "Saliency"
        case .occlusion: "Occlusion"
        case .gradCAM: "Grad-CAM"
        }
    }

    /// Lines below a map.
    static func facts(_ map: ExplanationRecord.Map, layer: String?) -> [String] {
        var lines: [String] = []
        switch map.method {
        case .saliency: lines.append("|gradient| of each pixel")
        case .occlusion:
            let side = map.patch ?? 0
            lines.append("patches of \(side)×\(side) covered" + (map.fill.map { " with \(colour($0))" } ?? ""))
            if let smallest = map.smallestProbability {
                lines.append("one lowers it to \(NumberText.percent(smallest))")
            }
        case .gradCAM:
            lines.append("layer \(layer ?? "–"), \(map.shape[1])×\(map.shape[0]) positions")
            if map.values.allSatisfy({ $0 == 0 }) { lines.append("nothing raises this class") }
        }
        lines.append(
            "rank correlation with random weights \(correlation(map))"
                + (map.chanceCorrelation.map { "; theirs with each other \(NumberText.decimal($0, 2))" } ?? ""))
        if let deletion = map.deletion, let insertion = map.insertion {
            func area(_ curve: ExplanationRecord.PixelCurve) -> String {
                "\(NumberText.decimal(curve.area, 2)) (at random \(NumberText.decimal(curve.randomArea, 2)))"
            }
            lines.append("deletion \(area(deletion)), insertion \(area(insertion))")
        }
        return lines
    }

    /// `black`, `grey 72`, or the levels of red, green and blue.
    private static func colour(_ fill: [UInt8]) -> String {
        if fill.allSatisfy({ $0 == 0 }) { return "black" }
        return fill.count == 1 ? "grey \(fill[0])" : "the colour " + fill.map { "\($0)" }.joined(separator: ", ")
    }

    private static func correlation(_ map: ExplanationRecord.Map?) -> String {
        map?.rankCorrelation.map { NumberText.decimal($0, 2) } ?? "–"
    }

    /// Below the table of correlations.
    static func note(_ record: ExplanationRecord) -> String {
        "Under each method, the rank correlation (Spearman, absolute values) of its map with the map of "
            + (record.randomModels == 1
                ? "a model of random weights" : "\(record.randomModels) models of random weights, their mean")
            + ". Near 1, the explanation would look the same had nothing been learned. – where there is no map, or one "
            + "that is the same everywhere."
    }

    /// Below the table of receptive fields; `nil` when no model has one.
    static func fieldNote(_ record: ExplanationRecord) -> String? {
        record.models.compactMap(\.receptiveField).first.map { field in
            "Side in pixels of the square as large as the area where the gradient of the layer’s central unit reaches "
                + "4.55 % of its largest value, over \(counted(field.noiseImages, "input")) of noise and over "
                + "\(counted(record.pictures.count, "picture"))."
        }
    }

    /// How each method works and where it comes from.
    static let methods = [
        "Every method asks what moves the logit of the explained class, before softmax.",
        "Saliency: the largest |∂logit/∂pixel| over the channels, in full colour from its 99th percentile on. Simonyan, "
            + "Vedaldi and Zisserman 2013, arXiv:1312.6034.",
        "Occlusion: how much the logit falls when a square is filled with the colour that the model sees as 0, averaged "
            + "over the squares that cover a pixel. That is the mean colour of the training images where the model subtracts it, "
            + "and black where it subtracts nothing; a black square is a strange thing in a bright picture and may move the "
            + "logit by itself. Zeiler and Fergus 2013, arXiv:1311.2901.",
        "Grad-CAM: the layer’s maps, each weighted by the mean gradient of the logit over it, added up, what is negative "
            + "left out, each position drawn at the centre of what it sees. Selvaraju et al. 2016, arXiv:1610.02391. It needs maps, so a dense network has none.",
        "Effective receptive field: the gradient of the central position of a layer, summed over its channels, with "
            + "respect to each pixel; absolute values are averaged over inputs and summed over channels. Luo et al. 2016, "
            + "arXiv:1701.04128 (who average signed gradients).",
        "Deletion and insertion: the mean probability of the class while pixels are covered, or uncovered, in the order of the map, the "
            + "hottest first, in 20 steps; beside it the same for orders drawn at random. Petsiuk, Das and Saenko 2018, arXiv:1806.07421. "
            + "Pictures with holes are strange to a network, so compare with the random order, not with other networks.",
        "Random weights: the same network before training, from fixed seeds; its explanation of the same class of the same "
            + "picture is compared. Adebayo et al. 2018, arXiv:1810.03292. Correlations are taken between maps before they are "
            + "drawn over the picture. Occlusion and gradients of any network share the picture’s edges, so 0 is not to be expected.",
        "Normalisation uses running statistics and dropout is off, as in prediction.",
    ]
}
