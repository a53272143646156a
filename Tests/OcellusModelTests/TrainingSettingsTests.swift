// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusGraph
import OcellusModel
import OcellusTensor
import Testing

@Suite("Initial values") struct InitializerTests {
    static let spec = ParameterSpec("weight", [300, 200], .zeros, fanIn: 200, fanOut: 300)

    /// Mean, variance and largest absolute value of 60,000 draws.
    private func statistics(_ initializer: Initializer) -> (mean: Double, variance: Double, largest: Double) {
        let values = initializer.tensor(for: Self.spec, index: 0, seed: 3).scalars.map(Double.init)
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        return (mean, variance, values.map(abs).max() ?? 0)
    }

    // Bounds are five standard errors: σ/√n for the mean; for the variance σ²·√((κ − 1)/n) with the kurtosis κ
    // 1.8 of a uniform and 3 of a normal distribution.
    @Test(
        "have the stated distribution",
        arguments: [
            (Initializer.glorotUniform, (6.0 / 500).squareRoot(), true),
            (.fanInUniform, (1.0 / 200).squareRoot(), true),
            (.heNormal, (2.0 / 200).squareRoot(), false), (.normal(standardDeviation: 0.05), 0.05, false),
        ])
    func distribution(initializer: Initializer, scale: Double, isUniform: Bool) {
        let (mean, variance, largest) = statistics(initializer)
        let expected = isUniform ? scale * scale / 3 : scale * scale
        let n = Double(Self.spec.shape.count)
        #expect(abs(mean) < 5 * (expected / n).squareRoot())
        #expect(abs(variance - expected) < 5 * expected * ((isUniform ? 0.8 : 2) / n).squareRoot())
        if isUniform {
            #expect(largest <= scale * (1 + 1e-6) && largest > 0.999 * scale)
        } else {
            #expect(largest > 3 * scale)
        }
    }

    @Test("dirac passes inputs on as they are; the outputs beyond them are drawn") func dirac() throws {
        let network = Network(input: [2, 4, 4]) {
            Conv2D(3, kernelSize: 3, hasBias: false).initialized(.dirac)
            Conv2D(2, kernelSize: 2, hasBias: false).initialized(.dirac)
            Flatten()
        }
        let weights = try network.initialWeights(seed: 1)
        let wide = weights.parameters[0].scalars
        // Output 0, input 0, middle of 3×3; output 1, input 1.
        #expect(wide[..<36].indices.filter { wide[$0] != 0 } == [4, 18 + 9 + 4])
        #expect(wide[4] == 1 && wide[31] == 1)
        #expect(wide[36...].allSatisfy { $0 != 0 && abs($0) <= 1 / Float(18).squareRoot() })
        // Fewer outputs than inputs, and the later of the two middles.
        let narrow = weights.parameters[1].scalars
        #expect(narrow.indices.filter { narrow[$0] != 0 } == [3, 12 + 4 + 3])
    }

    @Test("the same seed gives the same bits; seeds and parameters differ") func determinism() throws {
        let network = Network(input: [1, 4, 4]) {
            Conv2D(3, kernelSize: 3)
            BatchNorm2D()
            Flatten()
            Dense(48)
            Dense(48)
        }
        let weights = try network.initialWeights(seed: 5)
        #expect(try network.initialWeights(seed: 5) == weights)
        let other = try network.initialWeights(seed: 6)
        #expect(other.parameters[0] != weights.parameters[0])
        // Two layers of the same shape start apart.
        #expect(weights.parameters[4].shape == weights.parameters[6].shape)
        #expect(weights.parameters[4] != weights.parameters[6])
        #expect(weights.parameters[1] == Tensor(repeating: 0, [3]))
        #expect(weights.parameters[2] == Tensor(repeating: 1, [3]))
        #expect(weights.buffers == [Tensor(repeating: 0, [3]), Tensor(repeating: 1, [3])])
        #expect(weights.batchesTracked == 0)
    }
}

