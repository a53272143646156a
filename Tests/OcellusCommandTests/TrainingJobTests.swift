// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    /// `Snippets/TrainingRun.swift` uses the public library alone: the command decides nothing but arguments and output.
    @Suite(
        "A client of the library", .enabled(if: Ocellus.executable != nil, "the command is not built beside the tests"))
    struct TrainingJobTests {
        private static func client(_ name: String) throws -> URL {
            try #require(Ocellus.executable).deletingLastPathComponent().appending(path: name)
        }
        private static let arguments = [
            "train", "--network", "conv 4 5x5, relu, maxpool 4, flatten, dense classes", "--epochs", "2", "--seed", "3",
        ]

        @Test("makes the directory of train, times aside") func train() async throws {
            let scratch = try Scratch()
            let made = try await Running(program: try Self.client("TrainingRun"), ["library"], directory: scratch)
                .end(within: 120)
            try #require(made.status == 0, "\(made.stderr)")
            let result = try await Ocellus.run(Self.arguments + ["-o", "command"], directory: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            // The page is the command's own.
            #expect(try scratch.names("library") + ["record.json", "report.html"] == scratch.names("command"))
            for file in ["model", "last"] {
                let (library, command) = (
                    try StoredTensors(try scratch.read("library/\(file).safetensors")),
                    try StoredTensors(try scratch.read("command/\(file).safetensors"))
                )
                #expect(try StoredTensors.same(library, command), "\(file)")
            }
            let checkpoints = try ["library", "command"].map {
                try StoredTensors(try scratch.read("\($0)/checkpoint.safetensors"))
            }
            #expect(
                checkpoints[0].content == checkpoints[1].content && checkpoints[0].entries == checkpoints[1].entries)
            var configurations = try ["library", "command"].map {
                try #require(try scratch.json("\($0)/configuration.json") as? [String: Any])
            }
            #expect(configurations[0].removeValue(forKey: "command") as? [String] == [])
            #expect(configurations[1].removeValue(forKey: "command") != nil)
            #expect(NSDictionary(dictionary: configurations[0]) == NSDictionary(dictionary: configurations[1]))
            // Loss, accuracy and rate of each epoch stand before its times.
            let histories = try ["library", "command"].map { run in
                String(decoding: try scratch.read("\(run)/history.csv"), as: UTF8.self).split(separator: "\n").map {
                    line in
                    line.split(separator: ",", omittingEmptySubsequences: false).prefix(6).joined(separator: ",")
                }
            }
            #expect(histories[0] == histories[1] && histories[0].count == 3)
            // The command goes on with what the library made.
            let finished = try await Ocellus.run(["train", "--resume", "library"], directory: scratch)
            #expect(finished.status == 64 && finished.stderr.contains("library is finished: 2 of 2 epochs are done"))
            let longer = try await Ocellus.run(["train", "--resume", "library", "--epochs", "3"], directory: scratch)
            #expect(longer.status == 0, "\(longer.stderr)")
        }

        @Test("is told what stands in the way") func refused() async throws {
            let scratch = try Scratch()
            try scratch.makeDirectory("library")
            try scratch.write(Data("x".utf8), to: "library/notes.txt")
            let made = try await Running(program: try Self.client("TrainingRun"), ["library"], directory: scratch)
                .end(within: 120)
            #expect(made.status != 0 && made.stderr.contains("library already exists"))
            #expect(try scratch.names("library") == ["notes.txt"])
        }

        @Test("makes the directories of compare and evidence, times aside") func runs() async throws {
            let scratch = try Scratch()
            let made = try await Running(
                program: try Self.client("ComparisonRun"), ["compare-library", "evidence-library"], directory: scratch
            ).end(within: 120)
            try #require(made.status == 0, "\(made.stderr)")
            #expect(made.stdout.contains("network 2 1 0."))
            let networks = [
                "--networks", "flatten, dense 16, relu, dense classes",
                "conv 4 5x5, relu, maxpool 4, flatten, dense classes",
            ]
            for (verb, options) in [
                ("compare", ["--seeds", "2", "--epochs", "1"]), ("evidence", ["--claims", "computation"]),
            ] {
                let result = try await Ocellus.run(
                    [verb] + networks + options + ["-o", "\(verb)-command"], directory: scratch)
                try #require(result.status == 0, "\(result.stderr)")
                let runs = ["\(verb)-library", "\(verb)-command"]
                #expect(try scratch.names(runs[0]) == scratch.names(runs[1]))
                for file in ["configuration.json", "record.json"] {
                    let texts = try runs.map { run in
                        var json = try #require(Self.untimed(scratch.json("\(run)/\(file)")) as? [String: Any])
                        json["command"] = nil
                        return String(
                            decoding: try JSONSerialization.data(withJSONObject: json, options: .sortedKeys),
                            as: UTF8.self)
                    }
                    #expect(texts[0] == texts[1], "\(file)")
                }
                for name in try scratch.names(runs[0]) where name.hasSuffix(".safetensors") {
                    #expect(
                        try StoredTensors.same(
                            StoredTensors(scratch.read("\(runs[0])/\(name)")),
                            StoredTensors(scratch.read("\(runs[1])/\(name)"))), "\(name)")
                }
            }
        }

        /// Without what a clock decides, the tables and curves of milliseconds included.
        private static func untimed(_ value: Any) -> Any {
            guard let object = ResumeTests.untimed(value) as? [String: Any] else {
                return (value as? [Any]).map { $0.map(untimed) } ?? value
            }
            let isClock =
                object["yTitle"] as? String == "milliseconds"
                || (object["columns"] as? [[String: Any]])?.contains { $0["unit"] as? String == "milliseconds" } == true
            return object.filter { key, _ in key != "speeds" && !(isClock && ["rows", "curves"].contains(key)) }
                .mapValues(untimed)
        }
    }
}
