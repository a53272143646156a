// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import Testing

extension CommandTests {
    @Suite(
        "Transfer learning", .enabled(if: Ocellus.executable != nil, "the command is not built beside the tests"))
    struct TransferTests {
        /// Photos of three classes, 6 of each, and a cache of features of their own.
        private static func photos(_ scratch: Scratch, side: Int = 100, count: Int = 6, root: String = "photos") throws
        {
            try MadeUp.folder(
                root, in: scratch, classes: [("dark", 40), ("grey", 120), ("light", 200)], side: side, count: count)
        }

        private static func run(_ arguments: [String], in scratch: Scratch) async throws -> Ocellus.Result {
            let cache = scratch.url("cache").path(percentEncoded: false)
            return try await Ocellus.run(arguments, environment: ["XDG_CACHE_HOME": cache], directory: scratch)
        }

        /// Runs that must succeed, and what they print.
        private static func document(_ arguments: [String], in scratch: Scratch) async throws -> [String: Any] {
            let result = try await run(arguments + ["--json"], in: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            return try result.json()
        }

        @Test("photos get features learned elsewhere, computed once") func photosTransfer() async throws {
            let scratch = try Scratch()
            try Self.photos(scratch)
            let first = try await Self.run(["train", "--data", "photos", "-o", "a", "--json"], in: scratch)
            try #require(first.status == 0, "\(first.stderr)")
            #expect(first.stderr.contains("these are photos: a new last layer on features of EfficientNet-Lite0"))
            #expect(first.stderr.contains("--from-scratch trains every layer instead"))
            let document = try first.json()
            #expect(document["features_computed"] as? Int == 36)
            #expect(document["held_out_by"] as? String == "5 folds")
            let heldOut = try #require(document["held_out"] as? [String: Any])
            #expect(heldOut["count"] as? Int == 18 && heldOut["correct"] as? Int == 18)
            #expect(document["test"] is NSNull || document["test"] == nil)
            #expect(
                try scratch.names("a") == [
                    "configuration.json", "history.csv", "model.safetensors", "record.json", "report.html",
                ])

            // Again: nothing is computed, and the model is the same.
            let second = try await Self.document(["train", "--data", "photos", "-o", "b"], in: scratch)
            #expect(second["features_computed"] as? Int == 0 && second["features_reused"] as? Int == 36)
            #expect(
                try StoredTensors.same(
                    try StoredTensors(try scratch.read("a/model.safetensors")),
                    try StoredTensors(try scratch.read("b/model.safetensors"))))

            // A new photo costs itself and its mirror image.
            try scratch.write(
                try ImageEncoder.jpeg(MadeUp.picture(120, 110, level: 205, seed: 50)), to: "photos/light/new.jpg")
            let third = try await Self.document(["train", "--data", "photos", "-o", "c"], in: scratch)
            #expect(third["features_computed"] as? Int == 2 && third["features_reused"] as? Int == 36)

            try await Self.use("a/model.safetensors", in: scratch)
            let again = try await Self.run(["train", "--resume", "a"], in: scratch)
            #expect(again.status == 64 && again.stderr.contains("a is finished"))
        }

        /// The model is one like any other.
        private static func use(_ model: String, in scratch: Scratch) async throws {
            let predicted = try await run(["predict", model, "photos/dark/0.png"], in: scratch)
            #expect(predicted.status == 0 && predicted.stdout.contains("dark"), "\(predicted.stderr)")
            let evaluated = try await run(["evaluate", model, "--data", "photos"], in: scratch)
            #expect(evaluated.status == 0, "\(evaluated.stderr)")
            let summary = try await run(["summary", model], in: scratch)
            #expect(summary.status == 0 && summary.stdout.contains("classifier.1"), "\(summary.stderr)")
        }

