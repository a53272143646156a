// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("LocallyConnected2D on every engine") struct LocallyConnected2DTests {
    // Rows [1,2] and [3,4] meet their own kernels [1,2] and [3,−1] and biases 10 and 20: y = [1 + 4 + 10, 9 − 4 + 20].
    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let run = try engine.run(
            .single(LocallyConnected2D(1, kernelSize: Size2D(1, 2)), input: [1, 2, 2]),
            NetworkData(
                input: Samples.counting([1, 1, 2, 2]),
                parameters: [Tensor([2, 1, 1, 1, 1, 2], [1, 2, 3, -1]), Tensor([1, 2, 1], [10, 20])],
                outputGradient: Samples.counting([1, 1, 2, 1])))
        #expect(run.output.scalars == [15, 25])
        #expect(run.inputGradient?.scalars == [1, 2, 6, -2])
        #expect(run.parameterGradients["0.weight"]?.scalars == [1, 2, 6, 8])
        #expect(run.parameterGradients["0.bias"]?.scalars == [1, 2])
    }

    static let layers: [LocallyConnected2D] = [
        LocallyConnected2D(2, kernelSize: 1), LocallyConnected2D(5, kernelSize: 2, stride: Size2D(1, 2)),
        LocallyConnected2D(3, kernelSize: 3, padding: .same, hasBias: false),
        LocallyConnected2D(
            4, kernelSize: Size2D(3, 2), stride: 2, padding: .explicit(top: 2, left: 0, bottom: 1, right: 3)),
        LocallyConnected2D(5, kernelSize: 2, connectionSeed: 3),
        LocallyConnected2D(3, kernelSize: Size2D(2, 3), stride: 2, padding: .same, hasBias: false, connectionSeed: 4),
    ]

    @Test("agrees with the reference", arguments: Engine.all, layers) @EngineActor
    func agreement(engine: Engine, layer: LocallyConnected2D) throws {
        var count = 0
        for test in MapCase.all {
            guard (try? layer.outputShape(for: test.input.batched(1))) != nil else { continue }
            count += 1
            let field = layer.kernelSize.height * layer.kernelSize.width
            try expectAgreement(
                engine, .single(layer, input: test.input), batchSize: test.batchSize,
                terms: max(test.input[0], layer.outputChannels) * field + 1)
        }
        #expect(count >= 5)
    }

    @Test("gradients match central differences", arguments: layers) func gradients(layer: LocallyConnected2D) throws {
        try expectGradients(.single(layer, input: [3, 5, 4]), batchSize: 3)
    }

    // A dense layer whose weights are zero but for the connections.
    @Test("equals Dense when its inputs are random", arguments: Engine.all) @EngineActor
    func random(engine: Engine) throws {
        let layer = LocallyConnected2D(4, kernelSize: 3, hasBias: false, connectionSeed: 8)
        let table = try #require(try layer.randomInputs(for: [1, 3, 5, 4]))
        let weights = Samples.integers([3, 2, 4, 3, 3, 3], seed: 5)
        let input = Samples.integers([2, 3, 5, 4], seed: 6)
        var matrix = [Double](repeating: 0, count: 24 * 60)
        for position in 0..<6 {
            for output in 0..<4 {
                for tap in 0..<27 {
                    let column = table[position * 27 + tap]
                    matrix[(output * 6 + position) * 60 + column] = weights.scalars[(position * 4 + output) * 27 + tap]
                }
            }
        }
        let gradient = Samples.integers([2, 4, 3, 2], seed: 7)
        let sparse = try engine.run(
            .single(layer, input: [3, 5, 4]),
            NetworkData(input: input, parameters: [weights], outputGradient: gradient))
        let dense = try Engine.reference.run(
            Network(input: [3, 5, 4]) {
                Flatten()
                Dense(24, hasBias: false)
            },
            NetworkData(
                input: input, parameters: [Tensor([24, 60], matrix)], outputGradient: Tensor([2, 24], gradient.scalars))
        )
        #expect(sparse.output.scalars == dense.output.scalars)
        #expect(sparse.inputGradient?.scalars == dense.inputGradient?.scalars)
    }

    // With the same kernel at every position it is a convolution.
    @Test("equals Conv2D when its kernels are equal", arguments: Engine.all) @EngineActor
    func tied(engine: Engine) throws {
        let kernel = Samples.integers([2, 3, 3, 2], seed: 5)
        let input = Samples.integers([2, 3, 5, 4], seed: 6)
        let outputGradient = Samples.integers([2, 2, 3, 3], seed: 7)
        let untied = try engine.run(
            .single(LocallyConnected2D(2, kernelSize: Size2D(3, 2), hasBias: false), input: [3, 5, 4]),
            NetworkData(
                input: input,
                parameters: [Tensor([3, 3, 2, 3, 3, 2], Array(repeatElement(kernel.scalars, count: 9).joined()))],
                outputGradient: outputGradient))
        let tied = try Engine.reference.run(
            .single(
                Conv2D(2, kernelSize: Size2D(3, 2), padding: .valid, hasBias: false), input: [3, 5, 4]),
            NetworkData(input: input, parameters: [kernel], outputGradient: outputGradient))
        #expect(untied.output == tied.output)
        #expect(untied.inputGradient == tied.inputGradient)
    }
}
