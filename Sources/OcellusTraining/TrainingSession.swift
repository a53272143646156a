// SPDX-License-Identifier: Apache-2.0

package import OcellusArchive
package import OcellusData
import OcellusFiles
import OcellusGraph
import OcellusMetrics
package import OcellusModel
import OcellusPixels
package import OcellusPlan
import OcellusTensor

/// One training on its device's thread: the loop, and the state that a checkpoint holds.
///
/// `step` is one update; `run` makes steps until the plan is done. The state between two steps decides everything that
/// follows, so a run that goes on from a checkpoint gives the same bits as one that never stopped.
package final class TrainingSession {
    package private(set) var state: TrainingState
    private let train: ImageSet
    private let validation: ImageSet?
    private let backend: any Backend
    /// The backend with the choices of this training and no others, so that a model read from its file computes the same.
    package let inferenceBackend: any Backend
    private let stepper: Stepper
    private let predictor: Predictor?
    private var best: BestEpoch
    private var slow: SlowWeights
    private var average: AveragedWeights
    private var order: [Int] = []
    private var orderEpoch = -1
    private let stepsPerEpoch: Int
    private let plannedSteps: Int

    /// - Parameters:
    ///   - resume: A checkpoint of the same training; its engine's choices are compared with today's.
    ///   - initialWeights: Those to begin with where nothing is resumed; `nil` draws them.
    ///   - scoresStart: Whether those weights are validated and are the result unless an epoch does better.
    ///   - beforeUpdate: Changes gradients between backward pass and update.
    package init(
        network: Network, configuration: TrainingConfiguration, preprocessing: Preprocessing, train: ImageSet,
        validation: ImageSet?, backend: any Backend, resume: Checkpoint? = nil, initialWeights: Weights? = nil,
        scoresStart: Bool = false, beforeUpdate: ((Gradients) throws -> Void)? = nil
    ) throws {
        let classes = try network.classes()
        try network.validate()
        try configuration.validate(classes: classes)
        try preprocessing.validate()
        try Self.check(network, classes, train, validation, configuration)
        let groups = configuration.parameterGroups
        let whitening = configuration.whitening
        if let whitening { _ = try whitening.layer(of: network) }
        self.train = train
        self.validation = validation
        let stored = try resume.flatMap { try Self.state(of: $0).algorithms }
        let backend = backend.tracking(stored)
        self.backend = backend
        best = BestEpoch(configuration.result)
        slow = SlowWeights(configuration.lookahead)
        average = AveragedWeights(configuration.averaging)
        stepsPerEpoch = configuration.stepsPerEpoch(of: train.count)
        plannedSteps = configuration.plannedSteps(of: train.count)
        let epoch = try resume.map { try Self.state(of: $0).epoch } ?? 0
        stepper = try Stepper(
            network.resting(groups, inEpoch: epoch), configuration, train: train, scaling: PixelScaling(preprocessing),
            backend: backend, beforeUpdate: beforeUpdate)
        predictor = try validation.map {
            try Predictor(
                network,
                batchSize: min(
                    Predictor.largestBatch(of: network, backend: backend, memory: AvailableMemory.bytes),
                    max(1, $0.count)),
                backend: backend)
        }
        try Predictor.chooseAlgorithms(
            for: try network.graph(), backend: backend, memory: AvailableMemory.bytes)
        let table = backend.algorithms
        inferenceBackend = backend.reusing(table, policy: .fixed)
        let dataSha256 = try Self.dataSha256(train: train, validation: validation)
        state = TrainingState(
            network: network, preprocessing: preprocessing, configuration: configuration, dataSha256: dataSha256,
            choices: stepper.choices, cropsFiles: train.cropsFiles(configuration.augmentation),
            engine: EngineSettings(backend))
        state.algorithms = table
        state.breaksTiesByLoss = true
        notices += backend.takeNotices(ofOthers: false)
        if state.cropsFiles { notices.append("random crops are cut out of the files' own pixels") }
        if let resume {
            try restore(resume, dataSha256: dataSha256)
        } else if let initialWeights {
            try network.validate(initialWeights)
            try stepper.load(initialWeights)
            if scoresStart { try validateStart(initialWeights) }
        } else {
            var weights = try network.initialWeights(seed: configuration.seed)
            if let whitening {
                weights.parameters[0] = try whitening.weight(
                    of: network, from: train, scaling: PixelScaling(preprocessing))
            }
            try stepper.load(weights)
        }
    }

    /// Bytes that the training holds, known before it runs.
    package var memory: Int { stepper.memory }

    /// Images of the last step.
    package private(set) var lastBatchCount = 0

    /// Whether the events say what was measured before the first step; otherwise it is left to others to say.
    package var tellsMeasuring = true

    /// What a person should know before the training goes on.
    package private(set) var notices: [String] = []

    /// The result: best or last weights by the configuration.
    package var result: (weights: Weights, epoch: Int) {
        get throws {
            if let best = best.weights { return (best, state.bestEpoch) }
            return (try lastWeights, state.history.count)
        }
    }

    /// The weights of the epoch that validated best so far, where they are kept.
    package var bestResult: (weights: Weights, epoch: Int)? { best.weights.map { ($0, state.bestEpoch) } }

    /// The weights as they are now, averaged where the configuration says so.
    package var lastWeights: Weights {
        get throws { try average.weights ?? trainedWeights }
    }

    private var trainedWeights: Weights {
        get throws { try stepper.weights(batchesTracked: state.updates) }
    }

    /// The state as a file's content.
    package func checkpoint() throws -> Checkpoint {
        Checkpoint(
            weights: try trainedWeights, optimizerState: try stepper.optimizerStates(),
            bestWeights: best.weights, slowWeights: slow.weights, averagedWeights: average.weights,
            metadata: ["training": try CanonicalJSON.encode(state)])
    }

    /// Reads the state out of a checkpoint without its tensors' meaning.
    ///
    /// - Throws: ``ArchiveError/Code/corrupt`` for numbers that no training has, whatever its images.
    package static func state(of checkpoint: Checkpoint) throws -> TrainingState {
        guard let text = checkpoint.metadata["training"] else {
            throw TrainingError(
                .notARun, "the checkpoint holds no training.", needs: "a checkpoint that training wrote")
        }
        let state = try CanonicalJSON.decode(
            TrainingState.self, from: try RunSchema.state(text), what: "the training in the checkpoint")
        do {
            try state.check()
        } catch {
            throw state.corrupt(error)
        }
        return state
    }

    /// Makes steps until the training is done, or is told to end; ``TrainingState/isFinished`` says which.
    ///
    /// - Parameters:
    ///   - emit: Gets events as they happen.
    ///   - goesOn: Asked between steps, where the state is consistent.
    package func run(
        emit: (TrainingEvent) -> Void, while goesOn: (TrainingSession) throws -> Bool = { _ in true }
    ) throws {
        emit(
            .started(
                parameters: try state.network.parameters().reduce(0) { $0 + $1.shape.count }, memory: memory,
                epoch: state.epoch + 1, step: state.step))
        let measured = tellsMeasuring ? backend.takeNotices() : []
        for notice in notices + measured { emit(.notice(notice)) }
        let clock = ContinuousClock()
        var lastProgress = clock.now
        while !state.isFinished {
            try timedStep()
            if clock.now - lastProgress > .milliseconds(100) {
                lastProgress = clock.now
                emit(.progress(progress))
            }
            if isEpochDone {
                emit(.progress(progress))
                emit(.epochEnded(try endEpoch()))
            }
            if state.stoppedEarly { emit(.stoppedEarly(epoch: state.epoch, bestEpoch: state.bestEpoch)) }
            guard try goesOn(self) else { return }
        }
    }

    /// One update, and behind the last one of an epoch what ends it.
    ///
    /// - Returns: Sums over the batch, before the update; `nil` when the training is done.
    package func advance() throws -> LossStatistics? {
        guard !state.isFinished else { return nil }
        let statistics = try timedStep()
        if isEpochDone { _ = try endEpoch() }
        return statistics
    }

    @discardableResult
    private func timedStep() throws -> LossStatistics {
        let clock = ContinuousClock()
        let start = clock.now
        let statistics = try step()
        state.epochSeconds += (clock.now - start).seconds
        return statistics
    }

    private var isEpochDone: Bool { state.step == stepsPerEpoch || state.updates == plannedSteps }

    /// One update on the next batch.
    ///
    /// - Returns: Sums over the batch, before the update.
    @discardableResult
    package func step() throws -> LossStatistics {
        if orderEpoch != state.epoch {
            order = train.order(state.configuration, epoch: state.epoch)
            orderEpoch = state.epoch
        }
        let configuration = state.configuration
        let factor = configuration.schedule.factor(
            step: state.updates, stepsPerEpoch: stepsPerEpoch, steps: plannedSteps)
        let position = Stepper.Position(
            epoch: state.epoch, order: order, step: state.step, updates: state.updates,
            learningRate: configuration.optimizer.learningRate * factor)
        lastBatchCount = stepper.batch(at: position).count
        let statistics = try stepper.step(at: position)
        state.lossSum += statistics.lossSum
        state.weightSum += statistics.weightSum
        state.correct += statistics.correct
        state.seen += statistics.count
        state.lastLearningRate = position.learningRate
        state.updates += 1
        state.step += 1
        let replacing = try slow.follow(
            update: state.updates, of: plannedSteps, epoch: state.epoch, isEpochDone: isEpochDone
        ) { try stepper.weights() }
        if let replacing { try stepper.load(replacing) }
        try average.follow(update: state.updates) { try trainedWeights }
        return statistics
    }

    private func endEpoch() throws -> EpochRecord {
        var record = EpochRecord(
            epoch: state.epoch + 1, trainLoss: state.lossSum / state.weightSum,
            trainAccuracy: Double(state.correct) / Double(state.seen), validationLoss: nil, validationAccuracy: nil,
            learningRate: state.lastLearningRate, seconds: state.epochSeconds,
            imagesPerSecond: Double(state.seen) / max(state.epochSeconds, 1e-9))
        // The loss of a step cannot show what the update behind it did; an epoch must not end in broken weights.
        let weights = try lastWeights
        if let broken = stepper.firstNonFiniteParameter(of: weights) {
            throw TrainingError.divergence(
                .nonFiniteWeights, epoch: record.epoch, received: "weights at the end of the epoch",
                because: "\(broken) holds a number that is not finite")
        }
        if let score = try validated(weights, epoch: record.epoch) {
            record.validationLoss = score.loss
            record.validationAccuracy = score.accuracy
            let before = state.validated.first { $0.epoch == state.bestEpoch }
            if best.takes(record, after: before, weights) {
                (state.bestAccuracy, state.bestEpoch) = (score.accuracy, record.epoch)
            }
        }
        state.history.append(record)
        let stopping = state.configuration.patience.map { EarlyStopping(patience: $0) }
        state.stoppedEarly = stopping?.ends(after: state.validated) ?? false
        state.epoch += 1
        state.step = 0
        (state.lossSum, state.weightSum, state.correct, state.seen, state.epochSeconds) = (0, 0, 0, 0, 0)
        try rest()
        return record
    }

    /// Mean cross-entropy and accuracy of the validation images; `nil` where there are none.
    ///
    /// - Throws: ``TrainingError/Code/nonFiniteValidation``.
    private func validated(_ weights: Weights, epoch: Int) throws -> (loss: Double, accuracy: Double)? {
        guard let predictor, let validation else { return nil }
        try predictor.load(weights)
        guard let score = try Self.score(predictor, validation, state.preprocessing, backend) else {
            throw TrainingError.divergence(
                .nonFiniteValidation, epoch: epoch, received: "logits of validation images")
        }
        return score
    }

    /// Makes the weights that it begins with the best so far.
    private func validateStart(_ weights: Weights) throws {
        guard let score = try validated(weights, epoch: 0) else { return }
        let start = EpochRecord(
            epoch: 0, trainLoss: 0, trainAccuracy: 0, validationLoss: score.loss, validationAccuracy: score.accuracy,
            learningRate: 0, seconds: 0, imagesPerSecond: 0)
        state.start = start
        if best.takes(start, after: nil, weights) { state.bestAccuracy = score.accuracy }
    }

    /// Compiles anew where parameters rest from the next epoch on, so that the backward pass ends above them.
    private func rest() throws {
        let network = state.network.resting(state.configuration.parameterGroups, inEpoch: state.epoch)
        guard network != stepper.network else { return }
        try stepper.replace(network: network)
        state.choices = stepper.choices
    }

    /// Mean cross-entropy and accuracy over a set; `nil` where a logit is not finite.
    private static func score(
        _ predictor: Predictor, _ images: ImageSet, _ preprocessing: Preprocessing, _ backend: any Backend
    ) throws -> (loss: Double, accuracy: Double)? {
        let reader = try ImageReader(
            images, scaling: PixelScaling(preprocessing), batchSize: predictor.batchSize, threads: backend.loaderThreads
        )
        let logits = try predictor.logits(count: images.count) {
            try reader.read($0, into: $1, on: backend.runTeam)
        }
        guard logits.scalars.allSatisfy(\.isFinite) else { return nil }
        let labels = images.labels.map(Int.init)
        return (
            try negativeLogLikelihood(logits: logits, labels: labels),
            try OcellusMetrics.accuracy(logits: logits, labels: labels)
        )
    }

    private var progress: TrainingProgress {
        TrainingProgress(
            epoch: state.epoch + 1, epochs: state.configuration.epochs, step: state.step,
            steps: min(stepsPerEpoch, plannedSteps - (state.updates - state.step)),
            loss: state.lossSum / max(state.weightSum, 1e-300),
            accuracy: Double(state.correct) / Double(max(1, state.seen)),
            imagesPerSecond: Double(state.seen) / max(state.epochSeconds, 1e-9))
    }

    private func restore(_ checkpoint: Checkpoint, dataSha256: String) throws {
        var saved = try Self.state(of: checkpoint)
        // Other images usually mean other statistics too, so they are told first.
        guard saved.dataSha256 == dataSha256 else {
            throw TrainingError(
                .differentRun, "the images are not those of the run.", needs: "SHA-256 \(saved.dataSha256)",
                received: "SHA-256 \(dataSha256)", advice: "resume with the same data and split")
        }
        // A checkpoint holds the graphs of layers that files cannot name.
        guard try saved.network == state.network.storable(), saved.preprocessing == state.preprocessing else {
            throw TrainingError(
                .differentRun, "the checkpoint is of another network.", needs: "the network of the run",
                advice: "resume without changing the network, or start a new run")
        }
        do {
            try saved.check(images: train.count)
        } catch {
            throw saved.corrupt(error)
        }
        var configuration = saved.configuration
        configuration.epochs = state.configuration.epochs
        guard configuration == state.configuration else {
            throw TrainingError(
                .differentRun, "the checkpoint was made with other settings.",
                needs: "\(saved.configuration)", received: "\(state.configuration)",
                advice: "resume with the run's own settings; only the number of epochs may grow")
        }
        guard saved.cropsFiles == state.cropsFiles else {
            throw TrainingError(
                .differentRun, "random crops would be cut out of other pixels than before.",
                needs: saved.cropsFiles ? "crops of the files" : "crops of fitted images",
                received: state.cropsFiles ? "crops of the files" : "crops of fitted images",
                because: "images of files are \(state.cropsFiles ? "decoded each time" : "kept decoded") here",
                advice: saved.cropsFiles ? "--cache none" : "--cache disk, or memory")
        }
        guard saved.engine.precision == state.engine.precision else {
            throw TrainingError(
                .differentRun, "the checkpoint was made in another precision.", needs: saved.engine.precision.rawValue,
                received: state.engine.precision.rawValue,
                advice: "resume in the run's own precision, or start a new run")
        }
        if saved.choices != state.choices || saved.engine != state.engine {
            notices.append(
                "the engine differs from the one before the interruption (\(saved.engine)): "
                    + "the result will not be identical bit for bit")
        }
        saved.choices = state.choices
        saved.algorithms = state.algorithms
        saved.engine = state.engine
        saved.configuration = state.configuration
        try stepper.load(checkpoint.weights, optimizerStates: checkpoint.optimizerState)
        best = BestEpoch(
            configuration.result, weights: checkpoint.bestWeights, breaksTiesByLoss: saved.breaksTiesByLoss ?? false)
        slow = SlowWeights(configuration.lookahead, weights: checkpoint.slowWeights)
        average = AveragedWeights(configuration.averaging, weights: checkpoint.averagedWeights)
        state = saved
    }
}

extension Duration {
    /// This duration as a number.
    package var seconds: Double {
        Double(components.seconds) + Double(components.attoseconds) * 1e-18
    }
}