        @Test("test images are scored once, and a client of the library makes the same") func splits() async throws {
            let scratch = try Scratch()
            try Self.photos(scratch, count: 3, root: "photos/train")
            for (name, level) in [("dark", 40), ("grey", 120), ("light", 200)] {
                let photo = MadeUp.picture(100, 130, level: level, seed: 77)
                try scratch.write(try ImageEncoder.png(photo), to: "photos/val/\(name)/x.png")
            }
            let document = try await Self.document(
                ["train", "--data", "photos", "--backbone", "lite0", "-o", "command", "--seed", "0"], in: scratch)
            #expect(document["features_computed"] as? Int == 2 * 9 + 3)
            #expect(document["held_out_by"] as? String == "3 folds")
            let test = try #require(document["test"] as? [String: Any])
            #expect(test["count"] as? Int == 3 && test["correct"] as? Int == 3)
            let evaluation = try await Self.document(
                ["evaluate", "command/model.safetensors", "--data", "photos"], in: scratch)
            #expect(evaluation["matches_record"] as? Bool == true)

            let client = try #require(Ocellus.executable).deletingLastPathComponent().appending(path: "Transfer")
            let cache = scratch.url("cache").path(percentEncoded: false)
            let made = try await Running(
                program: client, ["photos", "library"], environment: ["XDG_CACHE_HOME": cache], directory: scratch
            ).end(within: 120)
            try #require(made.status == 0, "\(made.stderr)")
            #expect(
                try StoredTensors.same(
                    try StoredTensors(try scratch.read("library/model.safetensors")),
                    try StoredTensors(try scratch.read("command/model.safetensors"))))
        }

        @Test("other images and settings of a training keep training every layer") func scratchWays() async throws {
            let scratch = try Scratch()
            try Self.photos(scratch, count: 3)
            try Self.photos(scratch, side: 20, count: 3, root: "small")
            let network = "maxpool 4, flatten, dense classes"
            for arguments in [
                ["--data", "photos", "--network", network, "--epochs", "1"], ["--data", "photos", "--epochs", "1"],
                ["--data", "photos", "--from-scratch", "--epochs", "1"], ["--data", "small"],
            ] {
                let result = try await Self.run(["train"] + arguments, in: scratch)
                #expect(result.status == 0 && result.stdout.contains("epoch"), "\(arguments): \(result.stderr)")
            }
            let refused: [([String], String)] = [
                (
                    ["--data", "photos", "--backbone", "lite0", "--epochs", "3"],
                    "--epochs belongs to a training of all layers"
                ),
                (["--data", "photos", "--backbone", "lite0", "--from-scratch"], "exclude each other"),
                (["--data", "embedded", "--backbone", "lite0"], "needs photos in files"),
                (["--data", "photos", "--backbone", "resnet"], "'resnet'"),
            ]
            for (arguments, text) in refused {
                let result = try await Self.run(["train"] + arguments, in: scratch)
                #expect(result.status == 64 && result.stderr.contains(text), "\(arguments): \(result.stderr)")
            }
        }

        @Test("too few photos are an error that names the class; two of each are enough") func fewPhotos() async throws
        {
            let scratch = try Scratch()
            try Self.photos(scratch, count: 2)
            try scratch.remove("photos/grey/1.png")
            let refused = try await Self.run(["train", "--data", "photos", "-o", "run"], in: scratch)
            #expect(refused.status == 65 && refused.stderr.contains("\"grey\" has 1"), "\(refused.stderr)")
            #expect(!scratch.has("run"))
            // A copy is no second photo.
            try scratch.write(try scratch.read("photos/grey/0.png"), to: "photos/grey/1.png")
            let copied = try await Self.run(["train", "--data", "photos", "-o", "run"], in: scratch)
            #expect(copied.status == 65 && copied.stderr.contains("copies"), "\(copied.stderr)")
            try scratch.write(
                try ImageEncoder.png(MadeUp.picture(100, 100, level: 120, seed: 9)), to: "photos/grey/1.png")
            let document = try await Self.document(["train", "--data", "photos", "-o", "run"], in: scratch)
            #expect(document["held_out_by"] as? String == "2 folds")
            try scratch.write(Data("no picture".utf8), to: "photos/grey/2.png")
            let unreadable = try await Self.run(["train", "--data", "photos"], in: scratch)
            #expect(unreadable.status == 65 && unreadable.stderr.contains("--skip-unreadable"), "\(unreadable.stderr)")
        }

        @Test("a cache that cannot be written costs time alone") func noCache() async throws {
            let scratch = try Scratch()
            try Self.photos(scratch, count: 2)
            try scratch.write(Data(), to: "file")
            let result = try await Self.run(
                ["train", "--data", "photos", "--feature-cache", "file", "-o", "run"], in: scratch)
            #expect(result.status == 0 && result.stderr.contains("could not be kept"), "\(result.stderr)")
            let none = try await Self.document(
                ["train", "--data", "photos", "--feature-cache", "none"], in: scratch)
            #expect(none["features_computed"] as? Int == 12 && !scratch.has("cache/ocellus/features"))
        }
    }
}
