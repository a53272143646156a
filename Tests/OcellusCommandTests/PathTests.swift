// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import Testing

extension CommandTests {
    @Suite("Paths") struct PathTests {
        static let commands: [[String]] = [
            ["check", "PATH"], ["split", "PATH", "-o", "split.csv"], ["train", "--data", "PATH"],
            ["compare", "--data", "PATH"], ["evidence", "--data", "PATH", "--budget", "90s"],
            ["evaluate", "model.safetensors", "--data", "PATH"], ["probe", "model.safetensors", "--data", "PATH"],
            ["data", "preview", "--data", "PATH"],
        ]

        /// Foundation's deletingLastPathComponent ends the process on paths of one character that do not exist.
        @Test("what does not exist is said, however short its path", arguments: commands)
        func missing(command: [String]) async throws {
            let model = try await SharedModel.get()
            let scratch = try Scratch()
            try scratch.write(model.file, to: "model.safetensors")
            for path in ["z", "é", "z/", "nope//é"] {
                let result = try await Ocellus.run(command.map { $0 == "PATH" ? path : $0 }, directory: scratch)
                #expect(result.status == 66 && result.stderr.contains("error[data.notFound]"), "\(path): \(result)")
            }
        }

        @Test("archives, tables and folders of one letter are read") func short() async throws {
            let scratch = try Scratch()
            try MadeUp.folder("p", in: scratch)
            let packed = try await Ocellus.shell("tar -cf t p; \"$@\"", ["check", "t"], directory: scratch)
            #expect(packed.status == 0, "\(packed.stderr)")
            for path in ["t", "p", "p/", "./p", "p//"] {
                let result = try await Ocellus.run(["check", path], directory: scratch)
                #expect(result.status == 0, "\(path): \(result.stderr)")
            }
        }

        static let empty: [[String]] = [
            ["train", "-o", ""], ["compare", "-o", ""], ["evidence", "-o", ""], ["train", "--data", ""],
            ["train", "--resume", ""], ["check", ""], ["check", "p", "--html", ""], ["check", "p", "--plan", ""],
            ["check", "p", "--apply", ""], ["check", "p", "--undo", ""], ["check", "p", "--model", ""],
            ["split", "", "-o", "x.csv"], ["split", "p", "-o", ""], ["predict", "", "a.png"], ["predict", "m", ""],
            ["evaluate", ""], ["probe", ""], ["probe", "m", "--html", ""], ["probe", "m", "--record", ""],
            ["explain", "", "a.png"], ["report", ""], ["report", "r", "-o", ""], ["data", "preview", "-o", ""],
            ["bench", "--data", ""], ["run-cells", ""], ["run-cells", "r", "--merge", ""],
        ]

        @Test("an empty path is wrong usage, and nothing is written", arguments: empty)
        func emptyPath(arguments: [String]) async throws {
            let scratch = try Scratch()
            let names = ["configuration.json", "model.safetensors", "preview.html"]
            for name in names { try scratch.write(Data("mine".utf8), to: name) }
            let result = try await Ocellus.run(arguments, directory: scratch)
            #expect(result.status == 64 && result.stderr.contains("error[usage.arguments]"), "\(result)")
            #expect(try scratch.names(".") == names)
            for name in names { #expect(try scratch.read(name) == Data("mine".utf8)) }
        }

        @Test("~ is a name like any other") func tilde() async throws {
            let scratch = try Scratch()
            try scratch.makeDirectory("home")
            let home = ["HOME": scratch.url("home").path(percentEncoded: false)]
            try scratch.write(Data(), to: "here/x")
            let train = ["train", "--network", "flatten, dense classes", "--epochs", "1", "-q", "-o", "~"]
            let trained = try await Ocellus.run(train, environment: home, directory: scratch)
            #expect(trained.status == 0, "\(trained.stderr)")
            #expect(
                FileManager.default.fileExists(atPath: scratch.url.path(percentEncoded: false) + "/~/model.safetensors")
            )
            #expect(try scratch.names("home").isEmpty)
            let again = try await Ocellus.run(train, environment: home, directory: scratch)
            #expect(again.status == 73 && again.stderr.contains("error[training.runExists]"), "\(again.stderr)")
            let evaluated = try await Ocellus.run(
                ["evaluate", "~/model.safetensors"], environment: home, directory: scratch)
            #expect(evaluated.status == 0, "\(evaluated.stderr)")
            let resumed = try await Ocellus.run(["train", "--resume", "~"], environment: home, directory: scratch)
            #expect(resumed.status == 64 && resumed.stderr.contains("finishedRun"), "\(resumed.stderr)")
            try MadeUp.folder("photos", in: scratch)
            let renamed = try await Ocellus.shell(
                "mv photos '~photos'; exec \"$@\"", ["check", "~photos"], directory: scratch)
            #expect(renamed.status == 0, "\(renamed.stderr)")
            let read = try await Ocellus.run(
                ["train", "--data", "~photos", "--network", "flatten, dense classes", "--epochs", "1", "-o", "out"],
                environment: home, directory: scratch)
            #expect(read.status == 0, "\(read.stderr)")
            let split = try await Ocellus.run(
                ["split", "~photos", "-o", "s.csv"], environment: home, directory: scratch)
            #expect(split.status == 0, "\(split.stderr)")
            #expect(String(decoding: try scratch.read("s.csv"), as: UTF8.self).contains("\n~photos/"))
        }

