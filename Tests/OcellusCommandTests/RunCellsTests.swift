// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import Testing

extension CommandTests {
    @Suite("Several processes on one run") struct RunCellsTests {
        private static let compare = [
            "compare", "--networks", "flatten, dense 16, relu, dense classes", "maxpool 4, flatten, dense classes",
            "--epochs", "2", "--no-pictures", "--checkpoint-interval", "0.02", "-o", "run",
        ]

        /// The record without times and the words of the command line.
        private static func record(of scratch: Scratch) throws -> String {
            var record = try #require(ResumeTests.untimed(scratch.json("run/record.json")) as? [String: Any])
            record["command"] = nil
            return String(
                decoding: try JSONSerialization.data(withJSONObject: record, options: .sortedKeys), as: UTF8.self)
        }

        @Test("workers that are killed again and again, and the command, make the record and the files of one process")
        func killed() async throws {
            let (first, second) = (try Scratch(), try Scratch())
            let whole = try Running(Self.compare + ["--seeds", "4"], directory: first)
            let result = try await whole.end()
            try #require(result.status == 0, "\(result.stderr)")
            let duration = whole.seconds

            let begun = try Running(Self.compare + ["--seeds", "4"], directory: second)
            while begun.isRunning, !second.has("run/configuration.json") { try await Task.sleep(for: .milliseconds(1)) }
            begun.send(SIGKILL)
            _ = try await begun.end()
            let worker = ["run-cells", "run", "--checkpoint-interval", "0.02"]
            var random = CounterRandom(seed: 22, purpose: .order)
            var kills = 0
            for _ in 0..<3 {
                let pair = try (0..<2).map { _ in try Running(worker, directory: second) }
                let moment = Double(random.next() >> 11) * 0x1p-53 * duration * 0.7
                while pair.contains(where: \.isRunning), pair[0].seconds < moment {
                    try await Task.sleep(for: .milliseconds(1))
                }
                for process in pair where process.isRunning { process.send(SIGKILL) }
                for process in pair where try await process.end().status == -SIGKILL { kills += 1 }
            }
            #expect(kills > 0)
            // One is killed while the other goes on, beside the command itself.
            let last = try (0..<2).map { _ in try Running(worker, directory: second) }
            let command = try Running(["compare", "--resume", "run", "--no-pictures"], directory: second)
            try await Task.sleep(for: .seconds(duration * 0.3))
            last[0].send(SIGKILL)
            for process in last + [command] {
                let result = try await process.end()
                #expect(result.status == 0 || process === last[0], "\(result.stderr)")
            }
            #expect(try Self.record(of: first) == Self.record(of: second))
            #expect(try first.names("run") == second.names("run"))
            for name in try first.names("run") where name.hasSuffix("model.safetensors") {
                #expect(
                    try StoredTensors.same(
                        StoredTensors(first.read("run/\(name)")), StoredTensors(second.read("run/\(name)"))), "\(name)")
            }
            let again = try await Ocellus.run(worker + ["--json"], directory: second)
            let document = try again.json()
            #expect(document["finished"] as? Int == 8 && document["planned"] as? Int == 8)
        }

        @Test("a worker whose processor has other instructions refuses and says which") func otherInstructions()
            async throws
        {
            let scratch = try Scratch()
            let made = try await Ocellus.run(Self.compare + ["--seeds", "1"], directory: scratch)
            try #require(made.status == 0, "\(made.stderr)")
            let configuration = try #require(try scratch.json("run/configuration.json") as? [String: Any])
            let details = try #require(configuration["engineDetails"] as? String)
            let other = try await Ocellus.run(
                ["run-cells", "run"], environment: ["ONEDNN_MAX_CPU_ISA": "SSE41"], directory: scratch)
            #expect(other.status == 64)
            #expect(other.stderr.contains("error[comparison.differentEngine]"), "\(other.stderr)")
            #expect(other.stderr.contains("needs     \(details)"), "\(other.stderr)")
            // The number of threads is the run's, whatever the environment says.
            let threads = try await Ocellus.run(
                ["run-cells", "run"], environment: ["OCELLUS_THREADS": "2"], directory: scratch)
            #expect(threads.status == 0 && threads.stdout.contains("2 of 2 cells are finished"), "\(threads.stderr)")
        }

        @Test("a training has no cells, and a folder is no run") func noCells() async throws {
            let scratch = try Scratch()
            try scratch.makeDirectory("empty")
            let empty = try await Ocellus.run(["run-cells", "empty"], directory: scratch)
            #expect(empty.status == 66 && empty.stderr.contains("error[training.notARun]"), "\(empty.stderr)")
            let train = ["train", "--network", "flatten, dense classes", "--epochs", "1", "-o", "run"]
            let made = try await Ocellus.run(train, directory: scratch)
            try #require(made.status == 0, "\(made.stderr)")
            let single = try await Ocellus.run(["run-cells", "run"], directory: scratch)
            #expect(single.status == 66 && single.stderr.contains("ocellus train --resume run"), "\(single.stderr)")
        }

        @Test("more seeds go on with the trainings that are there, to the comparison that has them from its beginning")
        func growth() async throws {
            let (grown, whole) = (try Scratch(), try Scratch())
            let short = try await Ocellus.run(Self.compare + ["--seeds", "2"], directory: grown)
            try #require(short.status == 0, "\(short.stderr)")
            let cell = try grown.read("run/seed-1/0-network-1/cell.json")
            let longer = try await Ocellus.run(
                ["compare", "--resume", "run", "--seeds", "3", "--no-pictures"], directory: grown)
            try #require(longer.status == 0, "\(longer.stderr)")
            #expect(longer.stderr.contains("6 trainings, of which 4 are done"))
            #expect(try grown.read("run/seed-1/0-network-1/cell.json") == cell)
            let made = try await Ocellus.run(Self.compare + ["--seeds", "3"], directory: whole)
            try #require(made.status == 0, "\(made.stderr)")
            #expect(try Self.record(of: grown) == Self.record(of: whole))
            #expect(try grown.names("run") == whole.names("run"))
            let fewer = try await Ocellus.run(["compare", "--resume", "run", "--seeds", "2"], directory: grown)
            #expect(fewer.status == 64 && fewer.stderr.contains("may only grow"), "\(fewer.stderr)")
        }
    }
}
