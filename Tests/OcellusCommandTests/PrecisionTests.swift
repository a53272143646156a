// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTestSupport
import Testing

extension CommandTests {
    @Suite("Precision") struct PrecisionTests {
        @Test("a processor without bfloat16 is an error that names float32", arguments: ["train", "compare", "bench"])
        func unsupported(verb: String) async throws {
            let scratch = try Scratch()
            // What a processor offers at most, as oneDNN 2 and 3 read it.
            let result = try await Ocellus.run(
                [verb, "--precision", "bfloat16"],
                environment: ["DNNL_MAX_CPU_ISA": "AVX2", "ONEDNN_MAX_CPU_ISA": "AVX2"], directory: scratch)
            #expect(result.status == 64)
            #expect(result.stdout == "")
            #expect(result.stderr.contains("error[plan.unsupported]: this processor does not compute in bfloat16."))
            #expect(result.stderr.contains("try       --precision float32"))
            #expect(!scratch.has("runs"))
        }

        @Test(
            "a training in bfloat16 says so, learns as one in float32 does and goes on as it began",
            .enabled(if: Engine.bfloat16 != nil, "this processor does not compute in bfloat16"))
        func train() async throws {
            let scratch = try Scratch()
            func accuracy(_ precision: String) async throws -> Double {
                let result = try await Ocellus.run(
                    ["train", "--precision", precision, "--epochs", "3", "-o", precision, "--json"], directory: scratch)
                try #require(result.status == 0, "\(result.stderr)")
                return try #require((try result.json()["test"] as? [String: Any])?["accuracy"] as? Double)
            }
            let (narrow, wide) = (try await accuracy("bfloat16"), try await accuracy("float32"))
            // Ten classes; the 95 % interval of one of these accuracies is 5 points wide.
            #expect(narrow > 0.6 && abs(narrow - wide) < 0.1)
            let configuration = try scratch.json("bfloat16/configuration.json") as? [String: Any]
            #expect((configuration?["engine"] as? [String: Any])?["precision"] as? String == "bfloat16")
            let model = String(decoding: try scratch.read("bfloat16/model.safetensors").prefix(20_000), as: UTF8.self)
            #expect(model.contains(#"\"precision\":\"bfloat16\""#))

            // Either precision reads the file of either: its self-test bounds what they may differ by.
            for file in ["bfloat16", "float32"] {
                for precision in ["bfloat16", "float32"] {
                    let result = try await Ocellus.run(
                        ["evaluate", "\(file)/model.safetensors", "--precision", precision, "--json"],
                        directory: scratch)
                    try #require(result.status == 0, "\(result.stderr)")
                    let found = try #require(try result.json()["accuracy"] as? Double)
                    #expect(abs(found - (file == "bfloat16" ? narrow : wide)) < 0.03)
                }
            }

            let refused = try await Ocellus.run(
                ["train", "--resume", "bfloat16", "--epochs", "4", "--precision", "float32"], directory: scratch)
            #expect(refused.status == 64)
            #expect(refused.stderr.contains("--precision cannot be given with --resume"))
            var changed = try #require(String(data: scratch.read("bfloat16/configuration.json"), encoding: .utf8))
            changed = changed.replacing(#""precision":"bfloat16""#, with: #""precision":"float32""#)
            try Data(changed.utf8).write(to: scratch.url("bfloat16/configuration.json"))
            let other = try await Ocellus.run(
                ["train", "--resume", "bfloat16", "--epochs", "4"], directory: scratch)
            #expect(other.status != 0)
            #expect(other.stderr.contains("the checkpoint was made in another precision."))
        }
    }
}
