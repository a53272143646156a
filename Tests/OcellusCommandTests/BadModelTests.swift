// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

extension CommandTests {
    @Suite("Bad model files and images") struct BadModelTests {
        /// A model file that was changed, and what the command says to it.
        struct Damage: CustomTestStringConvertible, Sendable {
            var name: String
            var file = "m.safetensors"
            var status: Int32
            var code: String
            var says: String
            var change: @Sendable (Data) throws -> Data
            var testDescription: String { name }
        }

        /// The file with one text of its header replaced by another of the same length.
        static func replacing(_ old: String, with new: String, in file: Data) throws -> Data {
            try #require(old.utf8.count == new.utf8.count)
            let range = try #require(file.range(of: Data(old.utf8)), "\(old) is not in the file")
            var file = file
            file.replaceSubrange(range, with: Data(new.utf8))
            return file
        }

        /// The file with infinity as its first weight.
        static func infinite(_ file: Data) throws -> Data {
            let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
            var file = file
            file.replaceSubrange(8 + length..<8 + length + 4, with: [0, 0, 0x80, 0x7F])
            return file
        }

        static let damages = [
            Damage(name: "empty", status: 65, code: "archive.corrupt", says: "m.safetensors") { _ in Data() },
            Damage(name: "truncated", status: 65, code: "archive.corrupt", says: "m.safetensors") { $0.dropLast(5) },
            Damage(name: "cut in its header", status: 65, code: "archive.corrupt", says: "m.safetensors") {
                $0.prefix(100)
            },
            Damage(name: "longer", status: 65, code: "archive.corrupt", says: "m.safetensors") { $0 + [0, 0] },
            Damage(name: "header of 2^63 bytes", status: 65, code: "archive.corrupt", says: "header") {
                Data([0, 0, 0, 0, 0, 0, 0, 0x7F]) + $0.dropFirst(8)
            },
            Damage(name: "unsound JSON", status: 65, code: "archive.corrupt", says: "at byte") {
                try replacing("\"__metadata__\":{", with: "\"__metadata__\":[", in: $0)
            },
            Damage(name: "newer", status: 64, code: "archive.newerFormat", says: "received  2.0") {
                try replacing("\"format_version\":\"1.0\"", with: "\"format_version\":\"2.0\"", in: $0)
            },
            Damage(name: "no version", status: 64, code: "archive.noNetwork", says: "no network") {
                try replacing("\"format_version\"", with: "\"format_versiom\"", in: $0)
            },
            Damage(name: "other weights", status: 70, code: "archive.selfTestFailed", says: "m.safetensors") { file in
                // The first weights become those of another network: finite, but not what the self-test saw.
                let length = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
                var file = file
                for index in 0..<30 { file[8 + length + 4 * index + 3] ^= 0x80 }
                return file
            },
            Damage(
                name: "an infinite weight", status: 65, code: "archive.notFinite", says: "received  inf at position 0"
            ) {
                try infinite($0)
            },
            Damage(name: "pickle", file: "m.pt", status: 64, code: "archive.foreignFormat", says: "torch.load") { _ in
                Data([0x80, 2, 0x7D, 0x71, 0, 0x2E])
            },
            Damage(name: "picture", file: "m.png", status: 65, code: "archive.", says: "m.png") { _ in
                Data([0x89] + Array("PNG\r\n\u{1A}\n".utf8)) + Data(count: 400)
            },
        ]

        @Test("a damaged model file is refused", arguments: damages) func damaged(damage: Damage) async throws {
            let scratch = try Scratch()
            try scratch.write(try damage.change(try await SharedModel.get().file), to: damage.file)
            let result = try await Ocellus.run(["evaluate", damage.file], directory: scratch)
            #expect(result.status == damage.status, "\(result.stderr)")
            #expect(result.stdout == "")
            #expect(result.stderr.contains("error[\(damage.code)"), "\(result.stderr)")
            #expect(result.stderr.contains(damage.says), "\(result.stderr)")
        }

