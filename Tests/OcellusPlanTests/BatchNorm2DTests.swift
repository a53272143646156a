// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("BatchNorm2D on every engine") struct BatchNorm2DTests {
    // x = 1, 3, 5, 7 has mean 4, variance 5 (unbiased 20/3); with ε = 4 the divisor is 3 and x̂ = −1, −⅓, ⅓, 1.
    // dβ = 12, dγ = −1 − ⅔ + 1 + 6 = 16/3, dx = 3/3·(dy − 12/4 − x̂·(16/3)/4).
    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let network = Network(input: [1, 1, 2]) { BatchNorm2D(epsilon: 4, momentum: 0.5) }
        let run = try engine.run(
            network,
            NetworkData(
                input: Tensor([2, 1, 1, 2], [1, 3, 5, 7]), parameters: [Tensor([1], [3]), Tensor([1], [1])],
                outputGradient: Tensor([2, 1, 1, 2], [1, 2, 3, 6])))
        let bound = 32 * engine.epsilon
        func expect(_ tensor: Tensor<Double>?, _ expected: [Double]) throws {
            let tensor = try #require(tensor)
            #expect(difference(tensor, Tensor(tensor.shape, expected), within: bound) == nil)
        }
        try expect(run.output, [-2, 0, 2, 4])
        try expect(run.inputGradient, [-2.0 / 3, -5.0 / 9, -4.0 / 9, 5.0 / 3])
        try expect(run.parameterGradients["0.weight"], [16.0 / 3])
        try expect(run.parameterGradients["0.bias"], [12])
        try expect(run.buffers["0.running_mean"], [2])
        try expect(run.buffers["0.running_var"], [0.5 + 10.0 / 3])
    }

    @Test("inference uses the running statistics", arguments: Engine.all) @EngineActor
    func inference(engine: Engine) throws {
        let network = Network(input: [1, 1, 2]) { BatchNorm2D(epsilon: 4) }
        let output = try engine.infer(
            network,
            NetworkData(
                input: Tensor([2, 1, 1, 2], [1, 3, 5, 7]), parameters: [Tensor([1], [3]), Tensor([1], [1])],
                buffers: [Tensor([1], [1]), Tensor([1], [5])], outputGradient: Tensor(repeating: 0, [2, 1, 1, 2])))
        #expect(difference(output, Tensor([2, 1, 1, 2], [1, 3, 5, 7]), within: 32 * engine.epsilon) == nil)
    }

    @Test("agrees with the reference", arguments: Engine.all, MapCase.all) @EngineActor
    func agreement(engine: Engine, test: MapCase) throws {
        let network = Network(input: test.input) { BatchNorm2D(epsilon: 0.01) }
        let data = try NetworkData(for: network, batchSize: test.batchSize, seed: 6, Samples.uniform)
        let expected = try Engine.reference.run(network, data)
        let actual = try engine.run(network, data)
        // Mean and variance are sums of `count` terms of at most 1; results multiply their errors by γ/√ε ≤ 10 at most
        // twice, once for the normalisation and once for its gradient, and dγ sums `count` of them.
        let count = Double(test.batchSize * test.input[1] * test.input[2])
        let bounds = engine.bounds(like: expected, units: 4 * (count + 8) * engine.sumFactor, scale: 10)
        #expect(difference(actual, expected, bounds) == nil)
        for name in ["0.running_mean", "0.running_var"] {
            let (actual, expected) = (try #require(actual.buffers[name]), try #require(expected.buffers[name]))
            #expect(difference(actual, expected, within: 4 * (count + 8) * engine.epsilon) == nil, "\(name)")
        }
        var running = data
        running.buffers = [
            Samples.uniform([test.input[0]], seed: 7), Samples.uniform([test.input[0]], seed: 8).mapped { $0 * $0 },
        ]
        #expect(
            difference(
                try engine.infer(network, running), try Engine.reference.infer(network, running),
                within: 32 * 10 * engine.epsilon) == nil)
    }

    @Test("running statistics move once for each forward run", arguments: Engine.all) @EngineActor
    func running(engine: Engine) throws {
        let network = Network(input: [2, 2, 2]) { BatchNorm2D(momentum: 0.25) }
        let data = try NetworkData(for: network, batchSize: 2, seed: 9, Samples.uniform)
        let plan = try engine.plan(network, data)
        var means: [[Double]] = []
        for _ in 0..<3 {
            try plan.executable.run(.forward)
            means.append(try engine.tensor(plan, plan.program.buffers[0]).scalars)
        }
        // 0, then ¼·m, 7/16·m, 37/64·m.
        for channel in 0..<2 {
            let mean = 4 * means[0][channel]
            #expect(abs(means[1][channel] - mean * 7 / 16) <= 8 * engine.epsilon)
            #expect(abs(means[2][channel] - mean * 37 / 64) <= 8 * engine.epsilon)
        }
    }

    @Test("gradients match central differences", arguments: MapCase.all) func gradients(test: MapCase) throws {
        try expectGradients(
            Network(input: test.input) { BatchNorm2D(epsilon: 0.01) }, batchSize: test.batchSize, limit: 15)
    }
}
