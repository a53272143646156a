// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor

/// Makes updates: the plans of a network, the batches that go through them, and a place between backward and update.
///
/// It knows no end and no score; the loop around it counts epochs and decides what an update is for.
final class Stepper {
    /// Gets the gradients of a batch behind its backward pass. What it leaves in their place is clipped and makes the update.
    typealias GradientChange = (Gradients) throws -> Void

    private let train: ImageSet
    private let configuration: TrainingConfiguration
    private let scaling: PixelScaling
    private let backend: any Backend
    private let beforeUpdate: GradientChange?
    private var plans: TrainingPlans
    /// Made when the first batch is needed, at the place in the schedule where that is.
    private var feeder: BatchFeeder?
    /// Of each parameter's learning rate.
    private let rateFactors: [Double]

    /// - Parameters:
    ///   - network: With the parameters frozen that rest.
    ///   - beforeUpdate: `nil` lets the device join backward pass and update.
    init(
        _ network: Network, _ configuration: TrainingConfiguration, train: ImageSet, scaling: PixelScaling,
        backend: any Backend, beforeUpdate: GradientChange? = nil
    ) throws {
        self.train = train
        self.configuration = configuration
        self.scaling = scaling
        self.backend = backend
        self.beforeUpdate = beforeUpdate
        rateFactors = try network.rateFactors(configuration.parameterGroups)
        plans = try TrainingPlans(
            network, configuration, images: train.count, backend: backend, keepsGradients: beforeUpdate != nil)
    }

    private var plan: Plan { plans.whole }
    /// What is trained, with the parameters frozen that rest.
    var network: Network { plans.network }
    /// Images of one update.
    var batchSize: Int { plans.batchSize }
    /// Choices that decide the bits of the result.
    var choices: [String: String] { plans.choices }
    /// Bytes that plans and batches hold.
    var memory: Int { plans.memory + BatchFeeder.memory(train, batchSize: plan.batchSize, backend: backend) }

    // MARK: State

    /// Parameters and running statistics; `batchesTracked` is the caller's to count.
    func weights(batchesTracked: Int = 0) throws -> Weights { try plan.weights(batchesTracked: batchesTracked) }

    /// `[parameter][slot]`, empty for frozen parameters.
    func optimizerStates() throws -> [[Tensor<Float>]] { try plan.optimizerStates() }

    func load(_ weights: Weights) throws { try plan.load(weights) }

    func load(_ weights: Weights, optimizerStates: [[Tensor<Float>]]) throws {
        try plans.load(weights, optimizerStates: optimizerStates)
    }

    /// The name of the first parameter that holds a number which is not finite.
    func firstNonFiniteParameter(of weights: Weights) -> String? {
        zip(plan.program.parameters, weights.parameters)
            .first { !$1.scalars.allSatisfy(\.isFinite) }.map { plan.program[$0.0].name }
    }

    /// Trains the network with other parameters frozen from now on, so that the backward pass ends above them.
    func replace(network: Network) throws {
        let (weights, optimizerStates) = (try plan.weights(), try plan.optimizerStates())
        plans = try TrainingPlans(
            network, configuration, images: train.count, backend: backend, keepsGradients: beforeUpdate != nil)
        try plans.load(weights, optimizerStates: optimizerStates)
    }

    // MARK: Steps

    /// What a step starts from.
    struct Position {
        /// 0-based.
        var epoch: Int
        /// Which images the epoch shows.
        var order: [Int]
        /// Steps made in this epoch, and in all.
        var step: Int
        var updates: Int
        var learningRate: Double
    }

    /// Images of the step at a position: a batch, or what remains of the epoch.
    func batch(at position: Position) -> ArraySlice<Int> {
        let start = position.step * batchSize
        return position.order[start..<min(position.order.count, start + batchSize)]
    }

    /// One update.
    ///
    /// - Throws: ``TrainingError/Code/nonFiniteLoss`` before the update; errors of data and device; what the change of
    ///   gradients throws.
    func step(at position: Position) throws -> LossStatistics {
        let batch = batch(at: position)
        guard batch.count < batchSize, let remainder = plans.remainder else {
            return try step(on: plan, batch, position)
        }
        try transfer(from: plan, to: remainder)
        let statistics = try step(on: remainder, batch, position)
        try transfer(from: remainder, to: plan)
        return statistics
    }

    private func step(on plan: Plan, _ batch: ArraySlice<Int>, _ position: Position) throws -> LossStatistics {
        var settings = StepSettings()
        settings.learningRate = position.learningRate
        settings.updateNumber = position.updates + 1
        settings.dropoutSeed = configuration.seed
        settings.dropoutStep = position.updates
        settings.rateFactors = rateFactors

        var statistics = LossStatistics()
        for start in stride(from: batch.startIndex, to: batch.endIndex, by: plan.batchSize) {
            let part = batch[start..<min(start + plan.batchSize, batch.endIndex)]
            settings.mixture = try fill(plan, part, position)
            settings.firstImage = start - batch.startIndex
            plan.executable.settings = settings
            let found = try plan.forwardAndLoss()
            guard found.lossSum.isFinite else { throw try nonFiniteLoss(found.lossSum, plan, position) }
            statistics += found
            try plan.backward()
        }
        if let beforeUpdate { try beforeUpdate(Gradients(plan)) }
        try plan.clip()
        try plan.update()
        return statistics
    }

    /// Fills the plan's buffers with a part of an epoch's order, and says which images come next.
    private func fill(_ plan: Plan, _ part: ArraySlice<Int>, _ position: Position) throws -> LabelMixture? {
        let feeder =
            try feeder
            ?? BatchFeeder(
                train, scaling: scaling, augmentation: configuration.augmentation, seed: configuration.seed,
                backend: backend,
                schedule: BatchSchedule(
                    batchSize: self.plan.batchSize, start: (position.epoch, part.startIndex / self.plan.batchSize),
                    epochs: configuration.epochs
                ) { [train, configuration] in train.order(configuration, epoch: $0) })
        // After an error the next attempt begins anew, at the batch that failed.
        self.feeder = nil
        let mixture = try feeder.fill(plan.executable, batchSize: plan.batchSize, with: part, epoch: position.epoch)
        if !feeder.loadsAhead {
            let next = position.order[part.endIndex..<min(position.order.count, part.endIndex + plan.batchSize)]
            train.prefetch(next.lazy.map { [count = train.count] in $0 % count })
        }
        self.feeder = feeder
        return mixture
    }

    private func transfer(from source: Plan, to target: Plan) throws {
        try target.load(source.weights())
        try target.load(optimizerStates: source.optimizerStates())
    }

    private func nonFiniteLoss(_ loss: Double, _ plan: Plan, _ position: Position) throws -> TrainingError {
        .divergence(
            .nonFiniteLoss, epoch: position.epoch + 1, received: "a loss of \(loss) in step \(position.step + 1)",
            because: try plan.firstNonFiniteLayer().map { "\($0) holds a number that is not finite" })
    }
}
