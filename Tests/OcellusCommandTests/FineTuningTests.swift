// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import Testing

extension CommandTests {
    @Suite("Fine-tuning", .enabled(if: Ocellus.executable != nil, "the command is not built beside the tests"))
    struct FineTuningTests {
        private static func photos(_ scratch: Scratch, count: Int = 4) throws {
            try MadeUp.folder(
                "photos/train", in: scratch, classes: [("dark", 60), ("light", 190)], side: 64, count: count)
            for (name, level) in [("dark", 60), ("light", 190)] {
                for part in ["val", "test"] {
                    let photo = MadeUp.picture(70, 60, level: level, seed: part == "val" ? 71 : 72)
                    try scratch.write(try ImageEncoder.png(photo), to: "photos/\(part)/\(name)/x.png")
                }
            }
        }

        private static func run(_ arguments: [String], in scratch: Scratch) async throws -> Ocellus.Result {
            let cache = scratch.url("cache").path(percentEncoded: false)
            return try await Ocellus.run(arguments, environment: ["XDG_CACHE_HOME": cache], directory: scratch)
        }

        @Test("goes on from the head to a model like any other, also after an interruption") func tune() async throws {
            let scratch = try Scratch()
            try Self.photos(scratch)
            let result = try await Self.run(
                [
                    "train", "--data", "photos", "--fine-tune=1", "--epochs", "2", "--batch-size", "4", "--patience",
                    "9", "-o", "a", "--json",
                ], in: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            #expect(result.stderr.contains("then the last 1 of 9 stages"))
            let gain = try #require(try result.json()["fine_tuning"] as? [String: Any])
            #expect(gain["verdict"] as? String == "no gain" && gain["count"] as? Int == 2)

            let (head, last) = (
                try StoredTensors(try scratch.read("a/head/model.safetensors")),
                try StoredTensors(try scratch.read("a/last.safetensors"))
            )
            // Folded: no running statistics, and a bias for each convolution.
            #expect(head.entries.keys.contains("features.0.1.running_mean"))
            #expect(!last.entries.keys.contains { $0.contains("running") || $0 == "features.0.1.weight" })
            #expect(last.entries.keys.contains("features.0.0.bias"))
            let record = try #require(last.metadata["training_record"])
            #expect(record.contains("folded") && record.contains("Apache-2.0"))
            for arguments in [
                ["evaluate", "a/model.safetensors", "--data", "photos"],
                ["export", "a/model.safetensors", "--format", "onnx", "-o", "a.onnx"],
            ] {
                let used = try await Self.run(arguments, in: scratch)
                #expect(used.status == 0, "\(arguments): \(used.stderr)")
            }
            try await Self.cut("a", in: scratch)
        }

        /// A run with the settings of another, which is interrupted and resumed, ends with its bits.
        private static func cut(_ whole: String, in scratch: Scratch) async throws {
            let process = try Running(
                ["train", "--config", "\(whole)/configuration.json", "-o", "cut"],
                environment: ["XDG_CACHE_HOME": scratch.url("cache").path(percentEncoded: false)], directory: scratch)
            try #require(try await process.waits(for: "parameters"), "\(process.stderr)")
            process.send(SIGINT)
            let stopped = try await process.end()
            try #require(stopped.status == 130 && stopped.stderr.contains("--resume cut to go on"), "\(stopped.stderr)")
            let resumed = try await run(["train", "--resume", "cut"], in: scratch)
            try #require(resumed.status == 0, "\(resumed.stderr)")
            #expect(
                try StoredTensors.same(
                    try StoredTensors(try scratch.read("\(whole)/last.safetensors")),
                    try StoredTensors(try scratch.read("cut/last.safetensors"))))
            let finished = try await run(["train", "--resume", "cut"], in: scratch)
            #expect(finished.status == 64 && finished.stderr.contains("cut is finished"), "\(finished.stderr)")
        }

        @Test("says what it cannot do before anything is trained, and a dry run writes nothing") func refused()
            async throws
        {
            let scratch = try Scratch()
            try Self.photos(scratch, count: 2)
            let refused: [([String], String)] = [
                (["--fine-tune", "--network", "cnn"], "--fine-tune and --network exclude each other"),
                (["--fine-tune", "--config", "x.json"], "the file decides"),
                (["--fine-tune", "0"], "'0'"), (["--fine-tune", "10"], "1 to 9 stages of lite0"),
                (["--fine-tune", "--epochs", "0"], "epochs"),
            ]
            for (arguments, text) in refused {
                let result = try await Self.run(["train", "--data", "photos", "-o", "run"] + arguments, in: scratch)
                #expect(result.status == 64 && result.stderr.contains(text), "\(arguments): \(result.stderr)")
            }
            let forecast = try await Self.run(
                ["train", "--data", "photos", "--fine-tune", "1", "--dry-run", "--json"], in: scratch)
            try #require(forecast.status == 0, "\(forecast.stderr)")
            let document = try forecast.json()
            #expect(document["network"] as? String == "lite0-fine-tuned" && document["epochs"] as? Int == 12)
            #expect(!scratch.has("run") && !scratch.has("runs"))
        }
    }
}
