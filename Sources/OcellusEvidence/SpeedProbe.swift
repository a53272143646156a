// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusFiles
import OcellusMetrics
import OcellusModel
package import OcellusPlan
import OcellusTensor
import OcellusTraining

/// What a network does on this machine.
package struct NetworkSpeed: Codable, Sendable, Equatable {
    package var trainImagesPerSecond: Double
    package var predictImagesPerSecond: Double
    /// Bytes that a training holds.
    package var memory: Int
}

/// What this machine can hold and how fast it is, asked before anything long begins.
package struct SpeedProbe: Sendable {
    /// A training that goes on by pieces.
    struct Meter {
        /// Bytes that it holds.
        var memory: Int
        /// Trains on for so many seconds and returns those of one step.
        var stepSeconds: (_ during: Double) throws -> Double
    }

    typealias Measure = @Sendable (Network, ImageSet, TrainingConfiguration) async throws -> NetworkSpeed
    typealias Open = @Sendable (Network, ImageSet, TrainingConfiguration) throws -> Meter

    /// Bytes of the machine.
    let memory: Int
    /// Of the device that trains.
    private let thread: DeviceThread
    private let measure: Measure
    private let open: Open

    /// A probe with other speeds and other memory than the machine's.
    init(
        memory: Int, thread: DeviceThread = .shared, measure: @escaping Measure, open: @escaping Open
    ) {
        self.memory = memory
        self.thread = thread
        self.measure = measure
        self.open = open
    }

    package init(_ backend: any Backend) {
        self.init(
            memory: Int(clamping: AvailableMemory.bytes), thread: backend.thread,
            measure: { network, images, configuration in
                let few = images.subset(Array(0..<min(images.count, 1024)))
                @Sendable func benchmark(_ batchSize: Int) -> Benchmark {
                    var configuration = configuration
                    configuration.batchSize = min(batchSize, few.count)
                    return Benchmark(network: network, images: few, configuration: configuration, backend: backend)
                }
                return try await backend.thread.run {
                    let training = try benchmark(configuration.batchSize).train(seconds: 0.3, warmup: 2)
                    let predicting = try benchmark(256).predict(seconds: 0.2, warmup: 1)
                    return NetworkSpeed(
                        trainImagesPerSecond: training.imagesPerSecond,
                        predictImagesPerSecond: predicting.imagesPerSecond, memory: training.memory)
                }
            },
            open: { network, images, configuration in
                let meter = try TrainingMeter(network, images: images, configuration: configuration, backend: backend)
                return Meter(memory: meter.memory) { try meter.stepSeconds(during: $0) }
            })
    }

    /// How fast the network trains and predicts.
    ///
    /// - Parameter images: Of the network's size; some of them are used.
    func speed(of network: Network, on images: ImageSet, _ configuration: TrainingConfiguration) async throws
        -> NetworkSpeed
    {
        try await measure(network, images, configuration)
    }

    // MARK: Equal times

    /// One training of those whose times are compared.
    struct Training: Sendable {
        /// In tables.
        var name: String
        var network: Network
        var configuration: TrainingConfiguration

        init(name: String, _ training: (network: Network, configuration: TrainingConfiguration)) {
            self.name = name
            (network, configuration) = training
        }
    }

    /// Rounds in which every network has its turn.
    static let rounds = 33
    /// Seconds of one turn.
    static let turn = 0.12

    /// Seconds of one step of each network over those of the first.
    ///
    /// The networks train in turns, round after round, and each round gives a ratio: what slows the machine down for longer
    /// than a round falls on all of them and leaves the ratio. What falls on single turns is left out twice: only the faster
    /// half of the rounds counts, because others that compute at the same time slow networks down unequally, and of those
    /// the median.
    ///
    /// - Parameters:
    ///   - images: Of the networks' size; they train.
    ///   - deadline: When to give up.
    /// - Returns: The medians over those rounds: of the ratios, and of the seconds.
    /// - Throws: ``EvidenceError/Code/tooLarge`` where the trainings do not fit into memory together,
    ///   ``EvidenceError/Code/budgetTooSmall`` when the time is over.
    func steps(
        of trainings: [Training], on images: ImageSet, until deadline: ContinuousClock.Instant?
    ) async throws -> [(ratio: Double, seconds: Double)] {
        let all = trainings.map(\.name).joined(separator: " and ") + " in turns"
        let least = try trainings.reduce(0) { try $0 + Self.leastMemory($1.network, $1.configuration.optimizer) }
        try check(least, "at least ", all)
        let rounds = try await thread.run {
            var meters: [Meter] = []
            for training in trainings {
                meters.append(try open(training.network, images, training.configuration))
                try check(Double(meters.reduce(0) { $0 + $1.memory }), "", all)
            }
            // The first round warms up.
            return try (0...Self.rounds).map { _ in
                try meters.map { meter in
                    if let deadline, ContinuousClock.now >= deadline { throw Self.tooLate }
                    return try meter.stepSeconds(Self.turn)
                }
            }.dropFirst()
        }
        let typical = trainings.indices.map { index in max(1e-12, median(rounds.map { $0[index] }) ?? 0) }
        func slowness(_ round: [Double]) -> Double { zip(round, typical).reduce(0) { $0 + $1.0 / $1.1 } }
        let quiet = rounds.sorted { slowness($0) < slowness($1) }.prefix((Self.rounds + 1) / 2)
        return trainings.indices.map { index in
            let ratios = quiet.map { $0[index] / max(1e-12, $0[0]) }
            return (median(ratios) ?? 1, median(quiet.map { $0[index] }) ?? 0)
        }
    }

    /// The budget ended before anything was known.
    static var tooLate: EvidenceError {
        EvidenceError(
            .budgetTooSmall, "the time was over before the speeds of the networks were measured.",
            needs: "some seconds for each network", advice: "a longer --budget")
    }

    // MARK: Memory

    /// Throws unless weights, gradients and the optimiser's state fit into four fifths of the memory, so that nothing that
    /// cannot fit is tried.
    ///
    /// - Parameter name: The network's in tables.
    /// - Throws: ``EvidenceError/Code/tooLarge``, ``ModelError``.
    func checkMemory(of network: Network, called name: String, _ optimizer: Optimizer) throws {
        try check(Self.leastMemory(network, optimizer), "at least ", name)
    }

    private static func leastMemory(_ network: Network, _ optimizer: Optimizer) throws -> Double {
        4 * Double(try NetworkSummary(network).parameters) * Double(2 + optimizer.stateCount)
    }

    /// Throws unless what a training was measured to hold fits into four fifths of the memory.
    ///
    /// - Throws: ``EvidenceError/Code/tooLarge``.
    func checkMemory(of speed: NetworkSpeed, called name: String) throws {
        try check(Double(speed.memory), "", name)
    }

    private func check(_ bytes: Double, _ bound: String, _ name: String) throws {
        guard bytes <= 0.8 * Double(memory) else {
            throw EvidenceError(
                .tooLarge, "training \(name) needs more memory than this process may take.",
                needs: "\(bound)\(Self.gigabytes(bytes)), and a fifth to spare",
                received: Self.gigabytes(Double(memory)),
                because: "a dense layer has a weight for every pixel and unit",
                advice: "smaller images (--size), or narrower layers")
        }
    }

    private static func gigabytes(_ bytes: Double) -> String { "\((bytes / 1e8).rounded(.up) / 10) GB" }
}
