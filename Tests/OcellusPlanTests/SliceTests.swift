// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Slices on every engine") struct SliceTests {
    private static func network(
        _ sizes: Shape, _ offset: Int, _ count: Int, behind layers: [NamedLayer] = []
    ) throws -> Network {
        var builder = try GraphBuilder(image: sizes)
        let x = try builder.build(layers, from: builder.input)
        return try Network(try builder.finished(try builder.apply(Op.Slice(offset: offset, count: count), x)))
    }

    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let run = try engine.run(
            try Self.network([3, 1, 2], 1, 1),
            NetworkData(
                input: Tensor([2, 3, 1, 2], (1...12).map(Double.init)),
                outputGradient: Tensor([2, 1, 1, 2], [1, 2, 3, 4])))
        #expect(run.output.scalars == [3, 4, 9, 10])
        #expect(run.inputGradient?.scalars == [0, 0, 1, 2, 0, 0, 0, 0, 3, 4, 0, 0])
    }

    @Test("agrees with the reference", arguments: Engine.all) @EngineActor func agreement(engine: Engine) throws {
        let convolution = [NamedLayer(Conv2D(36, kernelSize: 3))]
        for network in [
            try Self.network([7, 3, 5], 0, 7), try Self.network([7, 3, 5], 2, 4), try Self.network([1, 1, 1], 0, 1),
            try Self.network([3, 5, 4], 16, 16, behind: convolution),
            try Self.network([3, 5, 4], 5, 31, behind: convolution),
        ] {
            let data = try NetworkData(for: network, batchSize: 3, seed: 1) { Samples.integers($0, seed: $1) }
            let bounds = engine.isExactOnIntegers ? nil : try engine.bounds(network, data, terms: 400)
            #expect(difference(try engine.run(network, data), try Engine.reference.run(network, data), bounds) == nil)
        }
    }

    @Test("gradients match central differences; parts that overlap add theirs") func gradients() throws {
        var builder = try GraphBuilder(image: [5, 2, 1])
        let a = try builder.apply(Op.Slice(offset: 0, count: 3), builder.input)
        let b = try builder.apply(Op.Slice(offset: 1, count: 3), builder.input)
        let c = try builder.apply(Op.Slice(offset: 2, count: 3), builder.input)
        let y = try builder.apply(Op.Multiply(), try builder.apply(Op.Multiply(), a, b), c)
        try expectGradients(try Network(try builder.finished(y)), batchSize: 2)
    }
}
