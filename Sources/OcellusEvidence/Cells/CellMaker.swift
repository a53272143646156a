// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusFiles
import OcellusInference
import OcellusMetrics
import OcellusModel
import OcellusPlan
import OcellusRuns
import OcellusTensor
import OcellusTraining

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Makes one cell after the other. Models that later cells need are kept as files, and the last one in memory.
final class CellMaker: CellMaking {
    private let configuration: EvidenceConfiguration
    private let images: ImageDataset
    private let directory: RunDirectory
    private let backend: any Backend
    /// Trainings whose models are needed again.
    private let kept: Set<TrainingCell>
    private let plan: EvidencePlan
    private let testCount: Int
    /// Of the cell that is made.
    private var shouldStop: @Sendable () -> Bool = { false }
    private let emit: @Sendable (TrainingCell, TrainingEvent) -> Void
    private var last: (cell: TrainingCell, model: Classifier)?
    private var tests: [TrainingCell.Images: ImageSet] = [:]

    /// Training images that are scored again with the trained model: the gap to the test accuracy needs no more.
    private static let mostScored = 2000

    /// Few cells take long enough to be worth a checkpoint.
    let goesOn = false

    /// - Parameters:
    ///   - images: All of the run; they are divided as each cell says.
    ///   - emit: Gets what trainings say.
    init(
        _ plan: EvidencePlan, images: ImageDataset, directory: RunDirectory, backend: any Backend,
        emit: @escaping @Sendable (TrainingCell, TrainingEvent) -> Void
    ) {
        self.plan = plan
        configuration = plan.configuration
        self.images = images
        self.directory = directory
        self.backend = backend
        kept = plan.kept
        testCount = images.test.count
        self.emit = emit
    }

    func file(of cell: EvidenceCell) -> String { "cells/\(cell.id).json" }

    func companions(of cell: EvidenceCell) -> [String] {
        if case .training(let training) = cell { [Self.modelFile(training)] } else { [] }
    }

    func needs(_ cell: EvidenceCell) -> [EvidenceCell] { cell.model.map { [.training($0)] } ?? [] }

    func seconds(_ cell: EvidenceCell) -> Double { plan.seconds(cell, testCount: testCount) }

    func check(_ result: CellFile, of cell: EvidenceCell, in file: String) throws {
        guard result.cell == cell else {
            throw EvidenceError(
                .differentPlan, "\(file) holds another cell.", needs: cell.id, received: result.cell.id,
                advice: "remove the file: the cell is made again")
        }
    }

    func interruption(in cell: EvidenceCell?, at position: Int, of count: Int) -> TrainingError {
        let place = cell == nil ? "while it waited for other processes" : "in its cell \(position + 1) of \(count)"
        return TrainingError(
            .interrupted, "the run was stopped \(place).", advice: "--resume \(directory.path) to go on")
    }

    /// - Throws: ``CellStopped``; errors of data, files and engine. A training that diverges is a result.
    func result(
        of cell: EvidenceCell, at position: Int, known: [EvidenceCell: CellFile],
        shouldStop: @escaping @Sendable () -> Bool
    ) async throws -> CellFile {
        let clock = ContinuousClock()
        let start = clock.now
        self.shouldStop = shouldStop
        if let model = cell.model, case .failed(let reason)? = known[.training(model)]?.result {
            return CellFile(cell: cell, result: .failed(reason), seconds: (clock.now - start).seconds)
        }
        let result = try await result(of: cell)
        return CellFile(cell: cell, result: result, seconds: (clock.now - start).seconds)
    }