        @Test("of processes that want one directory one gets it, new or empty", arguments: [false, true])
        func oneDirectory(exists: Bool) async throws {
            let scratch = try Scratch()
            if exists { try scratch.makeDirectory("run") }
            let train = ["train", "--network", "flatten, dense classes", "--epochs", "1", "-q", "-o", "run"]
            let processes = try (0..<4).map { _ in try Running(train, directory: scratch) }
            var statuses: [Int32] = []
            for process in processes { statuses.append(try await process.end().status) }
            #expect(statuses.sorted() == [0, 73, 73, 73])
        }

        /// Foundation recursed on this name until the stack ended.
        @Test("a run's directory may have any name", arguments: ["x\u{600}/\u{301}y", "\u{301}", "new/", "./a//b"])
        func oddName(path: String) async throws {
            let scratch = try Scratch()
            let result = try await Ocellus.run(
                ["train", "--network", "flatten, dense classes", "--epochs", "1", "-q", "-o", path], directory: scratch)
            #expect(result.status == 0, "\(result)")
        }
    }

    @Suite("Unreadable images") struct UnreadableImageTests {
        /// A file with a sound header and a cut body, in the training or in the test images.
        @Test("are left out wherever decoded images are kept, after a resume too", arguments: ["train", "test"])
        func skipped(split: String) async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos/train", in: scratch)
            try MadeUp.folder("photos/test", in: scratch, count: 4)
            let whole = try ImageEncoder.jpeg(MadeUp.picture(64, 64, level: 60, seed: 99))
            try scratch.write(whole.prefix(whole.count / 2), to: "photos/\(split)/dark/cut.jpg")
            func train(_ cache: String, _ more: String...) async throws -> Ocellus.Result {
                try await Ocellus.run(
                    [
                        "train", "--data", "photos", "--network", "flatten, dense classes", "--epochs", "2", "--cache",
                        cache, "-o", cache,
                    ] + more, directory: scratch)
            }
            for cache in ["memory", "none", "disk"] {
                let result = try await train(cache, "--skip-unreadable")
                #expect(result.status == 0, "\(cache): \(result.stderr)")
                #expect(result.stderr.contains("1 of 29 files could not be read and were left out"), "\(result.stderr)")
                #expect(result.stderr.contains("cut.jpg"))
            }
            let models = try ["memory", "none", "disk"].map {
                try StoredTensors(scratch.read("\($0)/model.safetensors"))
            }
            #expect(models[0].content == models[1].content && models[0].content == models[2].content)
            for cache in ["memory", "none"] {
                let resumed = try await Ocellus.run(
                    ["train", "--resume", cache, "--epochs", "3"], directory: scratch)
                #expect(resumed.status == 0, "\(cache): \(resumed.stderr)")
            }
            let strict = try await Ocellus.run(
                ["train", "--data", "photos", "--cache", "memory", "-o", "strict"], directory: scratch)
            #expect(strict.status == 65)
        }
    }
}
