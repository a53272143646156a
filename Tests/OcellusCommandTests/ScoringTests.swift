// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import OcellusTestSupport
import Testing

extension CommandTests {
    /// Models on folders of one's own.
    @Suite("Scoring") struct ScoringTests {
        private nonisolated(unsafe) static var made: Scratch?

        /// A model of dark and light pictures, the folder that it was trained on, and others.
        private static func prepared() async throws -> Scratch {
            if let made { return made }
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            try MadeUp.folder("own", in: scratch, classes: [("dark", 50), ("light", 200)], count: 4)
            try MadeUp.folder("single", in: scratch, classes: [("light", 200)], count: 3)
            let trained = try await Ocellus.run(
                [
                    "train", "-d", "photos", "--network", "globalavgpool, dense classes", "--epochs", "12", "--lr",
                    "0.1",
                    "-o", "run",
                ], directory: scratch)
            try #require(trained.status == 0, "\(trained.stderr)")
            made = scratch
            return scratch
        }

        private static let model = "run/model.safetensors"

        private static func evaluate(_ arguments: [String]) async throws -> (count: Int?, stderr: String, status: Int32)
        {
            let result = try await Ocellus.run(
                ["evaluate", model, "--json"] + arguments, directory: try await prepared())
            return (try? result.json()["count"] as? Int, result.stderr, result.status)
        }

        @Test("a folder without splits is scored whole, unless the model was trained on it") func whole() async throws {
            let own = try await Self.evaluate(["--data", "own"])
            #expect(own.status == 0 && own.count == 8, "\(own.stderr)")
            #expect(own.stderr.contains("the model was not trained on these images: all 8 are scored"))
            // A fifth of each class was held out.
            let trained = try await Self.evaluate(["--data", "photos"])
            #expect(trained.status == 0 && trained.count == 4, "\(trained.stderr)")
        }

        @Test("of a folder that has more photos than a model was trained on, the others are scored") func grown()
            async throws
        {
            let scratch = try await Self.prepared()
            try MadeUp.folder("grown", in: scratch)
            try MadeUp.folder("grown", in: scratch, classes: [("dark", 90), ("light", 160)], count: 12)
            try MadeUp.folder("grown", in: scratch)
            // Two new pictures of each class, and the held-out two of ten that no training saw.
            let grown = try await Self.evaluate(["--data", "grown"])
            #expect(grown.status == 0 && grown.count == 8, "\(grown.stderr)")
            #expect(
                grown.stderr.contains("the model was trained on 16 of these 24 images: the other 8 are scored"),
                "\(grown.stderr)")
            try FileManager.default.removeItem(at: scratch.url("grown/dark/3.png"))
            let shrunk = try await Self.evaluate(["--data", "grown"])
            #expect(shrunk.status == 0 && [7, 8].contains(shrunk.count ?? 0), "\(shrunk.stderr)")
        }

        @Test("one class is enough to score, but not to train") func single() async throws {
            let single = try await Self.evaluate(["--data", "single"])
            #expect(single.status == 0 && single.count == 3, "\(single.stderr)")
            let probe = try await Ocellus.run(
                ["probe", Self.model, "--data", "single", "--json", "-q"], directory: try await Self.prepared())
            #expect(probe.status == 0, "\(probe.stderr)")
            let trained = try await Ocellus.run(["train", "--data", "single"], directory: try await Self.prepared())
            #expect(trained.status == 65 && trained.stderr.contains("data.tooFewClasses"))
        }

        /// Files of `shared/cases` beside the checkout.
        private static let cases = TestData.checkout.deletingLastPathComponent().appending(
            components: "shared", "cases", "cases.tar.gz")

        @Test(
            "a folder of fewer classes than the model has is scored whole; a model of numbers that are none is refused",
            .enabled(
                if: FileManager.default.fileExists(atPath: cases.path(percentEncoded: false)),
                "needs shared/cases beside the checkout"))
        func sharedCases() async throws {
            let scratch = try Scratch()
            let unpacked = try await Ocellus.shell(
                "tar xzf \"$2\"", [Self.cases.path(percentEncoded: false)], directory: scratch)
            try #require(unpacked.status == 0, "\(unpacked.stderr)")
            let trained = try await Ocellus.run(
                [
                    "train", "-d", "11-shapes/three", "--network", "globalavgpool, dense classes", "--epochs", "1",
                    "-o", "run",
                ], directory: scratch)
            try #require(trained.status == 0, "\(trained.stderr)")
            let scored = try await Ocellus.run(
                ["evaluate", "run/model.safetensors", "--data", "11-shapes/fiveclass", "--json"], directory: scratch)
            #expect(try scored.status == 0 && scored.json()["count"] as? Int == 8, "\(scored.stderr)")
            let picture = "00-base/rgb/red/\(try scratch.names("00-base/rgb/red")[0])"
            for more in [[], ["--json"]] {
                let refused = try await Ocellus.run(
                    ["predict", "13-models/infbias.safetensors", picture] + more, directory: scratch)
                #expect(refused.status == 65 && refused.stderr.contains("holds a value that is not finite"))
                #expect(more.isEmpty || refused.stderr.contains("\"archive.notFinite\""))
            }
        }