@Suite("Schedules") struct ScheduleTests {
    // Ten steps an epoch, ten epochs: steps 0 … 99.
    func factor(_ schedule: Schedule, _ step: Int) -> Double {
        schedule.factor(step: step, stepsPerEpoch: 10, steps: 100)
    }

    @Test("constant and step") func steps() {
        #expect(factor(.constant, 0) == 1 && factor(.constant, 99) == 1)
        let halving = Schedule(.step(epochs: 3, factor: 0.5))
        #expect([0, 29, 30, 59, 60, 99].map { factor(halving, $0) } == [1, 1, 0.5, 0.5, 0.25, 0.125])
        // So many epochs of ten steps are more steps than there are numbers.
        let late = Schedule(.step(epochs: .max, factor: 0.5))
        #expect(factor(late, 0) == 1 && factor(late, 99) == 1)
    }

    @Test("cosine goes from 1 to its end through the middle") func cosine() {
        let schedule = Schedule(.cosine(final: 0.2))
        #expect(factor(schedule, 0) == 1)
        #expect(abs(factor(schedule, 99) - 0.2) < 1e-12)
        // Half-way lies between steps 49 and 50.
        #expect(abs((factor(schedule, 49) + factor(schedule, 50)) / 2 - 0.6) < 1e-12)
        // A quarter of the way, 0.2 + 0.8·(1 + √½)/2, is between steps 24 and 25.
        #expect(factor(schedule, 24) > 0.882842 && factor(schedule, 25) < 0.882843)
    }

    @Test("one cycle rises to 1 and falls to its end") func oneCycle() {
        let schedule = Schedule(.oneCycle(rise: 1.0 / 3, start: 0.1, final: 0.01))
        #expect(abs(factor(schedule, 0) - 0.1) < 1e-12)
        #expect(abs(factor(schedule, 33) - 1) < 1e-12)
        #expect(abs(factor(schedule, 99) - 0.01) < 1e-12)
        let factors = (0..<100).map { factor(schedule, $0) }
        #expect(zip(factors[..<33], factors[1...33]).allSatisfy { $0 < $1 })
        #expect(zip(factors[33..<99], factors[34...]).allSatisfy { $0 > $1 })
    }

    // The summit is step ⌊0.23·100⌋ = 23; each step of the fall takes off 0.93/77.
    @Test("a triangle rises and falls in equal steps") func triangle() {
        let schedule = Schedule(.triangle())
        #expect(factor(schedule, 0) == 0.2 && factor(schedule, 23) == 1)
        #expect(abs(factor(schedule, 1) - (0.2 + 0.8 / 23)) < 1e-12)
        #expect(abs(factor(schedule, 99) - (0.07 + 0.93 / 77)) < 1e-12)
    }

    // Two epochs of warm-up are 20 steps: (step + 1)/21.
    @Test("warm-up rises in equal steps and hands over at 1") func warmup() {
        let schedule = Schedule(.cosine(), warmupEpochs: 2)
        #expect(factor(schedule, 0) == 1.0 / 21 && factor(schedule, 19) == 20.0 / 21)
        #expect(factor(schedule, 20) == 1)
        #expect(factor(schedule, 99) == 0)
    }

