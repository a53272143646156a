// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import Testing

extension CommandTests {
    @Suite("Going on from a model") struct ContinuationTests {
        /// A model of dark and light pictures, and photos of light and middle ones.
        private static func prepared() async throws -> Scratch {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            try MadeUp.folder("more", in: scratch, classes: [("light", 190), ("middle", 125)])
            let trained = try await Ocellus.run(
                [
                    "train", "-d", "photos", "--network",
                    "conv 2 3x3, batchnorm, relu, globalavgpool, dense 3, relu, dense classes", "--epochs", "2", "-o",
                    "run",
                ], directory: scratch)
            try #require(trained.status == 0, "\(trained.stderr)")
            return scratch
        }

        private static let go = ["train", "--continue-from", "run/model.safetensors", "--data", "more"]

        private static func record(_ scratch: Scratch, _ run: String) throws -> [String: Any] {
            let file = try StoredTensors(try scratch.read("\(run)/model.safetensors"))
            let text = try #require(file.metadata["training_record"])
            return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        }

        /// Bytes of a tensor.
        private static func tensor(_ name: String, _ file: StoredTensors) throws -> Data {
            let text = try #require(file.entries[name])
            let entry = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let offsets = try #require(entry["data_offsets"] as? [Int])
            return Data(file.content.dropFirst(offsets[0]).prefix(offsets[1] - offsets[0]))
        }

        @Test("weights, rows of known classes and preprocessing stay; new classes are added") func kept() async throws {
            let scratch = try await Self.prepared()
            // With a rate of nearly 0 the first weights are the last.
            let result = try await Ocellus.run(
                Self.go + ["--lr", "1e-30", "--epochs", "1", "-o", "next"], directory: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            #expect(result.stderr.contains("run/model.safetensors, which knows 2 classes"))
            #expect(result.stderr.contains("note: new classes: middle"))
            #expect(result.stderr.contains("the model may forget its classes that have no images here: dark"))
            let files = try ["run", "next"].map { try StoredTensors(try scratch.read("\($0)/model.safetensors")) }
            #expect(files[1].metadata["labels"] == #"["dark","light","middle"]"#)
            #expect(files[0].metadata["preprocessing"] == files[1].metadata["preprocessing"])
            for name in ["0.weight", "0.bias", "1.weight", "1.bias", "4.weight", "4.bias"] {
                #expect(try Self.tensor(name, files[0]) == Self.tensor(name, files[1]), "\(name)")
            }
            let (weight, bias) = (try Self.tensor("6.weight", files[1]), try Self.tensor("6.bias", files[1]))
            #expect(weight.count == 3 * 3 * 4 && bias.count == 3 * 4)
            #expect(try weight.prefix(2 * 3 * 4) == Self.tensor("6.weight", files[0]))
            #expect(try bias.prefix(2 * 4) == Self.tensor("6.bias", files[0]))
            #expect(weight.suffix(3 * 4).contains { $0 != 0 }, "the new row is drawn")
        }

        @Test("the record says from what it went on, and of all data it was trained on a part is held out")
        func origin() async throws {
            let scratch = try await Self.prepared()
            let result = try await Ocellus.run(Self.go + ["--epochs", "1", "-o", "next"], directory: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            let first = try Self.record(scratch, "run")
            let earlier = try #require(try Self.record(scratch, "next")["continuedFrom"] as? [String: Any])
            let digest = try await Ocellus.shell(
                "sha256sum run/model.safetensors || shasum -a 256 run/model.safetensors", [], directory: scratch)
            let sha256 = try #require(earlier["sha256"] as? String)
            #expect(sha256.count == 64 && digest.stdout.hasPrefix(sha256))
            let data = try #require(earlier["data"] as? [[String: Any]])
            #expect(data.map { $0["dataSha256"] as? String } == [first["dataSha256"] as? String])
            // Ten of each class, of which a fifth is held out.
            for folder in ["photos", "more"] {
                let scored = try await Ocellus.run(
                    ["evaluate", "next/model.safetensors", "--data", folder, "--json"], directory: scratch)
                #expect(scored.status == 0, "\(scored.stderr)")
                #expect(try scored.json()["count"] as? Int == 4, "\(folder)")
            }
        }

        @Test("a run that was stopped before its first checkpoint begins with the same model, or not at all")
        func resumed() async throws {
            let scratch = try await Self.prepared()
            let result = try await Ocellus.run(Self.go + ["--epochs", "2", "-o", "next"], directory: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            let whole = try StoredTensors(try scratch.read("next/model.safetensors"))
            for file in ["model", "last", "checkpoint"] { try scratch.remove("next/\(file).safetensors") }
            let resume = ["train", "--resume", "next"]
            let again = try await Ocellus.run(resume, directory: scratch)
            #expect(again.status == 0, "\(again.stderr)")
            #expect(try StoredTensors.same(whole, StoredTensors(try scratch.read("next/model.safetensors"))))

            for file in ["model", "last", "checkpoint"] { try scratch.remove("next/\(file).safetensors") }
            let other = try await Ocellus.run(
                ["train", "-d", "photos", "--network", "globalavgpool, dense classes", "--epochs", "1", "-o", "other"],
                directory: scratch)
            try #require(other.status == 0)
            try scratch.write(try scratch.read("other/model.safetensors"), to: "run/model.safetensors")
            let refused = try await Ocellus.run(resume, directory: scratch)
            #expect(refused.status == 64, "\(refused.stderr)")
            #expect(refused.stderr.contains("is not the model that the run was made to go on from."))
        }

        @Test("what does not fit is said as elsewhere, and leaves no folder") func refused() async throws {
            let scratch = try await Self.prepared()
            let from = ["train", "--continue-from", "run/model.safetensors", "-o", "next"]
            let rows: [(arguments: [String], status: Int32, says: String)] = [
                (from, 64, "--continue-from needs --data"),
                (from + ["--data", "more", "--size=8"], 64, "--size cannot be given with --continue-from"),
                (from + ["--data", "more", "--network", "cnn"], 64, "--network cannot be given with --continue-from"),
                (
                    from + ["--data", "embedded"], 64,
                    "error[training.shapesDiffer]: the images do not fit the network."
                ),
                (from + ["--data", "nothing"], 66, "error[data.notFound]"),
                (from + ["--data", "more", "--balance", "weights"], 65, "none of \"dark\""),
                (
                    ["train", "--continue-from", "nothing.safetensors", "--data", "more"], 66,
                    "error[file.missingFile]"
                ),
                (["train", "--continue-from", "more/light/0.png", "--data", "more"], 65, "0.png"),
                (
                    ["train", "--resume", "run", "--continue-from", "run/model.safetensors"], 64,
                    "--continue-from cannot be given with --resume"
                ),
            ]
            for row in rows {
                let result = try await Ocellus.run(row.arguments, directory: scratch)
                #expect(result.status == row.status && result.stderr.contains(row.says), "\(result.stderr)")
                #expect(!scratch.has("next") && !scratch.has("runs"))
            }
        }
    }
}
