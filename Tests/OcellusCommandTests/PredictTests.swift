// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import OcellusTestSupport
import Testing

extension CommandTests {
    @Suite("Predict") struct PredictTests {
        /// A model that tells dark from light pictures, and pictures to tell apart.
        private static func prepared() async throws -> Scratch {
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            let result = try await Ocellus.run(
                [
                    "train", "-d", "photos", "--network", "globalavgpool, dense classes", "--epochs", "40", "--lr",
                    "0.1",
                    "-b", "8", "-o", "run", "-q",
                ], directory: scratch)
            try #require(result.status == 0, "\(result.stderr)")
            // Of other sizes and kinds than the training pictures.
            try scratch.write(
                try ImageEncoder.jpeg(MadeUp.picture(40, 30, level: 55, seed: 100)), to: "new/a.jpg")
            try scratch.write(
                try ImageEncoder.png(MadeUp.picture(9, 21, channels: 1, level: 200, seed: 101)), to: "new/deep/b.png")
            return scratch
        }
        private static let model = "run/model.safetensors"

        @Test("files, folders and standard input; text, JSON, JSON lines and CSV") func formats() async throws {
            let scratch = try await Self.prepared()
            let expected = ["new/a.jpg": "dark", "new/deep/b.png": "light"]

            let text = try await Ocellus.run(["predict", Self.model, "new"], directory: scratch)
            #expect(text.status == 0, "\(text.stderr)")
            #expect(text.stderr == "")
            for (name, label) in expected {
                let line = try #require(text.stdout.split(separator: "\n").first { $0.contains(name) })
                #expect(line.contains(label) && line.contains(" %"))
            }

            let json = try await Ocellus.run(
                ["predict", Self.model, "new/a.jpg", "new/deep/b.png", "--json", "--topk", "2"], directory: scratch)
            let document = try json.json()
            #expect(document["schema"] as? Int == 1)
            let predictions = try #require(document["predictions"] as? [[String: Any]])
            #expect(predictions.map { $0["image"] as? String } == ["new/a.jpg", "new/deep/b.png"])
            for prediction in predictions {
                let classes = try #require(prediction["classes"] as? [[String: Any]])
                let probabilities = classes.compactMap { $0["probability"] as? Double }
                #expect(classes[0]["class"] as? String == expected[prediction["image"] as? String ?? ""])
                #expect(probabilities.count == 2 && probabilities[0] >= probabilities[1])
                #expect(abs(probabilities.reduce(0, +) - 1) < 1e-6)
            }

            let lines = try await Ocellus.run(
                ["predict", Self.model, "new", "photos", "--format", "jsonl"], directory: scratch)
            let rows = try lines.stdout.split(separator: "\n").map {
                try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any])
            }
            #expect(rows.count == 22)
            #expect(rows.allSatisfy { $0["schema"] as? Int == 1 })
            for row in rows {
                let image = try #require(row["image"] as? String)
                let classes = try #require(row["classes"] as? [[String: Any]])
                #expect(
                    classes[0]["class"] as? String
                        == expected[image] ?? (image.contains("photos/dark") ? "dark" : "light"), "\(image)")
            }

            let csv = try await Ocellus.run(
                ["predict", Self.model, "new", "--format", "csv", "--topk", "2"], directory: scratch)
            let table = csv.stdout.split(separator: "\r\n").map { $0.split(separator: ",") }
            #expect(table.first == ["image", "class", "probability", "class_2", "probability_2"])
            #expect(table.dropFirst().map { String($0[1]) } == ["dark", "light"])

            let piped = try await Ocellus.run(
                ["predict", Self.model, "-", "--format", "csv"], stdin: try scratch.read("new/a.jpg"),
                directory: scratch)
            #expect(piped.status == 0)
            #expect(piped.stdout.contains("\r\n-,dark,"))
        }

        @Test(
            "standard input that ends nowhere, is closed or a directory",
            arguments: [
                (#""$@" </dev/zero"#, 65, "data.tooLarge", "at most 268435456 bytes"),
                (#""$@" <&-"#, 66, "input.missing", "standard input is closed"),
                (#""$@" </"#, 66, "input.missing", "a directory"),
            ])
        func standardInput(script: String, status: Int32, code: String, says: String) async throws {
            let scratch = try await Self.prepared()
            // Less than twice the limit of a picture, beside what the program takes.
            let limited = "ulimit -v 4000000; " + script
            let predict = ["predict", Self.model, "-", "--threads", "1"]
            let text = try await Ocellus.shell(limited, predict, directory: scratch)
            #expect(text.status == status)
            #expect(
                text.stderr.contains("error[\(code)]: standard input") && text.stderr.contains(says), "\(text.stderr)")
            let json = try await Ocellus.shell(limited, predict + ["--json"], directory: scratch)
            #expect(json.status == status)
            let error = try Self.error(json)
            #expect(error["exit_status"] as? Int32 == status)
        }

        /// The one document on stderr.
        private static func error(_ result: Ocellus.Result) throws -> [String: Any] {
            let document = try JSONSerialization.jsonObject(with: Data(result.stderr.utf8)) as? [String: Any]
            return try #require(document?["error"] as? [String: Any], "\(result.stderr)")
        }

        @Test("unreadable pictures: the others are classified, status 65 unless --skip-unreadable") func unreadable()
            async throws
        {
            let scratch = try await Self.prepared()
            try scratch.write(Data("not a picture".utf8), to: "new/c.jpg")
            let result = try await Ocellus.run(["predict", Self.model, "new", "--format", "csv"], directory: scratch)
            #expect(result.status == 65)
            #expect(result.stdout.contains("new/a.jpg,dark,") && result.stdout.contains("new/deep/b.png,light,"))
            #expect(result.stderr.contains("error[data.undecodableImages]: new/c.jpg cannot be decoded."))
            #expect(result.stderr.contains("error[data.unreadablePictures]: 1 of 3 pictures could not be classified"))

            let skipped = try await Ocellus.run(
                ["predict", Self.model, "new", "--format", "csv", "--skip-unreadable"], directory: scratch)
            #expect(skipped.status == 0)
            #expect(skipped.stdout == result.stdout)
            #expect(skipped.stderr.contains("new/c.jpg"))

            let json = try await Ocellus.run(["predict", Self.model, "new", "--json"], directory: scratch)
            #expect(json.status == 65)
            #expect((try json.json()["predictions"] as? [Any])?.count == 2)
            let error = try Self.error(json)
            #expect(error["code"] as? String == "data.unreadablePictures")
            #expect(error["exit_status"] as? Int == 65)
            let parts = try #require(error["parts"] as? [[String: Any]])
            #expect(parts.map { $0["summary"] as? String } == ["new/c.jpg cannot be decoded."])
            let skippedJSON = try await Ocellus.run(
                ["predict", Self.model, "new", "--json", "--skip-unreadable"], directory: scratch)
            #expect(skippedJSON.status == 0)
            #expect(try Self.error(skippedJSON)["exit_status"] as? Int == 0)

            try scratch.makeDirectory("empty")
            let empty = try await Ocellus.run(["predict", Self.model, "empty"], directory: scratch)
            #expect(empty.status == 65)
            #expect(empty.stderr.contains("error[data.noImages]: empty holds no pictures."))

            let missing = try await Ocellus.run(["predict", Self.model, "none.jpg", "new/a.jpg"], directory: scratch)
            #expect(missing.status == 66)
            #expect(missing.stderr.contains("none.jpg does not exist"))
            #expect(missing.stdout.contains("dark"))

            let nothing = try await Ocellus.run(["predict", Self.model, "-"], directory: scratch)
            #expect(nothing.status == 65)
            #expect(nothing.stderr.contains("standard input"))
        }

        @Test(
            "photos: train on a folder, predict on another",
            .enabled(if: TestData.large("hymenoptera") != nil, "needs hymenoptera/ in OCELLUS_TEST_DATA"))
        func photos() async throws {
            let scratch = try Scratch()
            let photos = try #require(TestData.large("hymenoptera")).path(percentEncoded: false)
            let trained = try await Ocellus.run(
                ["train", "-d", photos, "--network", "cnn", "--size", "32", "--epochs", "1", "-o", "run", "--json"],
                directory: scratch)
            #expect(trained.status == 0, "\(trained.stderr)")
            let predicted = try await Ocellus.run(
                ["predict", Self.model, photos + "/val", "--format", "csv"], directory: scratch)
            #expect(predicted.status == 0, "\(predicted.stderr)")
            let rows = predicted.stdout.split(separator: "\r\n").dropFirst()
            // Evaluation and prediction see the same pictures in the same way.
            let correct = rows.filter { row in
                let cells = row.split(separator: ",")
                return cells[0].contains("/\(cells[1])/")
            }
            let test = try #require(try trained.json()["test"] as? [String: Any])
            #expect(correct.count == test["correct"] as? Int)
            #expect(rows.count == test["count"] as? Int)
        }
    }
}
