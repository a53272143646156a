// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusArchive
import OcellusData
import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import OcellusTraining
import Testing

@Suite("TrainingSession") @EngineActor struct TrainingSessionTests {
    /// 22 images in batches of 4: the last batch of an epoch holds two.
    nonisolated static let configuration = TrainingConfiguration(
        epochs: 4, batchSize: 4, optimizer: .adam(learningRate: 0.01),
        schedule: Schedule(.cosine(), warmupEpochs: 0.5), maximumGradientNorm: 1, seed: 3)

    static func finish(_ session: TrainingSession) throws -> [EpochRecord] {
        var records: [EpochRecord] = []
        try session.run(emit: { if case .epochEnded(let record) = $0 { records.append(record) } })
        return records
    }

    @Test("learns what there is to learn, and the same seed gives the same bits") func learns() throws {
        var configuration = Self.configuration
        configuration.epochs = 15
        let first = try SmallData.session(configuration)
        let records = try Self.finish(first)
        #expect(records.count == 15)
        #expect((records.last?.trainLoss ?? 9) < (records.first?.trainLoss ?? 0))
        #expect((records.last?.validationAccuracy ?? 0) > 0.8)
        let second = try SmallData.session(configuration)
        _ = try Self.finish(second)
        let seconds = try second.lastWeights
        #expect(try first.lastWeights == seconds)
        var other = configuration
        other.seed = 4
        let third = try SmallData.session(other)
        _ = try Self.finish(third)
        let thirds = try third.lastWeights
        #expect(try first.lastWeights != thirds)
    }

    @Test(
        "a resume after any step gives the bits of an undisturbed run",
        arguments: [
            (nil, false), ("padcrop 1, rotate 20, noise 0.1", false), ("altflip, cutmix", false), (nil, true),
        ])
    func resume(augmentation: String?, looksAhead: Bool) throws {
        var configuration = Self.configuration
        if looksAhead {
            configuration.lookahead = Lookahead(steps: 4, decay: 0.9, power: 1, startEpoch: 1)
            configuration.parameterGroups = [
                ParameterGroup(["0.bias"], epochs: 2), ParameterGroup(["4"], rateFactor: 2),
            ]
        }
        configuration.augmentation = try augmentation.map { try Augmentation(text: $0) }
        // The last epoch, cut short where images stay as they are.
        if augmentation == nil { configuration.steps = 22 }
        let undisturbed = try SmallData.session(configuration)
        _ = try Self.finish(undisturbed)
        let file = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        // 6 steps an epoch: inside an epoch, before its short batch, at its end, in the last epoch.
        for stop in [1, 5, 6, 13, configuration.plannedSteps(of: 22) - 1] {
            let first = try SmallData.session(configuration)
            var steps = 0
            try first.run(
                emit: { _ in },
                while: { _ in
                    steps += 1
                    return steps < stop
                })
            try first.checkpoint().write(to: file)
            let second = try SmallData.session(configuration, resume: Checkpoint(contentsOf: file))
            _ = try Self.finish(second)
            let undisturbedWeights = try undisturbed.lastWeights
            #expect(try second.lastWeights == undisturbedWeights, "stopped after step \(stop)")
            let undisturbedResult = try undisturbed.result.weights
            #expect(try second.result.weights == undisturbedResult)
            #expect(second.state.bestEpoch == undisturbed.state.bestEpoch)
            #expect(second.state.history.map(\.trainLoss) == undisturbed.state.history.map(\.trainLoss))
        }
    }

