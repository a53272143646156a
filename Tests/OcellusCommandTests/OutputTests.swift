// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Output") struct OutputTests {
        private static let tiny = ["--networks", "flatten, dense classes", "maxpool 4, flatten, dense classes"]

        /// Every key at any depth.
        private static func keys(_ value: Any) -> Set<String> {
            if let object = value as? [String: Any] {
                return object.values.map(keys).reduce(Set(object.keys)) { $0.union($1) }
            }
            return (value as? [Any])?.map(keys).reduce([]) { $0.union($1) } ?? []
        }

        /// One JSON object with a schema number and keys in snake_case.
        static func checkJSON(_ result: Ocellus.Result, _ verb: String) throws -> [String: Any] {
            #expect(result.status == 0, "\(verb): \(result.stderr)")
            let document = try result.json()
            let schema = ["evidence": 3, "compare": 2, "probe": 2, "report": 2][verb] ?? 1
            #expect(document["schema"] as? Int == schema, "\(verb)")
            for key in keys(document) {
                #expect(key.wholeMatch(of: /[a-z0-9]+(_[a-z0-9]+)*/) != nil, "\(verb): \(key)")
            }
            return document
        }

        @Test("version and help") func versionAndHelp() async throws {
            let scratch = try Scratch()
            let version = try await Ocellus.run(["--version"], directory: scratch)
            #expect(version.stdout.wholeMatch(of: /\d+\.\d+\.\d+\n/) != nil)
            #expect(version.stderr == "")
            let root = try await Ocellus.run(["--help"], directory: scratch)
            let commands = [
                "compare", "evidence", "train", "evaluate", "predict", "probe", "summary", "data", "report", "bench",
            ]
            for command in commands { #expect(root.stdout.contains("\n  \(command) ")) }
            for command in commands {
                let help = try await Ocellus.run([command, "--help"], directory: scratch)
                #expect(help.status == 0)
                // After the one-line overview the first thing is an example.
                let lines = help.stdout.split(separator: "\n")
                #expect(lines.first?.hasPrefix("OVERVIEW: ") == true)
                let example = lines.dropFirst().first { !$0.isEmpty && !$0.hasPrefix("OVERVIEW") }
                #expect(example?.hasPrefix("  ocellus \(command)") == true, "\(help.stdout)")
                #expect(help.stderr == "")
            }
        }

        @Test("train, then evaluate: the score of the record, stdout for data alone") func trainAndEvaluate()
            async throws
        {
            let model = try await SharedModel.get()
            let trained = try Self.checkJSON(.init(status: 0, stdout: model.output, stderr: ""), "train")
            let test = try #require(trained["test"] as? [String: Any])

            let json = try await Ocellus.run(["evaluate", model.path, "--json"], directory: model.directory)
            let evaluated = try Self.checkJSON(json, "evaluate")
            #expect(evaluated["correct"] as? Int == test["correct"] as? Int)
            #expect(evaluated["loss"] as? Double == test["loss"] as? Double)
            #expect(evaluated["matches_record"] as? Bool == true)
            #expect(json.stderr == "")

            let views = try await Ocellus.run(
                ["evaluate", model.path, "--json", "--tta", "mirror"], directory: model.directory)
            let averaged = try Self.checkJSON(views, "evaluate")
            #expect(averaged["loss"] as? Double != test["loss"] as? Double)
            // The record's score is that of the images alone.
            #expect(averaged["matches_record"] == nil)
            let text = try await Ocellus.run(["evaluate", model.path], directory: model.directory)
            #expect(text.stdout.contains("matches the record in the model file"))
            #expect(text.stdout.contains("Ankle boot"))
            #expect(text.stderr == "")

            let split = try await Ocellus.run(
                ["evaluate", model.path, "--split", "validation"], directory: model.directory)
            #expect(split.status == 64)
            #expect(split.stderr.contains("error[training.noValidation]"))
        }

        @Test("--min-accuracy decides the exit status") func minimumAccuracy() async throws {
            let model = try await SharedModel.get()
            let low = try await Ocellus.run(
                ["evaluate", model.path, "--min-accuracy", "0.05"], directory: model.directory)
            #expect(low.status == 0)
            let high = try await Ocellus.run(
                ["evaluate", model.path, "--min-accuracy", "0.999"], directory: model.directory)
            #expect(high.status == 3)
            #expect(high.stderr.contains("is below --min-accuracy 0.999"))
            #expect(high.stdout.contains("accuracy"))

            let json = try await Ocellus.run(
                ["evaluate", model.path, "--min-accuracy", "0.999", "--json"], directory: model.directory)
            #expect(json.status == 3)
            _ = try Self.checkJSON(.init(status: 0, stdout: json.stdout, stderr: ""), "evaluate")
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(json.stderr.utf8)) as? [String: Any], "\(json.stderr)")
            let error = try #require(document["error"] as? [String: Any])
            #expect(error["code"] as? String == "condition.failed")
            #expect(error["exit_status"] as? Int == 3)
            #expect((error["summary"] as? String)?.contains("is below --min-accuracy 0.999") == true)
        }

        @Test("compare and report as JSON, and the page again from the record") func compareAndReport() async throws {
            let scratch = try Scratch()
            let compared = try await Ocellus.run(
                ["compare"] + Self.tiny + ["--seeds", "2", "--epochs", "1", "-o", "run", "--json", "-q"],
                directory: scratch)
            let record = try Self.checkJSON(compared, "compare")
            #expect(compared.stderr == "")
            #expect((record["networks"] as? [Any])?.count == 2)
            #expect(record["test_readings"] as? Int == 4)

            let page = try scratch.read("run/report.html")
            try scratch.remove("run/report.html")
            let again = try await Ocellus.run(["report", "run", "--json"], directory: scratch)
            #expect(NSDictionary(dictionary: try Self.checkJSON(again, "report")).isEqual(to: record))
            #expect(try scratch.read("run/report.html") == page)
            let elsewhere = try await Ocellus.run(["report", "run/record.json", "-o", "page.html"], directory: scratch)
            #expect(elsewhere.stdout.contains("page.html"))
            #expect(try scratch.read("page.html") == page)

            let finished = try await Ocellus.run(["compare", "--resume", "run"], directory: scratch)
            #expect(finished.status == 0)
            #expect(finished.stdout.contains("Verdict"))
            #expect(!finished.stderr.contains("epoch"))
        }

        @Test("summary: hundreds of millions of weights at photo size") func summary() async throws {
            let scratch = try Scratch()
            let text = try await Ocellus.run(["summary", "--image-size", "1920x1080x3"], directory: scratch)
            #expect(text.status == 0)
            // 1920·1080·3 inputs to 3000 units, and the convolutional network's parts, computed by hand.
            #expect(text.stdout.contains("18,662,403,000"))
            #expect(text.stdout.contains("524,734,090"))
            #expect(text.stdout.contains("12,230,010"))
            #expect(text.stdout.contains("167,562"))
            #expect(text.stderr == "")
            let json = try await Ocellus.run(["summary", "--network", "ann,cnn", "--json"], directory: scratch)
            let networks = try #require(try Self.checkJSON(json, "summary")["networks"] as? [[String: Any]])
            #expect(networks.map { $0["parameters"] as? Int } == [12_230_010, 167_562])
        }

        @Test("summary --graph: every operation, as text and in the form of files") func graph() async throws {
            let scratch = try Scratch()
            let network = ["summary", "conv 2 3x3, relu, flatten, dense classes", "--image-size", "4x4x1", "--graph"]
            let text = try await Ocellus.run(network, directory: scratch)
            #expect(text.status == 0)
            #expect(text.stdout.hasPrefix("%0 = image"))
            #expect(text.stdout.contains("%2 = unary(%1) relu"))
            #expect(text.stdout.contains("[N, 2, 4, 4]   1 ReLU\n"))
            #expect(text.stdout.hasSuffix("output %4\n"))
            let both = try await Ocellus.run(["summary", "--network", "ann,cnn", "--graph"], directory: scratch)
            #expect(both.stdout.hasPrefix("ann\n%0 = image"))
            #expect(both.stdout.contains("\n\ncnn\n%0 = image"))
            let json = try await Ocellus.run(network + ["--json"], directory: scratch)
            #expect(json.status == 0)
            #expect(try json.json()["schema"] as? Int == 1)
            let networks = try #require(try json.json()["networks"] as? [[String: Any]])
            let graph = try #require(networks.first?["graph"] as? [String: Any])
            #expect(graph["version"] as? Int == 1)
            #expect(graph["input"] as? [Int] == [1, 4, 4])
            let operations = try #require(graph["operations"] as? [[String: Any]])
            #expect(
                operations.map { $0["operator"] as? String } == ["convolution", "unary", "reshape", "matrix_product"])
        }

        @Test("bench as JSON, profile included") func bench() async throws {
            let scratch = try Scratch()
            let bench = ["bench", "--network", "flatten, dense classes", "-b", "16", "--json"]
            let speed = try Self.checkJSON(
                try await Ocellus.run(bench + ["--seconds", "0.05"], directory: scratch), "bench")
            #expect((speed["images_per_second"] as? Double ?? 0) > 0)
            #expect(speed["batch_size"] as? Int == 16)
            for (mode, phases) in [
                ("training", ["forward", "loss", "backward", "update"]), ("inference", ["forward"]),
            ] {
                let flags = ["--profile"] + (mode == "inference" ? ["--inference"] : [])
                let profile = try Self.checkJSON(try await Ocellus.run(bench + flags, directory: scratch), "profile")
                #expect(profile["mode"] as? String == mode)
                let steps = try #require(profile["steps"] as? [[String: Any]])
                #expect(Set(steps.compactMap { $0["phase"] as? String }) == Set(phases))
            }
        }

        @Test("errors as JSON go to stderr") func errorDocument() async throws {
            let scratch = try Scratch()
            let result = try await Ocellus.run(
                ["train", "--network", "cmn", "--json", "-o", "run"], directory: scratch)
            #expect(result.status == 64)
            #expect(result.stdout == "")
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(result.stderr.utf8)) as? [String: Any])
            let error = try #require(document["error"] as? [String: Any])
            #expect(error["code"] as? String == "model.unknownNetwork")
            #expect(error["exit_status"] as? Int == 64)
        }

        @Test("names in errors cannot steer the terminal, and are exact in JSON") func hostileNames() async throws {
            let scratch = try Scratch()
            let name = "a\u{1B}]0;title\u{7}\u{202E}\u{9B}b"
            let text = try await Ocellus.run(["train", "--data", name, "-o", "run"], directory: scratch)
            #expect(text.status == 66)
            #expect(text.stderr.contains("a�]0;title���b"), "\(text.stderr)")
            #expect(!text.stderr.unicodeScalars.contains { "\u{1B}\u{7}\u{202E}\u{9B}".unicodeScalars.contains($0) })

            let json = try await Ocellus.run(["train", "--data", name, "-o", "run", "--json"], directory: scratch)
            let document = try #require(
                try JSONSerialization.jsonObject(with: Data(json.stderr.utf8)) as? [String: Any])
            let error = try #require(document["error"] as? [String: Any])
            #expect((error["summary"] as? String)?.unicodeScalars.contains("\u{9B}") == true, "\(error)")
            #expect((error["summary"] as? String)?.contains(name) == true, "\(error)")
        }

        @Test("into a pipe: whole lines, no colour, no carriage return") func pipe() async throws {
            let scratch = try Scratch()
            let train = ["train", "--network", "flatten, dense classes", "--epochs", "3", "-b", "64", "-d", "embedded"]
            let plain = try await Ocellus.run(train + ["-o", "plain"], directory: scratch)
            #expect(plain.status == 0)
            #expect(plain.stderr.contains("run: plain\n"))
            for epoch in 1...3 { #expect(plain.stderr.contains("epoch \(epoch)/3")) }
            for text in [plain.stdout, plain.stderr] {
                #expect(!text.contains("\r") && !text.contains("\u{1B}"))
                #expect(text.hasSuffix("\n"))
            }
            #expect(!plain.stdout.contains("epoch 1/3"))

            let quiet = try await Ocellus.run(train + ["-o", "quiet", "-q"], directory: scratch)
            #expect(quiet.stderr == "")
            #expect(quiet.stdout.contains("test accuracy"))
        }

        @Test("colour: the flag before NO_COLOR before FORCE_COLOR") func color() async throws {
            let scratch = try Scratch()
            func isColored(_ more: [String], _ environment: [String: String]) async throws -> Bool {
                let result = try await Ocellus.run(["summary"] + more, environment: environment, directory: scratch)
                return result.stdout.contains("\u{1B}[")
            }
            #expect(try await isColored([], [:]) == false)
            #expect(try await isColored([], ["FORCE_COLOR": "1"]))
            #expect(try await isColored([], ["FORCE_COLOR": "1", "NO_COLOR": "1"]) == false)
            #expect(try await isColored(["--color", "always"], ["NO_COLOR": "1"]))
            #expect(try await isColored(["--color", "never"], ["FORCE_COLOR": "1"]) == false)
        }

        @Test("in a narrow ASCII terminal no line is too long", arguments: [60, 80, 120]) func width(columns: Int)
            async throws
        {
            let model = try await SharedModel.get()
            for arguments in [["summary"], ["evaluate", model.path], ["summary", "resnet18"]] {
                let result = try await Ocellus.run(
                    arguments, environment: ["COLUMNS": "\(columns)", "LC_ALL": "C"], directory: model.directory)
                #expect(result.status == 0)
                for line in result.stdout.split(separator: "\n") {
                    #expect(line.utf8.allSatisfy { $0 < 0x80 }, "\(line)")
                    #expect(line.count <= columns, "\(line)")
                }
            }
        }
    }
}
