// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Plan") struct PlanTests {
    private static let network = Network(input: [1, 4, 4]) {
        Conv2D(2, kernelSize: 3)
        ReLU()
        Flatten()
        Dense(3)
    }

    private func plan(_ engine: Engine, _ mode: PlanMode = .training(Loss(), .adam())) throws -> Plan {
        let plan = try Plan(Self.network, mode: mode, batchSize: 2, backend: engine.backend)
        try plan.load(Self.network.initialWeights(seed: 1))
        plan.executable.withInput { $0.images.update(repeating: 0.5) }
        return plan
    }

    private func error(_ body: () throws -> Void) -> (any OcellusError)? {
        do {
            try body()
            return nil
        } catch { return error as? any OcellusError }
    }

    @Test("weights and optimiser state go in and come out unchanged", arguments: Engine.all) @EngineActor
    func roundTrip(engine: Engine) throws {
        let plan = try plan(engine)
        let weights = try Self.network.initialWeights(seed: 9)
        try plan.load(weights)
        #expect(try plan.weights() == weights)
        let states = try plan.optimizerStates().map { $0.map { Samples.uniform($0.shape, seed: 3) } }
            .map { $0.map { Tensor($0.shape, $0.scalars.map { Float($0) }) } }
        try plan.load(optimizerStates: states)
        #expect(try plan.optimizerStates() == states)
        #expect(states.map(\.count) == [2, 2, 2, 2])
    }

    @Test("training reduces the loss", arguments: Engine.all) @EngineActor func training(engine: Engine) throws {
        let plan = try plan(engine)
        let images = Samples.uniform([2, 1, 4, 4], seed: 2)
        _ = plan.executable.withInput { $0.images.update(fromContentsOf: images.scalars.map { Float($0) }) }
        _ = plan.executable.withInput { $0.labels.update(fromContentsOf: [0, 2]) }
        var losses: [Double] = []
        for step in 1...20 {
            plan.executable.settings.learningRate = 0.05
            plan.executable.settings.updateNumber = step
            let statistics = try plan.forwardAndLoss()
            losses.append(statistics.lossSum / statistics.weightSum)
            try plan.backwardAndUpdate()
        }
        let (first, last) = (try #require(losses.first), try #require(losses.last))
        #expect(last < first / 4)
    }

    @Test("names where numbers stop being finite", arguments: Engine.all) @EngineActor func nonFinite(engine: Engine)
        throws
    {
        let plan = try plan(engine)
        #expect(try plan.firstNonFiniteLayer() == nil)
        var weights = try Self.network.initialWeights(seed: 1)
        weights.parameters[2].scalars = weights.parameters[2].scalars.map { _ in 3e38 }
        weights.parameters[1].scalars = [1e6, 1e6]
        try plan.load(weights)
        #expect(try plan.firstNonFiniteLayer() == "the output of layer 3 Dense(3)")
        weights.parameters[0].scalars[0] = .nan
        try plan.load(weights)
        #expect(try plan.firstNonFiniteLayer() == "the parameter 0.weight")
    }

    @Test("steps and memory are known before a run", arguments: Engine.all) @EngineActor
    func description(engine: Engine) throws {
        let plan = try plan(engine)
        let executable = plan.executable
        #expect(!executable.steps.isEmpty)
        #expect(executable.steps.allSatisfy { !$0.layer.isEmpty && !$0.implementation.isEmpty && $0.bytes >= 0 })
        #expect(executable.steps.contains { $0.layer == "0 Conv2D(2, 3×3, padding same)" && $0.phase == .backward })
        let parameters = try Self.network.parameters().reduce(0) { $0 + $1.shape.count }
        // Parameters and two moments of each, in Float at least.
        #expect(executable.memory.persistent >= 3 * 4 * parameters)
        #expect(executable.memory.total >= executable.memory.persistent + executable.memory.arena)
        executable.withInput { input in
            #expect(input.sampleWeights.allSatisfy { $0 == 1 })
            #expect(input.sampleWeights.count == 2 && input.labels.count == 2)
        }
    }

    @Test("inference keeps the activations that it is asked to keep", arguments: Engine.all) @EngineActor
    func activations(engine: Engine) throws {
        let plan = try plan(engine, .activations)
        try plan.forward()
        // What the first dense layer reads, under another shape.
        let flattened = try #require(plan.program.operations.first { $0.kind is Op.Reshape })
        let maps = flattened.inputs[0]
        let weights = try Self.network.initialWeights(seed: 1)
        // In the middle of a constant image the convolution is ½·Σ w, here followed by its ReLU.
        let sum = weights.parameters[0].scalars[0..<9].reduce(0) { $0 + Double($1) }
        #expect(try abs(Double(plan.tensor(maps)[0, 0, 1, 2]) - max(0, sum / 2)) < 1e-6)
    }

    @Test("Predictor gives every image its logits whatever the batch", arguments: Engine.all) @EngineActor
    func predictor(engine: Engine) throws {
        let images = Samples.uniform([5, 1, 4, 4], seed: 4).scalars.map { Float($0) }
        let weights = try Self.network.initialWeights(seed: 1)
        let results = try [1, 2, 5, 8].map { batchSize in
            let predictor = try Predictor(Self.network, batchSize: batchSize, backend: engine.backend)
            try predictor.load(weights)
            return try predictor.logits(count: 5) { range, buffer in
                #expect(buffer.count == range.count * 16)
                _ = buffer.update(fromContentsOf: images[range.lowerBound * 16..<range.upperBound * 16])
            }
        }
        for result in results {
            #expect(result.shape == [5, 3])
            for (a, b) in zip(result.scalars, results[0].scalars) { #expect(abs(a - b) <= 1e-5) }
        }
    }

    // MARK: Errors

    @Test("says which layer cannot run") func layerError() throws {
        let network = Network(input: [1, 4, 4]) {
            MaxPool2D(2)
            Conv2D(8, kernelSize: 5, padding: .valid)
        }
        let error = error { _ = try plan(network) }
        #expect(
            error?.rendered == """
                error[model.kernelExceedsInput]: layer 2 of 2, Conv2D(8, 5×5, padding valid), cannot run.
                  needs     an image of at least 5×5
                  received  [N, 1, 2, 2] from layer 1, MaxPool2D(2×2)
                  because   one 2×2 pooling reduces 4×4 images to 2×2
                  try       padding same, a smaller kernel, or one pooling layer fewer
                """)
    }

    private func plan(_ network: Network, _ mode: PlanMode = .inference, batchSize: Int = 2) throws -> Plan {
        try Plan(network, mode: mode, batchSize: batchSize, backend: ReferenceBackend())
    }

    @Test(
        "refuses impossible settings",
        arguments: [
            (PlanMode.inference, 0, "error[model.outOfRange]: the batch size is out of range.", "0"),
            (.training(Loss(labelSmoothing: 1), .sgd()), 2, "the label smoothing is out of range.", "1.0"),
            (.training(Loss(classWeights: [1, 1]), .sgd()), 2, "the class weights do not fit.", "[1.0, 1.0]"),
            (.training(Loss(), .sgd(learningRate: -1)), 2, "the optimiser's settings are out of range.", "SGD"),
            (.training(Loss(), .sgd(), maximumGradientNorm: 0), 2, "the gradient clip is out of range.", "0.0"),
        ]) func settings(mode: PlanMode, batchSize: Int, summary: String, received: String) throws
    {
        let error = try #require(error { _ = try plan(Self.network, mode, batchSize: batchSize) })
        #expect(error.code == "model.outOfRange")
        #expect(error.rendered.contains(summary))
        #expect(error.received?.contains(received) == true)
        #expect(error.needs != nil)
    }

    @Test("needs one logit for each class to train") func notClasses() throws {
        let network = Network(input: [1, 4, 4]) { Conv2D(2, kernelSize: 3) }
        let error = try #require(error { _ = try plan(network, .training(Loss(), .sgd())) })
        #expect(error.code == "model.notClasses")
        #expect(error.received == "[N, 2, 4, 4]")
    }

    @Test("refuses weights and states of another network") func mismatch() throws {
        let plan = try plan(Self.network, .training(Loss(), .adam()))
        let other = try Network(input: [1, 4, 4]) {
            Conv2D(2, kernelSize: 3)
            Flatten()
            Dense(4)
        }
        .initialWeights(seed: 1)
        let weights = try #require(error { try plan.load(other) })
        #expect(weights.code == "model.weightsMismatch")
        #expect(weights.summary == "the tensor \"3.weight\" has another shape.")
        let states = try #require(error { try plan.load(optimizerStates: [[]]) })
        #expect(states.code == "model.weightsMismatch")
        #expect(states.needs == "8 tensors of the parameters' shapes")
        #expect(states.received == "0 tensors")
    }

    @Test("the reference backend refuses what no machine holds") func tooLarge() throws {
        let network = Network(input: [1024, 1 << 20, 1 << 20]) { ReLU() }
        let error = try #require(error { _ = try plan(network) })
        #expect(error.code == "plan.outOfMemory")
        #expect(error.received == "input [2, 1024, 1048576, 1048576]")
        #expect(error.advice == "a smaller batch or image")
    }
}
