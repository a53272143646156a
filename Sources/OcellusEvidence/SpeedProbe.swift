// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusImages
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
    /// Bytes of the machine.
    let memory: Int
    private let measure: @Sendable (Network, ImageSet, TrainingConfiguration) async throws -> NetworkSpeed

    /// A probe with another clock and other memory than the machine's.
    init(
        memory: Int,
        measure: @escaping @Sendable (Network, ImageSet, TrainingConfiguration) async throws -> NetworkSpeed
    ) {
        self.memory = memory
        self.measure = measure
    }

    /// - Parameter seconds: Of training to measure for each network; prediction gets two thirds of it.
    package init(_ backend: any Backend, seconds: Double = 0.3) {
        self.init(memory: Int(clamping: ProcessInfo.processInfo.physicalMemory)) { network, images, configuration in
            let few = images.subset(Array(0..<min(images.count, 1024)))
            func benchmark(_ batchSize: Int) -> Benchmark {
                var configuration = configuration
                configuration.batchSize = min(batchSize, few.count)
                return Benchmark(network: network, images: few, configuration: configuration, backend: backend)
            }
            return try await EngineActor.run {
                let training = try benchmark(configuration.batchSize).train(seconds: seconds, warmup: 2)
                let predicting = try benchmark(256).predict(seconds: seconds * 2 / 3, warmup: 1)
                return NetworkSpeed(
                    trainImagesPerSecond: training.imagesPerSecond, predictImagesPerSecond: predicting.imagesPerSecond,
                    memory: training.memory)
            }
        }
    }

    /// How fast the network trains and predicts.
    ///
    /// - Parameter images: Of the network's size; some of them are used.
    func speed(of network: Network, on images: ImageSet, _ configuration: TrainingConfiguration) async throws
        -> NetworkSpeed
    {
        try await measure(network, images, configuration)
    }

    /// Throws unless weights, gradients and the optimiser's state fit into four fifths of the memory, so that nothing that
    /// cannot fit is tried.
    ///
    /// - Parameter name: The network's in tables.
    /// - Throws: ``EvidenceError/Code/tooLarge``, ``ModelError``.
    func checkMemory(of network: Network, called name: String, _ optimizer: Optimizer) throws {
        let numbers = Double(try NetworkSummary(network).parameters) * Double(2 + optimizer.stateCount)
        try check(4 * numbers, "at least ", name)
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
                .tooLarge, "training \(name) needs more memory than this machine has.",
                needs: "\(bound)\(Self.gigabytes(bytes)), and a fifth to spare",
                received: Self.gigabytes(Double(memory)),
                because: "a dense layer has a weight for every pixel and unit",
                advice: "smaller images (--size), or narrower layers")
        }
    }

    private static func gigabytes(_ bytes: Double) -> String { "\((bytes / 1e8).rounded(.up) / 10) GB" }
}
