// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Standard sets") struct SetTests {
        /// Nothing leaves this machine: all requests go to a port where nobody listens.
        private static func environment(_ scratch: Scratch) -> [String: String] {
            let nobody = "http://127.0.0.1:1"
            return [
                "XDG_CACHE_HOME": scratch.url("cache").path(percentEncoded: false), "http_proxy": nobody,
                "https_proxy": nobody, "HTTPS_PROXY": nobody, "all_proxy": nobody, "no_proxy": "", "NO_PROXY": "",
            ]
        }

        private static func run(_ arguments: [String], in scratch: Scratch) async throws -> Ocellus.Result {
            try await Ocellus.run(arguments, environment: environment(scratch), directory: scratch)
        }

        @Test("lists the sets and makes nothing") func list() async throws {
            let scratch = try Scratch()
            let result = try await Self.run(["data", "list", "--json"], in: scratch)
            #expect(result.status == 0 && result.stderr == "")
            let sets = try #require(try result.json()["sets"] as? [[String: Any]])
            let mnist = try #require(sets.first { $0["name"] as? String == "mnist" })
            #expect(mnist["here"] as? String == "no" && mnist["bytes"] as? Int == 11_594_722)
            #expect((mnist["files"] as? [[String: Any]])?.count == 4)
            #expect(!scratch.has("cache"))
            let builtIn = try #require(try result.json()["built_in"] as? [[String: Any]])
            #expect(builtIn.compactMap { $0["name"] as? String }.contains("scattered"))
            let text = try await Self.run(["data", "list"], in: scratch)
            #expect(text.stdout.contains("cifar-10-c") && text.stdout.contains("opencv-digits"))
        }

        @Test("says that it cannot fetch, within seconds") func unreachable() async throws {
            let scratch = try Scratch()
            let result = try await Self.run(["data", "fetch", "cifar-10"], in: scratch)
            #expect(result.status == 74 && result.stdout == "")
            #expect(
                result.stderr.contains("error[fetch.failed]: cifar-10-binary.tar.gz of cifar-10 "), "\(result.stderr)")
            #expect(result.stderr.contains("no connection"))
            #expect(!scratch.has("cache/ocellus/sets/cifar-10/cifar-10-binary.tar.gz.part"))
        }

        @Test("finds a damaged set, and what is in its place by a name") func damaged() async throws {
            let scratch = try Scratch()
            for (name, size) in [("cifar10.1_v6_data.npy", 6_144_128), ("cifar10.1_v6_labels.npy", 8_128)] {
                try scratch.write(Data(count: size), to: "cache/ocellus/sets/cifar-10.1/\(name)")
            }
            let found = try await Self.run(["data", "where", "cifar-10.1"], in: scratch)
            #expect(found.stdout == scratch.url("cache/ocellus/sets/cifar-10.1").path(percentEncoded: false) + "\n")
            let result = try await Self.run(["data", "verify", "cifar-10.1", "--json"], in: scratch)
            #expect(result.status == 65)
            let files = try #require(try result.json()["files"] as? [[String: Any]])
            #expect(files.map { $0["state"] as? String } == ["damaged", "damaged"])
            #expect(result.stderr.contains("ocellus data fetch cifar-10.1"))
            let all = try await Self.run(["data", "verify"], in: scratch)
            #expect(all.status == 65 && all.stdout.contains("cifar10.1_v6_labels.npy"))
            let model = try await SharedModel.get()
            let used = try await Self.run(
                ["evaluate", model.path, "--data", "cifar-10.1"], in: scratch)
            #expect(used.status == 65 && used.stderr.contains("is not an .npy file"), "\(used.stderr)")
        }

        @Test(
            "every command knows a set that is not here",
            arguments: [
                ["train", "--data", "mnist"], ["compare", "--data", "mnist"], ["evidence", "--data", "mnist"],
                ["bench", "--data", "mnist"], ["check", "mnist"], ["data", "preview", "--data", "mnist"],
                ["data", "where", "mnist"],
            ]) func absent(arguments: [String]) async throws
        {
            let scratch = try Scratch()
            let result = try await Self.run(arguments, in: scratch)
            #expect(result.status == 66 && result.stdout == "", "\(result.stderr)")
            #expect(result.stderr.contains("error[data.notFetched]: the data set mnist is not on this machine."))
            #expect(result.stderr.contains("try       ocellus data fetch mnist"))
        }

        @Test(
            "wrong arguments",
            arguments: [
                (["data", "fetch", "cifar10"], 64, "did you mean cifar-10?"),
                (["data", "fetch"], 64, "<name>"),
                (["data", "fetch", "mnist", "--mirror", "file:///tmp"], 64, "--mirror must begin with http"),
                (["data", "fetch", "mnist", "--patience", "0"], 64, "--patience must be in 1…3600."),
                (["data", "fetch", "mnist", "--offline"], 66, "error[fetch.offline]"),
                (["data", "verify", "mnist"], 66, "ocellus data fetch mnist"),
                (["train", "--data", "cifar-10.1"], 65, "has images to test on only"),
            ] as [([String], Int32, String)]) func wrong(arguments: [String], status: Int32, says: String) async throws
        {
            let scratch = try Scratch()
            let result = try await Self.run(arguments, in: scratch)
            #expect(result.status == status, "\(result.stderr)")
            #expect(result.stderr.contains(says), "\(result.stderr)")
        }
    }
}
