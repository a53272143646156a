// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusData
import OcellusPixels
import Testing

/// One way to use the command wrongly, and what it must say.
struct BadInput: CustomTestStringConvertible, Sendable {
    var name: String
    var arguments: [String]
    var status: Int32
    var code: String
    /// Parts of the message.
    var says: [String]
    var environment: [String: String] = [:]
    /// Makes files in the directory in which the command runs.
    var prepare: @Sendable (Scratch) throws -> Void = { _ in }
    var testDescription: String { name }

    /// Runs the command in a new directory and compares.
    func check() async throws {
        let scratch = try Scratch()
        try prepare(scratch)
        let result = try await Ocellus.run(arguments, environment: environment, directory: scratch)
        #expect(result.status == status, "\(result.stderr)")
        #expect(result.stdout == "")
        #expect(result.stderr.contains("error[\(code)]: "), "\(result.stderr)")
        for part in says { #expect(result.stderr.contains(part), "\(part) not in: \(result.stderr)") }
        #expect(!scratch.has("out/model.safetensors"))
    }
}

extension CommandTests {
    @Suite("Bad input") struct BadInputTests {
        @Test("arguments", arguments: wrongArguments) func arguments(row: BadInput) async throws {
            try await row.check()
        }
        @Test("data", arguments: wrongData) func data(row: BadInput) async throws { try await row.check() }
        @Test("settings", arguments: wrongSettings) func settings(row: BadInput) async throws { try await row.check() }

        private static func train(_ more: String...) -> [String] {
            ["train", "--network", "flatten, dense classes", "--epochs", "1", "-o", "out"] + more
        }

        /// Images of two classes under the names of three.
        private static let unshownClass: @Sendable (Scratch) throws -> Void = {
            try MadeUp.idx("idx", in: $0)
            try $0.write(Data("dark\nlight\nnone\n".utf8), to: "idx/labels.txt")
        }

        static let wrongArguments = [
            BadInput(
                name: "unknown command", arguments: ["trian"], status: 64, code: "usage.arguments",
                says: ["there is no command \"trian\".", "did you mean train?"]),
            BadInput(
                name: "unknown option", arguments: ["train", "--epoch", "3"], status: 64, code: "usage.arguments",
                says: ["Unknown option '--epoch'", "--epochs", "ocellus train --help"]),
            BadInput(
                name: "missing argument", arguments: ["predict"], status: 64, code: "usage.arguments",
                says: ["<model>", "ocellus predict --help"]),
            BadInput(
                name: "not a number", arguments: train("-b", "many"), status: 64, code: "usage.arguments",
                says: ["'many'", "-b"]),
            BadInput(
                name: "no seeds", arguments: ["compare", "--seeds", "0"], status: 64, code: "usage.arguments",
                says: ["--seeds must be in 1…1000."]),
            BadInput(
                name: "no threads", arguments: train("--threads", "0"), status: 64, code: "usage.arguments",
                says: ["--threads must be in 1…1024."]),
            BadInput(
                name: "impossible OCELLUS_THREADS", arguments: train(), status: 78, code: "configuration.invalid",
                says: ["OCELLUS_THREADS is not a number of threads.", "needs     1 to 1024", "received  two"],
                environment: ["OCELLUS_THREADS": "two"]),
            BadInput(
                name: "momentum without SGD", arguments: train("--momentum", "0.9"), status: 64,
                code: "usage.arguments",
                says: ["--momentum and --nesterov belong to --opt sgd."]),
            BadInput(
                name: "size in words", arguments: ["summary", "--image-size", "large"], status: 64,
                code: "usage.arguments", says: ["'large'", "--image-size"]),
            BadInput(
                name: "accuracy in percent", arguments: ["evaluate", "m.safetensors", "--min-accuracy", "90"],
                status: 64,
                code: "usage.arguments", says: ["--min-accuracy is a fraction in 0…1"]),
            BadInput(
                name: "resume and output", arguments: ["train", "--resume", "a", "-o", "b"], status: 64,
                code: "usage.arguments", says: ["leave out --output"]),
            BadInput(
                name: "resume of nothing", arguments: ["train", "--resume", "nowhere"], status: 66,
                code: "training.notARun", says: ["nowhere is not a run.", "configuration.json"]),
            BadInput(
                name: "report of nothing", arguments: ["report", "nowhere"], status: 66, code: "training.notARun",
                says: ["nowhere is not a run."]),
        ]