    @Test("settings out of range are refused") func ranges() throws {
        let wrong = [
            Schedule(.constant, warmupEpochs: -1), Schedule(.constant, warmupEpochs: 11),
            Schedule(.constant, warmupEpochs: .nan), Schedule(.step(epochs: 0, factor: 0.5)),
            Schedule(.step(epochs: 1, factor: 0)), Schedule(.cosine(final: 2)), Schedule(.oneCycle(rise: 1)),
            Schedule(.oneCycle(rise: 0.3, start: -1)),
            Schedule(.triangle(rise: 0)), Schedule(.triangle(final: 2)),
        ]
        for schedule in wrong { #expect(throws: ModelError.self) { try schedule.validate(epochs: 10) } }
        try Schedule(.oneCycle(), warmupEpochs: 1).validate(epochs: 10)
    }
}

@Suite("Optimisers, loss and preprocessing as values") struct TrainingSettingsTests {
    @Test("settings out of range are refused") func ranges() throws {
        let wrong: [Optimizer] = [
            .sgd(learningRate: 0), .sgd(learningRate: .nan), .sgd(momentum: 1), .sgd(momentum: -0.1),
            .sgd(nesterov: true),
            .sgd(weightDecay: -1), .adam(beta1: 1), .adam(beta2: -0.1), .adam(epsilon: 0),
            .adamW(weightDecay: .infinity),
        ]
        for optimizer in wrong {
            let error = #expect(throws: ModelError.self) { try optimizer.validate() }
            #expect(error?.kind == .outOfRange, "\(optimizer)")
        }
        try Optimizer.sgd(momentum: 0.9, nesterov: true).validate()
        #expect(throws: ModelError.self) { try Loss(labelSmoothing: 1).validate(classes: 3) }
        #expect(throws: ModelError.self) { try Loss(classWeights: [1, 2]).validate(classes: 3) }
        #expect(throws: ModelError.self) { try Loss(classWeights: [1, 2, 0]).validate(classes: 3) }
        try Loss(labelSmoothing: 0.1, classWeights: [1, 2, 3]).validate(classes: 3)
    }

    @Test("another learning rate leaves the rest") func learningRate() {
        var optimizer = Optimizer.adamW(learningRate: 1, beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.3)
        optimizer.learningRate = 0.5
        #expect(optimizer == .adamW(learningRate: 0.5, beta1: 0.8, beta2: 0.99, epsilon: 1e-6, weightDecay: 0.3))
        optimizer = .sgd(learningRate: 1, momentum: 0.9, nesterov: true, weightDecay: 0.1)
        optimizer.learningRate = 0.25
        #expect(optimizer == .sgd(learningRate: 0.25, momentum: 0.9, nesterov: true, weightDecay: 0.1))
        #expect(optimizer.stateCount == 1 && Optimizer.sgd().stateCount == 0 && Optimizer.adam().stateCount == 2)
    }

    @Test("preprocessing must fit together") func preprocessing() throws {
        let fine = Preprocessing(width: 28, height: 30, channels: 3)
        try fine.validate()
        #expect(fine.shape == [3, 30, 28] && fine.mean == [0, 0, 0] && fine.standardDeviation == [1, 1, 1])
        let wrong = [
            Preprocessing(width: 0, height: 1, channels: 1), Preprocessing(width: 1, height: 1, channels: 2),
            Preprocessing(width: 1, height: 1, channels: 3, mean: [0]),
            Preprocessing(width: 1, height: 1, channels: 1, standardDeviation: [0]),
            Preprocessing(width: 1, height: 1, channels: 1, mean: [.nan]),
        ]
        for preprocessing in wrong { #expect(throws: ModelError.self) { try preprocessing.validate() } }
    }

    @Test("settings survive JSON") func coding() throws {
        func survives<Value: Codable & Equatable>(_ value: Value) throws -> Bool {
            try JSONDecoder().decode(Value.self, from: try JSONEncoder().encode(value)) == value
        }
        #expect(try survives(Optimizer.sgd(momentum: 0.9, nesterov: true)))
        #expect(try survives(Optimizer.adamW()))
        #expect(try survives(Schedule(.oneCycle(rise: 0.2), warmupEpochs: 0.5)))
        #expect(try survives(Loss(labelSmoothing: 0.1, classWeights: [1, 2])))
        #expect(try survives(Preprocessing(width: 3, height: 2, channels: 1, fit: .pad, mean: [0.1])))
        #expect(try survives(Preprocessing(width: 3, height: 2, channels: 1, resampling: .lanczos)))
    }
}
