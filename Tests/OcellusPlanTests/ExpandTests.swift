// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Tensors of every image on every engine") struct ExpandTests {
    /// The image plus a tensor of its sizes, times another that repeats over height and width.
    private static func network(_ input: Shape) throws -> Network {
        var builder = try GraphBuilder(image: input)
        let table = try builder.apply(Op.Expand(), try builder.parameter("table", input, .zeros))
        let scale = try builder.apply(Op.Expand(), try builder.parameter("scale", [input[0], 1, 1], .ones))
        let sum = try builder.apply(Op.Add(), builder.input, table)
        return try Network(try builder.finished(try builder.apply(Op.Multiply(), sum, scale)))
    }

    // Two images [1, 2] and [3, 4] of two channels; table [10, 20], scale [2, 3]. dy = [1, 2], [3, 4]:
    // d table = scale·Σ dy = [2·4, 3·6], d scale = Σ dy·(x + table) = [1·11 + 3·13, 2·22 + 4·24].
    @Test("matches a worked example", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let run = try engine.run(
            try Self.network([2, 1, 1]),
            NetworkData(
                input: Tensor([2, 2, 1, 1], [1, 2, 3, 4]),
                parameters: [Tensor([2, 1, 1], [10, 20]), Tensor([2, 1, 1], [2, 3])],
                outputGradient: Samples.counting([2, 2, 1, 1])))
        #expect(run.output.scalars == [22, 66, 26, 72])
        #expect(run.parameterGradients["table"]?.scalars == [8, 18])
        #expect(run.parameterGradients["scale"]?.scalars == [50, 140])
        #expect(run.inputGradient?.scalars == [2, 6, 6, 12])
    }

    @Test("agrees with the reference", arguments: Engine.all, MapCase.all) @EngineActor
    func agreement(engine: Engine, test: MapCase) throws {
        let network = try Self.network(test.input)
        let data = try NetworkData(for: network, batchSize: test.batchSize, seed: 1) { Samples.integers($0, seed: $1) }
        #expect(difference(try engine.run(network, data), try Engine.reference.run(network, data)) == nil)
    }

    @Test("gradients match central differences") func gradients() throws {
        try expectGradients(try Self.network([3, 5, 2]), batchSize: 3)
    }

    @Test("trains as the reference does", arguments: Engine.all) @EngineActor func training(engine: Engine) throws {
        var builder = try GraphBuilder(image: [2, 3, 3])
        let table = try builder.apply(Op.Expand(), try builder.parameter("table", [2, 3, 3], .zeros))
        let sum = try builder.apply(Op.Add(), builder.input, table)
        let flat = try builder.apply(Op.Reshape([18]), sum)
        let weight = try builder.parameter("weight", [2, 18], .heNormal, fanIn: 18, fanOut: 2)
        let graph = try builder.finished(try builder.apply(Op.MatrixProduct(hasBias: false), flat, weight))
        func trained(_ backend: any Backend) throws -> [Float] {
            let network = try Network(graph)
            let plan = try Plan(network, mode: .training(Loss(), .sgd()), batchSize: 2, backend: backend)
            try plan.load(network.initialWeights(seed: 1))
            for step in 1...3 {
                _ = plan.executable.withInput {
                    $0.images.update(fromContentsOf: (0..<36).map { Float($0 * step % 7) / 7 })
                }
                _ = plan.executable.withInput { $0.labels.update(fromContentsOf: [0, 1]) }
                plan.executable.settings.learningRate = 0.5
                plan.executable.settings.updateNumber = step
                _ = try plan.forwardAndLoss()
                try plan.backwardAndUpdate()
            }
            return try plan.weights().parameters.flatMap(\.scalars)
        }
        for (a, b) in zip(try trained(engine.backend), try trained(Engine.reference.backend)) {
            #expect(abs(a - b) < 1e-5)
        }
    }
}