        static let wrongSettings = [
            BadInput(
                name: "unknown network", arguments: ["train", "--network", "resnet81", "-o", "out"], status: 64,
                code: "model.unknownNetwork", says: ["resnet81", "did you mean \"resnet18\"?"]),
            BadInput(
                name: "unknown layer", arguments: ["train", "--network", "flatten, dence 10", "-o", "out"], status: 64,
                code: "model.unreadableText", says: ["dence", "did you mean \"dense\"?"]),
            BadInput(
                name: "kernel above the image",
                arguments: ["summary", "conv 4 9x9 valid, flatten, dense 10", "--image-size", "8"],
                status: 64, code: "model.kernelExceedsInput", says: ["9×9", "[N, 3, 8, 8]"]),
            BadInput(
                name: "network in unsound JSON", arguments: ["summary", "net.json"], status: 65,
                code: "archive.unreadableJSON", says: ["net.json is not sound JSON."],
                prepare: { try $0.write(Data("{\"layers\": [".utf8), to: "net.json") }),
            BadInput(
                name: "wrong number of logits", arguments: ["train", "--network", "flatten, dense 7", "-o", "out"],
                status: 64,
                code: "training.classesDiffer", says: ["needs     10 classes", "received  7"]),
            BadInput(
                name: "negative learning rate", arguments: train("--lr=-1"), status: 64, code: "model.outOfRange",
                says: ["learning rate", "-1"]),
            BadInput(
                name: "no epochs", arguments: train("--epochs=0"), status: 64, code: "model.outOfRange",
                says: ["epochs"]),
            BadInput(
                name: "diverging training",
                arguments: [
                    "train", "--network", "flatten, dense 8, relu, dense classes", "--opt", "sgd", "--lr", "1e30",
                    "-o", "out",
                ], status: 64, code: "training.nonFiniteLoss",
                says: [
                    "the training diverged in epoch 1: its numbers are no longer finite.", "a loss of", "in step",
                    "Dense(",
                    "a smaller learning rate (--lr), gradient clipping (--clip-grad 1), or warm-up",
                ]),
            BadInput(
                name: "batch of one with batch statistics",
                arguments: [
                    "train", "--network", "conv 2 3x3, batchnorm, flatten, dense classes", "-b", "9", "--data", "idx",
                    "--validation", "0", "-o", "out",
                ], status: 64, code: "training.batchOfOne", says: ["batch normalisation", "19 images in batches of 9"],
                prepare: { try MadeUp.idx("idx", in: $0, count: 19) }),
            BadInput(
                name: "patience without validation", arguments: train("--validation", "0", "--patience", "2"),
                status: 64,
                code: "training.noValidation", says: ["early stopping needs a validation split"]),
            BadInput(
                name: "balance without images of a class", arguments: train("--data", "idx", "--balance", "weights"),
                status: 65, code: "training.noImages",
                says: ["at least one training image of every class", "none of \"none\"", "--balance none"],
                prepare: unshownClass),
            BadInput(
                name: "balance without images of a class, compared",
                arguments: [
                    "compare", "--data", "idx", "--balance", "weights", "--networks", "flatten, dense classes",
                    "maxpool 2, flatten, dense classes", "-o", "out",
                ], status: 65, code: "training.noImages",
                says: ["at least one training image of every class", "none of \"none\"", "--balance none"],
                prepare: unshownClass),
            BadInput(
                name: "a match with another recipe",
                arguments: ["compare", "--match", "recipe", "--recipe", "tutorial"],
                status: 64, code: "usage.arguments", says: ["--match recipe means --recipe matched"]),
            BadInput(
                name: "a fold without validation", arguments: ["compare", "--fold", "1/5"], status: 64,
                code: "comparison.outOfRange", says: ["tutorial holds no images out", "--recipe matched"]),
            BadInput(
                name: "a budget that is none", arguments: ["compare", "--budget", "soon"], status: 64,
                code: "usage.arguments", says: ["soon"]),
            BadInput(
                name: "a budget too small",
                arguments: [
                    "compare", "--networks", "flatten, dense classes", "maxpool 4, flatten, dense classes", "--epochs",
                    "900000", "--budget", "30s",
                ], status: 64, code: "comparison.budgetTooSmall",
                says: ["all 5 seeds take about", "2 trainings of each", "--budget "]),
            BadInput(
                name: "networks larger than the machine",
                arguments: [
                    "compare", "--networks", "flatten, dense 1000000, relu, dense 1000000, relu, dense classes", "cnn",
                ], status: 71, code: "comparison.tooLarge", says: ["more memory than this process may take", "GB"]),
            BadInput(
                name: "two networks of one name", arguments: ["compare", "--networks", "ann", "ann"], status: 64,
                code: "comparison.duplicateName", says: ["\"ANN\""]),
            BadInput(
                name: "output that exists", arguments: train(), status: 73, code: "training.runExists",
                says: ["out already exists.", "another --output"],
                prepare: { try $0.write(Data("precious".utf8), to: "out/note.txt") }),
            BadInput(
                name: "output below a file",
                arguments: ["train", "--network", "flatten, dense classes", "-o", "file/out"],
                status: 73, code: "file.cannotWrite", says: ["file/out", "cannot be written"],
                prepare: { try $0.write(Data(), to: "file") }),
            BadInput(
                name: "output where nothing may be written",
                arguments: ["train", "--network", "flatten, dense classes", "-o", "/proc/ocellus"], status: 73,
                code: "file.cannotWrite", says: ["/proc/ocellus"]),
        ]

