// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("DropPath on every engine") struct DropPathTests {
    private func settings(step: Int = 4, firstImage: Int = 0) -> StepSettings {
        var settings = StepSettings()
        (settings.dropoutSeed, settings.dropoutStep) = (0x1234_5678_9ABC_DEF0, step)
        settings.firstImage = firstImage
        return settings
    }

    private func kept(_ image: Int, rate: Float, step: Int = 4, stream: Int = 0) -> Bool {
        DropoutMask.isKept(image, rate: rate, seed: settings().dropoutSeed, step: step, stream: stream)
    }

    // 1/(1 − 0.5) and 1/(1 − 0.75) are exact, so equality is.
    @Test("drops or scales all of an image, forward and backward", arguments: Engine.all, MapCase.all) @EngineActor
    func images(engine: Engine, test: MapCase) throws {
        let network = Network(input: test.input) {
            DropPath(0.5)
            DropPath(0.75)
        }
        for (batchSize, first) in [(7, 0), (5, 8)] {
            let data = try NetworkData(for: network, batchSize: batchSize, seed: 1) { Samples.integers($0, seed: $1) }
            let run = try engine.run(network, data, settings: settings(firstImage: first))
            let factors = data.input.scalars.indices.map { index in
                let image = first + index / test.input.count
                return kept(image, rate: 0.5) && kept(image, rate: 0.75, stream: 1) ? 8.0 : 0
            }
            #expect(run.output.scalars == zip(data.input.scalars, factors).map(*))
            #expect(run.inputGradient?.scalars == zip(data.outputGradient.scalars, factors).map(*))
        }
    }

    @Test("maps in blocks are dropped as a whole too", arguments: Engine.all) @EngineActor
    func blocks(engine: Engine) throws {
        let network = Network(input: [3, 6, 5]) {
            Conv2D(20, kernelSize: 3)
            Residual {
                Conv2D(20, kernelSize: 3)
                DropPath(0.5)
            }
        }
        let data = try NetworkData(for: network, batchSize: 6, seed: 1) { Samples.uniform($0, seed: $1) }
        let expected = try Engine.reference.run(network, data, settings: settings())
        #expect(Set((0..<6).map { kept($0, rate: 0.5) }).count == 2, "the seed drops some and keeps some")
        let bounds = engine.bounds(like: expected, units: 2000 * engine.sumFactor, scale: 10)
        #expect(difference(try engine.run(network, data, settings: settings()), expected, bounds) == nil)
    }

    @Test("draws other images in another step and none in inference", arguments: Engine.all) @EngineActor
    func modes(engine: Engine) throws {
        let network = Network(input: [1, 1, 1]) { DropPath(0.5) }
        let data = try NetworkData(for: network, batchSize: 64, seed: 1) { Samples.distinct($0, seed: $1) }
        let first = try engine.run(network, data, settings: settings()).output
        #expect(try engine.run(network, data, settings: settings()).output == first)
        #expect(try engine.run(network, data, settings: settings(step: 5)).output != first)
        #expect(try engine.infer(network, data) == data.input)
    }

    @Test("gradients match central differences") func gradients() throws {
        let network = Network(input: [2, 3, 1]) {
            Residual {
                Conv2D(2, kernelSize: 1)
                DropPath(0.5)
            }
        }
        let data = try NetworkData(for: network, batchSize: 6, seed: 3) { Samples.uniform($0, seed: $1) }
        #expect(try GradientCheck(network, data, settings: settings()).failures == [])
    }

    @Test("streams go on behind those of dropouts, and where none is dropped there is none") func streams() throws {
        let network = Network(input: [1, 2, 2]) {
            Dropout(0.5)
            DropPath(0)
            DropPath(0.25)
            Dropout(0.5)
        }
        let drawing = try network.graph().operations.compactMap { $0.kind as? any DrawingOperator }
        #expect(drawing.map(\.stream) == [0, 1, 2])
        // Inside another graph they get streams of that one.
        let inner = try GraphLayer(network.graph())
        let outer = try Network(input: [1, 2, 2]) {
            Dropout(0.1)
            inner
        }.graph()
        #expect(outer.operations.compactMap { ($0.kind as? any DrawingOperator)?.stream } == [0, 1, 2, 3])
    }
}
