// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Runs of the past") struct PastRunTests {
        private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "Fixtures/a5205c5")

        /// A copy that may be changed.
        private static func copy(_ name: String, to scratch: Scratch) throws {
            try FileManager.default.copyItem(at: folder.appending(path: name), to: scratch.url(name))
        }

        /// What that commit left out of a configuration and later ones spell out.
        private static func withoutDefaults(_ network: [String: Any]) -> [String: Any] {
            var network = network
            let configuration = network["configuration"] as? [String: Any]
            network["configuration"] = configuration?.filter {
                !["parameterGroups", "dropsLastBatch"].contains($0.key)
            }
            // The reference joins nothing any more, so its plan has a value more between a convolution and its ReLU.
            network["trainingMemory"] = nil
            return network
        }

        @Test("a stopped training ends with the weights of the undisturbed one, bit for bit") func training()
            async throws
        {
            let scratch = try Scratch()
            for name in ["whole", "stopped"] { try Self.copy(name, to: scratch) }
            let result = try await Ocellus.run(["train", "--resume", "stopped"], directory: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            #expect(result.stderr.contains("going on in epoch 2"))
            #expect(!result.stderr.contains("bit for bit"))
            for name in ["model", "last"] {
                let (resumed, whole) = (
                    try StoredTensors(scratch.read("stopped/\(name).safetensors")),
                    try StoredTensors(scratch.read("whole/\(name).safetensors"))
                )
                #expect(try StoredTensors.same(resumed, whole, isPast: true), "\(name)")
            }
        }

        /// What schema 2 judges by other rules, or adds.
        private static func withoutJudgements(_ record: [String: Any]) -> [String: Any] {
            var record = record
            for key in ["schema", "counts", "difference"] { record[key] = nil }
            record["pairs"] = (record["pairs"] as? [[String: Any]])?.map {
                $0.filter { !$0.key.lowercased().hasSuffix("visibledifference") }
            }
            record["networks"] = (record["networks"] as? [[String: Any]])?.map { network in
                var network = network
                network["runs"] = (network["runs"] as? [[String: Any]])?.map {
                    $0.filter { $0.key != "balancedInterval" }
                }
                return network
            }
            return record
        }

        @Test("a stopped comparison ends with the trainings of the undisturbed one") func comparison() async throws {
            let scratch = try Scratch()
            for name in ["compare", "compare-record.json"] { try Self.copy(name, to: scratch) }
            let result = try await Ocellus.run(
                ["compare", "--resume", "compare", "--no-pictures"], directory: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            let records = try ["compare/record.json", "compare-record.json"].map { name in
                var record = try #require(ResumeTests.untimed(scratch.json(name)) as? [String: Any])
                // The machine is another one.
                record["environment"] = nil
                record["networks"] = (record["networks"] as? [[String: Any]])?.map(Self.withoutDefaults)
                return String(
                    decoding: try JSONSerialization.data(
                        withJSONObject: Self.withoutJudgements(record), options: .sortedKeys), as: UTF8.self)
            }
            #expect(records[0] == records[1])
        }

        @Test("a finished record becomes a page") func report() async throws {
            let scratch = try Scratch()
            try Self.copy("compare-record.json", to: scratch)
            let result = try await Ocellus.run(
                ["report", "compare-record.json", "-o", "page.html"], directory: scratch)
            #expect(result.status == 0 && scratch.has("page.html"), "\(result.stderr)")
        }
    }
}
