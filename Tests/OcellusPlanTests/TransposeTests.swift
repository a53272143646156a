// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Transposition on every engine") struct TransposeTests {
    private static func network(_ sizes: Shape, _ order: [Int]) throws -> Network {
        var builder = try GraphBuilder(image: [1, 1, sizes.count])
        let x = try builder.apply(Op.Reshape(sizes), builder.input)
        return try Network(try builder.finished(try builder.apply(Op.Transpose(order), x)))
    }

    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let run = try engine.run(
            try Self.network([2, 3], [2, 1]),
            NetworkData(
                input: Tensor([1, 1, 1, 6], [1, 2, 3, 4, 5, 6]),
                outputGradient: Tensor([1, 3, 2], [10, 20, 30, 40, 50, 60])))
        #expect(run.output == Tensor([1, 3, 2], [1, 4, 2, 5, 3, 6]))
        #expect(run.inputGradient?.scalars == [10, 30, 50, 20, 40, 60])
    }

    @Test("agrees with the reference, and its gradient undoes it", arguments: Engine.all) @EngineActor
    func agreement(engine: Engine) throws {
        let cases: [(Shape, [Int])] = [
            ([1], [1]), ([65, 20], [2, 1]), ([5, 3, 7], [2, 1, 3]), ([5, 3, 7], [3, 1, 2]),
            ([3, 4, 2, 17], [2, 3, 1, 4]),
            ([1, 5, 1], [3, 2, 1]),
        ]
        for (sizes, order) in cases {
            let network = try Self.network(sizes, order)
            let data = try NetworkData(for: network, batchSize: 3, seed: 1) { Samples.integers($0, seed: $1) }
            let found = difference(try engine.run(network, data), try Engine.reference.run(network, data))
            #expect(found == nil, "\(sizes), \(order)")
            var again = data
            let shape = try network.outputShape(batchSize: 3)
            again.outputGradient = Tensor(shape, try engine.infer(network, data).scalars)
            #expect(try engine.run(network, again).inputGradient?.scalars == data.input.scalars)
        }
    }

    @Test("maps in blocks are turned too", arguments: Engine.all) @EngineActor func blocks(engine: Engine) throws {
        var builder = try GraphBuilder(image: [3, 5, 4])
        let x = try builder.build([NamedLayer(Conv2D(20, kernelSize: 3))], from: builder.input)
        let network = try Network(try builder.finished(try builder.apply(Op.Transpose([2, 3, 1]), x)))
        let data = try NetworkData(for: network, batchSize: 2, seed: 1) { Samples.integers($0, seed: $1) }
        let bounds = engine.isExactOnIntegers ? nil : try engine.bounds(network, data, terms: 200)
        #expect(difference(try engine.run(network, data), try Engine.reference.run(network, data), bounds) == nil)
    }
}
