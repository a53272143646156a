// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("SelfAttention on every engine") struct SelfAttentionTests {
    private static func network(_ tokens: Int, _ features: Int, heads: Int) throws -> Network {
        try TokenTests.network(tokens, features) { SelfAttention(heads: heads) }
    }

    // Tokens 0 and ln 3 with query and key weights of 1, value 1, output 1: d = 1. The scores of the second token are 0 and
    // (ln 3)² = 1.2069; its weights 1/(1 + e^1.2069) and the rest. The first token's query is 0, so its weights are ½ and ½.
    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let x = 1.0986122886681098
        let run = try engine.run(
            try Self.network(2, 1, heads: 1),
            NetworkData(
                input: Tensor([1, 1, 2, 1], [0, x]),
                parameters: [
                    Tensor([3, 1], [1, 1, 1]), Tensor([3], [0, 0, 0]), Tensor([1, 1], [1]), Tensor([1], [0.5]),
                ], outputGradient: Tensor([1, 2, 1], [0, 0])))
        let weight = 0.7697586576607913
        let bound = 1e-9 + 20 * engine.epsilon
        #expect(difference(run.output, Tensor([1, 2, 1], [0.5 + x / 2, 0.5 + weight * x]), within: bound) == nil)
    }

    @Test("agrees with the reference", arguments: Engine.all, [1, 2, 65, 257]) @EngineActor
    func agreement(engine: Engine, tokens: Int) throws {
        let sizes = tokens > 65 ? [(8, 2)] : [(5, 1), (12, 3), (48, 3)]
        for (features, heads) in sizes {
            try TokenTests.expectAgreement(
                engine, try Self.network(tokens, features, heads: heads), batchSize: tokens > 65 ? 1 : 2)
        }
    }

    @Test("gradients match central differences", arguments: [1, 2, 5]) func gradients(tokens: Int) throws {
        try expectGradients(try Self.network(tokens, 6, heads: 2), batchSize: 2, limit: 30)
        try expectGradients(try Self.network(tokens, 5, heads: 1), batchSize: 3, limit: 30)
    }

    @Test("tokens in another order give outputs in that order", arguments: Engine.all) @EngineActor
    func permutation(engine: Engine) throws {
        let network = try Self.network(7, 6, heads: 3)
        var data = try NetworkData(for: network, batchSize: 1, seed: 2) { Samples.uniform($0, seed: $1) }
        let y = try engine.infer(network, data).scalars
        let x = data.input.scalars
        let order = [3, 0, 6, 1, 5, 2, 4]
        data.input.scalars = order.flatMap { x[$0 * 6..<$0 * 6 + 6] }
        let expected = order.flatMap { y[$0 * 6..<$0 * 6 + 6] }
        let bound = 200 * engine.epsilon
        #expect(difference(try engine.infer(network, data), Tensor([1, 7, 6], expected), within: bound) == nil)
    }

    @Test("the weights of every head are a value of their own that sums to 1", arguments: Engine.all) @EngineActor
    func weights(engine: Engine) throws {
        let network = try TokenTests.network(5, 6) { SelfAttention(heads: 2).named("attention") }
        let data = try NetworkData(for: network, batchSize: 2, seed: 2) { Samples.uniform($0, seed: $1) }
        for mode in [PlanMode.activations, .attribution(layers: ["attention.weights"])] {
            let plan = try engine.plan(network, data, mode: mode)
            try plan.executable.run(.forward)
            let id = try #require(plan.program.layerOutputs["attention.weights"])
            let weights = try engine.tensor(plan, id)
            #expect(weights.shape == [2, 2, 5, 5])
            for row in 0..<20 {
                #expect(abs(weights.scalars[row * 5..<row * 5 + 5].reduce(0, +) - 1) < 1e-5)
            }
        }
    }

    @Test(
        "in bfloat16, products with weights are rounded, those of tokens are not",
        .enabled(if: OneDNNBackend.hasBfloat16, "this processor does not compute in bfloat16 (AVX512-BF16 or AMX)"),
        arguments: [1, 2, 65])
    @EngineActor func bfloat16(tokens: Int) throws {
        let engine = try #require(Engine.bfloat16)
        let network = try Self.network(tokens, 48, heads: 3)
        let data = try NetworkData(for: network, batchSize: 2, seed: 2) { Samples.uniform($0, seed: $1) }
        let (found, expected) = (try engine.run(network, data), try Engine.bfloat16Reference.run(network, data))
        func isNear(_ a: Tensor<Double>, _ b: Tensor<Double>, _ share: Double) -> Bool {
            let largest = b.scalars.map(abs).max() ?? 0
            return zip(a.scalars, b.scalars).allSatisfy { abs($0 - $1) <= largest * share }
        }
        #expect(isNear(found.output, expected.output, 1 / 32))
        for (name, gradient) in found.parameterGradients {
            // One token weighs itself alone: queries and keys have no gradient but that of values.
            #expect(isNear(gradient, try #require(expected.parameterGradients[name]), 1 / 12), "\(name)")
        }
    }
}
