// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Ocellus
import OcellusModel
import OcellusPlan
import OcellusReport
import OcellusTraining

/// `ocellus bench`: what this machine does with a network.
struct BenchCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bench", abstract: "Time training or inference of a network on this machine.",
        discussion: """
              ocellus bench --network cnn --batch-size 32 --data cifar-10-batches-bin
              ocellus bench --loader --augment "padcrop 4, flip, rotate 15"

            Batches change from step to step and the loader is part of the time. Run it with nothing else running.
            """)

    @OptionGroup var data: DataOptions
    @OptionGroup var engine: EngineOptions
    @OptionGroup var output: OutputOptions

    @Option(
        help: ArgumentHelp("A network of the zoo, or its text or JSON form.", valueName: "network"),
        completion: Completion.networks)
    var network = "cnn"

    @Option(name: .shortAndLong, help: ArgumentHelp("Images of one step.", valueName: "n"))
    var batchSize = 32

    @Option(help: ArgumentHelp("How long to measure.", valueName: "s"))
    var seconds = 5.0

    @Option(name: .customLong("opt"), help: ArgumentHelp("sgd, adam or adamw.", valueName: "name"))
    var optimizer: OptimizerName?

    @OptionGroup var augmentation: AugmentationOptions

    @Flag(help: "Time inference instead of training.")
    var inference = false

    @Flag(help: "Time what the images of a batch cost, augmentation included, without the network.")
    var loader = false

    @Flag(help: "Print the time of every step of the plan.")
    var profile = false

    func validate() throws {
        guard seconds > 0, seconds <= 3600 else { throw ValidationError("--seconds must be above 0 and at most 3600.") }
        guard !loader || !(inference || profile) else {
            throw ValidationError("--loader excludes --inference and --profile.")
        }
        guard batchSize >= 1 else { throw ValidationError("--batch-size must be at least 1.") }
    }

    private var mode: String { loader ? "loader" : inference ? "inference" : "training" }

    func run() async throws {
        let images = try await data.request.open()
        let network = try NetworkArgument.network(network, for: images)
        let backend = try engine.make()
        let optimizer = (optimizer ?? (self.network == "ann" ? .sgd : .adam)).optimizer
        let benchmark = Benchmark(
            network: network, images: images.train,
            configuration: TrainingConfiguration(
                batchSize: batchSize, optimizer: optimizer, augmentation: try augmentation.augmentation()),
            backend: backend)
        if profile {
            let inference = inference
            let profile = try await backend.thread.run { try benchmark.profile(inference: inference) }
            output.progress().tellNotices(of: backend)
            if output.json {
                try Console.outputJSON(
                    ProfileDocument(network: self.network, mode: mode, batchSize: batchSize, profile: profile))
            } else {
                let batch = min(batchSize, images.train.count)
                try Console.output(BenchText.profile(profile, batchSize: batch, style: output.stdout))
            }
            return
        }
        let seconds = seconds
        let (inference, loader) = (inference, loader)
        let result = try await backend.thread.run {
            if loader { return try benchmark.load(seconds: seconds) }
            return try inference ? benchmark.predict(seconds: seconds) : benchmark.train(seconds: seconds)
        }
        output.progress().tellNotices(of: backend)
        let document = BenchDocument(
            network: self.network, mode: mode, batchSize: batchSize,
            imagesPerSecond: result.imagesPerSecond, stepMilliseconds: .init(result.stepMilliseconds),
            memoryBytes: result.memory, startSeconds: result.startSeconds, threads: backend.threads,
            precision: backend.precision.rawValue, backend: backend.name, backendDetails: backend.details,
            optimizer: optimizer.description,
            data: data.path,
            imagesPerCoreSecond: result.processorSeconds.map {
                Double(result.stepMilliseconds.count * batchSize) / max($0, 1e-9)
            }, parameters: try network.parameters().reduce(0) { $0 + $1.shape.count })
        if output.json {
            try Console.outputJSON(document)
        } else {
            try Console.output(output.stdout.shownLines(document.text))
        }
    }
}

/// What `ocellus bench --profile --json` prints.
private struct ProfileDocument: Encodable {
    struct Step: Encodable {
        var phase: String
        var layer: String
        var name: String
        var implementation: String
        /// And how it was chosen; absent where there is but one.
        var algorithm: String?
        var chosen: String?
        var multiplyAdds: Int
        var bytes: Int
        var milliseconds: Double
    }
    var schema = 1
    var network: String
    var mode: String
    var batchSize: Int
    /// The batch, or one of the equal parts that it is computed in.
    var imagesAtOnce: Int
    var steps: [Step]

    init(network: String, mode: String, batchSize: Int, profile: Benchmark.Profile) {
        self.network = network
        self.mode = mode
        self.batchSize = batchSize
        imagesAtOnce = profile.images
        steps = profile.rows.map {
            Step(
                phase: $0.phase, layer: $0.layer, name: $0.name, implementation: $0.implementation,
                algorithm: $0.algorithm, chosen: $0.chosen, multiplyAdds: $0.multiplyAdds, bytes: $0.bytes,
                milliseconds: $0.milliseconds)
        }
    }
}

/// What `ocellus bench` prints.
private struct BenchDocument: Encodable {
    struct Milliseconds: Encodable {
        var minimum: Double
        var median: Double
        var maximum: Double
        var steps: Int

        init(_ values: [Double]) {
            let sorted = values.sorted()
            minimum = sorted.first ?? 0
            median = sorted.isEmpty ? 0 : sorted[sorted.count / 2]
            maximum = sorted.last ?? 0
            steps = values.count
        }
    }
    var schema = 1
    var network: String
    var mode: String
    var batchSize: Int
    var imagesPerSecond: Double
    var stepMilliseconds: Milliseconds
    var memoryBytes: Int
    var startSeconds: Double
    var threads: Int
    var precision: String
    var backend: String
    var backendDetails: String
    var optimizer: String
    var data: String
    /// For each second that a thread worked; of the loader only.
    var imagesPerCoreSecond: Double?
    var parameters: Int

    var text: String {
        func milliseconds(_ value: Double) -> String { NumberText.decimal(value, 3) }
        return """
            \(network), \(mode), batch \(batchSize), \(optimizer)
              \(NumberText.integer(Int(imagesPerSecond.rounded()))) images/s over \(stepMilliseconds.steps) steps; \
            a step takes \(milliseconds(stepMilliseconds.median)) ms (median; \(milliseconds(stepMilliseconds.minimum)) to \
            \(milliseconds(stepMilliseconds.maximum)))
              \(NumberText.integer(parameters)) parameters, \(NumberText.bytes(memoryBytes)), ready after \
            \(NumberText.decimal(startSeconds, 3)) s
              \(backendDetails), \(precision), \(threads) threads
            """
    }
}
