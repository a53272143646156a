// SPDX-License-Identifier: Apache-2.0

package import OcellusData
import OcellusFiles
package import OcellusModel
import OcellusPixels
package import OcellusPlan
import OcellusTensor

/// Times training and inference on changing real batches, loader included.
package struct Benchmark: Sendable {
    package var network: Network
    package var images: ImageSet
    package var configuration: TrainingConfiguration
    package var backend: any Backend
    /// Whether inference has the initial weights of a training. Otherwise all weights are alike: it takes as long, and those of
    /// large dense layers need not be drawn.
    package var drawsWeights = true

    package init(
        network: Network, images: ImageSet, configuration: TrainingConfiguration, backend: any Backend
    ) {
        self.network = network
        self.images = images
        self.configuration = configuration
        self.backend = backend
    }

    /// What was measured.
    package struct Result: Sendable {
        package var imagesPerSecond: Double
        /// Milliseconds of each measured step, in order.
        package var stepMilliseconds: [Double]
        /// Bytes that the plan holds.
        package var memory: Int
        /// Seconds to compile the plan and make the first step.
        package var startSeconds: Double
        /// Seconds that all threads of the process worked meanwhile, where that was measured.
        package var processorSeconds: Double?
    }

    /// Trains for `seconds` after `warmup` steps that do not count.
    package func train(seconds: Double, warmup: Int = 20) throws -> Result {
        let clock = ContinuousClock()
        let start = clock.now
        var configuration = configuration
        configuration.epochs = 1_000_000
        // Nothing is validated here that could stop it.
        configuration.patience = nil
        let session = try TrainingSession(
            network: network, configuration: configuration, preprocessing: preprocessing, train: images,
            validation: nil, backend: backend)
        session.tellsMeasuring = false
        var startSeconds = 0.0
        var steps: [Double] = []
        var seen = 0
        var count = 0
        var last = clock.now
        var measured = 0.0
        try session.run(
            emit: { _ in },
            while: { session in
                let now = clock.now
                count += 1
                if count == 1 { startSeconds = (now - start).seconds }
                if count > warmup {
                    let duration = (now - last).seconds
                    measured += duration
                    steps.append(duration * 1000)
                    seen += session.lastBatchCount
                }
                last = clock.now
                return measured < seconds
            })
        return Result(
            imagesPerSecond: Double(seen) / measured, stepMilliseconds: steps, memory: session.memory,
            startSeconds: startSeconds)
    }

    /// Fills batches for `seconds` after `warmup` ones that do not count: what the images cost, without a network.
    package func load(seconds: Double, warmup: Int = 20) throws -> Result {
        let batchSize = min(configuration.batchSize, images.count)
        let (mean, deviation) = try images.channelStatistics()
        // Whole batches only: each takes the same.
        let shown = Array(0..<images.count / batchSize * batchSize)
        let feeder = try BatchFeeder(
            images, scaling: PixelScaling(mean: mean, standardDeviation: deviation),
            augmentation: configuration.augmentation, seed: configuration.seed, backend: backend,
            schedule: BatchSchedule(batchSize: batchSize, epochs: .max) { _ in shown })
        let input = UnsafeMutableBufferPointer<Float>.allocate(capacity: batchSize * images.shape.count)
        input.initialize(repeating: 0)
        defer { input.deallocate() }
        let clock = ContinuousClock()
        let start = clock.now
        var startSeconds = 0.0
        var steps: [Double] = []
        var measured = 0.0
        var (first, epoch) = (0, 0)
        var worked = 0.0
        for count in 1... {
            if count == warmup + 1 { worked = processorTime() }
            let before = clock.now
            try feeder.write(shown[first..<first + batchSize], epoch: epoch, into: input)
            let duration = (clock.now - before).seconds
            let isLast = first + batchSize == shown.count
            (first, epoch) = isLast ? (0, epoch + 1) : (first + batchSize, epoch)
            if count == 1 { startSeconds = (clock.now - start).seconds }
            guard count > warmup else { continue }
            measured += duration
            steps.append(duration * 1000)
            if measured >= seconds { break }
        }
        return Result(
            imagesPerSecond: Double(batchSize * steps.count) / measured, stepMilliseconds: steps,
            memory: input.count * MemoryLayout<Float>.size
                + BatchFeeder.memory(images, batchSize: batchSize, backend: backend),
            startSeconds: startSeconds,
            processorSeconds: processorTime() - worked)
    }

    /// Runs batches forward for `seconds` after `warmup` batches that do not count.
    package func predict(seconds: Double, warmup: Int = 20) throws -> Result {
        let clock = ContinuousClock()
        let start = clock.now
        let batchSize = min(configuration.batchSize, images.count)
        let plan = try inferencePlan()
        let part = plan.batchSize
        let scaling = PixelScaling(preprocessing)
        var startSeconds = 0.0
        var steps: [Double] = []
        var measured = 0.0
        var first = 0
        for count in 1... {
            let before = clock.now
            for start in stride(from: first, to: first + batchSize, by: part) {
                let end = min(start + part, first + batchSize)
                try plan.executable.withInput { input in
                    try images.copyScaled(start..<end, by: scaling, into: input.images, on: backend.runTeam)
                }
                try plan.forward()
            }
            let duration = (clock.now - before).seconds
            first = first + 2 * batchSize <= images.count ? first + batchSize : 0
            if count == 1 { startSeconds = (clock.now - start).seconds }
            guard count > warmup else { continue }
            measured += duration
            steps.append(duration * 1000)
            if measured >= seconds { break }
        }
        return Result(
            imagesPerSecond: Double(batchSize * steps.count) / measured, stepMilliseconds: steps,
            memory: plan.executable.memory.total, startSeconds: startSeconds)
    }

    /// For the batch, or for as many images of it as a network takes at once; batch norms folded.
    private func inferencePlan() throws -> Plan {
        let graph = try network.graph()
        let folding = try BatchNormFolding(graph)
        let batchSize = min(
            configuration.batchSize, images.count,
            try Predictor.largestBatch(of: graph, backend: backend, memory: AvailableMemory.bytes))
        let plan = try Plan(folding.graph, mode: .inference, batchSize: batchSize, backend: backend)
        try plan.load(
            folding.fold(
                drawsWeights ? try network.initialWeights(seed: configuration.seed) : try network.evenWeights()))
        return plan
    }

    /// One row of a profile: a step of the plan and the time it takes.
    package struct ProfileRow: Sendable {
        /// `forward`, `loss`, `backward`, `clip` or `update`.
        package var phase: String
        package var layer: String
        package var name: String
        /// The primitive or kernel and the layouts it works on.
        package var implementation: String
        /// The algorithm where there are several, and how it was chosen: `fixed`, `measured` or `stored`.
        package var algorithm: String?
        package var chosen: String?
        package var multiplyAdds: Int
        /// Bytes read and written.
        package var bytes: Int
        /// Median over the repetitions.
        package var milliseconds: Double
    }

    /// Where the time of a step of training or inference goes.
    package struct Profile: Sendable {
        /// Of the step's plan, in order.
        package var rows: [ProfileRow]
        /// Images that the plan takes: the batch, or one of its equal parts.
        package var images: Int
    }

    /// The time of every step of one batch, or of one of its parts, steps run one at a time.
    package func profile(inference: Bool, repetitions: Int = 30) throws -> Profile {
        let plan = try inference ? inferencePlan() : trainingPlan()
        let batchSize = plan.batchSize
        let executable = plan.executable
        try executable.withInput { input in
            try images.copyScaled(
                0..<batchSize, by: PixelScaling(preprocessing), into: input.images, on: backend.runTeam)
            for index in input.labels.indices { input.labels[index] = Int32(images.labels[index]) }
        }
        var settings = StepSettings()
        // So small that the weights stay what they are over all repetitions.
        settings.learningRate = 1e-12
        executable.settings = settings
        let clock = ContinuousClock()
        var times = [[Double]](repeating: [], count: executable.steps.count)
        for repetition in 0..<repetitions + 3 {
            for index in executable.steps.indices {
                let start = clock.now
                try executable.run(step: index)
                if repetition >= 3 { times[index].append((clock.now - start).seconds * 1000) }
            }
        }
        let rows = executable.steps.indices.map { index in
            let step = executable.steps[index]
            return ProfileRow(
                phase: step.phase.rawValue, layer: step.layer, name: step.name, implementation: step.implementation,
                algorithm: step.algorithm, chosen: step.origin?.rawValue,
                multiplyAdds: step.multiplyAdds, bytes: step.bytes,
                milliseconds: times[index].sorted()[repetitions / 2])
        }
        return Profile(rows: rows, images: batchSize)
    }

    private func trainingPlan() throws -> Plan {
        let plan = try TrainingPlans(network, configuration, images: images.count, backend: backend).whole
        try plan.load(try network.initialWeights(seed: configuration.seed))
        return plan
    }

    private var preprocessing: Preprocessing {
        Preprocessing(width: images.shape[2], height: images.shape[1], channels: images.shape[0])
    }
}