        @Test(
            "a model whose answers are no numbers is one JSON document on stderr", arguments: ["evaluate", "predict"])
        func notFinite(command: String) async throws {
            let scratch = try Scratch()
            try scratch.write(try Self.infinite(try await SharedModel.get().file), to: "m.safetensors")
            try scratch.write(Data(), to: "a.png")
            let pictures = command == "predict" ? ["a.png"] : []
            let result = try await Ocellus.run([command, "m.safetensors"] + pictures + ["--json"], directory: scratch)
            #expect(result.status == 65 && result.stdout == "")
            let document = try JSONSerialization.jsonObject(with: Data(result.stderr.utf8)) as? [String: Any]
            let error = try #require(document?["error"] as? [String: Any], "\(result.stderr)")
            #expect(error["code"] as? String == "archive.notFinite")
            #expect((error["advice"] as? String)?.contains("a smaller learning rate") == true)
        }

        @Test("a newer minor version is read with a notice") func newerMinor() async throws {
            let scratch = try Scratch()
            try scratch.write(
                try Self.replacing(
                    "\"format_version\":\"1.0\"", with: "\"format_version\":\"1.9\"",
                    in: try await SharedModel.get().file),
                to: "m.safetensors")
            let result = try await Ocellus.run(["evaluate", "m.safetensors"], directory: scratch)
            #expect(result.status == 0)
            #expect(result.stderr.contains("m.safetensors has format version 1.9"))
        }

        @Test("a model file that is missing, and one that is a directory") func missing() async throws {
            let scratch = try Scratch()
            try scratch.makeDirectory("folder")
            for (name, says) in [("no.safetensors", "does not exist"), ("folder", "received  a directory")] {
                for verb in [["evaluate", name], ["predict", name, "x.png"]] {
                    let result = try await Ocellus.run(verb, directory: scratch)
                    #expect(result.status == 66)
                    #expect(result.stderr.contains("error[file.missingFile]"))
                    #expect(result.stderr.contains(says), "\(result.stderr)")
                }
            }
        }

        @Test("images of another size or number of channels are refused") func otherImages() async throws {
            let model = try await SharedModel.get()
            let scratch = try Scratch()
            try MadeUp.idx("idx", in: scratch)
            let size = try await Ocellus.run(["evaluate", model.path, "--data", "idx"], directory: scratch)
            #expect(size.status == 65)
            #expect(size.stdout == "")
            #expect(
                size.stderr.contains("error[inference.unknownClass]")
                    || size.stderr.contains("error[inference.shapesDiffer]"))

            try scratch.write(Data((0..<10).map { "class \($0)\n" }.joined().utf8), to: "idx/labels.txt")
            let classes = try await Ocellus.run(["evaluate", model.path, "--data", "idx"], directory: scratch)
            #expect(classes.status == 65)
            #expect(
                classes.stderr.contains("error[inference.unknownClass]: the model does not know the class \"class 0\".")
            )

            let names = [
                "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag",
                "Ankle boot",
            ]
            try scratch.write(Data(names.joined(separator: "\n").utf8), to: "idx/labels.txt")
            let known = try await Ocellus.run(["evaluate", model.path, "--data", "idx"], directory: scratch)
            #expect(known.status == 65)
            #expect(known.stderr.contains("error[inference.shapesDiffer]: the images do not fit the model."))
            #expect(known.stderr.contains("needs     [1, 28, 28]"))
            #expect(known.stderr.contains("received  [1, 8, 8]"))

            try MadeUp.folder("photos", in: scratch, classes: [("Bag", 60), ("Coat", 190)], channels: 3)
            let channels = try await Ocellus.run(["evaluate", model.path, "--data", "photos"], directory: scratch)
            #expect(channels.status == 65)
            #expect(channels.stderr.contains("received  [3, 28, 28]"), "\(channels.stderr)")
        }
    }
}
