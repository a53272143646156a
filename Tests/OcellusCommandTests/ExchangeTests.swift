// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusPixels
import OcellusTestSupport
import Testing

extension CommandTests {
    @Suite("Exchange") struct ExchangeTests {
        @Test("a model leaves as ONNX, enters again, and answers the same") func roundTrip() async throws {
            let model = try await SharedModel.get()
            let scratch = try Scratch()
            try MadeUp.folder("photos", in: scratch)
            let export = try await Ocellus.run(
                [
                    "export", model.path, "--format", "onnx", "-o", "m.onnx", "--data", "photos", "--python",
                    "no-such-python", "--min-agreement",
                    "1",
                    "--json",
                ], directory: scratch)
            #expect(export.status == 0, "\(export.stderr)")
            #expect(export.stderr.contains("no-such-python has no onnxruntime"))
            let records = try #require(try export.json()["parity"] as? [[String: Any]])
            let parity = try #require(records.first)
            #expect((parity["runtime"] as? String)?.hasPrefix("Ocellus ") == true)
            #expect(parity["are_photos"] as? Bool == true && parity["agreement"] as? Double == 1)
            let text = String(decoding: try scratch.read("m.onnx"), as: UTF8.self)
            for key in ["ocellus.parity", "model_sha256", "probabilities", "Resize"] { #expect(text.contains(key)) }

            let back = try await Ocellus.run(["import-onnx", "m.onnx", "-o", "m.safetensors"], directory: scratch)
            #expect(back.status == 0, "\(back.stderr)")
            // The model, what came back, and the ONNX file itself.
            var answers: [String] = []
            for file in [model.path, "m.safetensors", "m.onnx"] {
                let answer = try await Ocellus.run(["predict", file, "photos", "--format", "csv"], directory: scratch)
                #expect(answer.status == 0, "\(answer.stderr)")
                answers.append(
                    answer.stdout.split(separator: "\n").map { $0.split(separator: ",").dropLast().joined() }.joined())
            }
            #expect(answers[0] == answers[1] && answers[1] == answers[2])
        }

        @Test("what cannot be said is wrong usage, what is not known is asked for") func refusals() async throws {
            let model = try await SharedModel.get()
            let scratch = try Scratch()
            let old = try await Ocellus.run(
                ["export", model.path, "--format", "onnx", "--opset", "17"], directory: scratch)
            #expect(old.status == 64 && old.stderr.contains("--opset 18"))
            let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
                .appending(path: "OcellusExchangeTests/Fixtures")
            let foreign = fixtures.appending(path: "cnn-dynamo.onnx").path(percentEncoded: false)
            for arguments in [["import-onnx", foreign, "-o", "a.safetensors"], ["predict", foreign, foreign]] {
                let unknown = try await Ocellus.run(arguments, directory: scratch)
                #expect(unknown.status == 64 && unknown.stderr.contains("exchange.notKnown"), "\(unknown.stderr)")
                #expect(unknown.stderr.contains("--preprocess imagenet"))
            }
            let given = try await Ocellus.run(
                ["import-onnx", foreign, "-o", "a.safetensors", "--preprocess", "half", "--json"], directory: scratch)
            #expect(given.status == 0, "\(given.stderr)")
            #expect(try given.json()["classes"] as? Int == 5)
            let damaged = try await Ocellus.run(["import-onnx", "a.safetensors", "-o", "b"], directory: scratch)
            #expect(damaged.status == 65 && damaged.stderr.contains("exchange.corrupt"))
        }
    }
}
