// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Dense on every engine") struct DenseTests {
    // y[0] = [1·1 + 2·0 + 1, 1·2 − 2·1, 2·3 − 1]; dx[0] = [1·1 + 2·2, −2 + 3·3]; dw[0,0] = 1·1 + 3·4.
    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let run = try engine.run(
            .single(Dense(3), input: [2]),
            NetworkData(
                input: Tensor([2, 2, 1, 1], [1, 2, 3, 4]),
                parameters: [Tensor([3, 2], [1, 0, 2, -1, 0, 3]), Tensor([3], [1, 0, -1])],
                outputGradient: Samples.counting([2, 3])))
        #expect(run.output.scalars == [2, 0, 5, 4, 2, 11])
        #expect(run.inputGradient?.scalars == [5, 7, 14, 13])
        #expect(run.parameterGradients["1.weight"]?.scalars == [13, 18, 17, 24, 21, 30])
        #expect(run.parameterGradients["1.bias"]?.scalars == [5, 7, 9])
    }

    static let sizes = [(1, 1), (2, 5), (5, 1), (13, 17), (33, 13), (65, 47)]

    @Test("agrees with the reference", arguments: Engine.all, sizes) @EngineActor
    func agreement(engine: Engine, size: (inputs: Int, outputs: Int)) throws {
        for batchSize in [1, 3] {
            for hasBias in [true, false] {
                try expectAgreement(
                    engine, .single(Dense(size.outputs, hasBias: hasBias), input: [size.inputs]),
                    batchSize: batchSize, terms: max(size.inputs + 1, size.outputs, batchSize))
            }
        }
    }

    @Test("gradients match central differences", arguments: sizes) func gradients(
        size: (inputs: Int, outputs: Int)
    ) throws {
        try expectGradients(.single(Dense(size.outputs), input: [size.inputs]), batchSize: 3)
        try expectGradients(.single(Dense(size.outputs, hasBias: false), input: [size.inputs]), batchSize: 1)
    }
}