        static let wrongData = [
            BadInput(
                name: "unknown name", arguments: train("--data", "fashion-mimi"), status: 66, code: "data.notFound",
                says: ["\"fashion-mimi\"", "did you mean fashion-mini?"]),
            BadInput(
                name: "unknown path", arguments: train("--data", "photo"), status: 66, code: "data.notFound",
                says: ["did you mean photos?"], prepare: { try MadeUp.folder("photos", in: $0) }),
            BadInput(
                name: "a file", arguments: train("--data", "a.rar"), status: 65, code: "data.unknownKind",
                says: ["a.rar is a file of no known data set.", "unpack it (unrar x)"],
                prepare: { try $0.write(Data("Rar!".utf8), to: "a.rar") }),
            BadInput(
                name: "a cut zip archive", arguments: train("--data", "a.zip"), status: 65, code: "data.damaged",
                says: ["a.zip is no zip archive that can be read.", "it may be cut off"],
                prepare: { try $0.write(Data("PK\u{3}\u{4}".utf8), to: "a.zip") }),
            BadInput(
                name: "empty folder", arguments: train("--data", "empty"), status: 65, code: "data.unknownKind",
                says: ["holds no data set that is known"], prepare: { try $0.makeDirectory("empty") }),
            BadInput(
                name: "folders without images", arguments: train("--data", "photos"), status: 65, code: "data.noImages",
                says: ["holds no class folder with images"],
                prepare: {
                    try $0.makeDirectory("photos/a")
                    try $0.makeDirectory("photos/b")
                }),
            BadInput(
                name: "one class", arguments: train("--data", "photos"), status: 65, code: "data.tooFewClasses",
                says: ["images of a single class", "received  dark"],
                prepare: { try MadeUp.folder("photos", in: $0, classes: [("dark", 60)]) }),
            BadInput(
                name: "truncated JPEG", arguments: train("--data", "photos"), status: 65,
                code: "data.undecodableImages",
                says: ["1 of 21 files", "dark/x.jpg", "--skip-unreadable"],
                prepare: {
                    try MadeUp.folder("photos", in: $0)
                    let jpeg = try ImageEncoder.jpeg(MadeUp.picture(64, 64, level: 90, seed: 1))
                    try $0.write(jpeg.prefix(jpeg.count / 2), to: "photos/dark/x.jpg")
                }),
            BadInput(
                name: "text named .jpg", arguments: train("--data", "photos"), status: 65,
                code: "data.undecodableImages",
                says: ["1 of 21 files", "light/x.jpg"],
                prepare: {
                    try MadeUp.folder("photos", in: $0)
                    try $0.write(Data("not a picture".utf8), to: "photos/light/x.jpg")
                }),
            BadInput(
                name: "class that training lacks", arguments: train("--data", "photos"), status: 65,
                code: "data.unknownClass", says: ["photos/test", "Dark", "rename"],
                prepare: {
                    try MadeUp.folder("photos/train", in: $0)
                    try MadeUp.folder("photos/test", in: $0, classes: [("Dark", 60), ("light", 190)])
                }),
            BadInput(
                name: "wrong IDX magic", arguments: train("--data", "idx"), status: 65, code: "data.wrongMagic",
                says: ["train-images-idx3-ubyte is not an IDX file of bytes.", "received  00 00 0d 03"],
                prepare: {
                    try MadeUp.idx("idx", in: $0)
                    var file = try $0.read("idx/train-images-idx3-ubyte")
                    file[2] = 0x0D
                    try $0.write(file, to: "idx/train-images-idx3-ubyte")
                }),
            BadInput(
                name: "short IDX file", arguments: train("--data", "idx"), status: 65, code: "data.wrongSize",
                says: ["t10k-images-idx3-ubyte is shorter than its header says."],
                prepare: {
                    try MadeUp.idx("idx", in: $0)
                    try $0.write(try $0.read("idx/t10k-images-idx3-ubyte").dropLast(), to: "idx/t10k-images-idx3-ubyte")
                }),
            BadInput(
                name: "IDX labels for other images", arguments: train("--data", "idx"), status: 65,
                code: "data.doNotMatch",
                says: ["do not belong together", "a label for each of 20 images"],
                prepare: {
                    try MadeUp.idx("other", in: $0, count: 10)
                    try MadeUp.idx("idx", in: $0)
                    try $0.write(try $0.read("other/train-labels-idx1-ubyte"), to: "idx/train-labels-idx1-ubyte")
                }),
            BadInput(
                name: "CIFAR file of the wrong length", arguments: train("--data", "cifar"), status: 65,
                code: "data.wrongSize",
                says: ["data_batch_3.bin is not a file of CIFAR-10.", "a multiple of 3073 bytes"],
                prepare: {
                    try MadeUp.cifar("cifar", in: $0)
                    try $0.write(try $0.read("cifar/data_batch_3.bin") + [0], to: "cifar/data_batch_3.bin")
                }),
            BadInput(
                name: "CIFAR file missing", arguments: train("--data", "cifar"), status: 66, code: "data.notFound",
                says: ["test_batch.bin"],
                prepare: {
                    try MadeUp.cifar("cifar", in: $0)
                    try $0.remove("cifar/test_batch.bin")
                }),
        ]
    }
}
