// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Optimisers on every engine") struct OptimizerTests {
    /// Two logits that are the weights themselves, label 0.
    private static let network = Network.single(Dense(2, hasBias: false), input: [1])
    private static let rate = 0.125

    private static func data(_ weights: [Double]) -> NetworkData {
        NetworkData(
            input: Tensor(repeating: 1, [1, 1, 1, 1]), parameters: [Tensor([2, 1], weights)],
            outputGradient: Tensor(repeating: 0, [1, 2]))
    }

    /// The gradient of the loss: p − [1, 0].
    private static func gradient(_ weights: [Double]) -> [Double] {
        let p = 1 / (1 + exp(weights[1] - weights[0]))
        return [p - 1, 1 - p]
    }

    /// The weights after each of two steps.
    private func steps(
        _ engine: Engine, _ optimizer: Optimizer, from weights: [Double], maximumGradientNorm: Double? = nil
    ) throws -> [[Double]] {
        let plan = try engine.plan(
            Self.network, Self.data(weights),
            mode: .training(Loss(), optimizer, maximumGradientNorm: maximumGradientNorm))
        return try (1...2).map { number in
            plan.executable.settings.learningRate = Self.rate
            plan.executable.settings.updateNumber = number
            _ = try plan.forwardAndLoss()
            try plan.backwardAndUpdate()
            return try engine.tensor(plan, plan.program.parameters[0]).scalars
        }
    }

    /// Expects two steps `w₁ = first(w₀, g₀)` and `w₂ = second(w₁, g₀, g₁)`, element by element.
    private func expectSteps(
        _ engine: Engine, _ optimizer: Optimizer, maximumGradientNorm: Double? = nil,
        first: (_ w: Double, _ g: Double) -> Double,
        second: (_ w1: Double, _ w0: Double, _ g0: Double, _ g1: Double) -> Double,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let w0 = [0.75, -0.5]
        let g0 = Self.gradient(w0)
        let w1 = zip(w0, g0).map(first)
        let g1 = Self.gradient(w1)
        let w2 = w1.indices.map { second(w1[$0], w0[$0], g0[$0], g1[$0]) }
        let actual = try steps(engine, optimizer, from: w0, maximumGradientNorm: maximumGradientNorm)
        // A dozen roundings of numbers below 1 in each step, and the functions of softmax and √.
        let bound = (24 + 4 * engine.functionUnits) * engine.epsilon + 1e-15
        for (actual, expected) in zip(actual.joined(), w1 + w2) {
            #expect(abs(actual - expected) <= bound, sourceLocation: sourceLocation)
        }
    }

    // From weights 0, p = ½ and g = [−½, ½]: every number can be checked by eye.
    @Test("first steps by hand", arguments: Engine.all) @EngineActor func byHand(engine: Engine) throws {
        let bound = 16 * engine.functionUnits * engine.epsilon
        func expectFirst(_ optimizer: Optimizer, _ expected: Double) throws {
            let first = try steps(engine, optimizer, from: [0, 0])[0]
            #expect(abs(first[0] - expected) <= bound)
            #expect(abs(first[1] + expected) <= bound)
        }
        try expectFirst(.sgd(), 0.0625)
        try expectFirst(.sgd(momentum: 0.5), 0.0625)
        try expectFirst(.sgd(momentum: 0.5, nesterov: true), 0.09375)
        try expectFirst(.adam(epsilon: 0.5), 0.0625)
        try expectFirst(.adamW(epsilon: 0.5), 0.0625)
    }

    @Test("SGD", arguments: Engine.all, [0, 0.25]) @EngineActor func sgd(engine: Engine, decay: Double) throws {
        let rate = Self.rate
        try expectSteps(engine, .sgd(weightDecay: decay)) { w, g in
            w - rate * (g + decay * w)
        } second: { w1, _, _, g1 in
            w1 - rate * (g1 + decay * w1)
        }
    }

    @Test("SGD with momentum", arguments: Engine.all, [0, 0.25]) @EngineActor
    func momentum(engine: Engine, decay: Double) throws {
        let rate = Self.rate
        try expectSteps(engine, .sgd(momentum: 0.75, weightDecay: decay)) { w, g in
            w - rate * (g + decay * w)
        } second: { w1, w0, g0, g1 in
            w1 - rate * (0.75 * (g0 + decay * w0) + g1 + decay * w1)
        }
    }

    @Test("SGD with Nesterov momentum", arguments: Engine.all, [0, 0.25]) @EngineActor
    func nesterov(engine: Engine, decay: Double) throws {
        let rate = Self.rate
        try expectSteps(engine, .sgd(momentum: 0.75, nesterov: true, weightDecay: decay)) { w, g in
            w - rate * 1.75 * (g + decay * w)
        } second: { w1, w0, g0, g1 in
            let velocity = 0.75 * (g0 + decay * w0) + g1 + decay * w1
            return w1 - rate * (g1 + decay * w1 + 0.75 * velocity)
        }
    }

    // With bias correction m̂₁ = g₀, v̂₁ = g₀², m̂₂ = (β₁·g₀ + g₁)/(1 + β₁), v̂₂ = (β₂·g₀² + g₁²)/(1 + β₂).
    @Test("Adam", arguments: Engine.all, [0, 0.25]) @EngineActor func adam(engine: Engine, decay: Double) throws {
        let rate = Self.rate
        let optimizer = Optimizer.adam(beta1: 0.5, beta2: 0.75, epsilon: 0.01, weightDecay: decay)
        try expectSteps(engine, optimizer) { w, g in
            w - rate * (g + decay * w) / (abs(g + decay * w) + 0.01)
        } second: { w1, w0, g0, g1 in
            let (g0, g1) = (g0 + decay * w0, g1 + decay * w1)
            return w1 - rate * (0.5 * g0 + g1) / 1.5 / (sqrt((0.75 * g0 * g0 + g1 * g1) / 1.75) + 0.01)
        }
    }

    @Test("AdamW", arguments: Engine.all, [0, 0.25]) @EngineActor func adamW(engine: Engine, decay: Double) throws {
        let rate = Self.rate
        let optimizer = Optimizer.adamW(beta1: 0.5, beta2: 0.75, epsilon: 0.01, weightDecay: decay)
        try expectSteps(engine, optimizer) { w, g in
            w - rate * decay * w - rate * g / (abs(g) + 0.01)
        } second: { w1, _, g0, g1 in
            w1 - rate * decay * w1
                - rate * (0.5 * g0 + g1) / 1.5 / (sqrt((0.75 * g0 * g0 + g1 * g1) / 1.75) + 0.01)
        }
    }

    // Both components of g have the size 1 − p, so its norm is √2·(1 − p), about 0.31 in both steps.
    @Test("gradient clipping scales a long gradient and leaves a short one", arguments: Engine.all) @EngineActor
    func clipping(engine: Engine) throws {
        let rate = Self.rate
        try expectSteps(engine, .sgd(), maximumGradientNorm: 0.125) { w, g in
            w - rate * 0.125 * (g < 0 ? -1 : 1) / 2.0.squareRoot()
        } second: { w1, _, _, g1 in
            w1 - rate * 0.125 * (g1 < 0 ? -1 : 1) / 2.0.squareRoot()
        }
        try expectSteps(engine, .sgd(), maximumGradientNorm: 0.5) { w, g in
            w - rate * g
        } second: { w1, _, _, g1 in
            w1 - rate * g1
        }
    }

    @Test("one update of a whole network equals the reference's", arguments: Engine.all, ExampleNetwork.all)
    @EngineActor func wholeNetwork(engine: Engine, example: ExampleNetwork) throws {
        func train(_ engine: Engine) throws -> [Tensor<Double>] {
            let mode = PlanMode.training(Loss(labelSmoothing: 0.1), .sgd(momentum: 0.5), maximumGradientNorm: 0.5)
            let plan = try engine.plan(example.network, try example.data(batchSize: 4, seed: 7), mode: mode)
            _ = plan.executable.withInput { $0.labels.update(fromContentsOf: [0, 1, 1, 0]) }
            plan.executable.settings.learningRate = 0.5
            for _ in 0..<2 {
                _ = try plan.forwardAndLoss()
                try plan.backwardAndUpdate()
            }
            return try (plan.program.parameters + plan.program.optimizerStates.joined()).map {
                try engine.tensor(plan, $0)
            }
        }
        let (actual, expected) = (try train(engine), try train(.reference))
        #expect(actual.count == expected.count)
        for (actual, expected) in zip(actual, expected) {
            // Two steps through ten operations with sums of up to 100 terms, on numbers of about 1.
            #expect(difference(actual, expected, within: 4000 * engine.epsilon * engine.sumFactor) == nil)
        }
    }

    // One bias of the example is faster: SGD's and AdamW's decay pulls as on the others.
    @Test(
        "rate factors move parameters by as much, and decay keeps its pull", arguments: Engine.all,
        [
            Optimizer.sgd(momentum: 0.5, nesterov: true, weightDecay: 0.25), .sgd(weightDecay: 0.25),
            .adamW(weightDecay: 0.25),
        ])
    @EngineActor func rateFactors(engine: Engine, optimizer: Optimizer) throws {
        let network = Network(input: [1, 2, 2]) {
            Flatten()
            Dense(3)
            Dense(2)
        }
        let data = try NetworkData(for: network, batchSize: 2, seed: 3, Samples.uniform)
        func train(_ factors: [Double], decay: Bool = true) throws -> [Tensor<Double>] {
            let plan = try engine.plan(network, data, mode: .training(Loss(), optimizer))
            plan.executable.settings.learningRate = 0.125
            plan.executable.settings.rateFactors = factors
            _ = try plan.forwardAndLoss()
            try plan.backwardAndUpdate()
            return try plan.program.parameters.map { try engine.tensor(plan, $0) }
        }
        let (usual, changed) = (try train([]), try train([1, 4, 1, 1]))
        #expect(try train([1, 1, 1, 1]) == usual)
        #expect([0, 2, 3].allSatisfy { changed[$0] == usual[$0] })
        // w₁ = w₀ − pull·w₀ − step; the step is four times as far.
        let nesterov = optimizer.stateCount == 1 ? 1.5 : 1
        for (index, w0) in data.parameters[1].scalars.enumerated() {
            let pull = 0.125 * 0.25 * nesterov * w0
            let expected = w0 - pull + 4 * (usual[1].scalars[index] - w0 + pull)
            #expect(abs(changed[1].scalars[index] - expected) < 1e-14 + 64 * engine.epsilon)
        }
    }

    @Test("frozen parameters stay as they are", arguments: Engine.all) @EngineActor func frozen(engine: Engine) throws {
        let example = try #require(ExampleNetwork.all.last)
        let data = try example.data(batchSize: 2, seed: 8)
        let plan = try engine.plan(example.network, data, mode: .training(Loss(), .adam()))
        plan.executable.settings.learningRate = 0.5
        _ = try plan.forwardAndLoss()
        try plan.backwardAndUpdate()
        for (index, spec) in try example.network.parameters().enumerated() {
            let isSame = try engine.tensor(plan, plan.program.parameters[index]) == data.parameters[index]
            #expect(isSame == example.network.isFrozen(spec.name), "\(spec.name)")
            #expect(plan.program.optimizerStates[index].isEmpty == isSame, "\(spec.name)")
        }
    }
}
