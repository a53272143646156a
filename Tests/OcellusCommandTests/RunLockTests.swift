// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Run lock") struct RunLockTests {
        private static let inUse = "error[training.runInUse]: run is in use."

        private static let compare = [
            "compare", "--networks", "flatten, dense classes", "flatten, dense 8, dense classes", "--seeds", "2",
            "--epochs", "5000", "-o", "run",
        ]

        @Test(
            "of two processes one writes into a run; the other ends with 73", arguments: [StopTests.train, compare])
        func second(command: [String]) async throws {
            let scratch = try Scratch()
            let first = try Running(command, directory: scratch)
            try #require(try await first.waits(for: "epoch 1/5000"), "\(first.stderr)")

            let resume = [command[0], "--resume", "run"]
            let second = try await Ocellus.run(resume, directory: scratch)
            #expect(second.status == 73)
            #expect(second.stderr.contains(Self.inUse), "\(second.stderr)")
            let third = try await Ocellus.run(command, directory: scratch)
            #expect(third.status == 73)
            #expect(first.isRunning)

            // A crash gives the run back.
            first.send(SIGKILL)
            _ = try await first.end()
            let resumed = try Running(resume, directory: scratch)
            try #require(try await resumed.waits(for: "epoch "), "\(resumed.stderr)")
            resumed.send(SIGINT)
            #expect(try await resumed.end().status == 130)
        }

        @Test("every command that goes on with a run asks for its lock", arguments: ["train", "compare", "evidence"])
        func resume(verb: String) async throws {
            let scratch = try Scratch()
            try scratch.write(Data("{}".utf8), to: "run/configuration.json")
            let descriptor = open(scratch.url("run").path(percentEncoded: false), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            defer { close(descriptor) }
            try #require(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
            let result = try await Ocellus.run([verb, "--resume", "run"], directory: scratch)
            #expect(result.status == 73)
            #expect(result.stderr.contains(Self.inUse), "\(result.stderr)")
        }

        @Test("many that begin in one empty directory: one becomes the run") func empty() async throws {
            let scratch = try Scratch()
            try scratch.makeDirectory("run")
            let all = try (0..<4).map { _ in try Running(StopTests.train, directory: scratch) }
            while all.filter(\.isRunning).count > 1 { try await Task.sleep(for: .milliseconds(5)) }
            let winner = try #require(all.first { $0.isRunning })
            try #require(try await winner.waits(for: StopTests.begun), "\(winner.stderr)")
            for process in all where process !== winner { #expect(try await process.end().status == 73) }
            winner.send(SIGKILL)
            _ = try await winner.end()
        }
    }
}
