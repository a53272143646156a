// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusPixels
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
            (["check", "photos", "--apply", "no.csv"], 66, "file.missingFile"),
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

        @Test("messages name files in archives as they were given, after a resume too") func paths() async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            try scratch.write(Data("no image".utf8), to: "photos/dark/bad.png")
            let here = scratch.url.path(percentEncoded: false)
            let pack = "tar -czf set.tar.gz photos && cd photos && \"$@\""
            let check = try await Ocellus.shell(
                pack, ["check", "../set.tar.gz", "--no-cache", "--json"], directory: scratch)
            #expect(check.status == 3 && !check.stdout.contains(here), "\(check.stdout)")
            #expect(check.stdout.contains("\"../set.tar.gz/photos/dark/bad.png\""))
            let train = ["train", "-d", "set.tar.gz", "-o", "run", "--skip-unreadable", "--epochs", "1"]
            let trained = try await Ocellus.run(
                train + ["--network", "flatten, dense classes"], directory: scratch)
            let resumed = try await Ocellus.run(["train", "--resume", "run", "--epochs", "2"], directory: scratch)
            for result in [trained, resumed] {
                #expect(result.status == 0 && !result.stderr.contains(here), "\(result.stderr)")
                #expect(result.stderr.contains("left out: set.tar.gz/photos/dark/bad.png"), "\(result.stderr)")
            }
            // From elsewhere that path leads nowhere.
            let elsewhere = try await Ocellus.shell(
                "cd photos && \"$@\"", ["train", "--resume", "../run", "--epochs", "3"], directory: scratch)
            #expect(elsewhere.status == 0 && elsewhere.stderr.contains("/set.tar.gz/photos/dark/bad.png"))
        }

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

extension CommandTests {
    @Suite("Label errors") struct LabelErrorTests {
        /// 1,000 of the embedded images in folders of their classes; every twentieth in the next class's.
        private static func planted() throws -> (Scratch, wrong: Set<String>) {
            let scratch = try Scratch()
            let images = try ImageDataset.embedded.train
            var wrong = Set<String>()
            for index in 0..<1000 {
                let isWrong = index % 20 == 7
                let label = (Int(images.labels[index]) + (isWrong ? 1 + index / 20 % 9 : 0)) % images.classes.count
                let name = images.classes[label].replacing("/", with: "-")
                let path = "photos/\(name)/\(index).png"
                let picture = try DecodedImage(width: 28, height: 28, channels: 1, planar: images.pixels(at: index))
                try scratch.write(try ImageEncoder.png(picture), to: path)
                if isWrong { wrong.insert(path) }
            }
            return (scratch, wrong)
        }

        @Test("planted errors are found, the surest first; the plan leaves them to a person; the page shows them")
        func found() async throws {
            let (scratch, wrong) = try Self.planted()
            let result = try await Ocellus.run(
                [
                    "check", "photos", "--label-errors", "--network", "flatten, dense classes", "--folds", "4",
                    "--epochs",
                    "4", "--json", "-q", "--plan", "fix.csv", "--html", "check.html",
                ], directory: scratch)
            #expect(result.status == 0 && result.stderr == "", "\(result.stderr)")
            let report = try #require(try result.json()["report"] as? [String: Any])
            let findings = try #require(report["findings"] as? [[String: Any]])
                .filter { $0["kind"] as? String == "labelError" }
            let paths = findings.compactMap { ($0["paths"] as? [String])?.first }
            let hits = paths.count { wrong.contains($0) }
            // By chance 5 % of those that are named would be wrong.
            #expect(wrong.count == 50 && hits >= 25, "\(hits) of 50 found")
            #expect(Double(hits) / Double(paths.count) >= 0.2, "\(hits) of \(paths.count) named")
            #expect(paths.prefix(25).count { wrong.contains($0) } >= 15)
            let labels = findings.compactMap { $0["label"] as? [String: Any] }
            let given = labels.compactMap { $0["given_probability"] as? Double }
            #expect(given.count == paths.count && given == given.sorted())
            #expect((report["notes"] as? [String])?.contains { $0.contains("1000 images were judged by 4") } == true)
            let folds = try #require(report["fold_sha256"] as? [String])
            #expect(folds.count == 4 && Set(folds).count == 4 && folds.allSatisfy { $0.count == 64 })

            let rows = String(decoding: try scratch.read("fix.csv"), as: UTF8.self).split(separator: "\n")
                .filter { $0.contains("suspect labels") }
            #expect(rows.count == paths.count && rows.allSatisfy { $0.hasPrefix("review,") })
            let page = String(decoding: try scratch.read("check.html"), as: UTF8.self)
            #expect(page.contains("suspect labels") && page.contains("data:image/jpeg;base64,"))
        }

