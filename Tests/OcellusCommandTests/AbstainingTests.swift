// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import Testing

extension CommandTests {
    /// Models that say what they do not know.
    @Suite(
        "Knowing what it does not know",
        .enabled(if: Ocellus.executable != nil, "the command is not built beside the tests"))
    struct AbstainingTests {
        private nonisolated(unsafe) static var made: (scratch: Scratch, document: [String: Any])?
        private static let model = "run/model.safetensors"

        /// A small network on handwritten digits, which keeps 360 of them for its calibration.
        private static func prepared() async throws -> (scratch: Scratch, document: [String: Any]) {
            if let made { return made }
            let scratch = try Scratch()
            let trained = try await Ocellus.run(
                [
                    "train", "-d", "opencv-digits", "--network", "flatten, dense classes", "--epochs", "2", "--error",
                    "10%",
                    "-o", "run", "--json",
                ], directory: scratch)
            try #require(trained.status == 0, "\(trained.stderr)")
            let result = (scratch, try trained.json())
            made = result
            return result
        }

        private static func run(_ arguments: [String]) async throws -> Ocellus.Result {
            try await Ocellus.run(arguments, directory: try await prepared().scratch)
        }

        @Test("train holds images out for it and says what they show") func training() async throws {
            let document = try await Self.prepared().document
            let calibration = try #require(document["calibration"] as? [String: Any])
            #expect(calibration["images"] as? Int == 360 && calibration["source"] as? String == "held out")
            let before = try #require(calibration["loss_before"] as? Double)
            #expect(try #require(calibration["loss_after"] as? Double) <= before)
            let rule = try #require(calibration["rule"] as? [String: Any])
            let bound = try #require(rule["bound"] as? Double)
            #expect(rule["error"] as? Double == 0.1 && bound <= 0.1)
            #expect(rule["count"] as? Int == 360)
            let settings = try await Self.prepared().scratch.read("run/configuration.json")
            let text = String(decoding: settings, as: UTF8.self)
            #expect(text.contains("calibration_fraction") || text.contains("calibrationFraction"))
        }

        @Test("evaluate scores what is answered, and pictures of another kind") func evaluating() async throws {
            let scratch = try await Self.prepared().scratch
            try MadeUp.folder("noise", in: scratch, side: 20, count: 3)
            let base = ["evaluate", Self.model, "-d", "opencv-digits", "--json"]
            let scored = try await Self.run(base + ["--others", "noise"])
            try #require(scored.status == 0, "\(scored.stderr)")
            let document = try scored.json()
            let selective = try #require(document["selective"] as? [String: Any])
            let answered = try #require(selective["answered"] as? Int)
            #expect(answered > 0 && answered < 1000)
            let wrong = try #require(selective["wrong"] as? Int)
            #expect(Double(wrong) <= 0.13 * Double(answered), "\(wrong) of \(answered)")
            #expect((document["others"] as? [String: Any])?["count"] as? Int == 6)
            let (loss, plain) = (document["loss"] as? Double, document["uncalibrated_loss"] as? Double)
            #expect(loss != nil && plain != nil && loss != plain)

            let all = try await Self.run(base + ["--error", "none"])
            #expect(try all.json()["selective"] == nil)
            let text = try await Self.run(["evaluate", Self.model, "-d", "opencv-digits"])
            #expect(
                text.stdout.contains("temperature") && text.stdout.contains("nothing about pictures of another kind"))
            let impossible = try await Self.run(base + ["--error", "0.01%"])
            #expect(impossible.status == 64 && impossible.stderr.contains("inference.noRule"), "\(impossible.stderr)")
            let always = try await Self.run(base + ["--error", "none", "--others", "noise"])
            #expect(always.status == 64 && always.stderr.contains("it always does"))
            let views = try await Self.run(base + ["--error", "5%", "--tta", "mirror"])
            #expect(views.status == 64 && views.stderr.contains("exclude each other"))
        }

        @Test("predict answers or says that it does not know") func predicting() async throws {
            let scratch = try await Self.prepared().scratch
            try MadeUp.folder("pictures", in: scratch, classes: [("grey", 128)], side: 20, channels: 1, count: 2)
            let json = try await Self.run(["predict", Self.model, "pictures", "--json"])
            let predictions = try #require(try json.json()["predictions"] as? [[String: Any]])
            #expect(predictions.allSatisfy { $0["answered"] is Bool })
            let csv = try await Self.run(["predict", Self.model, "pictures", "--format", "csv"])
            #expect(csv.stdout.hasPrefix("image,class,probability,answered\r\n"))
            let text = try await Self.run(["predict", Self.model, "pictures"])
            let unanswered = predictions.count { $0["answered"] as? Bool == false }
            #expect(text.stdout.components(separatedBy: "don't know").count - 1 == unanswered)
            let always = try await Self.run(["predict", Self.model, "pictures", "--json", "--error", "none"])
            let plain = try #require(try always.json()["predictions"] as? [[String: Any]])
            #expect(plain.allSatisfy { $0["answered"] == nil })
            let sorted = try await Self.run(["predict", Self.model, "pictures", "--sort-into", "sorted"])
            #expect(sorted.status == 0)
            #expect((try? scratch.names("sorted/_unsure"))?.count ?? 0 == unanswered)
        }

        @Test("a configuration keeps it, and too few images are told before anything is trained") func repeated()
            async throws
        {
            let again = try await Self.run(
                [
                    "train", "--config", "run/configuration.json", "--epochs", "1", "--error", "none", "-o", "again",
                    "--json",
                ])
            try #require(again.status == 0, "\(again.stderr)")
            let calibration = try #require(try again.json()["calibration"] as? [String: Any])
            #expect(calibration["images"] as? Int == 360 && calibration["rule"] == nil)
            let few = try await Self.run(["train", "--network", "flatten, dense classes", "--error", "5%", "-o", "few"])
            #expect(few.status == 64 && few.stderr.contains("too few images can be spared"), "\(few.stderr)")
            #expect(few.stderr.contains("200 different images"))
            let none = try await Self.run(
                [
                    "train", "-d", "opencv-digits", "--network", "flatten, dense classes", "--calibration", "0",
                    "--dry-run", "--json",
                ])
            #expect(try none.json()["train_images"] as? Int == 3600)
        }
    }
}
