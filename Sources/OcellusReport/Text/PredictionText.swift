// SPDX-License-Identifier: Apache-2.0

/// What `ocellus predict` prints: one row for each image, its most probable classes first.
package enum PredictionText {
    /// The classes of one image, most probable first.
    package struct Row: Sendable, Hashable {
        /// Path as given, or where the image came from.
        package var image: String
        /// The path's bytes in base64, where they are no text.
        package var pathBytes: String?
        package var classes: [Score]
        /// Whether the model's rule answers; `nil` for a model that always answers.
        package var isAnswered: Bool?

        package init(image: String, pathBytes: String? = nil, classes: [Score], isAnswered: Bool? = nil) {
            self.image = image
            self.pathBytes = pathBytes
            self.classes = classes
            self.isAnswered = isAnswered
        }
    }

    package struct Score: Sendable, Hashable {
        package var name: String
        /// Softmax, with the model's temperature where it has one.
        package var probability: Double

        package init(name: String, probability: Double) {
            self.name = name
            self.probability = probability
        }
    }

    /// A table for people. A model that may say that it does not know has a column for what it says.
    package static func table(_ rows: [Row], style: TerminalStyle) -> String {
        let ranks = rows.map(\.classes.count).max() ?? 0
        var columns: [TextTable.Column] = [.init("image", .left, shrinks: true, keepsEnd: true)]
        let mayAbstain = rows.contains { $0.isAnswered != nil }
        if mayAbstain { columns.append(.init("answer", .left, shrinks: true)) }
        for rank in 0..<ranks {
            columns += [.init(rank == 0 ? "class" : "class \(rank + 1)", .left, shrinks: true), .init("probability")]
        }
        let cells = rows.map { row in
            [row.image]
                + (mayAbstain
                    ? [row.isAnswered == false ? SelectiveWords.noAnswer : row.classes.first?.name ?? ""] : [])
                + row.classes.flatMap { [$0.name, NumberText.percent($0.probability)] }
        }
        return TextTable(columns, rows: cells).rendered(style)
    }

    /// RFC 4180 with a header: `image,class,probability,class_2,probability_2,…`; probabilities as fractions that read
    /// back exactly. A last column `answered` has `true` or `false` where the model may say that it does not know.
    package static func csv(_ rows: [Row]) -> String {
        let ranks = rows.map(\.classes.count).max() ?? 0
        let mayAbstain = rows.contains { $0.isAnswered != nil }
        let header =
            ["image"]
            + (0..<ranks).flatMap {
                $0 == 0 ? ["class", "probability"] : ["class_\($0 + 1)", "probability_\($0 + 1)"]
            }
        let lines = rows.map { row in
            let cells = [row.image] + row.classes.flatMap { [$0.name, "\($0.probability)"] }
            return cells + Array(repeating: "", count: header.count - cells.count)
                + (mayAbstain ? ["\(row.isAnswered ?? true)"] : [])
        }
        return ([header + (mayAbstain ? ["answered"] : [])] + lines).map {
            $0.map(field).joined(separator: ",") + "\r\n"
        }.joined()
    }

    private static func field(_ text: String) -> String {
        let needsQuotes = text.unicodeScalars.contains { "\",\r\n".unicodeScalars.contains($0) }
        // By scalars: a quotation mark followed by a combining mark is another Character.
        let doubled = text.unicodeScalars.flatMap { $0 == "\"" ? [$0, $0] : [$0] }
        return needsQuotes ? "\"" + String(String.UnicodeScalarView(doubled)) + "\"" : text
    }
}
