// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusEvidence
import OcellusGraph
import OcellusModel
import OcellusReport
import OcellusTensor
import Testing

@Suite("The page of an explanation") struct ExplanationPageTests {
    /// Two models, of which only the second has maps, and two pictures.
    private func record(name: String = "cat.jpg", isDrawn: Bool = true) throws -> ExplanationRecord {
        let json = """
            {"schema": 1, "ocellus": "0.1.0", "created": "2026-01-01T00:00:00Z", "command": ["ocellus", "explain", "a b.jpg"],
             "pictures": [{"name": "x"}, {"name": "dog.jpg", "label": "dog"}], "randomModels": 3,
             "models": [\(try model("ANN", isConvolutional: false, isDrawn: isDrawn)),
                        \(try model("CNN", isConvolutional: true, isDrawn: isDrawn))]}
            """
        var record = try JSONDecoder().decode(ExplanationRecord.self, from: Data(json.utf8))
        record.pictures[0].name = name
        return record
    }

    private func model(_ name: String, isConvolutional: Bool, isDrawn: Bool) throws -> String {
        let network = Network(input: [1, 4, 4]) {
            if isConvolutional { Conv2D(2, kernelSize: 3) }
            Flatten()
            Dense(2)
        }
        let summary = String(decoding: try JSONEncoder().encode(try NetworkSummary(network)), as: UTF8.self)
        let png = tinyPNG(width: 4, height: 4, channels: 3) { x, y, _ in UInt8(16 * x + y) }.base64EncodedString()
        let picture = isDrawn ? ", \"picture\": \"\(png)\"" : ""
        func map(_ method: String, _ correlations: String, _ more: String = "") -> String {
            """
            {"method": "\(method)", "shape": [1, 2], "values": [0, 0], "randomCorrelations": \(correlations)\(more)\(picture)}
            """
        }
        let maps =
            [
                map("saliency", "[0.5, 0.25, 0.375]"),
                map("occlusion", "[-0.5, null, -0.25]", ", \"patch\": 2, \"smallestProbability\": 0.125"),
            ]
            + (isConvolutional ? [map("gradCAM", "[null, null, null]")] : [])
        let featureMaps =
            isDrawn
            ? ", \"featureMaps\": {\"label\": 0, \"png\": \"\(png)\", \"layers\": [{\"layer\": \"0\", \"shape\": [2, 4, 4], \"png\": \"\(png)\"}]}"
            : ""
        let explanation = """
            {"predictions": [{"label": "cat", "probability": 0.75}, {"label": "dog", "probability": 0.25}],
             "target": {"label": "dog", "probability": 0.25}, "maps": [\(maps.joined(separator: ","))]\(featureMaps)\(picture)}
            """
        let field = """
            "layer": "0", "receptiveField": {"layer": "0 Conv2D(2, 3×3, padding same)", "theoretical": [3, 3], "noiseImages": 32,
             "overNoise": 2.5, "overPictures": 2, "withRandomWeights": 3, "values": [], "shape": [4, 4]\(picture)},
            """
        return """
            {"name": "\(name)", "summary": \(summary), \(isConvolutional ? field : "") "filters": [],
             "explanations": [\(explanation), \(explanation)]}
            """
    }

    @Test("is whole, alone and accessible", arguments: [true, false]) func structure(isDrawn: Bool) throws {
        let html = ReportPage.html(for: try record(isDrawn: isDrawn))
        let page = PageStructure(html)
        try #require(page.problem == nil, "\(page.problem ?? "")")
        #expect(page.count("script") == 0 && page.count("link") == 0)
        #expect(!html.contains("url(") && !html.contains("@import") && !html.contains("http"))
        let ids = page.attributes("id")
        #expect(Set(ids).count == ids.count)
        for target in page.attributes("href") { #expect(ids.contains(String(target.dropFirst())), "\(target)") }
        // Of each picture the ANN's own and 2 maps, the CNN's and 3, and two feature maps of each; the field.
        #expect(page.count("img") == (isDrawn ? 2 * (3 + 4 + 4) + 1 : 0))
        #expect(page.elements.filter { $0.name == "img" }.allSatisfy { $0.attributes["alt"]?.isEmpty == false })
    }

    @Test("shows answers and correlations and nothing undefined") func content() throws {
        let text = PageStructure(ReportPage.html(for: try record())).text.replacing("\u{A0}", with: " ")
        for part in [
            "cat 75.0 %", "CNN: why dog?", "Labelled dog.", "random weights 0.38", "random weights −0.38",
            "one lowers it to 12.5 %", "nothing raises this class", "3×3", "2.5", "ocellus explain 'a b.jpg'",
        ] { #expect(text.contains(part), "\(part)") }
        #expect(!text.contains("nan") && !text.contains("Optional"))
    }

    @Test("names from outside stay text") func hostile() throws {
        let html = ReportPage.html(for: try record(name: "<script>alert(1)</script>\""))
        #expect(!html.contains("<script") && PageStructure(html).problem == nil)
    }

    @Test("the text has a row for each model and picture, within the terminal") func text() throws {
        let text = ExplanationText.rendered(try record(), style: TerminalStyle(columns: 100), page: "x.html")
        #expect(text.contains("cat.jpg") && text.contains("dog 25.0 %") && text.contains("−0.38"))
        #expect(text.contains("page  x.html") && text.contains("3×3"))
        #expect(text.split(separator: "\n").allSatisfy { displayWidth(String($0)) <= 100 })
        let ascii = ExplanationText.rendered(try record(), style: TerminalStyle(unicode: false))
        #expect(ascii.utf8.allSatisfy { $0 < 128 } && !ascii.contains("?"))
    }
}
