// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusTensor
import OcellusTestSupport
import Testing

extension CommandTests {
    @Suite("Resume") struct ResumeTests {
        /// A training whose state has many parts.
        struct Recipe: CustomTestStringConvertible, Sendable {
            var name: String
            var arguments: [String]
            var testDescription: String { name }
        }

        /// Together they hold every optimiser, every schedule, dropout, augmentation with mixed images, batch statistics, a short last batch, clipping,
        /// class weights and early stopping.
        static let recipes = [
            Recipe(
                name: "SGD, Nesterov, one-cycle, batch statistics",
                arguments: [
                    "--network", "conv 4 3x3 stride 2 nobias, batchnorm, relu, maxpool 2, flatten, dense classes",
                    "--opt", "sgd", "--lr", "0.05", "--momentum", "0.9", "--nesterov", "--weight-decay", "0.0005",
                    "--sched", "one-cycle", "--epochs", "5", "-b", "48",
                ]),
            Recipe(
                name: "Adam, cosine, warm-up, dropout",
                arguments: [
                    "--network",
                    "conv 4 3x3 stride 2, relu, dropout 0.2, flatten, dense 24, relu, dropout 0.4, dense classes",
                    "--opt", "adam", "--sched", "cosine", "--warmup-epochs", "0.5", "--label-smoothing", "0.1",
                    "--epochs", "5", "-b", "32", "--ema", "0.9",
                ]),
            Recipe(
                name: "AdamW, step, clipping, class weights, early stopping",
                arguments: [
                    "--network", "flatten, dense 64, relu, dropout 0.5, dense classes", "--opt", "adamw",
                    "--lr", "0.004", "--sched", "step", "--step-epochs", "2", "--step-factor", "0.5", "--clip-grad",
                    "0.5",
                    "--balance", "weights", "--validation", "0.2", "--patience", "2", "--epochs", "12", "-b", "16",
                ]),
            Recipe(
                name: "SGD, momentum, no validation",
                arguments: [
                    "--network", "avgpool 2, flatten, dense 32, tanh, dense classes", "--opt", "sgd", "--momentum",
                    "0.9",
                    "--validation", "0", "--epochs", "8", "-b", "16", "--seed", "7",
                ]),
            // The bias of the first convolution rests after three epochs.
            Recipe(
                name: "cifar94: whitening, lookahead, parameter groups",
                arguments: [
                    "--recipe", "cifar94", "--epochs", "6", "--network",
                    "conv 6 2x2 stride 2 valid, gelu, maxpool 2, conv 8 3x3 nobias, batchnorm, gelu, flatten, dense classes",
                ]),
            Recipe(
                name: "Augmentation",
                arguments: [
                    "--network", "conv 4 3x3 stride 2, relu, flatten, dense classes", "--opt", "adam", "--epochs", "5",
                    "-b", "24", "--balance", "sampler", "--augment",
                    "altflip, padcrop 2, rotate 15, scale 0.9..1.1, brightness 0.2, noise 0.05, erase 0.3, mixup 0.4",
                ]),
        ]

        /// Empty where the processor does not compute in bfloat16.
        static let bfloat16 =
            Engine.bfloat16 == nil
            ? []
            : [
                Recipe(
                    name: "bfloat16",
                    arguments: [
                        "--network",
                        "conv 32 3x3 stride 2, relu, conv 32 3x3, batchnorm, relu, maxpool 2, flatten, dense classes",
                        "--precision", "bfloat16", "--epochs", "5", "-b", "48",
                    ])
            ]

        @Test("a run killed at any moment ends with the weights of an undisturbed one", arguments: recipes + bfloat16)
        func killed(recipe: Recipe) async throws {
            let scratch = try Scratch()
            let environment = ["OCELLUS_THREADS": "2"]
            let train = ["train"] + recipe.arguments + ["--checkpoint-interval", "0.03"]
            let undisturbed = try Running(train + ["-o", "whole"], environment: environment, directory: scratch)
            let result = try await undisturbed.end()
            try #require(result.status == 0, "\(result.stderr)")
            let duration = undisturbed.seconds
            let expected = try ["model", "last"].map { try StoredTensors(scratch.read("whole/\($0).safetensors")) }

            // A third of a run, start of the process included, so that a run is killed several times before its end.
            var random = CounterRandom(seed: 20, purpose: .order, epoch: recipe.arguments.count)
            var kills = 0
            var attempts = 0
            var finished = 0
            while kills < 5 || finished == 0 {
                attempts += 1
                try #require(attempts < 60, "the process ends before it can be killed")
                let arguments =
                    scratch.has("run/configuration.json")
                    ? ["train", "--resume", "run", "--checkpoint-interval", "0.03"] : train + ["-o", "run"]
                let process = try Running(arguments, environment: environment, directory: scratch)
                if kills < 5 {
                    let moment = Double(random.next() >> 11) * 0x1p-53 * duration * 0.7
                    while process.isRunning, process.seconds < moment { try await Task.sleep(for: .milliseconds(1)) }
                    if process.isRunning {
                        process.send(SIGKILL)
                        let result = try await process.end()
                        if result.status == -SIGKILL {
                            kills += 1
                            continue
                        }
                    }
                }
                let result = try await process.end()
                // A kill may fall between the last model and the page.
                let isFinished = result.stderr.contains("error[training.finishedRun]")
                try #require(result.status == 0 || isFinished, "\(result.stderr)")
                let lacking = isFinished ? ["record.json", "report.html"] : []
                finished += 1
                for (name, whole) in zip(["model", "last"], expected) {
                    let tensors = try StoredTensors(scratch.read("run/\(name).safetensors"))
                    #expect(try StoredTensors.same(tensors, whole), "\(name) after \(kills) kills")
                }
                #expect(
                    try scratch.names("run").filter { !lacking.contains($0) }
                        == scratch.names("whole").filter { !lacking.contains($0) })
                try scratch.remove("run")
            }
            #expect(kills == 5)
        }