    private func result(of cell: EvidenceCell) async throws -> CellResult {
        switch cell {
        case .training(let training): return try await trained(training)
        case .shift(let model):
            return .shift(
                try ShiftProbe.result(
                    try await reader(model), probeImages(model), isWhole: plan.isFirst(model)))
        case .warp(let model):
            return .warp(
                try WarpProbe.result(
                    try await reader(model), probeImages(model), isWhole: plan.isFirst(model)))
        case .linearity(let model):
            return .linearity(try LinearityProbe.result(try await reader(model), probeImages(model)))
        case .equivariance(let training):
            let model = try await model(training)
            let few = try probeImages(training)
            return .equivariance(
                try await backend.thread.run {
                    try EquivarianceProbe.result(model, few.subset(Array(0..<min(16, few.count))))
                })
        case .filters(let training): return try await filters(training)
        case .exchange(let training): return try await exchange(training)
        case .timing(let network, let side): return try await timing(network, side)
        }
    }

    // MARK: Training

    private func trained(_ cell: TrainingCell) async throws -> CellResult {
        let network = configuration.network(cell.network)
        let parts = try TrainingImages(cell, of: images.train, scale: configuration.scale)
        let test = try test(cell.images)
        let scale = configuration.scale
        let settings = TrainingConfiguration(
            epochs: parts.epochs, batchSize: min(scale.batchSize, parts.train.count),
            optimizer: .adam(learningRate: scale.learningRate), schedule: Schedule(.cosine()), seed: cell.seed,
            result: .last)
        let dataset = try images.replacing(train: parts.train, test: test)
        var trainer = Trainer(network, configuration: settings, validationFraction: 0, backend: backend)
        let emit = emit
        let run: TrainingRun
        let trainingParts = try TrainingParts(dataset, validationFraction: 0, seed: cell.seed)
        try await trainer.settleAlgorithms(for: trainingParts, in: directory)
        do {
            run = try await trainer.fit(
                trainingParts, in: nil, resume: nil,
                report: { emit(cell, $0) }, shouldStop: shouldStop)
        } catch let error as TrainingError where error.kind == .interrupted {
            throw CellStopped()
        } catch let error as TrainingError where error.isDivergence {
            return .failed(error.summary)
        }
        let classifier = try run.classifier
        let reader = reader(of: classifier)
        let logits = try reader.logits(test)
        let labels = test.labels.map(Int.init)
        let correct = zip(try predictions(logits: logits), labels).count { $0 == $1 }
        let scored = Self.spread(parts.plain, min(test.count, Self.mostScored))
        let again = try reader.logits(scored)
        let scoredLabels = scored.labels.map(Int.init)
        let known = zip(try predictions(logits: again), scoredLabels).count { $0 == $1 }
        if kept.contains(cell) {
            try classifier.save(to: modelFile(cell))
            last = (cell, classifier)
        }
        let steps = (parts.train.count + settings.batchSize - 1) / settings.batchSize * parts.epochs
        return .training(
            TrainingResult(
                trainCount: parts.train.count, steps: steps, testCorrect: correct, testCount: labels.count,
                testLoss: try negativeLogLikelihood(logits: logits, labels: labels), trainCorrect: known,
                trainScored: scored.count, trainSha256: try parts.train.sha256, trainingSeconds: run.seconds,
                trainLoss: try negativeLogLikelihood(logits: again, labels: scoredLabels)))
    }

    /// At most `count` images, evenly over the set.
    private static func spread(_ images: ImageSet, _ count: Int) -> ImageSet {
        guard images.count > count else { return images }
        return images.subset((0..<count).map { $0 * images.count / count })
    }

    private func test(_ kind: TrainingCell.Images) throws -> ImageSet {
        if let known = tests[kind] { return known }
        let made = try TrainingImages.test(images.test, for: kind)
        tests[kind] = made
        return made
    }

    // MARK: Probes

    /// The same test images for every model: a stratified share.
    private func probeImages(_ cell: TrainingCell) throws -> ImageSet {
        let all = try test(cell.images)
        let share = Double(configuration.scale.probeImages) / Double(all.count)
        return all.subset(TrainingImages.indices(all, share: share, seed: 0))
    }

    private func reader(_ cell: TrainingCell) async throws -> ProbeReader { reader(of: try await model(cell)) }

