// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Nothing lost") struct NothingLostTests {
        private static func error(_ result: Ocellus.Result) throws -> [String: Any] {
            let document = try JSONSerialization.jsonObject(with: Data(result.stderr.utf8)) as? [String: Any]
            return try #require(document?["error"] as? [String: Any], "\(result.stderr)")
        }

        @Test("a training that diverges keeps its history and the model of its best epoch") func divergence()
            async throws
        {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch, count: 40)
            // An epoch is a step; smoothed labels leave a gradient where every answer is right.
            let result = try await Ocellus.run(
                [
                    "train", "-d", "photos", "--network", "flatten, dense 8, relu, dense classes", "--opt", "sgd",
                    "--lr",
                    "1e6", "--label-smoothing", "0.1", "-b", "64", "--epochs", "40", "--validation", "0.2", "-o", "run",
                    "--json", "-q",
                ], directory: scratch)
            #expect(result.status == 64)
            let error = try Self.error(result)
            let summary = try #require(error["summary"] as? String)
            let words = try #require(
                summary.wholeMatch(of: /the training diverged in epoch (\d+): its numbers are no longer finite\./))
            let epoch = try #require(Int(words.output.1))
            let advice = try #require(error["advice"] as? String)
            #expect(advice.hasPrefix("a smaller learning rate (--lr), gradient clipping (--clip-grad 1), or warm-up"))
            #expect(advice.contains("; the model of epoch 1, the best, is run/model.safetensors"))

            let history = String(decoding: try scratch.read("run/history.csv"), as: UTF8.self)
            #expect(epoch > 1 && history.split(separator: "\n").count == epoch, "\(history)")
            let predicted = try await Ocellus.run(
                ["predict", "run/model.safetensors", "photos/dark/0.png", "--json"], directory: scratch)
            #expect(predicted.status == 0, "\(predicted.stderr)")
        }

        @Test("a start that fails leaves no folder, and one that stood there empty stays") func failedStart()
            async throws
        {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            // The network has a logit too many, which shows when the training is made.
            let train = ["train", "-d", "photos", "--network", "flatten, dense 3", "--epochs", "1"]
            let made = try await Ocellus.run(train + ["-o", "new"], directory: scratch)
            #expect(made.status == 64 && made.stderr.contains("training.classesDiffer"), "\(made.stderr)")
            #expect(!scratch.has("new"))
            _ = try await Ocellus.run(train, directory: scratch)
            #expect(!scratch.has("runs/train/network-1"))

            try scratch.makeDirectory("empty")
            _ = try await Ocellus.run(train + ["-o", "empty"], directory: scratch)
            #expect(try scratch.has("empty") && scratch.names("empty").isEmpty)
        }

        @Test("a comparison that cannot begin leaves no folder; one that had too little time stays")
        func failedComparison()
            async throws
        {
            let scratch = try Scratch()
            // 33 images in batches of 32 leave one, which shows when the first training is made.
            try MadeUp.idx("idx", in: scratch, count: 33)
            let compare = [
                "compare", "-d", "idx", "--networks", "flatten, dense classes",
                "conv 2 3x3, batchnorm, flatten, dense classes", "--epochs", "1", "--seeds", "3", "--no-pictures",
            ]
            let reversed = Array(compare.prefix(4)) + [compare[5], compare[4]] + Array(compare.dropFirst(6))
            let made = try await Ocellus.run(reversed + ["-o", "new"], directory: scratch)
            #expect(made.status == 64 && made.stderr.contains("training.batchOfOne"), "\(made.stderr)")
            #expect(!scratch.has("new"))
            try scratch.makeDirectory("empty")
            _ = try await Ocellus.run(reversed + ["-o", "empty"], directory: scratch)
            #expect(try scratch.has("empty") && scratch.names("empty").isEmpty)
            // The first network was trained once.
            let kept = try await Ocellus.run(compare + ["-o", "kept"], directory: scratch)
            #expect(kept.status == 64 && kept.stderr.contains("training.batchOfOne"), "\(kept.stderr)")
            #expect(scratch.has("kept/configuration.json"))
        }

        @Test("a run goes on with images that were moved, if they are the same") func movedImages() async throws {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            try MadeUp.folder("others", in: scratch, count: 9)
            let trained = try await Ocellus.run(
                ["train", "-d", "photos", "--network", "flatten, dense classes", "--epochs", "1", "-o", "run"],
                directory: scratch)
            try #require(trained.status == 0, "\(trained.stderr)")
            try FileManager.default.moveItem(at: scratch.url("photos"), to: scratch.url("moved"))

            let lost = try await Ocellus.run(["train", "--resume", "run", "--epochs", "2"], directory: scratch)
            #expect(lost.status == 66 && lost.stderr.contains("--data with the place where they lie now"))
            let wrong = try await Ocellus.run(
                ["train", "--resume", "run", "--epochs", "2", "--data", "others"], directory: scratch)
            #expect(wrong.status == 64)
            #expect(wrong.stderr.contains("others does not hold the images of run."), "\(wrong.stderr)")
            let found = try await Ocellus.run(
                ["train", "--resume", "run", "--epochs", "2", "--data", "moved"], directory: scratch)
            #expect(found.status == 0, "\(found.stderr)")
            // From now on the run knows where they are.
            let again = try await Ocellus.run(["train", "--resume", "run", "--epochs", "3"], directory: scratch)
            #expect(again.status == 0, "\(again.stderr)")
            let other = try await Ocellus.run(["train", "--resume", "run", "--size", "8"], directory: scratch)
            #expect(other.status == 64 && other.stderr.contains("--size cannot be given with --resume"))
        }

        @Test("a comparison goes on with images that were moved, if they are the same") func movedComparison()
            async throws
        {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            try MadeUp.folder("others", in: scratch, count: 9)
            let compared = try await Ocellus.run(
                [
                    "compare", "-d", "photos", "--networks", "flatten, dense classes",
                    "flatten, dense 4, relu, dense classes", "--epochs", "1", "--seeds", "2", "--no-pictures", "-o",
                    "run",
                ], directory: scratch)
            try #require(compared.status == 0, "\(compared.stderr)")
            try FileManager.default.moveItem(at: scratch.url("photos"), to: scratch.url("moved"))
            let resume = ["compare", "--resume", "run", "--seeds", "3", "--no-pictures"]
            let lost = try await Ocellus.run(resume, directory: scratch)
            #expect(lost.status == 66 && lost.stderr.contains("--data with the place where they lie now"))
            let wrong = try await Ocellus.run(resume + ["--data", "others"], directory: scratch)
            #expect(wrong.status != 0 && wrong.stderr.contains("the images are not those of the run."))
            let found = try await Ocellus.run(resume + ["--data", "moved"], directory: scratch)
            #expect(found.status == 0, "\(found.stderr)")
            // From now on the run knows where they are.
            let again = try await Ocellus.run(
                ["compare", "--resume", "run", "--seeds", "4", "--no-pictures"], directory: scratch)
            #expect(again.status == 0, "\(again.stderr)")
        }

        #if os(Linux)
            @Test("evidence that cannot keep its first model leaves no folder; one that stood there empty stays")
            func failedEvidence() async throws {
                let scratch = try Scratch()
                try MadeUp.idx("idx", in: scratch, count: 33)
                let evidence = [
                    "evidence", "-d", "idx", "--networks", "flatten, dense 64, relu, dense classes",
                    "conv 64 3x3, relu, flatten, dense classes", "--claims", "location", "--seeds", "3", "--budget",
                    "2m",
                ]
                // Files of 8 blocks at most: the configuration is shorter, the first model is not.
                try scratch.makeDirectory("empty")
                for place in ["new", "empty"] {
                    let made = try await Ocellus.shell(
                        "ulimit -f 8; \"$@\"", evidence + ["-o", place], directory: scratch)
                    #expect(made.status == 74, "\(made.stderr)")
                    #expect(made.stderr.contains("\(place)/models/convolutional-"), "\(made.stderr)")
                }
                #expect(!scratch.has("new"))
                #expect(try scratch.has("empty") && scratch.names("empty").isEmpty)
            }

            @Test("a way back without space is a full disk, and in the way of nothing") func fullJournal() async throws
            {
                let scratch = try Scratch()
                try MadeUp.folder("photos", in: scratch)
                try scratch.write(Data("no picture".utf8), to: "photos/dark/bad.png")
                _ = try await Ocellus.run(["check", "photos", "--plan", "fix.csv", "--no-cache"], directory: scratch)
                try #require(scratch.has("fix.csv"))
                let apply = ["check", "photos", "--apply", "fix.csv", "--journal", "back.csv", "--json"]
                let full = try await Ocellus.shell("ulimit -f 0; \"$@\"", apply, directory: scratch)
                #expect(full.status == 74, "\(full.stderr)")
                #expect(!scratch.has("back.csv") && scratch.has("photos/dark/bad.png"))
                let next = try await Ocellus.run(apply, directory: scratch)
                #expect(next.status == 0, "\(next.stderr)")
                #expect(!scratch.has("photos/dark/bad.png"))
            }
        #endif
    }
}
