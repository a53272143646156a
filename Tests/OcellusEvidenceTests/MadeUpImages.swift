// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusEvidence
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTraining

/// Small images that a network learns in a moment: a bright bar in row 1, 3 or 5 by class, over noise.
enum MadeUpImages {
    static let classes = ["low", "middle", "high"]

    static func set(count: Int, seed: UInt64) throws -> ImageSet {
        var pixels: [UInt8] = []
        var labels: [UInt16] = []
        for index in 0..<count {
            var random = CounterRandom(seed: seed, purpose: .test, sample: index)
            let label = index % 3
            labels.append(UInt16(label))
            for row in 0..<8 {
                for _ in 0..<9 {
                    let noise = random.nextUniform() * 160
                    pixels.append(UInt8(noise + (row == 2 * label + 1 ? 80 : 0)))
                }
            }
        }
        return try ImageSet(classes: classes, shape: [1, 8, 9], labels: labels, pixels: pixels)
    }

    static func dataset(train: Int = 60, test: Int = 30) throws -> ImageDataset {
        try ImageDataset(
            name: "bars", train: try set(count: train, seed: 1), test: try set(count: test, seed: 2),
            notes: ["made up"])
    }

    static let dense = Network(input: [1, 8, 9]) {
        Flatten()
        Dense(8)
        ReLU()
        Dense(3)
    }
    static let convolutional = Network(input: [1, 8, 9]) {
        Conv2D(4, kernelSize: 3, padding: .valid)
        ReLU()
        MaxPool2D(2)
        Flatten()
        Dense(3)
    }

    static let backend = ReferenceBackend(storage: .float)

    static func configuration(
        _ recipe: Recipe, seeds: [UInt64] = [3, 5], epochs: Int? = 2
    ) -> ComparisonConfiguration {
        ComparisonConfiguration(
            command: ["ocellus", "compare"], data: DataRequest("embedded"), recipe: recipe,
            networks: [
                .init(name: "ANN", network: dense), .init(name: "CNN", network: convolutional),
            ], seeds: seeds, epochs: epochs, engine: EngineSettings(backend))
    }

    /// A record without what differs between two runs of the same thing: dates and times.
    static func timeless(_ record: ComparisonRecord) throws -> String {
        var record = record
        record.created = ""
        record.seconds = 0
        for network in record.networks.indices {
            for run in record.networks[network].runs.indices {
                record.networks[network].runs[run].trainingSeconds = 0
                record.networks[network].runs[run].imagesPerSecond = 0
                record.networks[network].runs[run].secondsToFirstBest = nil
                for epoch in record.networks[network].runs[run].history.indices {
                    record.networks[network].runs[run].history[epoch].seconds = 0
                    record.networks[network].runs[run].history[epoch].imagesPerSecond = 0
                }
            }
        }
        record.match.secondsRatio = nil
        record.match.timesDiffer = nil
        for cost in record.match.costs.indices { record.match.costs[cost].trainingSeconds = 0 }
        return try CanonicalJSON.encode(record)
    }

    /// A directory of its own for the length of `body`.
    static func inTemporaryDirectory<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let url = FileManager.default.temporaryDirectory.appending(path: "ocellus-evidence-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: url) }
        return try await body(url)
    }
}
