// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusMetrics
import OcellusModel
import OcellusTensor
import OcellusTraining

@testable import OcellusEvidence

/// A record as a comparison would write it, with invented results that hang together: curves rise, counts add up,
/// intervals and tests follow from the counts.
struct MadeUpRecord {
    var classes = [
        "T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
    ]
    var seeds: [UInt64] = [0, 1, 2, 3, 4]
    var names = ["ANN", "CNN"]
    /// Accuracy that each network's runs scatter around.
    var levels = [0.757, 0.839]
    var testPerClass = 200
    /// Test images of each class where they differ.
    var unevenCounts: [Int]?
    private var testCounts: [Int] { unevenCounts ?? classes.map { _ in testPerClass } }
    var hasValidation = true
    var hasPictures = true
    var shape: Shape = [1, 28, 28]

    static func ann(_ input: Shape, _ classes: Int) -> Network {
        Network(input: input) {
            Flatten()
            Dense(3000)
            ReLU()
            Dense(1000)
            ReLU()
            Dense(classes)
        }
    }

    static func cnn(_ input: Shape, _ classes: Int) -> Network {
        Network(input: input) {
            Conv2D(32, kernelSize: 3, padding: .valid)
            ReLU()
            MaxPool2D(2)
            Conv2D(64, kernelSize: 3, padding: .valid)
            ReLU()
            MaxPool2D(2)
            Flatten()
            Dense(64)
            ReLU()
            Dense(classes)
        }
    }

    func made() throws -> ComparisonRecord {
        var networks: [ComparisonRecord.NetworkRecord] = []
        for index in names.indices { networks.append(try network(index)) }
        var pairs: [ComparisonRecord.PairRecord] = []
        var difference: ComparisonRecord.DifferenceRecord?
        var counts: PairedCounts?
        if names.count > 1 {
            pairs = try seeds.indices.map { try pair(networks, $0) }
            counts = Self.counts(networks)
            difference = try counts.flatMap { counts in
                try ComparisonStatistics.difference(counts, ClassImbalance(counts: testCounts))
            }
        }
        return ComparisonRecord(
            created: "2025-01-31T12:00:00Z", command: ["ocellus", "compare", "--recipe", "matched", "--seeds", "5"],
            seconds: 184.2,
            environment: ComparisonRecord.Environment(
                processor: "Example CPU at 2.5 GHz", cores: 2, memory: 8_000_000_000, system: "Debian GNU/Linux 12",
                swift: "6.1", ocellus: "0.1.0", backend: "onednn", backendDetails: "oneDNN 2.6.3, AVX-512", threads: 2,
                precision: "f32"),
            data: ComparisonRecord.DataDescription(
                name: "embedded (fashion-mini)", classes: classes, shape: shape, trainCount: 5000,
                validationCount: hasValidation ? 1000 : 0, testCount: testCounts.reduce(0, +),
                testCounts: testCounts, imbalance: ClassImbalance(counts: testCounts),
                sha256: String(repeating: "0123456789abcdef", count: 4),
                testSha256: String(repeating: "fedcba9876543210", count: 4), notes: ["Labels are matched by name."]),
            recipe: "matched",
            recipeNotes: [
                "Equal: training images, order of images, batch size 32, epochs, Adam, cosine schedule.",
                "Not equal: parameters, multiply-adds, training time.",
            ], networks: networks, difference: difference, pairs: pairs, counts: counts,
            testReadings: seeds.count * names.count,
            pictures: hasPictures ? MadeUpPictures(record: self).made() : nil,
            match: ComparisonStatistics.match(
                .recipe, networks, trainCounts: networks.map { $0.runs.map { _ in 5000 } }),
            plan: ComparisonRecord.PlanRecord(
                seeds: seeds, trainingsPlanned: seeds.count * names.count, trainingsFinished: seeds.count * names.count,
                lacksPictures: false))
    }

    private func network(_ index: Int) throws -> ComparisonRecord.NetworkRecord {
        let network = index == 0 ? Self.ann(shape, classes.count) : Self.cnn(shape, classes.count)
        let runs = try seeds.indices.map { try run(index, $0) }
        let points = runs.map(\.testAccuracy)
        var sizes: [ComparisonRecord.PhotoSizeCost] = []
        for side: (Int, Int) in [(28, 28), (224, 224), (640, 480), (1920, 1080)] {
            let input: Shape = [3, side.1, side.0]
            let make = index == 0 ? Self.ann : Self.cnn
            let summary = try NetworkSummary(make(input, classes.count))
            sizes.append(
                ComparisonRecord.PhotoSizeCost(
                    input: input, parameters: summary.parameters, multiplyAdds: summary.multiplyAdds))
        }
        return ComparisonRecord.NetworkRecord(
            name: names[index], network: network, summary: try NetworkSummary(network),
            configuration: TrainingConfiguration(epochs: index == 0 ? 8 : 10),
            preprocessing: Preprocessing(width: shape[2], height: shape[1], channels: shape[0]),
            tuning: [0.0003, 0.001, 0.003].enumerated().map { trial, rate in
                ComparisonRecord.TuningTrial(
                    learningRate: rate, validationAccuracy: levels[index] - 0.01 * Double(abs(trial - 1)),
                    chosen: trial == 1)
            }, trainingMemory: index == 0 ? 147_300_000 : 21_400_000, runs: runs,
            accuracy: ComparisonRecord.SampleSummary(
                mean: mean(points) ?? 0, standardDeviation: standardDeviation(points), points: points),
            balancedAccuracy: ComparisonStatistics.summary(runs.compactMap(\.confusion.balancedAccuracy)),
            atPhotoSizes: sizes)
    }