        @Test("a comparison killed again and again gives the record of an undisturbed one")
        func killedComparison() async throws {
            // Directories of the same name, because the record holds the command.
            let (first, second) = (try Scratch(), try Scratch())
            let compare = [
                "compare", "--networks", "flatten, dense 16, relu, dense classes", "maxpool 4, flatten, dense classes",
                "--seeds", "2", "--epochs", "2", "-o", "run", "--checkpoint-interval", "0.02", "--no-pictures",
                "--augment", "flip, rotate 10",
            ]
            let undisturbed = try Running(compare, directory: first)
            let result = try await undisturbed.end()
            try #require(result.status == 0, "\(result.stderr)")

            var random = CounterRandom(seed: 21, purpose: .order)
            var kills = 0
            for _ in 0..<40 {
                let arguments =
                    second.has("run/configuration.json")
                    ? ["compare", "--resume", "run", "--checkpoint-interval", "0.02", "--no-pictures"] : compare
                let process = try Running(arguments, directory: second)
                let moment = Double(random.next() >> 11) * 0x1p-53 * undisturbed.seconds * 0.6
                while kills < 5, process.isRunning, process.seconds < moment {
                    try await Task.sleep(for: .milliseconds(1))
                }
                if kills < 5, process.isRunning { process.send(SIGKILL) }
                let result = try await process.end()
                if result.status == -SIGKILL {
                    kills += 1
                } else {
                    try #require(result.status == 0, "\(result.stderr)")
                    break
                }
            }
            #expect(kills > 0)
            let records = try [first, second].map { scratch in
                let record = try Self.untimed(scratch.json("run/record.json"))
                return String(
                    decoding: try JSONSerialization.data(withJSONObject: record, options: .sortedKeys), as: UTF8.self)
            }
            #expect(records[0] == records[1])
            let hidden = try second.names("run").filter { $0.contains(".tmp") }
            #expect(hidden == [])
        }

        /// The record without what a clock decides.
        static func untimed(_ value: Any) -> Any {
            if let object = value as? [String: Any] {
                let clock = [
                    "created", "seconds", "trainingSeconds", "imagesPerSecond", "secondsToFirstBest", "secondsRatio",
                ]
                return object.filter { !clock.contains($0.key) }.mapValues(untimed)
            }
            return (value as? [Any]).map { $0.map(untimed) } ?? value
        }

        @Test("a finished run says so, and grows to exactly the longer run")
        func finishedRun() async throws {
            let scratch = try Scratch()
            let train = [
                "train", "--network", "flatten, dense 12, relu, dense classes", "--opt", "adam", "--validation", "0",
            ]
            try await Ocellus.run(train + ["--epochs", "2", "-o", "short"], directory: scratch)

            let again = try await Ocellus.run(["train", "--resume", "short"], directory: scratch)
            #expect(again.status == 64)
            #expect(again.stderr.contains("error[training.finishedRun]: short is finished: 2 of 2 epochs are done."))
            #expect(again.stderr.contains("try       --epochs 4 to train longer"))

            let fewer = try await Ocellus.run(["train", "--resume", "short", "--epochs", "1"], directory: scratch)
            #expect(fewer.status == 64)
            #expect(fewer.stderr.contains("--epochs may only grow."))

            let grown = try await Ocellus.run(["train", "--resume", "short", "--epochs", "3"], directory: scratch)
            #expect(grown.status == 0, "\(grown.stderr)")
            #expect(grown.stderr.contains("going on in epoch 3"))
            try await Ocellus.run(train + ["--epochs", "3", "-o", "long"], directory: scratch)
            #expect(
                try StoredTensors.same(
                    StoredTensors(scratch.read("short/model.safetensors")),
                    StoredTensors(scratch.read("long/model.safetensors"))))

            let grownAgain = try await Ocellus.run(["train", "--resume", "short"], directory: scratch)
            #expect(grownAgain.status == 64)
            #expect(grownAgain.stderr.contains("3 of 3 epochs are done."))
        }

        @Test("an option that the run has decided is refused, not ignored")
        func otherOptions() async throws {
            let scratch = try Scratch()
            for (verb, option) in [
                ("train", ["--augment", "flip"]), ("compare", ["--no-augment"]), ("train", ["--lr", "0.1"]),
                ("train", ["-b=8"]), ("compare", ["--epochs", "3"]),
            ] {
                let result = try await Ocellus.run([verb, "--resume", "run"] + option, directory: scratch)
                #expect(result.status == 64)
                let name = option[0].prefix { $0 != "=" }
                #expect(result.stderr.contains("error[usage.arguments]: \(name) cannot be given with --resume"))
            }
        }
    }
}
