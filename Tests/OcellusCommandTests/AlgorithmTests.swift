// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Algorithms") struct AlgorithmTests {
        /// A convolution with a choice, and few images.
        private static let network = [
            "--network", "conv 16 3x3 stride 2, relu, conv 16 3x3 stride 1, relu, globalavgpool, dense classes",
        ]

        @Test("what is measured is kept for the next process, the resume and the model, and a broken cache is said")
        func measured() async throws {
            let scratch = try Scratch()
            let environment = ["XDG_CACHE_HOME": scratch.url("cache").path(percentEncoded: false)]
            func run(_ arguments: [String], _ network: [String] = Self.network) async throws -> Ocellus.Result {
                let result = try await Ocellus.run(arguments + network, environment: environment, directory: scratch)
                try #require(result.status == 0, "\(result.stderr)")
                return result
            }
            let measured = ["--algorithms", "measured"]
            let first = try await run(["train", "--epochs", "1", "-o", "first"] + measured)
            #expect(first.stderr.contains("note: measured the algorithms of "))
            let files = try scratch.names("cache/ocellus/algorithms")
            #expect(files.count == 2 && files[1] == files[0] + ".lock")
            let content = try #require(try scratch.json("cache/ocellus/algorithms/\(files[0])") as? [String: Any])
            let choices = try #require(content["choices"] as? [String: [String: Any]])
            #expect(choices.keys.contains { $0.hasPrefix("weight gradient, 32x16x14x14, to 16, kernel 3x3") })

            // The same choices, so the same bits; nothing is measured again.
            let second = try await run(["train", "--epochs", "1", "-o", "second"] + measured)
            #expect(!second.stderr.contains("measured the algorithms"))
            func weights(_ name: String) throws -> Data {
                let file = try scratch.read("\(name)/last.safetensors")
                let header = file.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
                return file.dropFirst(8 + header)
            }
            #expect(try weights("first") == weights("second"))
            let profile = try await run(["bench", "--profile", "--json"] + measured)
            let steps = try #require(try profile.json()["steps"] as? [[String: Any]])
            #expect(steps.contains { $0["chosen"] as? String == "measured" && $0["algorithm"] is String })
            #expect(steps.contains { $0["chosen"] as? String == "fixed" })

            // A resume and a reader need no cache.
            try scratch.remove("cache")
            let resumed = try await run(["train", "--resume", "first", "--epochs", "2"], [])
            #expect(!resumed.stderr.contains("bit for bit") && !resumed.stderr.contains("measured the algorithms"))
            let read = try await run(["evaluate", "second/model.safetensors", "--json"], [])
            #expect(try read.json()["matches_record"] as? Bool == true)
            #expect(!scratch.has("cache/ocellus/algorithms"))

            try scratch.write(Data("{".utf8), to: "cache/ocellus/algorithms/\(files[0])")
            let broken = try await run(["bench", "--seconds", "0.1"] + measured)
            #expect(
                broken.stderr.contains(
                    "note: the algorithms measured earlier cannot be used, so they are measured anew"))
            #expect(broken.stderr.contains("note: measured the algorithms of "))
            let mended = try await run(["bench", "--seconds", "0.1"] + measured)
            #expect(!mended.stderr.contains("note:"))
        }

        @Test("a cache that cannot be written is said and stops nothing") func unwritable() async throws {
            let scratch = try Scratch()
            try scratch.write(Data(), to: "cache/ocellus")
            let result = try await Ocellus.run(
                ["bench", "--seconds", "0.1", "--algorithms", "measured"] + Self.network,
                environment: ["XDG_CACHE_HOME": scratch.url("cache").path(percentEncoded: false)], directory: scratch)
            #expect(result.status == 0)
            #expect(result.stderr.contains("measured algorithms cannot be kept for the next run"))
        }

        @Test("a wrong word and a resume with other choices are refused") func refused() async throws {
            let scratch = try Scratch()
            let word = try await Ocellus.run(["train", "--algorithms", "fastest"], directory: scratch)
            #expect(word.status == 64 && word.stderr.contains("one of 'measured' and 'fixed'"))
            let reference = try await Ocellus.run(
                ["bench", "--backend", "reference", "--algorithms", "measured"], directory: scratch)
            #expect(reference.status == 64 && reference.stderr.contains("belongs to --backend onednn"))
            let resume = try await Ocellus.run(
                ["train", "--resume", "run", "--algorithms", "fixed"], directory: scratch)
            #expect(resume.status == 64 && resume.stderr.contains("--algorithms cannot be given with --resume"))
        }

        @Test("a comparison keeps its choices for all its trainings") func compare() async throws {
            let scratch = try Scratch()
            let environment = ["XDG_CACHE_HOME": scratch.url("cache").path(percentEncoded: false)]
            let result = try await Ocellus.run(
                [
                    "compare", "--algorithms", "measured", "--networks", "flatten, dense classes", Self.network[1],
                    "--seeds",
                    "2", "--epochs", "1", "--no-pictures", "-o", "run",
                ], environment: environment, directory: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            let table = try #require(try scratch.json("run/algorithms.json") as? [String: Any])
            let choices = try #require(table["choices"] as? [String: String])
            #expect(choices.keys.contains { $0.hasPrefix("weight gradient, ") })
            #expect((table["machine"] as? String)?.contains("oneDNN") == true)
            let configuration = try #require(try scratch.json("run/configuration.json") as? [String: Any])
            #expect((configuration["engine"] as? [String: Any])?["algorithms"] as? String == "measured")
        }
    }
}