        @Test("the embedded images are no default for a model of other classes") func noDefault() async throws {
            for command in [
                ["evaluate", Self.model], ["probe", Self.model], ["explain", Self.model, "--positions", "0"],
            ] {
                let result = try await Ocellus.run(command, directory: try await Self.prepared())
                #expect(result.status == 64)
                #expect(
                    result.stderr.contains("--data is needed: the embedded images have other classes than the model."),
                    "\(result.stderr)")
            }
            let embedded = try await Ocellus.run(
                ["evaluate", try await SharedModel.get().path, "--json"], directory: try Scratch())
            #expect(embedded.status == 0, "\(embedded.stderr)")
        }

        @Test("a score stands beside the largest class, and says when it is no better") func majority() async throws {
            let scratch = try await Self.prepared()
            try MadeUp.folder("twisted", in: scratch, classes: [("dark", 200), ("light", 50)], count: 4)
            let text = try await Ocellus.run(["evaluate", Self.model, "--data", "twisted"], directory: scratch)
            #expect(text.stdout.contains("always the largest class: 50.0 %"), "\(text.stdout)")
            #expect(text.stdout.contains("This is not better than always answering dark, which reaches 50.0 %"))
            let json = try await Ocellus.run(
                ["evaluate", Self.model, "--data", "twisted", "--json"], directory: scratch)
            #expect((try json.json()["advice"] as? [String])?.count == 1)
            // One class has no other to be mistaken for.
            let single = try await Ocellus.run(["evaluate", Self.model, "--data", "single"], directory: scratch)
            #expect(!single.stdout.contains("largest class"), "\(single.stdout)")
        }

        @Test("pictures are sorted by answer, nothing is replaced") func sorted() async throws {
            let scratch = try await Self.prepared()
            let sort = ["predict", Self.model, "own", "--sort-into", "sorted", "--format", "csv"]
            let first = try await Ocellus.run(sort, directory: scratch)
            #expect(first.status == 0, "\(first.stderr)")
            #expect(try scratch.names("sorted").filter { $0.hasSuffix(".png") }.count == 8)
            #expect(try scratch.read("sorted/dark/2.png") == scratch.read("own/dark/2.png"))
            let again = try await Ocellus.run(sort, directory: scratch)
            #expect(again.status == 73 && again.stderr.contains("sorted is not empty."))

            // Two pictures of one name, and none that is sure.
            let unsure = try await Ocellus.run(
                [
                    "predict", Self.model, "own/dark/0.png", "own/light/0.png", "--sort-into", "links", "--links",
                    "--unsure", "1",
                ], directory: scratch)
            #expect(unsure.status == 0, "\(unsure.stderr)")
            #expect(try scratch.names("links") == ["_unsure", "_unsure/0-2.png", "_unsure/0.png"])
            #expect(try scratch.read("links/_unsure/0-2.png") == scratch.read("own/light/0.png"))

            for wrong in [["--unsure", "0.5"], ["--links"], ["--sort-into", "x", "--unsure", "2"]] {
                let result = try await Ocellus.run(["predict", Self.model, "own"] + wrong, directory: scratch)
                #expect(result.status == 64 && !scratch.has("x"))
            }
        }

        @Test("a class's name that is a path becomes one folder") func names() async throws {
            let scratch = try Scratch()
            try scratch.write(
                try ImageEncoder.png(MadeUp.picture(28, 28, channels: 1, level: 250, seed: 1)), to: "a.png")
            let model = try await SharedModel.get()
            // The embedded images' first class is called T-shirt/top.
            let result = try await Ocellus.run(
                ["predict", model.path, "a.png", "--topk", "10", "--json"], directory: scratch)
            let predictions = try #require(try result.json()["predictions"] as? [[String: Any]])
            let classes = try #require(predictions[0]["classes"] as? [[String: Any]])
            let answer = try #require(classes[0]["class"] as? String)
            _ = try await Ocellus.run(["predict", model.path, "a.png", "--sort-into", "s"], directory: scratch)
            #expect(scratch.has("s/\(answer.replacing("/", with: "%2F"))/a.png"))
        }
    }
}