        @Test("a model judges images that it did not train on, and refuses its own") func model() async throws {
            let scratch = try Scratch()
            for split in ["train", "test"] { try MadeUp.folder("set/\(split)", in: scratch) }
            try MadeUp.folder("other", in: scratch, count: 20)
            try scratch.write(
                try ImageEncoder.png(MadeUp.picture(12, 12, level: 190, seed: 99)), to: "set/test/dark/wrong.png")
            let train = [
                "train", "-d", "set", "--network", "flatten, dense classes", "--epochs", "30", "-q", "-o", "run",
            ]
            #expect(try await Ocellus.run(train, directory: scratch).status == 0)
            let model = "run/model.safetensors"
            let result = try await Ocellus.run(
                ["check", "set", "--model", model, "--fail-on", "never"], directory: scratch)
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stdout.contains("so their labels were not judged"))
            #expect(result.stdout.contains("set/test/dark/wrong.png (labelled dark"), "\(result.stdout)")
            let other = try await Ocellus.run(
                ["check", "other", "--model", model, "--fail-on", "never"], directory: scratch)
            #expect(other.status == 0 && other.stdout.contains("single images that it trained on cannot be told"))
        }

        static let wrong: [([String], String)] = [
            (["--folds", "3"], "belong to --label-errors"), (["--label-errors", "--folds", "1"], "2…100"),
            (["--label-errors", "--model", "a"], "give one of them"),
            (["--label-errors", "--folds", "50"], "fewer folds"), (["--model", "nowhere.safetensors"], "nowhere"),
        ]

        @Test("wrong use says what is wrong", arguments: wrong)
        func usage(arguments: [String], text: String) async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            let result = try await Ocellus.run(["check", "photos"] + arguments, directory: scratch)
            #expect(result.status >= 64 && result.stderr.contains(text), "\(result.stderr)")
        }
    }
}

extension CommandTests {
    @Suite("Split") struct SplitTests {
        /// Pictures of two classes that differ, with three copies of one of them.
        private static func prepared() throws -> Scratch {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch, count: 20)
            let copy = try scratch.read("photos/dark/3.png")
            for name in ["x", "y", "z"] { try scratch.write(copy, to: "photos/dark/\(name).png") }
            return scratch
        }

        @Test("the table is read back, keeps copies on one side, has the SHA-256 that is printed, and is repeatable")
        func table() async throws {
            let scratch = try Self.prepared()
            let first = try await Ocellus.run(["split", "photos", "-o", "split.csv", "--json"], directory: scratch)
            #expect(first.status == 0, "\(first.stderr)")
            let sum = try await Ocellus.shell("sha256sum split.csv && \"$@\"", ["--version"], directory: scratch)
            #expect(sum.stdout.hasPrefix(try #require(try first.json()["sha256"] as? String)))
            let text = String(decoding: try scratch.read("split.csv"), as: UTF8.self)
            let rows = text.split(separator: "\n").dropFirst().map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            #expect(rows.count == 43 && Set(rows.map { $0[2] }) == ["train", "validation", "test"])
            let names = ["3", "x", "y", "z"].map { "photos/dark/\($0).png" }
            let copies = rows.filter { names.contains(String($0[0])) }
            #expect(copies.count == 4 && Set(copies.map { $0[2] }).count == 1 && copies[0][3] != "")
            let again = try await Ocellus.run(["split", "photos", "-o", "again.csv", "-q"], directory: scratch)
            #expect(again.status == 0)
            #expect(try scratch.read("again.csv") == scratch.read("split.csv"))
            let other = try await Ocellus.run(
                ["split", "photos", "-o", "other.csv", "--seed", "1"], directory: scratch)
            #expect(other.status == 0)
            #expect(try scratch.read("other.csv") != scratch.read("split.csv"))
            let train = [
                "train", "--network", "flatten, dense classes", "--epochs", "1", "-o", "run", "-d", "split.csv",
            ]
            let trained = try await Ocellus.run(train, directory: scratch)
            #expect(trained.status == 0 && trained.stdout.contains("split  "), "\(trained.stderr)")
            let refused = try await Ocellus.run(["split", "photos", "-o", "split.csv"], directory: scratch)
            #expect(refused.status == 73 && refused.stderr.contains("exists already"), "\(refused.stderr)")
        }

