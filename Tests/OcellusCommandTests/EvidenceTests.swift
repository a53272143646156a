// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("ocellus evidence") struct EvidenceTests {
        @Test("within a budget makes a record, a page and JSON for programs") func budget() async throws {
            let scratch = try Scratch()
            let result = try await Ocellus.run(
                ["evidence", "--claims", "computation", "--budget", "40s", "-o", "run", "--json"], directory: scratch)
            let document = try OutputTests.checkJSON(result, "evidence")
            #expect(document["kind"] as? String == "evidence")
            let claims = try #require(document["claims"] as? [[String: Any]])
            #expect(claims.map { $0["name"] as? String } == ["computation"])
            // That on large images the convolutions compute more stands beside it.
            #expect(claims.first?["verdict"] as? String == "supported")

            // The page comes again from the record alone, the same but for nothing.
            let page = try Data(contentsOf: scratch.url("run/report.html"))
            let again = try await Ocellus.run(["report", "run", "-o", "again.html"], directory: scratch)
            #expect(again.status == 0 && again.stdout.contains("Excessive computation: supported"))
            #expect(try Data(contentsOf: scratch.url("again.html")) == page)
        }

        @Test("refuses what makes no sense before anything is trained") func refusals() async throws {
            let scratch = try Scratch()
            for (arguments, code) in [
                (["--claims", "rotaton"], "comparison.unknownClaim"), (["--budget", "soon"], "usage.arguments"),
                (["--seeds", "0"], "usage.arguments"),
                (["--claims", "permutation", "--budget", "6s"], "comparison.budgetTooSmall"),
                (["--resume", "nowhere", "--networks", "a", "b"], "usage.arguments"),
            ] {
                let result = try await Ocellus.run(["evidence"] + arguments, directory: scratch)
                #expect(result.status == 64, "\(arguments): \(result.status) \(result.stderr)")
                #expect(result.stderr.contains("error[\(code)]"), "\(arguments): \(result.stderr)")
                #expect(result.stdout == "")
            }
        }

        @Test("images too small for the tutorial's networks: what to do is said, and does it") func smallImages()
            async throws
        {
            let scratch = try Scratch()
            try MadeUp.folder("digits", in: scratch, side: 8)
            let small = ["--data", "digits", "--size", "8"]
            for command in ["compare", "evidence"] {
                let refused = try await Ocellus.run([command] + small, directory: scratch)
                #expect(refused.status == 64 && refused.stderr.contains("error[model.kernelExceedsInput]"))
                #expect(
                    refused.stderr.contains("try       another network, e.g. \"conv 16 3x3, relu, maxpool 2"),
                    "\(refused.stderr)")
            }
            let networks = [
                "--networks", "flatten, dense 16, relu, dense classes",
                "conv 16 3x3, relu, maxpool 2, flatten, dense classes",
            ]
            let claims = ["--claims", "computation", "--budget", "40s", "-o", "run"]
            let made = try await Ocellus.run(["evidence"] + small + networks + claims, directory: scratch)
            #expect(made.status == 0 && made.stdout.contains("network 1 with"), "\(made.stderr)")
            let turned = [networks[0], networks[2], networks[1]]
            let refused = try await Ocellus.run(["evidence"] + small + turned + claims, directory: scratch)
            #expect(
                refused.status == 64 && refused.stderr.contains("one without, then one with them"), "\(refused.stderr)")
        }

        @Test("probe prints curves for people and JSON for programs") func probe() async throws {
            let model = try await SharedModel.get()
            let json = try await Ocellus.run(
                ["probe", model.path, "--images", "20", "--json"], directory: model.directory)
            let document = try OutputTests.checkJSON(json, "probe")
            let probed = try #require((document["models"] as? [[String: Any]])?.first)
            #expect((probed["split_sha256"] as? String)?.count == 64)
            #expect((probed["shifts"] as? [Int])?.contains(0) == true && (probed["angles"] as? [Double])?.count == 14)
            let text = try await Ocellus.run(["probe", model.path, "--images", "20"], directory: model.directory)
            for part in ["Accuracy by angle, degrees", "Same class as unshifted", "calibration error"] {
                #expect(text.stdout.contains(part), "\(part)")
            }
        }

        @Test("probe writes a page, and report writes the same one again from the record") func probePage() async throws
        {
            let model = try await SharedModel.get()
            let scratch = try Scratch()
            let result = try await Ocellus.run(
                [
                    "probe", model.path, "--images", "10", "--corruptions", "fog", "jpeg", "--html", "probe.html",
                    "--record", "probe.json", "--json",
                ], directory: scratch)
            let document = try OutputTests.checkJSON(result, "probe")
            let probed = try #require((document["models"] as? [[String: Any]])?.first)
            let corruptions = try #require(probed["corruptions"] as? [[String: Any]])
            #expect(corruptions.map { $0["name"] as? String } == ["fog", "jpeg"])
            let again = try await Ocellus.run(["report", "probe.json", "-o", "again.html"], directory: scratch)
            #expect(again.status == 0 && again.stdout.contains("Mean corruption error"), "\(again.stderr)")
            let pages = try ["probe.html", "again.html"].map { try scratch.read($0) }
            #expect(pages[0] == pages[1] && pages[0].count > 10_000)
            // Changed by hand so that a model lacks a number.
            let saved = String(decoding: try scratch.read("probe.json"), as: UTF8.self)
            let damaged = saved.replacing("\"name\":\"fog\"", with: "\"name\":\"jpeg\"")
            try scratch.write(Data(damaged.utf8), to: "probe.json")
            let refused = try await Ocellus.run(["report", "probe.json"], directory: scratch)
            #expect(refused.status != 0 && refused.stderr.contains("not a whole record"), "\(refused.stderr)")
        }

        @Test("probe reads photos as evaluate does: by the model's size, fit and filter") func probeResampling()
            async throws
        {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch, side: 31)
            let trained = try await Ocellus.run(
                [
                    "train", "--data", "photos", "--size", "12", "--fit", "pad", "--resampling", "lanczos", "--network",
                    "flatten, dense classes", "--epochs", "1", "-o", "run",
                ], directory: scratch)
            try #require(trained.status == 0, "\(trained.stderr)")
            let model = ["run/model.safetensors", "--data", "photos", "--json"]
            let evaluated = try await Ocellus.run(["evaluate"] + model, directory: scratch).json()
            let probed = try await Ocellus.run(["probe"] + model, directory: scratch).json()
            // The same pixels and labels.
            #expect(probed["sha256"] as? String == evaluated["data_sha256"] as? String)
            #expect((probed["sha256"] as? String)?.count == 64)
        }

        @Test("corruptions that do not exist are refused with a suggestion") func unknownCorruption() async throws {
            let model = try await SharedModel.get()
            for (names, word) in [(["fogg"], "\"fog\""), (["all", "fog"], "\"all\""), (["none", "snow"], "\"none\"")] {
                let result = try await Ocellus.run(
                    ["probe", model.path, "--corruptions"] + names, directory: model.directory)
                #expect(result.status == 64 && result.stderr.contains(word) && result.stdout == "", "\(result.stderr)")
            }
        }
    }
}
