// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    /// Two models on the same images, and what a model file says of itself.
    @Suite("Comparing models", .enabled(if: Ocellus.executable != nil, "the command is not built beside the tests"))
    struct DiffTests {
        private nonisolated(unsafe) static var made: Scratch?
        private static let (good, bad) = ("good/model.safetensors", "bad/model.safetensors")

        /// A model that knows dark from light pictures, one that was hardly trained, and new pictures.
        private static func prepared() async throws -> Scratch {
            if let made { return made }
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch, classes: [("dark", 50), ("light", 200)], count: 12)
            try MadeUp.folder("new", in: scratch, classes: [("dark", 60), ("light", 190)], count: 30)
            for (name, epochs, rate) in [("good", "20", "0.1"), ("bad", "1", "1e-9")] {
                let trained = try await Ocellus.run(
                    [
                        "train", "-d", "photos", "--network", "globalavgpool, dense classes", "--epochs", epochs,
                        "--lr", rate,
                        "--seed", "4", "-o", name,
                    ], directory: scratch)
                try #require(trained.status == 0, "\(trained.stderr)")
            }
            made = scratch
            return scratch
        }

        private static func run(_ arguments: [String]) async throws -> Ocellus.Result {
            try await Ocellus.run(arguments, directory: try await prepared())
        }

        @Test("images that changed sides, by file, with McNemar's test") func sides() async throws {
            let result = try await Self.run(["diff", Self.bad, Self.good, "-d", "new", "--json", "--html", "diff.html"])
            try #require(result.status == 0, "\(result.stderr)")
            let diff = try #require(try result.json()["diff"] as? [String: Any])
            let gained = try #require(diff["gained"] as? [[String: Any]])
            #expect(diff["count"] as? Int == 60 && diff["second_correct"] as? Int == 60)
            #expect(diff["first_correct"] as? Int == 60 - gained.count && !gained.isEmpty)
            #expect((diff["lost"] as? [Any])?.isEmpty == true)
            // The untrained model takes each class for the other: p = 2/2⁶⁰.
            let pValue = try #require(diff["p_value"] as? Double)
            #expect(gained.count == 60 && abs(pValue * 576_460_752_303_423_488 - 1) < 1e-9, "\(pValue)")
            let (name, label) = (
                try #require(gained[0]["image"] as? String), try #require(gained[0]["label"] as? String)
            )
            #expect(name.hasSuffix("/0.png") && name.contains(label))
            let page = String(decoding: try (try await Self.prepared()).read("diff.html"), as: UTF8.self)
            #expect(page.components(separatedBy: "data:image/png;base64,").count - 1 == 60)
            #expect(page.contains("B is better") && !page.contains("<script"))
        }

        @Test("the exit status says when the second is worse") func gate() async throws {
            let better = try await Self.run(["diff", Self.bad, Self.good, "-d", "new", "--fail-if-worse"])
            #expect(better.status == 0 && better.stdout.contains("B is better"), "\(better.stderr)")
            let worse = try await Self.run(["diff", Self.good, Self.bad, "-d", "new", "--fail-if-worse"])
            #expect(worse.status == 3 && worse.stderr.contains("B is worse"), "\(worse.stderr)")
            let told = try await Self.run(["diff", Self.good, Self.bad, "-d", "new"])
            #expect(told.status == 0 && told.stdout.contains("60 images changed sides: 60 lost, 0 gained"))
            let same = try await Self.run(["diff", Self.good, Self.good, "-d", "new", "--fail-if-worse"])
            #expect(same.status == 0 && same.stdout.contains("no difference is shown"))
        }

        @Test("models of other classes are refused") func otherClasses() async throws {
            let scratch = try await Self.prepared()
            try MadeUp.folder("others", in: scratch, classes: [("red", 50), ("blue", 200)], count: 3)
            let result = try await Self.run(["diff", Self.good, Self.bad, "-d", "others"])
            #expect(result.status != 0 && result.stderr.contains("does not know the class"), "\(result.stderr)")
        }

        @Test("a model card holds what was measured, and nothing else") func card() async throws {
            let result = try await Self.run(["model", "card", Self.good])
            try #require(result.status == 0, "\(result.stderr)")
            let card = result.stdout
            #expect(card.hasPrefix("# model.safetensors\n\n## Model\n"))
            #expect(
                card.contains("95 % Wilson interval") && card.contains("| always the largest class, test | 50.0 % |"))
            #expect(card.contains("| images that trained | ") && card.contains("| classes | 2: dark, light |"))
            #expect(card.contains("| SHA-256 of the training images | `"))
            #expect(!card.contains("temperature") && !card.contains("licence") && !card.contains("calibrated"))
            #expect(!card.contains("–") && !card.contains("nil"))
            let written = try await Self.run(["model", "card", Self.good, "-o", "CARD.md"])
            #expect(written.status == 0)
            #expect(String(decoding: try (try await Self.prepared()).read("CARD.md"), as: UTF8.self) == card)
        }
    }
}