    private func reader(of model: Classifier) -> ProbeReader {
        let shouldStop = shouldStop
        return ProbeReader(model: model) { if shouldStop() { throw CellStopped() } }
    }

    private func model(_ cell: TrainingCell) async throws -> Classifier {
        if let last, last.cell == cell { return last.model }
        let file = modelFile(cell)
        if !Path(file).exists {
            // A directory that was copied without its models: the same training gives the same model.
            _ = try await trained(cell)
            if let last, last.cell == cell { return last.model }
        }
        let model = try Classifier(contentsOf: file, backend: backend)
        last = (cell, model)
        return model
    }

    private func filters(_ cell: TrainingCell) async throws -> CellResult {
        let shouldStop = shouldStop
        let model = try await model(cell)
        let train = try TrainingImages(cell, of: images.train, scale: configuration.scale).plain
        let test = try probeImages(cell)
        let result = try await backend.thread.run { [configuration] in
            try FilterProbe.result(
                model, drawn: try model.network.initialWeights(seed: cell.seed), train: train, test: test,
                isFirst: cell.seed == configuration.seeds.first, withPictures: configuration.pictures,
                mayGoOn: { if shouldStop() { throw CellStopped() } })
        }
        return result.map { .filters($0) } ?? .failed("the network has no convolution.")
    }

    private func exchange(_ cell: TrainingCell) async throws -> CellResult {
        let scale = configuration.scale
        let train = try TrainingImages(cell, of: images.train, scale: scale).plain
        let few = train.subset(Array(0..<min(PermutationProbe.mostImages, train.count)))
        let settings = TrainingConfiguration(
            epochs: 1, batchSize: min(scale.batchSize, few.count), optimizer: .adam(learningRate: scale.learningRate),
            schedule: Schedule(.cosine()), seed: cell.seed, result: .last)
        let test = try probeImages(cell)
        let network = configuration.network(cell.network)
        let shouldStop = shouldStop
        let result = try await backend.thread.run { [backend] in
            try PermutationProbe.result(
                network, few, test, settings: settings, backend: backend,
                mayGoOn: { if shouldStop() { throw CellStopped() } })
        }
        return result.map { .exchange($0) } ?? .failed("the network does not begin with a dense layer on the pixels.")
    }

    private static func modelFile(_ cell: TrainingCell) -> String { "models/\(cell.id).safetensors" }

    private func modelFile(_ cell: TrainingCell) -> URL { directory.url.appending(path: Self.modelFile(cell)) }

    // MARK: Time

    private func timing(_ variant: NetworkVariant, _ side: Int) async throws -> CellResult {
        var network = configuration.given(variant)
        network.input = [images.shape[0], side, side]
        let summary = try NetworkSummary(network)
        // The weights as they are made, as the plan holds them, and while they change their layout.
        let bytes = 3 * 4 * Double(summary.parameters)
        guard bytes <= 0.8 * Double(AvailableMemory.bytes) else {
            return .failed("the weights for images of \(side)×\(side) need more memory than this process may take.")
        }
        let count = 64
        let noise = [UInt8](unsafeUninitializedCapacity: count * network.input.count) { buffer, used in
            var random = CounterRandom(seed: 0, purpose: .test)
            for index in buffer.indices { buffer[index] = UInt8(truncatingIfNeeded: random.next() >> 20) }
            used = buffer.count
        }
        let set = try ImageSet(
            classes: images.classes, shape: network.input, labels: Array(repeating: 0, count: count), pixels: noise)
        var benchmark = Benchmark(
            network: network, images: set, configuration: TrainingConfiguration(batchSize: count),
            backend: try directory.keepingAlgorithms(backend))
        benchmark.drawsWeights = false
        let result = try await backend.thread.run { [benchmark] in try benchmark.predict(seconds: 0.3, warmup: 2) }
        return .timing(
            TimingResult(
                parameters: summary.parameters, multiplyAdds: summary.multiplyAdds,
                millisecondsPerImage: 1000 / result.imagesPerSecond))
    }
}
