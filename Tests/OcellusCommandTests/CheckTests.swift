// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusImages
import Testing

extension CommandTests {
    @Suite("Check") struct CheckTests {
        private static func prepared() throws -> Scratch {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            return scratch
        }

        @Test("a folder without errors ends with 0; warnings count only when asked") func clean() async throws {
            let scratch = try Self.prepared()
            try scratch.write(try ImageEncoder.png(MadeUp.picture(12, 12, level: 60, seed: 1)), to: "photos/dark/x.png")
            let result = try await Ocellus.run(["check", "photos"], directory: scratch)
            #expect(result.status == 0 && result.stderr == "", "\(result.stderr)")
            #expect(result.stdout.contains("photos: 21 images, 21 readable"))
            #expect(result.stdout.contains("the same file more than once"))
            let strict = try await Ocellus.run(["check", "photos", "--fail-on", "warning"], directory: scratch)
            #expect(strict.status == 3 && strict.stderr.hasPrefix("failed: 0 errors, "), "\(strict.stderr)")
        }

        @Test("errors end with 3; JSON, page, plan, apply, undo") func errors() async throws {
            let scratch = try Self.prepared()
            try scratch.write(Data("text".utf8), to: "photos/dark/<bad>.jpg")
            let before = try scratch.names("photos")
            let json = try await Ocellus.run(["check", "photos", "--json"], directory: scratch)
            #expect(json.status == 3)
            let report = try #require(try json.json()["report"] as? [String: Any])
            let findings = try #require(report["findings"] as? [[String: Any]])
            #expect(
                findings.first?["kind"] as? String == "noImage" && findings.first?["severity"] as? String == "error")
            #expect(findings.first?["paths"] as? [String] == ["photos/dark/<bad>.jpg"])

            let written = try await Ocellus.run(
                ["check", "photos", "--html", "check.html", "--plan", "fix.csv", "--fail-on", "never"],
                directory: scratch)
            #expect(written.status == 0, "\(written.stderr)")
            let page = String(decoding: try scratch.read("check.html"), as: UTF8.self)
            #expect(page.contains("photos/dark/&lt;bad&gt;.jpg") && !page.contains("<bad>"))

            let applied = try await Ocellus.run(["check", "photos", "--apply", "fix.csv"], directory: scratch)
            #expect(applied.status == 0 && applied.stdout.contains("1 moved, 0 left"), "\(applied.stderr)")
            #expect(scratch.has("photos/__removed/noImage/dark/<bad>.jpg") && !scratch.has("photos/dark/<bad>.jpg"))
            #expect(try await Ocellus.run(["check", "photos"], directory: scratch).status == 0)
            let undone = try await Ocellus.run(
                ["check", "photos", "--undo", "fix.undo.csv", "--json"], directory: scratch)
            #expect(undone.status == 0, "\(undone.stderr)")
            #expect(try scratch.names("photos") == before)
        }

        static let wrong: [([String], Int32, String)] = [
            (["check", "nowhere"], 66, "data.notFound"),
            (["check", "photos", "--apply", "no.csv"], 66, "archive.missingFile"),
            (["check", "photos", "--apply", "a", "--undo", "b"], 64, "usage.arguments"),
            (["check", "photos", "--apply", "photos/dark/0.png"], 65, "data.damaged"),
            (["check", "photos", "--fail-on", "everything"], 64, "usage.arguments"),
        ]

        @Test("wrong use says what is wrong", arguments: wrong)
        func usage(arguments: [String], status: Int32, code: String) async throws {
            let result = try await Ocellus.run(arguments, directory: Self.prepared())
            #expect(result.status == status && result.stderr.contains("error[\(code)]"), "\(result.stderr)")
        }
    }
}

extension CommandTests {
    @Suite("Sources") struct SourceTests {
        private static let options = ["--network", "flatten, dense classes", "--epochs", "1", "-q"]

        @Test("trains from a tar.gz, a folder of archives and a table, at the first try") func sources() async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            try MadeUp.folder("test", in: scratch, count: 3)
            let pack = """
                mkdir set && tar -czf set/train.tar.gz photos && tar -cf set/test.tar test &&
                { echo path,label; for f in photos/*/*; do c=${f%/*}; echo "$f,${c##*/}"; done; } > photos.csv && "$@"
                """
            let first = try await Ocellus.shell(
                pack, ["train", "-d", "set/train.tar.gz", "-o", "one"] + Self.options, directory: scratch)
            #expect(first.status == 0, "\(first.stderr)")
            for (data, run) in [("set", "two"), ("photos.csv", "three")] {
                let result = try await Ocellus.run(
                    ["train", "-d", data, "-o", run] + Self.options, directory: scratch)
                #expect(result.status == 0, "\(data): \(result.stderr)")
                #expect(scratch.has("\(run)/model.safetensors"))
            }
            let scored = try await Ocellus.run(
                ["evaluate", "two/model.safetensors", "-d", "set", "--json"], directory: scratch)
            #expect(scored.status == 0, "\(scored.stderr)")
        }
    }
}
