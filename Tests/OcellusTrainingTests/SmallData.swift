// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import OcellusTraining

/// Images small enough for nested loops: gray 6×6 with a bright half that gives the class away.
enum SmallData {
    static let classes = ["left", "right", "top"]

    static func images(_ count: Int, seed: UInt64 = 1) throws -> ImageSet {
        var random = CounterRandom(seed: seed, purpose: .test)
        var pixels: [UInt8] = []
        var labels: [UInt16] = []
        for index in 0..<count {
            let label = index % classes.count
            labels.append(UInt16(label))
            for row in 0..<6 {
                for column in 0..<6 {
                    let isBright = [column < 3, column >= 3, row < 3][label]
                    pixels.append(UInt8(random.nextIndex(below: 120)) + (isBright ? 60 : 0))
                }
            }
        }
        return try ImageSet(classes: classes, shape: [1, 6, 6], labels: labels, pixels: pixels)
    }

    static let network = Network(input: [1, 6, 6]) {
        Conv2D(4, kernelSize: 3, padding: .valid)
        ReLU()
        Flatten()
        Dropout(0.2)
        Dense(3)
    }

    static func parts(train: Int = 22, validation: Int = 9) throws -> TrainingParts {
        let images = try ImageDataset(
            name: "small", train: images(train), validation: validation > 0 ? images(validation, seed: 2) : nil,
            test: images(3, seed: 3))
        return try TrainingParts(images, validationFraction: 0, seed: 0)
    }

    @EngineActor
    static func session(
        _ configuration: TrainingConfiguration, network: Network = network, parts: TrainingParts? = nil,
        backend: any Backend = ReferenceBackend(), resume: Checkpoint? = nil, start: Weights? = nil
    ) throws -> TrainingSession {
        let parts = try parts ?? self.parts()
        return try TrainingSession(
            network: network, configuration: configuration, preprocessing: parts.preprocessing, train: parts.train,
            validation: parts.validation, backend: backend, resume: resume, initialWeights: start,
            scoresStart: start != nil)
    }
}
