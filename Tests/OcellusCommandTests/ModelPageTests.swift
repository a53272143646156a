// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import Testing

extension CommandTests {
    /// The page that `train` and `evaluate` write.
    @Suite(
        "The page of a model", .enabled(if: Ocellus.executable != nil, "the command is not built beside the tests"))
    struct ModelPageTests {
        /// Pictures that overlap, so that some are taken for another class.
        private static func photos(_ scratch: Scratch) throws {
            try MadeUp.folder(
                "photos", in: scratch, classes: [("dark", 118), ("light", 124)], side: 12, count: 30)
        }

        private static func train(_ scratch: Scratch, _ more: [String] = []) async throws -> Ocellus.Result {
            try await Ocellus.run(
                ["train", "-d", "photos", "--network", "globalavgpool, dense classes", "--epochs", "2", "-o", "run"]
                    + more,
                directory: scratch)
        }

        /// Text of a page as a person reads it.
        private static func text(_ html: Data) -> String {
            String(decoding: html, as: UTF8.self).replacing("\u{A0}", with: " ").replacing("&#39;", with: "'")
        }

        private static func percent(_ share: Any?) throws -> String {
            String(format: "%.1f %%", 100 * (try #require(share as? Double)))
        }

        @Test("says in page, text and JSON the same numbers, and is made again without the photos") func numbers()
            async throws
        {
            let scratch = try Scratch()
            try Self.photos(scratch)
            let trained = try await Self.train(scratch, ["--json"])
            try #require(trained.status == 0, "\(trained.stderr)")
            let document = try trained.json()
            #expect(document["page"] as? String == "run/report.html")
            let test = try #require(document["test"] as? [String: Any])
            let record = try #require(try scratch.json("run/record.json") as? [String: Any])
            let scores = try #require(record["scores"] as? [[String: Any]])
            let evaluation = try #require(scores.first?["evaluation"] as? [String: Any])
            for name in ["accuracy", "loss"] {
                #expect(evaluation[name] as? Double == test[name] as? Double, "\(name)")
            }
            let page = Self.text(try scratch.read("run/report.html"))
            let interval = try #require(test["interval"] as? [Double])
            let correct = try #require(test["correct"] as? Int)
            #expect(page.contains("Accuracy \(try Self.percent(test["accuracy"]))"))
            #expect(
                page.contains("accuracy \(try Self.percent(test["accuracy"])) (\(correct) of 12; 95 % Wilson interval ")
            )
            #expect(page.contains("\(try Self.percent(interval[0])) to \(try Self.percent(interval[1]))"))
            let mistakes = try #require(record["mistakes"] as? [String: Any])
            let shown = try #require(mistakes["shown"] as? [[String: Any]])
            #expect(mistakes["count"] as? Int == 12 - correct && shown.count == 12 - correct)
            for mistake in shown {
                let name = try #require(mistake["name"] as? String)
                #expect(name.hasPrefix("photos/") && name.hasSuffix(".png") && page.contains(name.dropFirst(7)))
            }

            try scratch.remove("photos")
            try scratch.remove("run/report.html")
            let again = try await Ocellus.run(["report", "run"], directory: scratch)
            try #require(again.status == 0, "\(again.stderr)")
            #expect(Self.text(try scratch.read("run/report.html")) == page)
            let words = again.stdout.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            #expect(
                words.contains(
                    "accuracy \(try Self.percent(test["accuracy"])) (\(correct) of 12; 95 % Wilson interval "))
            #expect(words.hasSuffix("model run/model.safetensors page run/report.html"))
        }

        @Test("one line of the terminal says where it is; without pictures none is kept") func line() async throws {
            let scratch = try Scratch()
            try Self.photos(scratch)
            let trained = try await Self.train(scratch, ["--no-pictures"])
            try #require(trained.status == 0, "\(trained.stderr)")
            #expect(trained.stdout.hasSuffix("model  run/model.safetensors\npage   run/report.html\n"))
            #expect(!Self.text(try scratch.read("run/report.html")).contains("<img"))
            let record = try #require(try scratch.json("run/record.json") as? [String: Any])
            #expect(record["mistakes"] == nil)
            // What was evaluated looks the same.
            let evaluated = try await Ocellus.run(
                [
                    "evaluate", "run/model.safetensors", "--data", "photos", "--html", "e.html", "--record", "e.json",
                    "--json",
                ], directory: scratch)
            try #require(evaluated.status == 0, "\(evaluated.stderr)")
            let score = try evaluated.json()
            let page = Self.text(try scratch.read("e.html"))
            let accuracy = try Self.percent(score["accuracy"])
            #expect(page.contains("Ocellus evaluation") && page.contains("Accuracy \(accuracy)"))
            #expect(page.contains("<img") == ((score["correct"] as? Int) != (score["count"] as? Int)))
            let again = try await Ocellus.run(["report", "e.json", "-o", "f.html"], directory: scratch)
            try #require(again.status == 0, "\(again.stderr)")
            #expect(Self.text(try scratch.read("f.html")) == page)
        }

        @Test("a page that cannot be written costs none of the results") func unwritable() async throws {
            let scratch = try Scratch()
            try Self.photos(scratch)
            let result = try await Ocellus.run(
                ["evaluate", "run/model.safetensors", "--data", "photos", "--html", "missing/e.html"],
                directory: scratch)
            #expect(result.status == 66)
            let trained = try await Self.train(scratch)
            try #require(trained.status == 0, "\(trained.stderr)")
            let evaluated = try await Ocellus.run(
                ["evaluate", "run/model.safetensors", "--data", "photos", "--html", "photos"], directory: scratch)
            #expect(evaluated.status != 0 && evaluated.stdout.contains("accuracy "))
        }
    }
}
