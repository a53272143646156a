// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Weights of others") struct ImportTests {
        static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()

        /// Nothing leaves this machine: all requests go to a port where nobody listens.
        private static func run(_ arguments: [String], in scratch: Scratch) async throws -> Ocellus.Result {
            let nobody = "http://127.0.0.1:1"
            return try await Ocellus.run(
                arguments,
                environment: [
                    "XDG_CACHE_HOME": scratch.url("cache").path(percentEncoded: false), "http_proxy": nobody,
                    "https_proxy": nobody, "HTTPS_PROXY": nobody, "all_proxy": nobody, "no_proxy": "", "NO_PROXY": "",
                ], directory: scratch)
        }

        @Test("what does not fit leaves no file, with a status and the reason") func refused() async throws {
            let scratch = try Scratch()
            let small = Self.fixtures.appending(path: "OcellusArchiveTests/Fixtures/network-zip.pth").path
            let module = Self.fixtures.appending(path: "OcellusArchiveTests/Fixtures/module.pth").path
            for (arguments, status, says) in [
                ([small], Int32(64), "archive.noNetwork"),
                ([small, "--arch", "resnet50"], 65, "archive.missingTensor"),
                ([small, "--arch", "resnet51"], 64, "did you mean \"resnet50\"?"),
                ([module], 64, "torch.load('module.pth'"),
                (["nothing.safetensors"], 66, "file.missingFile"),
                ([small, "--new-head", "1"], 64, "--new-head"), ([small, "--mean", "0.5"], 64, "three numbers"),
                ([small, "--crop-pct", "0.9", "--resize-side", "256"], 64, "give one"),
            ] {
                let result = try await Self.run(["import"] + arguments + ["-o", "model.safetensors"], in: scratch)
                #expect(result.status == status && result.stdout == "", "\(arguments)")
                #expect(result.stderr.contains(says), "\(arguments): \(result.stderr)")
                #expect(!scratch.has("model.safetensors"))
            }
        }

        @Test("published weights are listed with their licences, and nothing is sent") func list() async throws {
            let scratch = try Scratch()
            let result = try await Self.run(["model", "list", "--json"], in: scratch)
            #expect(result.status == 0 && result.stderr == "")
            let all = try #require(try result.json()["weights"] as? [[String: Any]])
            let row = try #require(all.first { $0["name"] as? String == "resnet18.a1_in1k" })
            #expect(row["license"] as? String == "Apache-2.0" && row["parameters"] as? Int == 11_689_512)
            // Nobody verified a hash.
            #expect(row["files"] == nil && row["directory"] == nil)
            #expect(try await Self.run(["model", "list"], in: scratch).stdout.contains("BSD-3-Clause"))
            #expect(!scratch.has("cache"))
            let licence = try await Self.run(["model", "licence", "resnet18.tv_in1k"], in: scratch)
            #expect(licence.stdout.contains("https://spdx.org/licenses/BSD-3-Clause.html"))
            for (arguments, status, says) in [
                (["model", "where", "resnet18.a1_in1k"], Int32(66), "ocellus model fetch resnet18.a1_in1k"),
                (["model", "fetch", "resnet18.a1_in1k", "--offline"], 66, "fetch.offline"),
                (["model", "fetch", "resnet18.a2_in1k"], 64, "did you mean resnet18.a1_in1k?"),
                (["model", "fetch", "resnet18.a1_in1k"], 74, "no connection"),
            ] {
                let result = try await Self.run(arguments, in: scratch)
                #expect(result.status == status, "\(arguments): \(result.stderr)")
                #expect(result.stderr.contains(says), "\(arguments): \(result.stderr)")
            }
        }
    }
}
