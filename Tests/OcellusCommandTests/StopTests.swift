// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Stop") struct StopTests {
        /// Long enough to be stopped on any machine.
        static let train = [
            "train", "--network", "flatten, dense 32, relu, dense classes", "--epochs", "5000", "-o", "run",
            "--checkpoint-interval", "1000",
        ]
        static let begun = "epoch 1/5000"

        @Test("the first signal writes a checkpoint and says how to go on", arguments: [SIGINT, SIGTERM, SIGHUP])
        func clean(signal: Int32) async throws {
            let scratch = try Scratch()
            let process = try Running(Self.train, directory: scratch)
            try #require(try await process.waits(for: Self.begun), "\(process.stderr)")
            let before = try scratch.read("run/checkpoint.safetensors")
            process.send(signal)
            let result = try await process.end()
            #expect(result.status == 128 + signal)
            #expect(result.stdout == "")
            #expect(result.stderr.contains("stopped[training.interrupted]: training was stopped in epoch "))
            #expect(result.stderr.contains("--resume run to go on"))
            #expect(!result.stderr.contains("error["))
            let after = try scratch.read("run/checkpoint.safetensors")
            #expect(before != after)

            let resumed = try Running(["train", "--resume", "run"], directory: scratch)
            try #require(try await resumed.waits(for: "going on in epoch "), "\(resumed.stderr)")
            resumed.send(SIGKILL)
            _ = try await resumed.end()
        }

        @Test("a comparison says how to go on, too") func comparison() async throws {
            let scratch = try Scratch()
            let process = try Running(
                [
                    "compare", "--networks", "flatten, dense classes", "flatten, dense 8, dense classes", "--seeds",
                    "2",
                    "--epochs", "5000", "-o", "run",
                ], directory: scratch)
            try #require(try await process.waits(for: "epoch 1/5000"), "\(process.stderr)")
            process.send(SIGINT)
            let result = try await process.end()
            #expect(result.status == 130)
            #expect(result.stderr.contains("stopped while it trained network 1 with seed 0."))
            #expect(result.stderr.contains("try       --resume run to go on"))
            #expect(scratch.has("run/seed-0/0-network-1/checkpoint.safetensors"))
        }

        @Test("under nohup SIGHUP stops nothing") func hangup() async throws {
            let scratch = try Scratch()
            let program = try #require(Ocellus.executable).path(percentEncoded: false)
            let process = try Running(
                program: URL(filePath: "/bin/sh"), ["-c", #"trap "" HUP; exec "$@""#, "sh", program] + Self.train,
                directory: scratch)
            try #require(try await process.waits(for: Self.begun), "\(process.stderr)")
            process.send(SIGHUP)
            try await Task.sleep(for: .milliseconds(500))
            #expect(process.isRunning)
            process.send(SIGTERM)
            #expect(try await process.end().status == 143)
        }

        @Test("a reader of stderr that goes away does not end a training; one of stdout ends the output")
        func readers() async throws {
            let scratch = try Scratch()
            let train = [
                "train", "--network", "flatten, dense classes", "--epochs", "3", "-d", "embedded", "-o", "run",
            ]
            // The status of the command, not that of head.
            let status = #"{ "$@" 2>&1 >out; echo $? >status; } | head -1"#
            let shell = try await Ocellus.shell(status, train, directory: scratch)
            #expect(shell.stdout.hasPrefix("run: run"))
            #expect(String(decoding: try scratch.read("status"), as: UTF8.self) == "0\n")
            #expect(String(decoding: try scratch.read("out"), as: UTF8.self).contains("test accuracy"))
            #expect(scratch.has("run/model.safetensors"))

            let closed = try await Ocellus.shell(
                #"{ sleep 1; "$@"; echo $? >status; } | true"#, ["summary", "--json"], directory: scratch)
            #expect(closed.status == 0)
            #expect(String(decoding: try scratch.read("status"), as: UTF8.self) == "\(128 + SIGPIPE)\n")
        }

        @Test("the second signal stops at once") func twice() async throws {
            let scratch = try Scratch()
            // One step of nested loops takes far longer than the test, so that a clean stop cannot come first.
            let process = try Running(
                [
                    "train", "--backend", "reference", "--network",
                    "conv 128 5x5, relu, conv 128 5x5, flatten, dense classes",
                    "-b", "16", "-o", "run", "--validation", "0",
                ], directory: scratch)
            try #require(try await process.waits(for: "parameters"), "\(process.stderr)")
            process.send(SIGINT)
            try await Task.sleep(for: .milliseconds(300))
            #expect(process.isRunning)
            process.send(SIGINT)
            let result = try await process.end(within: 30)
            #expect(result.status == 130)
            #expect(!result.stderr.contains("stopped["))
        }

        @Test("where nothing can be lost, the first signal stops at once") func nothingToLose() async throws {
            let scratch = try Scratch()
            let process = try Running(
                ["bench", "--network", "flatten, dense classes", "--seconds", "600"], directory: scratch)
            try await Task.sleep(for: .milliseconds(700))
            #expect(process.isRunning)
            process.send(SIGTERM)
            // A process that is still starting is killed by the signal itself, which is as good.
            #expect([143, -SIGTERM].contains(try await process.end(within: 30).status))
        }
    }
}
