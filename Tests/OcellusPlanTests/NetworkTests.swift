// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Networks of several layers on every engine") struct NetworkTests {
    @Test("gradients match central differences", arguments: ExampleNetwork.all)
    func gradients(example: ExampleNetwork) throws {
        let data = try example.data(batchSize: 3, seed: 1)
        var settings = StepSettings()
        settings.dropoutSeed = 5
        let check = try GradientCheck(example.network, data, settings: settings, limit: 25)
        #expect(check.failures == [])
        #expect(check.checked > 25)
    }

    @Test("agree with the reference", arguments: Engine.all, ExampleNetwork.all) @EngineActor
    func agreement(engine: Engine, example: ExampleNetwork) throws {
        for batchSize in [1, 3] {
            // Batch statistics of few positions divide by nearly nothing, so such networks need a batch.
            let hasStatistics = try !example.network.buffers().isEmpty
            if batchSize == 1, hasStatistics { continue }
            let data = try example.data(batchSize: batchSize, seed: 2)
            let expected = try Engine.reference.run(example.network, data)
            let largest =
                [expected.output, try #require(expected.inputGradient)]
                .appending(contentsOf: expected.parameterGradients.values)
                .flatMap(\.scalars).map(abs).max() ?? 0
            // Sums have up to 100 terms, 10 operations follow one another, and each multiplies by at most about 1.
            let bounds = engine.bounds(like: expected, units: 1000 * engine.sumFactor, scale: max(1, largest))
            #expect(difference(try engine.run(example.network, data), expected, bounds) == nil)
        }
    }

    @Test(
        "a joined ReLU gives the same numbers as one apart", arguments: Engine.all + [.joinedReference],
        ExampleNetwork.all)
    @EngineActor
    func fusion(engine: Engine, example: ExampleNetwork) throws {
        let data = try example.data(batchSize: 2, seed: 3)
        let joined = try engine.run(example.network, data)
        let apart = try engine.run(example.network, data, joins: false)
        let largest = joined.parameterGradients.values.flatMap(\.scalars).map(abs).max() ?? 0
        // The reference does the same operations in the same order; others may sum in another one.
        let bounds = engine.bounds(like: apart, units: 1000 * engine.sumFactor, scale: max(1, largest))
        #expect(difference(joined, apart, engine.isDouble ? nil : bounds) == nil)
    }

    @Test("frozen parameters have no gradient, all others do", arguments: Engine.all) @EngineActor
    func frozen(engine: Engine) throws {
        let example = try #require(ExampleNetwork.all.last)
        let run = try engine.run(example.network, try example.data(batchSize: 2, seed: 4))
        #expect(run.parameterGradients.keys.sorted() == ["5.bias", "5.weight", "norm.bias", "second.weight"])
        #expect(run.inputGradient?.scalars.contains { $0 != 0 } == true)
    }

    // y = x + x: the gradient counts both uses of x.
    @Test("a value used twice gets both gradients", arguments: Engine.all) @EngineActor
    func shared(engine: Engine) throws {
        let network = Network(input: [1, 1, 2]) {
            Residual {
            } shortcut: {
            }
            Concatenate {
                Branch { Scale(3) }
                Branch {}
            }
        }
        let run = try engine.run(
            network,
            NetworkData(input: Tensor([1, 1, 1, 2], [1, 2]), outputGradient: Tensor([1, 2, 1, 2], [1, 2, 3, 4])))
        #expect(run.output.scalars == [6, 12, 2, 4])
        #expect(run.inputGradient?.scalars == [12, 20])
    }

    @Test("inference gives what training gives where both are defined", arguments: Engine.all) @EngineActor
    func inference(engine: Engine) throws {
        let example = ExampleNetwork.all[0]
        let data = try example.data(batchSize: 2, seed: 5)
        let bound = 1000 * engine.epsilon * engine.sumFactor
        #expect(
            difference(
                try engine.infer(example.network, data), try engine.run(example.network, data).output, within: bound)
                == nil)
    }

    @Test("a run repeats its bits", arguments: Engine.all, ExampleNetwork.all) @EngineActor
    func repeated(engine: Engine, example: ExampleNetwork) throws {
        let data = try example.data(batchSize: 3, seed: 6)
        #expect(difference(try engine.run(example.network, data), try engine.run(example.network, data)) == nil)
    }
}

extension Array {
    fileprivate func appending(contentsOf other: some Sequence<Element>) -> [Element] { self + other }
}
