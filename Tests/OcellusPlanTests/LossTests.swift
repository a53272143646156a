// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Softmax cross-entropy on every engine") struct LossTests {
    /// Statistics and the gradient by the logits. The network makes the logits its weights (sample n is the n-th unit
    /// vector) and one step of SGD with rate 1 subtracts their gradient from them.
    private func run(
        _ engine: Engine, _ loss: Loss, _ logits: [[Double]], labels: [Int32], weights: [Float]? = nil,
        mixture: LabelMixture? = nil
    ) throws -> (statistics: LossStatistics, gradient: [[Double]]) {
        let (count, classes) = (logits.count, logits[0].count)
        let network = Network.single(Dense(classes, hasBias: false), input: [count])
        let identity = (0..<count * count).map { $0 / count == $0 % count ? 1.0 : 0 }
        let transposed = (0..<classes).flatMap { k in logits.map { $0[k] } }
        let data = NetworkData(
            input: Tensor([count, count, 1, 1], identity), parameters: [Tensor([classes, count], transposed)],
            outputGradient: Tensor(repeating: 0, [count, classes]))
        let plan = try engine.plan(network, data, mode: .training(loss, .sgd(learningRate: 1)))
        _ = plan.executable.withInput { $0.labels.update(fromContentsOf: labels) }
        if let weights { _ = plan.executable.withInput { $0.sampleWeights.update(fromContentsOf: weights) } }
        plan.executable.settings.learningRate = 1
        plan.executable.settings.mixture = mixture
        let statistics = try plan.forwardAndLoss()
        try plan.backwardAndUpdate()
        let updated = try engine.tensor(plan, plan.program.parameters[0])
        let gradient = (0..<count).map { n in (0..<classes).map { logits[n][$0] - updated[$0, n] } }
        return (statistics, gradient)
    }

    /// The gradient comes back through a subtraction from logits of at most 4, and exp and log are the engine's.
    private func bound(_ engine: Engine) -> Double { 16 * engine.functionUnits * engine.epsilon + 1e-14 }

    private func expectNear(
        _ actual: [[Double]], _ expected: [[Double]], _ bound: Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(actual.map(\.count) == expected.map(\.count), sourceLocation: sourceLocation)
        for (actual, expected) in zip(actual.joined(), expected.joined()) {
            #expect(abs(actual - expected) <= bound, sourceLocation: sourceLocation)
        }
    }

    // p = [¼, ¾]: ℓ = ln 4 at label 0, ln 4/3 at label 1. The gradient is (p − onehot)/2.
    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let logits = [[0, 1.0986122886681098], [0, 1.0986122886681098]]
        let (statistics, gradient) = try run(engine, Loss(), logits, labels: [0, 1])
        #expect(abs(statistics.lossSum - 1.3862943611198906 - 0.28768207245178085) <= bound(engine))
        #expect(statistics.weightSum == 2)
        #expect(statistics.count == 2)
        #expect(statistics.correct == 1)
        expectNear(gradient, [[-0.375, 0.375], [0.125, -0.125]], bound(engine))
    }

    static let losses = [
        Loss(), Loss(labelSmoothing: 0.2), Loss(classWeights: [0.5, 2, 1.25]),
        Loss(labelSmoothing: 0.1, classWeights: [3, 0.25, 1]),
    ]
    static let logits = [[0.5, -1, 2], [3, 1, -0.25], [-2, -2.5, 0.125], [1, 0, 0.75], [-4, 4, 0]]
    static let labels: [Int32] = [2, 1, 0, 0, 1]

    // The form of PyTorch's CrossEntropyLoss: (1 − s)·c[y]·(−log p[y]) + s/K·Σ c[k]·(−log p[k]), over Σ c[y].
    @Test("matches the closed form, weighted by sample", arguments: Engine.all, losses) @EngineActor
    func closedForm(engine: Engine, loss: Loss) throws {
        let weights: [Float] = [1, 0.5, 2, 0, 0.25]
        let classWeights = loss.classWeights ?? [1, 1, 1]
        let smoothing = loss.labelSmoothing
        var expected = LossStatistics()
        func value(_ logits: [Double], _ label: Int) -> Double {
            let total = logits.reduce(0) { $0 + exp($1) }
            let losses = zip(logits, classWeights).map { -log(exp($0) / total) * $1 }
            return (1 - smoothing) * losses[label] + smoothing / 3 * losses.reduce(0, +)
        }
        var gradient: [[Double]] = []
        for (n, label) in Self.labels.map(Int.init).enumerated() {
            expected.lossSum += Double(weights[n]) * value(Self.logits[n], label)
            expected.weightSum += Double(weights[n]) * classWeights[label]
            gradient.append(
                (0..<3).map { k in
                    var (above, below) = (Self.logits[n], Self.logits[n])
                    above[k] += 1e-5
                    below[k] -= 1e-5
                    return Double(weights[n]) * (value(above, label) - value(below, label)) / 2e-5
                })
        }
        let run = try run(engine, loss, Self.logits, labels: Self.labels, weights: weights)
        #expect(abs(run.statistics.lossSum - expected.lossSum) <= 10 * bound(engine))
        #expect(abs(run.statistics.weightSum - expected.weightSum) <= bound(engine))
        #expect(run.statistics.count == 4)
        // The first and the last; the fourth would be right, but weighs nothing.
        #expect(run.statistics.correct == 2)
        expectNear(run.gradient, gradient.map { $0.map { $0 / expected.weightSum } }, bound(engine) + 1e-9)
    }

    // A loss that is linear in the target: share times the loss of one label and the rest of the other's.
    @Test("two labels: the losses and gradients of each, by their shares", arguments: Engine.all, losses) @EngineActor
    func mixture(engine: Engine, loss: Loss) throws {
        var mixture = LabelMixture(batchSize: 5)
        mixture.others = [0, 1, 1, 2, 2]
        mixture.shares = [0.75, 0.5, 1, 0.625, 0.875]
        let weights: [Float] = [1, 0.5, 2, 0, 0.25]
        let mixed = try run(
            engine, loss, Self.logits, labels: Self.labels, weights: weights, mixture: mixture)
        var expected = LossStatistics()
        var gradient = [[Double]](repeating: [0, 0, 0], count: 5)
        for n in Self.labels.indices where weights[n] > 0 {
            var only = [Float](repeating: 0, count: 5)
            only[n] = 1
            for (label, share) in [(Self.labels[n], mixture.shares[n]), (mixture.others[n], 1 - mixture.shares[n])] {
                var labels = Self.labels
                labels[n] = label
                let one = try run(engine, loss, Self.logits, labels: labels, weights: only)
                let factor = Double(share * weights[n])
                expected.lossSum += factor * one.statistics.lossSum
                expected.weightSum += factor * one.statistics.weightSum
                for k in 0..<3 { gradient[n][k] += factor * one.statistics.weightSum * one.gradient[n][k] }
            }
        }
        #expect(abs(mixed.statistics.lossSum - expected.lossSum) <= 10 * bound(engine))
        #expect(abs(mixed.statistics.weightSum - expected.weightSum) <= bound(engine))
        // The first label decides what is right, as without a mixture.
        #expect(mixed.statistics.correct == 2 && mixed.statistics.count == 4)
        expectNear(
            mixed.gradient, gradient.map { $0.map { $0 / expected.weightSum } }, 10 * bound(engine))
        let whole = try run(
            engine, loss, Self.logits, labels: Self.labels, mixture: LabelMixture(batchSize: 5))
        let plain = try run(engine, loss, Self.logits, labels: Self.labels)
        #expect(whole.statistics == plain.statistics && whole.gradient == plain.gradient)
    }

    @Test("samples of weight zero make a smaller batch", arguments: Engine.all, losses) @EngineActor
    func shortBatch(engine: Engine, loss: Loss) throws {
        let short = try run(engine, loss, Array(Self.logits[..<3]), labels: Array(Self.labels[..<3]))
        let padded = try run(engine, loss, Self.logits, labels: Self.labels, weights: [1, 1, 1, 0, 0])
        #expect(abs(padded.statistics.lossSum - short.statistics.lossSum) <= bound(engine))
        #expect(abs(padded.statistics.weightSum - short.statistics.weightSum) <= bound(engine))
        #expect(padded.statistics.correct == short.statistics.correct)
        #expect(padded.statistics.count == 3)
        expectNear(padded.gradient, short.gradient + [[0, 0, 0], [0, 0, 0]], bound(engine))
    }

    @Test("a batch of nothing but weight zero changes nothing", arguments: Engine.all) @EngineActor
    func emptyBatch(engine: Engine) throws {
        let run = try run(engine, Loss(), Self.logits, labels: Self.labels, weights: [0, 0, 0, 0, 0])
        #expect(run.statistics == LossStatistics())
        #expect(run.gradient.joined().allSatisfy { $0 == 0 })
    }

    @Test("ties count for the lowest index", arguments: Engine.all) @EngineActor func ties(engine: Engine) throws {
        let logits = [[1.0, 1, 0], [1, 1, 0], [0, 2, 2]]
        #expect(try run(engine, Loss(), logits, labels: [0, 1, 1]).statistics.correct == 2)
        #expect(try run(engine, Loss(), logits, labels: [1, 0, 2]).statistics.correct == 1)
    }

    @Test("large logits stay finite", arguments: Engine.all) @EngineActor func large(engine: Engine) throws {
        let run = try run(engine, Loss(), [[1000, 0], [-1000, 0]], labels: [1, 1])
        #expect(abs(run.statistics.lossSum - 1000) <= 1000 * bound(engine))
        expectNear(run.gradient, [[0.5, -0.5], [0, 0]], 1000 * bound(engine))
    }
}
