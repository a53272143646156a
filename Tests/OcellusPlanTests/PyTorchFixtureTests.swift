// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Agreement with PyTorch") struct PyTorchFixtureTests {
    typealias Fixtures = PyTorchFixtures

    /// Largest difference accepted from a number of PyTorch.
    ///
    /// Rounding errors of independent signs grow like √K over K operations: `λ·√K·ε` times the sum of absolute values
    /// bounds a sum of K products with probability 1 − 2·exp(−λ²/2) (Higham and Mary 2019, SIAM Journal on Scientific
    /// Computing 41:A2815, theorem 2.4). λ = 8 makes that 10⁻¹³ a number. `functionUnits` covers one exp, tanh or erf.
    /// The last term is the file's own rounding to 12 digits.
    private func bound(_ engine: Engine, terms: Int, magnitude: Double?) throws -> Double {
        let units = 8 * Double(terms).squareRoot() * engine.sumFactor + engine.functionUnits
        return try #require(magnitude) * (units * engine.epsilon + 1e-11)
    }

    @Test("the fixtures can be read and cover every kind of layer") func complete() throws {
        let fixtures = try Fixtures.loaded.get()
        #expect(fixtures.torch.hasPrefix("2."))
        #expect(
            fixtures.layers.reduce(into: Set()) { $0.formUnion(Self.tags($1.network.layers)) }
                == Set(LayerCatalog.standard.tags).subtracting(["graph"]))
        #expect(fixtures.losses.count >= 6 && fixtures.optimizers.count >= 8)
        #expect(fixtures.trainings.count >= 6 && fixtures.schedules.count >= 5)
    }

    private static func tags(_ layers: [NamedLayer]) -> Set<String> {
        layers.reduce(into: []) { tags, layer in
            if let tag = LayerCatalog.standard.tag(of: layer.layer) { tags.insert(tag) }
            _ = try? layer.layer.mappingBranches { branch, _ in
                tags.formUnion(Self.tags(branch))
                return branch
            }
        }
    }

    @Test("layers", arguments: Engine.all, Fixtures.cases(\.layers))
    @EngineActor func layer(engine: Engine, fixture: Fixtures.LayerCase) throws {
        let network = fixture.network
        let specs = try network.parameters()
        let buffers = try network.buffers()
        #expect(Set(specs.map(\.name)) == Set(fixture.parameters.keys))
        #expect(Set(buffers.map(\.name)) == Set(fixture.buffers.keys))
        let shape = try network.outputShape(batchSize: fixture.batchSize)
        let data = NetworkData(
            input: Tensor(network.input.batched(fixture.batchSize), fixture.input),
            parameters: try specs.map { try #require(fixture.parameters[$0.name]).tensor($0.shape) },
            buffers: try buffers.map { try #require(fixture.buffers[$0.name]).tensor($0.shape) },
            outputGradient: fixture.outputGradient.map { Tensor(shape, $0) } ?? Tensor(repeating: 0, shape))
        func check(_ name: String, _ actual: Tensor<Double>?, _ expected: Fixtures.Values?) throws {
            let (actual, expected) = (try #require(actual, "\(name)"), try #require(expected, "\(name)"))
            let bound = try bound(engine, terms: fixture.terms, magnitude: expected.magnitude)
            let difference = difference(actual, try expected.tensor(actual.shape), within: bound)
            #expect(difference == nil, "\(name)")
        }
        if fixture.mode == "inference" {
            try check("output", try engine.infer(network, data), fixture.expected.output)
            return
        }
        for joins in [true, false] {
            let run = try engine.run(network, data, joins: joins)
            try check("output", run.output, fixture.expected.output)
            try check("input gradient", run.inputGradient, fixture.expected.inputGradient)
            for spec in specs {
                let expected = fixture.expected.parameterGradients?[spec.name]
                try check("gradient of \(spec.name)", run.parameterGradients[spec.name], expected)
            }
            for spec in buffers {
                try check("\(spec.name) after", run.buffers[spec.name], fixture.expected.buffersAfter?[spec.name])
            }
        }
    }

    @Test("losses", arguments: Engine.all, Fixtures.cases(\.losses))
    @EngineActor func loss(engine: Engine, fixture: Fixtures.LossCase) throws {
        let network = Network(input: [fixture.classes, 1, 1]) { Flatten() }
        let shape: Shape = [fixture.labels.count, fixture.classes]
        let data = NetworkData(
            input: Tensor([shape[0], shape[1], 1, 1], fixture.logits), outputGradient: Tensor(repeating: 0, shape))
        let plan = try engine.plan(network, data, mode: .training(fixture.loss, .sgd()))
        _ = plan.executable.withInput { $0.labels.update(fromContentsOf: fixture.labels) }
        _ = plan.executable.withInput { $0.sampleWeights.update(fromContentsOf: fixture.sampleWeights) }
        let statistics = try plan.forwardAndLoss()
        let expected = fixture.expected
        func bound(_ magnitude: Double?) throws -> Double {
            try self.bound(engine, terms: fixture.terms, magnitude: magnitude)
        }
        #expect(abs(statistics.lossSum - expected.lossSum) <= (try bound(expected.lossMagnitude)))
        #expect(abs(statistics.weightSum - expected.weightSum) <= (try bound(expected.weightSum)))
        #expect(statistics.correct == expected.correct)
        #expect(statistics.count == expected.count)
        let operation = try #require(plan.program.operations.first { $0.phase == .loss })
        let gradient = try engine.tensor(plan, operation.outputs[0])
        let difference = difference(
            gradient, try expected.gradient.tensor(shape), within: try bound(expected.gradient.magnitude))
        #expect(difference == nil)
    }

    /// The parameter is the weight of a batch norm, because its gradient is a value of its own in every engine: it is
    /// overwritten between backward and update.
    @Test("optimisers", arguments: Engine.all, Fixtures.cases(\.optimizers))
    @EngineActor func optimizer(engine: Engine, fixture: Fixtures.OptimizerCase) throws {
        let count = fixture.start.count
        let network = Network(input: [count, 1, 1]) {
            BatchNorm2D()
            Flatten()
        }
        let data = NetworkData(
            input: Samples.uniform([2, count, 1, 1], seed: 1),
            parameters: [Tensor([count], fixture.start), Tensor(repeating: 0, [count])],
            outputGradient: Tensor(repeating: 0, [2, count]))
        let plan = try engine.plan(network, data, mode: .training(Loss(), fixture.optimizer))
        let weight = plan.program.parameters[0]
        let gradientOfWeight = try #require(plan.program.parameterGradients[0])
        for (step, gradient) in fixture.gradients.enumerated() {
            plan.executable.settings.learningRate = fixture.optimizer.learningRate * fixture.factors[step]
            plan.executable.settings.updateNumber = step + 1
            _ = try plan.forwardAndLoss()
            try plan.executable.run(.backward)
            try engine.set(plan, gradientOfWeight, Tensor([count], gradient))
            try plan.executable.run(.update)
            let expected = fixture.after[step]
            let bound = try bound(engine, terms: fixture.terms, magnitude: expected.magnitude)
            let difference = try difference(engine.tensor(plan, weight), try expected.tensor([count]), within: bound)
            #expect(difference == nil, "after step \(step + 1)")
        }
    }

    @Test("three whole training steps", arguments: Engine.all, Fixtures.cases(\.trainings))
    @EngineActor func training(engine: Engine, fixture: Fixtures.TrainingCase) throws {
        let network = fixture.network
        let specs = try network.parameters()
        let shape = network.input.batched(fixture.batchSize)
        let data = NetworkData(
            input: Tensor(shape, fixture.inputs[0]),
            parameters: try specs.map { try #require(fixture.parameters[$0.name]).tensor($0.shape) },
            outputGradient: Tensor(repeating: 0, try network.outputShape(batchSize: fixture.batchSize)))
        let mode = PlanMode.training(
            fixture.loss, fixture.optimizer, maximumGradientNorm: fixture.maximumGradientNorm)
        let plan = try engine.plan(network, data, mode: mode)
        for (step, input) in fixture.inputs.enumerated() {
            try engine.set(plan, plan.program.input, Tensor(shape, input))
            _ = plan.executable.withInput { $0.labels.update(fromContentsOf: fixture.labels[step]) }
            plan.executable.settings.learningRate = fixture.optimizer.learningRate * fixture.factors[step]
            plan.executable.settings.updateNumber = step + 1
            let statistics = try plan.forwardAndLoss()
            let loss = statistics.lossSum / statistics.weightSum
            let bound = try bound(engine, terms: fixture.terms, magnitude: fixture.lossMagnitudes[step])
            #expect(abs(loss - fixture.meanLosses[step]) <= bound, "loss of step \(step + 1)")
            try plan.backwardAndUpdate()
        }
        for (spec, id) in zip(specs, plan.program.parameters) {
            let expected = try #require(fixture.after[spec.name])
            let bound = try bound(engine, terms: fixture.terms, magnitude: expected.magnitude)
            let difference = try difference(engine.tensor(plan, id), try expected.tensor(spec.shape), within: bound)
            #expect(difference == nil, "\(spec.name)")
        }
    }

    @Test("schedules", arguments: Fixtures.cases(\.schedules))
    func schedule(fixture: Fixtures.ScheduleCase) {
        #expect(fixture.factors.count == fixture.epochs * fixture.stepsPerEpoch)
        for (step, factor) in fixture.factors.enumerated() {
            let ours = fixture.schedule.factor(
                step: step, stepsPerEpoch: fixture.stepsPerEpoch, steps: fixture.epochs * fixture.stepsPerEpoch)
            #expect(abs(ours - factor) <= 1e-11, "step \(step)")
        }
    }
}