    private func run(_ index: Int, _ seedIndex: Int) throws -> ComparisonRecord.RunRecord {
        let seed = seeds[seedIndex]
        let count = classes.count
        var random = CounterRandom(seed: seed, purpose: .test, sample: index)
        var labels: [Int] = []
        var predictions: [Int] = []
        for label in 0..<count {
            let recall = min(0.99, max(0.2, levels[index] + 0.12 * Double((label * 7 + 3) % 5 - 2) / 2))
            for image in 0..<testCounts[label] {
                labels.append(label)
                let wrong = (label + 1 + (image * image + label) % max(1, count - 1)) % count
                predictions.append(random.nextUniformDouble() < recall ? label : wrong)
            }
        }
        let confusion = try ConfusionMatrix(labels: labels, predictions: predictions, classes: count)
        let epochs = index == 0 ? 8 : 10
        let accuracy = Double(confusion.correct) / Double(confusion.total)
        let history = (1...epochs).map { epoch in
            let progress = 1 - exp(-0.45 * Double(epoch))
            let noise = 0.01 * (random.nextUniformDouble() - 0.5)
            return EpochRecord(
                epoch: epoch, trainLoss: 2.3 - 1.75 * progress - 0.02 * Double(epoch) + noise,
                trainAccuracy: 0.1 + (accuracy - 0.06) * progress + 0.008 * Double(epoch),
                validationLoss: hasValidation ? 2.3 - 1.6 * progress + 0.004 * Double(epoch) + 4 * noise : nil,
                validationAccuracy: hasValidation ? 0.1 + (accuracy - 0.09) * progress + noise : nil,
                learningRate: 0.001, seconds: index == 0 ? 2.9 : 0.9, imagesPerSecond: index == 0 ? 1720 : 5550)
        }
        return ComparisonRecord.RunRecord(
            seed: seed, history: history, testedEpoch: epochs, testCorrect: confusion.correct,
            testCount: confusion.total, testAccuracy: accuracy,
            testInterval: try wilsonInterval(successes: confusion.correct, of: confusion.total),
            balancedInterval: try confusion.balancedAccuracyInterval(),
            testLoss: 1.2 - accuracy, confusion: confusion, trainingSeconds: index == 0 ? 23.2 : 9.1,
            imagesPerSecond: index == 0 ? 1720 : 5550,
            secondsToFirstBest: hasValidation ? (index == 0 ? 23.2 : 3.4) : nil,
            splitSha256: String(repeating: "ab\(seed % 10)d", count: 16), model: "\(names[index])-\(seed).safetensors")
    }

    private func pair(
        _ networks: [ComparisonRecord.NetworkRecord], _ seedIndex: Int
    ) throws -> ComparisonRecord.PairRecord {
        let (first, second) = (networks[0].runs[seedIndex], networks[1].runs[seedIndex])
        let counts = Self.onlyCorrect(first.confusion, second.confusion)
        let test = McNemarTest(
            onlyFirstCorrect: counts.reduce(0) { $0 + $1.first }, onlySecondCorrect: counts.reduce(0) { $0 + $1.second }
        )
        let visible = try McNemarVisibility(discordant: test.onlyFirstCorrect + test.onlySecondCorrect)
        return ComparisonRecord.PairRecord(
            seed: first.seed, difference: second.testAccuracy - first.testAccuracy,
            onlyFirstCorrect: test.onlyFirstCorrect, onlySecondCorrect: test.onlySecondCorrect, pValue: test.pValue,
            method: test.method.rawValue,
            smallestVisibleDifference: visible.smallestCount.map { Double($0) / Double(first.testCount) },
            likelyVisibleDifference: visible.likelyCount.map { $0 / Double(first.testCount) })
    }

    /// For each class the images that one of the two alone has right, as if right answers were independent.
    private static func onlyCorrect(
        _ first: ConfusionMatrix, _ second: ConfusionMatrix
    ) -> [(first: Int, second: Int)] {
        first.counts.indices.map { label in
            let (a, b, images) = (first.counts[label][label], second.counts[label][label], first.support(label))
            let both = images > 0 ? max(a * b / images, a + b - images) : 0
            return (a - both, b - both)
        }
    }

    /// As if no image were told apart in two seeds.
    private static func counts(_ networks: [ComparisonRecord.NetworkRecord]) -> PairedCounts {
        let pairs = zip(networks[0].runs, networks[1].runs).map { onlyCorrect($0.confusion, $1.confusion) }
        let matrix = networks[0].runs[0].confusion
        let classes = Array(matrix.counts.indices)
        let seeds = pairs.count
        return PairedCounts(
            images: classes.map(matrix.support), onlyFirst: classes.map { label in pairs.map { $0[label].first } },
            onlySecond: classes.map { label in pairs.map { $0[label].second } },
            bySeeds: classes.map { label in
                var sums = [Int](repeating: 0, count: 2 * seeds + 1)
                sums[seeds] = matrix.support(label)
                for pair in pairs {
                    // Images that are told apart in several seeds are counted once.
                    let (less, more) = (min(pair[label].first, sums[seeds]), pair[label].second)
                    sums[seeds - 1] += less
                    sums[seeds] -= less
                    let gained = min(more, sums[seeds])
                    sums[seeds + 1] += gained
                    sums[seeds] -= gained
                }
                return sums
            })
    }
}
