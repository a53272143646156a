// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    /// A limit on the size of files stands for a full disk: the system refuses the write in the same way.
    @Suite("Full disk") struct FullDiskTests {
        private static let train = [
            "train", "--network", "flatten, dense 40, relu, dense classes", "--epochs", "3", "-o", "run",
            "--checkpoint-interval", "0",
        ]

        @Test("nothing can be written") func atOnce() async throws {
            let scratch = try Scratch()
            // Through pipes, because the limit holds for the test's own files too.
            let result = try await Ocellus.shell(
                #"(ulimit -f 0; "$@"; echo "status $?") 2>&1 | cat"#, Self.train, directory: scratch)
            #expect(result.stdout.contains("run/configuration.json could not be written"))
            #expect(result.stdout.hasSuffix("status 74\n"), "\(result.stdout)")
            #expect(!scratch.has("run/checkpoint.safetensors"))
            #expect(try !scratch.names("run").contains { $0.hasSuffix(".tmp") })
        }

        @Test("a disk that fills up keeps the last checkpoint, from which the run goes on") func later() async throws {
            let scratch = try Scratch()
            try await Ocellus.run(Self.train.map { $0 == "run" ? "whole" : $0 }, directory: scratch)
            // The first checkpoint holds weights and two moments; after an epoch the best weights come on top.
            let weights = (28 * 28 * 40 + 40 + 40 * 10 + 10) * 4
            let blocks = (weights * 7 / 2) / 512
            let result = try await Ocellus.shell(#"ulimit -f \#(blocks); exec "$@""#, Self.train, directory: scratch)
            #expect(result.status == 74)
            #expect(result.stdout == "")
            #expect(result.stderr.contains("error[file.diskFull]: "), "\(result.stderr)")
            #expect(
                result.stderr.contains(
                    "checkpoint.safetensors could not be written; what stood there before is untouched."))
            #expect(try !scratch.names("run").contains { $0.hasSuffix(".tmp") })

            let resumed = try await Ocellus.run(["train", "--resume", "run"], directory: scratch)
            #expect(resumed.status == 0, "\(resumed.stderr)")
            #expect(
                try StoredTensors.same(
                    StoredTensors(scratch.read("run/model.safetensors")),
                    StoredTensors(scratch.read("whole/model.safetensors"))))
        }

        @Test(
            "standard output on a full disk",
            .enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "there is no /dev/full"))
        func standardOutput() async throws {
            let scratch = try Scratch()
            let result = try await Ocellus.shell(#"exec "$@" > /dev/full"#, ["summary"], directory: scratch)
            #expect(result.status == 74)
            #expect(result.stderr.contains("error[output.writeFailed]: standard output could not be written."))
            let closed = try await Ocellus.shell(#"exec "$@" >&-"#, ["summary", "--json"], directory: scratch)
            #expect(closed.status == 74, "\(closed.stderr)")
        }
    }
}
