// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTraining

@testable import OcellusEvidence

/// Small images about which the truth is known.
enum PlantedImages {
    enum Kind: CaseIterable {
        /// The class is the side that is bright: where, and nothing else.
        case position
        /// The class is the direction of short strokes at random places: what, and not where.
        case texture
        /// Labels are drawn at random: there is nothing to learn.
        case labels
    }

    static let side = 12

    static func dataset(_ kind: Kind, train: Int = 200, test: Int = 200) throws -> ImageDataset {
        try ImageDataset(
            name: "planted \(kind)", train: set(kind, train, epoch: 0), test: set(kind, test, epoch: 1))
    }

    private static func set(_ kind: Kind, _ count: Int, epoch: Int) throws -> ImageSet {
        var pixels: [UInt8] = []
        var labels: [UInt16] = []
        for index in 0..<count {
            var random = CounterRandom(seed: 77, purpose: .test, epoch: epoch, sample: index)
            let label = kind == .labels ? random.nextIndex(below: 2) : index % 2
            labels.append(UInt16(label))
            var image = (0..<side * side).map { _ in UInt8(random.nextIndex(below: 60)) }
            switch kind {
            case .position:
                for row in 0..<side {
                    for column in 0..<side / 2 { image[row * side + column + (label == 1 ? side / 2 : 0)] += 120 }
                }
            case .texture:
                for _ in 0..<5 {
                    let (along, across) = (random.nextIndex(below: side - 3), random.nextIndex(below: side))
                    for step in 0..<4 {
                        let (row, column) = label == 0 ? (across, along + step) : (along + step, across)
                        image[row * side + column] = 240
                    }
                }
            case .labels: break
            }
            pixels += image
        }
        return try ImageSet(classes: ["first", "second"], shape: [1, side, side], labels: labels, pixels: pixels)
    }

    static let dense = Network(input: [1, side, side]) {
        Flatten()
        Dense(16)
        ReLU()
        Dense(2)
    }
    static let convolutional = Network(input: [1, side, side]) {
        Conv2D(8, kernelSize: 3, padding: .valid)
        ReLU()
        MaxPool2D(2)
        Flatten()
        Dense(2)
    }

    static func configuration(
        _ claims: [String], seeds: [UInt64] = [0, 1, 2], epochs: Int = 10, backend: String = "onednn"
    ) -> EvidenceConfiguration {
        EvidenceConfiguration(
            command: ["ocellus", "evidence"], data: DataRequest("embedded"),
            dense: .init(name: "ANN", network: dense), convolutional: .init(name: "CNN", network: convolutional),
            claims: claims, seeds: seeds,
            scale: EvidenceScale(
                trainImages: 200, epochs: epochs, batchSize: 20, learningRate: 0.01, probeImages: 100),
            engine: EngineSettings(backend: backend, threads: 1))
    }
}