        @Test(
            "folds are saved, nearly equal, with copies in one; --fold takes one, by any seed, and says what to do without"
        )
        func folds() async throws {
            let scratch = try Self.prepared()
            let made = try await Ocellus.run(
                ["split", "photos", "--folds", "3", "-o", "folds.csv", "--json"], directory: scratch)
            #expect(made.status == 0, "\(made.stderr)")
            let counts = try #require(try made.json()["folds"] as? [Int])
            #expect(counts.count == 3 && (counts.max() ?? 9) - (counts.min() ?? 0) <= 4, "\(counts)")
            let rows = String(decoding: try scratch.read("folds.csv"), as: UTF8.self).split(separator: "\n").dropFirst()
                .map { $0.split(separator: ",", omittingEmptySubsequences: false) }
            #expect(rows.filter { $0[2] == "test" }.allSatisfy { $0[4] == "" })
            #expect((1...3).map { fold in rows.count { $0[4] == "\(fold)" } } == counts)
            let names = ["3", "x", "y", "z"].map { "photos/dark/\($0).png" }
            #expect(Set(rows.filter { names.contains(String($0[0])) }.map { $0[4] }).count == 1)
            func train(_ data: String, _ fold: String, seed: Int, _ run: String) async throws -> Ocellus.Result {
                try await Ocellus.run(
                    [
                        "train", "--network", "flatten, dense classes", "--epochs", "1", "-d", data, "--fold", fold,
                        "--seed", "\(seed)", "-o", run, "--json", "-q",
                    ], directory: scratch)
            }
            let second = try await train("folds.csv", "2", seed: 0, "a")
            #expect(second.status == 0, "\(second.stderr)")
            let split = try second.json()["split_sha256"] as? String
            #expect(try await train("folds.csv", "2", seed: 1, "b").json()["split_sha256"] as? String == split)
            #expect(try await train("folds.csv", "3", seed: 0, "c").json()["split_sha256"] as? String != split)
            for (data, fold, words) in [
                ("photos", "2", "split --folds"), ("folds.csv", "4", "no images in fold 4"),
                ("folds.csv", "2/3", "has folds of its own"),
            ] {
                let refused = try await train(data, fold, seed: 0, "refused")
                #expect(refused.status == 65 || refused.status == 66)
                #expect(refused.stderr.contains(words), "\(refused.stderr)")
                #expect(!scratch.has("refused"))
            }
            let both = try await Ocellus.run(
                ["split", "photos", "--folds", "3", "--validation", "0.1", "-o", "both.csv"], directory: scratch)
            #expect(both.status == 64 && both.stderr.contains("leave out --validation"))
        }

        @Test("a held-out copy of a training image trains, and that is said") func copies() async throws {
            let scratch = try Self.prepared()
            let train = [
                "train", "--network", "flatten, dense classes", "--epochs", "1", "--validation", "0.5", "-d", "photos",
            ]
            let result = try await Ocellus.run(train, directory: scratch)
            #expect(result.status == 0, "\(result.stderr)")
            #expect(result.stderr.contains("that have a copy among the training images"), "\(result.stderr)")
        }
    }
}
