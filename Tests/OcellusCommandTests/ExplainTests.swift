// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import OcellusTestSupport
import Testing

extension CommandTests {
    @Suite("Explain") struct ExplainTests {
        @Test("models, pictures and positions; text, JSON and the page") func outputs() async throws {
            let model = try await SharedModel.get()
            let scratch = try Scratch()
            try scratch.write(
                try ImageEncoder.jpeg(MadeUp.picture(40, 30, level: 90, seed: 1)), to: "photo.jpg")
            let common = [
                "explain", model.path, "photo.jpg", "--positions", "5", "--random-models", "1", "--patch", "14",
            ]

            let text = try await Ocellus.run(common + ["--html", "page.html", "-q"], directory: scratch)
            #expect(text.status == 0 && text.stderr == "", "\(text.stderr)")
            for part in ["photo.jpg", "test image 5", "Grad-CAM", "receptive field", "page  page.html"] {
                #expect(text.stdout.contains(part), "\(part)")
            }
            let page = String(decoding: try scratch.read("page.html"), as: UTF8.self)
            #expect(page.hasPrefix("<!DOCTYPE html>") && page.contains("data:image/png;base64,"))

            let json = try await Ocellus.run(common + ["--json", "--class", "Bag"], directory: scratch)
            let document = try json.json()
            #expect(document["schema"] as? Int == 1)
            let models = try #require(document["models"] as? [[String: Any]])
            let explanations = try #require(models.first?["explanations"] as? [[String: Any]])
            #expect(explanations.count == 2)
            for explanation in explanations {
                #expect((explanation["target"] as? [String: Any])?["label"] as? String == "Bag")
                let maps = try #require(explanation["maps"] as? [[String: Any]])
                #expect(maps.compactMap { $0["method"] as? String } == ["saliency", "occlusion", "gradCAM"])
                #expect((maps[0]["values"] as? [Double])?.count == 28 * 28)
                #expect(maps[0]["picture"] == nil && (maps[0]["random_correlations"] as? [Any])?.count == 1)
            }
        }

        @Test("what is wrong is said") func errors() async throws {
            let model = try await SharedModel.get().path
            let scratch = try Scratch()
            try scratch.write(Data("not a picture".utf8), to: "bad.jpg")
            let rows: [(arguments: [String], status: Int32, says: String)] = [
                (["bad.jpg"], 64, "Give a model"), ([model], 64, "Give a picture"),
                ([model, model, "--positions", "0"], 64, "Give each model once"),
                ([model, "--positions", "-1"], 64, "positions"),
                ([model, "--positions", "99999"], 64, "test image 99999"),
                ([model, "--positions", "0", "--class", "Bagg"], 65, "did you mean \"Bag\"?"),
                ([model, "--positions", "0", "--layer", "77"], 64, "no layer \"77\""),
                ([model, "--positions", "0", "--layer", "4"], 64, "features"),
                ([model, "--positions", "0", "--patch", "29"], 64, "a side of 1 to 28 pixels"),
                ([model, "bad.jpg"], 65, "bad.jpg"), ([model, "missing.jpg"], 66, "missing.jpg"),
            ]
            for row in rows {
                let result = try await Ocellus.run(["explain"] + row.arguments, directory: scratch)
                #expect(result.status == row.status, "\(row.arguments.dropFirst()): \(result.stderr)")
                #expect(result.stdout == "" && result.stderr.contains(row.says), "\(result.stderr)")
            }
        }
    }
}
