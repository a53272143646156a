// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    /// `Snippets/TrainingRun.swift` uses the public library alone: the command decides nothing but arguments and output.
    @Suite(
        "A client of the library", .enabled(if: Ocellus.executable != nil, "the command is not built beside the tests"))
    struct TrainingJobTests {
        private static let client = Ocellus.executable.map {
            $0.deletingLastPathComponent().appending(path: "TrainingRun")
        }
        private static let arguments = [
            "train", "--network", "conv 4 5x5, relu, maxpool 4, flatten, dense classes", "--epochs", "2", "--seed", "3",
        ]

        @Test("makes the directory of train, times aside") func train() async throws {
            let scratch = try Scratch()
            let made = try await Running(program: try #require(Self.client), ["library"], directory: scratch)
                .end(within: 120)
            try #require(made.status == 0, "\(made.stderr)")
            let result = try await Ocellus.run(Self.arguments + ["-o", "command"], directory: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            #expect(try scratch.names("library") == scratch.names("command"))
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
            let made = try await Running(program: try #require(Self.client), ["library"], directory: scratch)
                .end(within: 120)
            #expect(made.status != 0 && made.stderr.contains("library already exists"))
            #expect(try scratch.names("library") == ["notes.txt"])
        }
    }
}