    @Test("weights to begin with are the result unless an epoch validates better, also behind a resume") func start()
        throws
    {
        var configuration = Self.configuration
        configuration.epochs = 15
        let trained = try SmallData.session(configuration)
        _ = try Self.finish(trained)
        let start = try trained.result.weights
        // A rate that only harms: the accuracy of the start stays unbeaten, and the patience counts from it.
        configuration.optimizer = .sgd(learningRate: 300)
        configuration.patience = 3
        let harmed = try SmallData.session(configuration, start: start)
        #expect(harmed.state.start?.validationAccuracy == trained.state.bestAccuracy)
        _ = try Self.finish(harmed)
        let (weights, epoch) = try harmed.result
        #expect(weights == start && epoch == 0)
        #expect(harmed.state.stoppedEarly && harmed.state.history.count == 3)

        let file = FileManager.default.temporaryDirectory.appending(path: "ocellus-\(UUID()).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        let stopped = try SmallData.session(configuration, start: start)
        var steps = 0
        try stopped.run(
            emit: { _ in },
            while: { _ in
                steps += 1
                return steps < 8
            })
        try stopped.checkpoint().write(to: file)
        let resumed = try SmallData.session(configuration, resume: Checkpoint(contentsOf: file))
        _ = try Self.finish(resumed)
        let result = try resumed.result
        #expect(result.weights == start && result.epoch == 0)
        #expect(resumed.state.history.map(\.trainLoss) == harmed.state.history.map(\.trainLoss))

        // From weights that know nothing an epoch is better.
        configuration = Self.configuration
        let drawn = try SmallData.network.initialWeights(seed: 5)
        let better = try SmallData.session(configuration, start: drawn)
        _ = try Self.finish(better)
        #expect(try better.result.epoch > 0)
    }

    // Parts of 32: the last batch of an epoch holds 22 images, less than a part.
    @Test("large batches come in parts, and a resume gives the bits of an undisturbed run", arguments: [nil, "cutmix"])
    func parts(augmentation: String?) throws {
        var configuration = Self.configuration
        (configuration.epochs, configuration.batchSize) = (2, 64)
        configuration.augmentation = try augmentation.map { try Augmentation(text: $0) }
        let network = Network(input: [1, 6, 6]) {
            Conv2D(2048, kernelSize: 3, padding: .valid)
            ReLU()
            Flatten()
            Dropout(0.2)
            Dense(3)
        }
        let parts = try SmallData.parts(train: 150)
        func session(_ resume: Checkpoint? = nil) throws -> TrainingSession {
            try SmallData.session(
                configuration, network: network, parts: parts, backend: OneDNNBackend(threads: 1), resume: resume)
        }
        let undisturbed = try session()
        #expect(undisturbed.state.choices["batch"] == "parts of 32")
        let records = try Self.finish(undisturbed)
        #expect(records.count == 2 && (records.last?.trainAccuracy ?? 0) > 0.5)
        #expect(undisturbed.state.updates == 6)
        let first = try session()
        for _ in 0..<2 { try first.step() }
        #expect(first.lastBatchCount == 64 && first.state.seen == 128)
        let second = try session(first.checkpoint())
        _ = try Self.finish(second)
        let undisturbedWeights = try undisturbed.lastWeights
        #expect(try second.lastWeights == undisturbedWeights)
    }

    // Six updates in one epoch; the slow weights begin after the second, meet the trained ones after the fourth and sixth.
    @Test("lookahead follows its formula, step by step") func lookahead() throws {
        var configuration = Self.configuration
        configuration.epochs = 1
        let plain = try SmallData.session(configuration)
        for _ in 0..<2 { try plain.step() }
        configuration.lookahead = Lookahead(steps: 2, decay: 0.5, power: 1, startEpoch: 0)
        let session = try SmallData.session(configuration)
        for _ in 0..<2 { try session.step() }
        let slow = try session.lastWeights
        // The first meeting only copies.
        let untouched = try plain.lastWeights
        #expect(slow == untouched)
        // What the two steps in between lead to without a second meeting: the optimiser's state has no part in it.
        for _ in 0..<2 { try plain.step() }
        for _ in 0..<2 { try session.step() }
        // ρ = 0.5² · 4/6
        let share = 0.25 * 4 / 6
        let weights = try plain.lastWeights
        for (index, tensor) in try session.lastWeights.parameters.enumerated() {
            for (element, value) in tensor.scalars.enumerated() {
                let expected =
                    share * Double(slow.parameters[index].scalars[element])
                    + (1 - share) * Double(weights.parameters[index].scalars[element])
                #expect(abs(Double(value) - expected) < 1e-6)
            }
        }
    }

    // 22 images in batches of 4: five whole batches; seven steps are one epoch and two steps of the next.
    @Test("the last batch can be left out, and training can end inside an epoch") func dropsLast() throws {
        var configuration = Self.configuration
        configuration.dropsLastBatch = true
        configuration.steps = 7
        let session = try SmallData.session(configuration)
        let records = try Self.finish(session)
        #expect(session.state.updates == 7 && session.state.isFinished)
        #expect(records.count == 2 && session.state.history.count == 2)
        // The schedule ends with the last step: cosine to 0.
        #expect(records.last?.learningRate == 0)
        // One image left over is no batch of one here.
        let network = Network(input: [1, 6, 6]) {
            Conv2D(2, kernelSize: 3)
            BatchNorm2D()
            Flatten()
            Dense(3)
        }
        let odd = try SmallData.session(configuration, network: network, parts: SmallData.parts(train: 21))
        #expect(try Self.finish(odd).count == 2)
        #expect(configuration.stepsPerEpoch(of: 22) == 5)
        #expect((1...3).map { configuration.imagesSeen(in: $0, of: 22) } == [20, 28, 28])
        // Fewer than a batch are a batch.
        #expect(configuration.stepsPerEpoch(of: 3) == 1 && configuration.imagesPerEpoch(of: 3) == 3)
    }

    @Test("a group's parameters train in its epochs alone; a name that matches nothing is refused") func groups() throws
    {
        var configuration = Self.configuration
        var biases: [[Float]] = []
        for epochs in 0...2 {
            configuration.epochs = max(1, epochs)
            configuration.schedule = .constant
            configuration.parameterGroups = [ParameterGroup(["0.bias"], epochs: 1)]
            if epochs == 0 { configuration.parameterGroups = [ParameterGroup(["0.bias"], epochs: 0)] }
            let session = try SmallData.session(configuration)
            _ = try Self.finish(session)
            biases.append(try session.lastWeights.parameters[1].scalars)
        }
        #expect(biases[0].allSatisfy { $0 == 0 })
        #expect(biases[1] != biases[0])
        #expect(biases[2] == biases[1])
        configuration.parameterGroups = [ParameterGroup(["0.bia"])]
        #expect(throws: ModelError.self) { try SmallData.session(configuration) }
        configuration.parameterGroups = [ParameterGroup(["0"]), ParameterGroup(["0.bias"])]
        #expect(throws: ModelError.self) { try SmallData.session(configuration) }
        configuration.parameterGroups = [ParameterGroup(["0"], rateFactor: 0)]
        #expect(throws: ModelError.self) { try SmallData.session(configuration) }
    }

    @Test("a number of steps ends the training within an epoch, and the schedule with it") func steps() throws {
        var configuration = Self.configuration
        (configuration.epochs, configuration.steps) = (3, 15)
        let session = try SmallData.session(configuration)
        var progress: TrainingProgress?
        var records: [EpochRecord] = []
        try session.run(
            emit: { event in
                if case .progress(let now) = event { progress = now }
                if case .epochEnded(let record) = event { records.append(record) }
            })
        // 6 steps an epoch, the last one of two images: two epochs and three steps of four.
        #expect(session.state.updates == 15 && session.state.isFinished && records.count == 3)
        #expect(progress?.step == 3 && progress?.steps == 3 && progress?.epochs == 3)
        #expect(records.last?.learningRate ?? 1 < 1e-12 && records[1].learningRate > 1e-4)
        #expect(records.last?.validationAccuracy != nil)
        #expect((1...4).map { configuration.imagesSeen(in: $0, of: 22) } == [22, 44, 56, 56])
        #expect(configuration.stepsPerEpoch(of: 22) == 6 && configuration.stepsPerEpoch(of: 3) == 1)
        configuration.steps = nil
        #expect((1...4).map { configuration.imagesSeen(in: $0, of: 22) } == [22, 44, 66, 66])
        configuration.steps = 0
        let error = #expect(throws: ModelError.self) { try SmallData.session(configuration) }
        #expect(error?.code == "model.outOfRange" && error?.received == "0")
    }

    @Test("means are weighted by sample, so a short last batch counts for what it holds") func means() throws {
        // With a rate of almost zero the weights stay, so the epoch's mean is that of all images at once.
        var configuration = Self.configuration
        configuration.optimizer = .sgd(learningRate: 1e-30)
        configuration.epochs = 1
        let network = Network(input: [1, 6, 6]) {
            Flatten()
            Dense(3)
        }
        let inFours = try Self.finish(
            SmallData.session(configuration, network: network))
        configuration.batchSize = 22
        let atOnce = try Self.finish(
            SmallData.session(configuration, network: network))
        let difference = try abs(#require(inFours.first).trainLoss - #require(atOnce.first).trainLoss)
        #expect(difference < 1e-6)
        #expect(inFours.first?.trainAccuracy == atOnce.first?.trainAccuracy)
    }

    @Test("batch normalisation gets a plan of its own for the short batch; a batch of one is refused")
    func shortBatch() throws {
        let network = Network(input: [1, 6, 6]) {
            Conv2D(2, kernelSize: 3)
            BatchNorm2D()
            ReLU()
            GlobalAveragePool2D()
            Dense(3)
        }
        let session = try SmallData.session(Self.configuration, network: network)
        _ = try Self.finish(session)
        #expect(try session.lastWeights.batchesTracked == 24)
        #expect(try session.lastWeights.buffers.allSatisfy { $0.scalars.allSatisfy(\.isFinite) })
        let error = #expect(throws: TrainingError.self) {
            try SmallData.session(
                Self.configuration, network: network, parts: SmallData.parts(train: 21))
        }
        #expect(error?.kind == .batchOfOne)
    }

    @Test("early stopping keeps the best epoch") func earlyStopping() throws {
        var configuration = Self.configuration
        configuration.epochs = 50
        configuration.patience = 2
        configuration.schedule = .constant
        let session = try SmallData.session(configuration)
        let records = try Self.finish(session)
        let highest = try #require(records.compactMap(\.validationAccuracy).max())
        let equals = records.filter { $0.validationAccuracy == highest }
        let best = try #require(equals.min { ($0.validationLoss ?? 0, $0.epoch) < ($1.validationLoss ?? 0, $1.epoch) })
        #expect(session.state.stoppedEarly)
        #expect(try session.result.epoch == best.epoch)
        // Patience waits for a rise of the accuracy.
        #expect(records.count == (equals.first?.epoch ?? 0) + 2)
        let last = try session.lastWeights
        #expect(try (session.result.weights != last) == (best.epoch < records.count))
    }

    @Test("a loss that is not finite stops and names the layer") func notFinite() throws {
        var configuration = Self.configuration
        configuration.optimizer = .sgd(learningRate: 1e30)
        configuration.schedule = .constant
        configuration.maximumGradientNorm = nil
        let session = try SmallData.session(configuration)
        let error = #expect(throws: TrainingError.self) { try Self.finish(session) }
        #expect(error?.kind == .nonFiniteLoss)
        #expect(error?.because?.contains("layer") == true || error?.because?.contains("parameter") == true)
    }

    @Test("a checkpoint of another training is refused") func differentRun() throws {
        let session = try SmallData.session(Self.configuration)
        try session.step()
        let checkpoint = try session.checkpoint()
        var otherSeed = Self.configuration
        otherSeed.seed = 99
        let seedError = #expect(throws: TrainingError.self) {
            try SmallData.session(otherSeed, resume: checkpoint)
        }
        #expect(seedError?.kind == .differentRun)
        let dataError = #expect(throws: TrainingError.self) {
            try SmallData.session(
                Self.configuration, parts: SmallData.parts(train: 26), resume: checkpoint)
        }
        #expect(dataError?.summary.contains("images are not those of the run") == true)
    }

    /// A state after one epoch that measured this.
    private static func end(_ state: inout TrainingState, _ record: EpochRecord) {
        (state.epoch, state.history) = (1, [record])
    }

    /// Each of these once ended the process, or ran on with numbers that no training has.
    @Test("a checkpoint whose numbers are out of range is refused with the number's name") func strangeNumbers() throws
    {
        let session = try SmallData.session(Self.configuration)
        for _ in 0..<2 { try session.step() }
        let whole = try session.checkpoint()
        let changes: [(String, (inout TrainingState) -> Void)] = [
            ("step", { $0.step = 6 }), ("step", { $0.step = .max }), ("step", { $0.step = -1 }),
            ("epoch", { $0.epoch = .min }), ("epoch", { $0.epoch = 5 }), ("updates", { $0.updates = .max }),
            ("updates", { $0.updates = 3 }), ("seen", { $0.seen = .max }), ("seen", { $0.seen = 23 }),
            ("correct", { $0.correct = .max }), ("correct", { $0.correct = -1 }),
            ("bestEpoch", { $0.bestEpoch = .min }),
            ("history.count", { $0.epoch = 1 }), ("bestAccuracy", { $0.bestAccuracy = 1e308 }),
            ("history.epoch", { Self.end(&$0, EpochRecord.made(epoch: 0)) }),
            ("history.trainAccuracy", { Self.end(&$0, EpochRecord.made(trainAccuracy: 1e308)) }),
            ("history.validationAccuracy", { Self.end(&$0, EpochRecord.made(validationAccuracy: 0x1p64)) }),
            ("configuration.epochs", { $0.configuration.epochs = .max }),
            ("configuration.batchSize", { $0.configuration.batchSize = 0 }),
        ]
        for (name, change) in changes {
            var state = session.state
            change(&state)
            var checkpoint = whole
            checkpoint.metadata["training"] = try CanonicalJSON.encode(state)
            let error = #expect(throws: ArchiveError.self) {
                try SmallData.session(Self.configuration, resume: checkpoint)
            }
            #expect(
                error?.kind == .corrupt && error?.summary == "the number \"\(name)\" in the checkpoint is out of range."
            )
        }
        #expect(try SmallData.session(Self.configuration, resume: whole).state.step == 2)
    }

    @Test("images and network must fit") func fit() throws {
        let shape = #expect(throws: TrainingError.self) {
            try SmallData.session(
                Self.configuration,
                network: Network(input: [1, 8, 8]) {
                    Flatten()
                    Dense(3)
                })
        }
        #expect(shape?.kind == .shapesDiffer)
        let classes = #expect(throws: TrainingError.self) {
            try SmallData.session(
                Self.configuration,
                network: Network(input: [1, 6, 6]) {
                    Flatten()
                    Dense(4)
                })
        }
        #expect(classes?.kind == .classesDiffer)
    }
}

extension EpochRecord {
    fileprivate static func made(
        epoch: Int = 1, trainAccuracy: Double = 0.5, validationAccuracy: Double = 0.5
    ) -> EpochRecord {
        EpochRecord(
            epoch: epoch, trainLoss: 1, trainAccuracy: trainAccuracy, validationLoss: 1,
            validationAccuracy: validationAccuracy, learningRate: 0.1, seconds: 1, imagesPerSecond: 1)
    }
}
