// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Augmentation") struct AugmentationTests {
        private static let tiny = ["--network", "maxpool 4, flatten, dense classes", "--epochs", "2", "--quiet"]

        @Test("is recorded in the run and the model, changes the result, and can be turned off") func train()
            async throws
        {
            let scratch = try Scratch()
            try Data(#"{"steps":[{"rotate":{"degrees":[-15,15]}}],"border":"edge"}"#.utf8)
                .write(to: scratch.url.appending(path: "steps.json"))
            let train = ["train"] + Self.tiny
            try await Ocellus.run(train + ["-o", "plain"], directory: scratch)
            try await Ocellus.run(train + ["-o", "text", "--augment", "rotate 15, border edge"], directory: scratch)
            try await Ocellus.run(train + ["-o", "json", "--augment", "steps.json"], directory: scratch)
            try await Ocellus.run(
                train + ["-o", "off", "--augment", "rotate 15", "--no-augment"], directory: scratch)
            func weights(_ run: String) throws -> StoredTensors {
                try StoredTensors(scratch.read("\(run)/model.safetensors"))
            }
            #expect(try StoredTensors.same(weights("text"), weights("json")))
            #expect(try StoredTensors.same(weights("plain"), weights("off")))
            #expect(try !StoredTensors.same(weights("plain"), weights("text")))
            for file in ["configuration.json", "model.safetensors"] {
                let augmented = String(decoding: try scratch.read("text/\(file)"), as: UTF8.self)
                #expect(augmented.contains("rotate") && augmented.contains("edge"), "\(file)")
                let plain = String(decoding: try scratch.read("plain/\(file)"), as: UTF8.self)
                #expect(!plain.contains("rotate"), "\(file)")
            }
        }

        @Test("a comparison says in its record what changed the images") func compare() async throws {
            let scratch = try Scratch()
            let result = try await Ocellus.run(
                [
                    "compare", "--networks", "flatten, dense classes", "maxpool 4, flatten, dense classes", "--seeds",
                    "2",
                    "--epochs", "1", "--no-pictures", "-o", "run", "--augment", "flip, scale 0.9..1.1",
                ], directory: scratch)
            #expect(result.status == 0, "\(result.stderr)")
            let record = String(decoding: try scratch.read("run/record.json"), as: UTF8.self)
            #expect(record.contains("augmentation flip, scale 0.9..1.1") && !record.contains("no augmentation"))
            let page = String(decoding: try scratch.read("run/report.html"), as: UTF8.self)
            #expect(page.contains("augmentation flip, scale 0.9..1.1"))
        }

        @Test("steps that cannot be read are wrong usage, and nothing is written") func errors() async throws {
            let scratch = try Scratch()
            for (steps, message) in [
                ("rotat 15", "did you mean \"rotate\"?"), ("hue 3", "a part of the circle in 0…0.5"),
                ("missing.json", "missing.json"),
            ] {
                for verb in ["train", "compare", "data"] {
                    let arguments = [verb] + (verb == "data" ? ["preview"] : ["-o", "run"]) + ["--augment", steps]
                    let result = try await Ocellus.run(arguments, directory: scratch)
                    #expect(result.status == (steps == "missing.json" ? 66 : 64), "\(result.stderr)")
                    #expect(result.stderr.contains(message), "\(result.stderr)")
                }
            }
            #expect(!scratch.has("run") && !scratch.has("preview.html"))
        }

        @Test("folds differ, and a resume keeps its own") func folds() async throws {
            let scratch = try Scratch()
            for fold in ["1/3", "3/3"] {
                let run = fold.prefix(1)
                try await Ocellus.run(
                    ["train"] + Self.tiny + ["--fold", fold, "-o", "run-\(run)"], directory: scratch)
            }
            let grown = try await Ocellus.run(["train", "--resume", "run-3", "--epochs", "3"], directory: scratch)
            #expect(grown.status == 0, "\(grown.stderr)")
            let weights = try ["run-1", "run-3"].map { try StoredTensors(scratch.read("\($0)/last.safetensors")) }
            #expect(try !StoredTensors.same(weights[0], weights[1]))
            for fold in ["0/3", "4/3", "0", "1/1", "a/b"] {
                let result = try await Ocellus.run(["train", "--fold", fold, "-o", "bad"], directory: scratch)
                #expect(result.status == 64 && !scratch.has("bad"), "\(fold): \(result.stderr)")
            }
        }

        @Test("data preview makes a page, or a picture") func preview() async throws {
            let scratch = try Scratch()
            let page = try await Ocellus.run(
                ["data", "preview", "--count", "3", "--epochs", "2", "--augment", "rotate 45, mixup 1", "--json"],
                directory: scratch)
            #expect(page.status == 0, "\(page.stderr)")
            let document = try page.json()
            #expect((document["rows"] as? [Any])?.count == 3)
            let html = String(decoding: try scratch.read("preview.html"), as: UTF8.self)
            #expect(html.components(separatedBy: "data:image/png;base64,").count - 1 == 3 * 3)
            #expect(html.contains("Augmentation: rotate 45, mixup 1, seed 0."))
            #expect(!html.contains("http://") && !html.contains("https://"))
            let picture = try await Ocellus.run(["data", "preview", "-o", "sheet.png"], directory: scratch)
            #expect(picture.status == 0, "\(picture.stderr)")
            #expect(try scratch.read("sheet.png").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        }
    }
}
