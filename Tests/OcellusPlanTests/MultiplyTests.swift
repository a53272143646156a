// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Products on every engine") struct MultiplyTests {
    /// A product of two linear functions of the image under the shapes.
    private static func network(_ large: Shape, _ small: Shape) throws -> Network {
        var builder = try GraphBuilder(image: [2, large.count, 1])
        let flat = try builder.apply(Op.Reshape([2 * large.count]), builder.input)
        let a = try builder.apply(
            Op.MatrixProduct(hasBias: false), flat,
            try builder.parameter("a", [large.count, 2 * large.count], .heNormal))
        let b = try builder.apply(
            Op.MatrixProduct(hasBias: false), flat,
            try builder.parameter("b", [small.count, 2 * large.count], .heNormal))
        let y = try builder.apply(
            Op.Multiply(), try builder.apply(Op.Reshape(large), a), try builder.apply(Op.Reshape(small), b))
        return try Network(try builder.finished(y))
    }

    static let shapes: [(large: Shape, small: Shape)] = [
        ([5], [5]), ([3, 4, 5], [3, 4, 5]), ([3, 4, 5], [3, 1, 1]), ([3, 4, 5], [1, 4, 5]), ([3, 4, 5], [1, 1, 1]),
        ([3, 4, 5], [3, 4, 1]), ([7, 3], [1, 3]), ([7, 3], [7, 1]), ([2, 3, 1, 5], [2, 1, 1, 1]),
    ]

    // a = [1 2; 3 4] in two channels times b = [10, 100]; dy counts up: db = [1·1 + 2·2, 3·3 + 4·4].
    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        var builder = try GraphBuilder(image: [2, 1, 2])
        let scale = try builder.apply(
            Op.MatrixProduct(hasBias: true), try builder.apply(Op.Reshape([4]), builder.input),
            try builder.parameter("weight", [2, 4], .zeros), try builder.parameter("gate", [2], .zeros))
        let y = try builder.apply(
            Op.Multiply(), builder.input, try builder.apply(Op.Reshape([2, 1, 1]), scale))
        let run = try engine.run(
            try Network(try builder.finished(y)),
            NetworkData(
                input: Tensor([1, 2, 1, 2], [1, 2, 3, 4]),
                parameters: [Tensor(repeating: 0, [2, 4]), Tensor([2], [10, 100])],
                outputGradient: Samples.counting([1, 2, 1, 2])))
        #expect(run.output.scalars == [10, 20, 300, 400])
        #expect(run.inputGradient?.scalars == [10, 20, 300, 400])
        #expect(run.parameterGradients["gate"]?.scalars == [5, 25])
    }

    @Test("agrees with the reference", arguments: Engine.all, shapes.indices) @EngineActor
    func agreement(engine: Engine, index: Int) throws {
        let (large, small) = Self.shapes[index]
        let network = try Self.network(large, small)
        for batchSize in [1, 3] {
            let integers = try NetworkData(for: network, batchSize: batchSize, seed: 1) {
                Samples.integers($0, seed: $1)
            }
            let exact = difference(try engine.run(network, integers), try Engine.reference.run(network, integers))
            #expect(exact == nil, "\(large) by \(small)")
        }
    }

    @Test("gradients match central differences", arguments: shapes.indices) func gradients(index: Int) throws {
        let (large, small) = Self.shapes[index]
        try expectGradients(try Self.network(large, small), batchSize: 3, limit: 20)
    }

    @Test("a value times itself has the gradient 2·x·dy", arguments: Engine.all) @EngineActor
    func square(engine: Engine) throws {
        var builder = try GraphBuilder(image: [1, 1, 3])
        let network = try Network(try builder.finished(try builder.apply(Op.Multiply(), builder.input, builder.input)))
        let data = NetworkData(
            input: Tensor([1, 1, 1, 3], [1, -2, 3]), outputGradient: Tensor([1, 1, 1, 3], [1, 10, 100]))
        let run = try engine.run(network, data)
        #expect(run.output.scalars == [1, 4, 9])
        #expect(run.inputGradient?.scalars == [2, -40, 600])
    }
}
