// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Dropout mask") struct DropoutMaskTests {
    private func mask(
        _ count: Int, rate: Float = 0.5, seed: UInt64 = 1, step: Int = 0, stream: Int = 0
    ) -> [Bool] {
        (0..<count).map { DropoutMask.isKept($0, rate: rate, seed: seed, step: step, stream: stream) }
    }

    // Kept elements follow a binomial distribution; five standard deviations are missed once in two million draws.
    @Test("keeps the right share", arguments: [Float(0.1), 0.3, 0.5, 0.9]) func share(rate: Float) {
        let count = 20_000
        let kept = Double(mask(count, rate: rate).count { $0 })
        let (mean, variance) = (Double(count) * Double(1 - rate), Double(count) * Double(rate * (1 - rate)))
        #expect((kept - mean) * (kept - mean) < 25 * variance)
    }

    @Test("keeps everything at rate 0 and nearly nothing at the largest rate") func extremes() {
        #expect(mask(1000, rate: 0).allSatisfy { $0 })
        #expect(mask(1000, rate: Float(1).nextDown).count { $0 } == 0)
    }

    @Test("an element that is kept at a rate is kept at every lower one") func nested() {
        let (low, high) = (mask(5000, rate: 0.2), mask(5000, rate: 0.6))
        #expect(zip(low, high).allSatisfy { low, high in low || !high })
    }

    @Test("changes with seed, step and stream and with nothing else") func streams() {
        let masks = [
            mask(256), mask(256, seed: 2), mask(256, seed: 1 << 32 | 1), mask(256, step: 1), mask(256, stream: 1),
        ]
        #expect(Set(masks).count == masks.count)
        #expect(mask(256) == mask(256))
        #expect(Array(mask(256).prefix(100)) == mask(100))
    }

    @Test("takes the words of one Philox block for four elements") func words() {
        let block = CounterRandom.philox(
            counter: (5, 7, 3, RandomPurpose.dropout.rawValue), key: (0x89AB_CDEF, 0x0123_4567))
        let words = [block.0, block.1, block.2, block.3]
        for (position, word) in words.enumerated() {
            let isKept = DropoutMask.isKept(
                20 + position, rate: 0.5, seed: 0x0123_4567_89AB_CDEF, step: 7, stream: 3)
            #expect(isKept == (word >= 1 << 31))
        }
    }
}

@Suite("Dropout on every engine") struct DropoutTests {
    private func settings(step: Int = 4) -> StepSettings {
        var settings = StepSettings()
        (settings.dropoutSeed, settings.dropoutStep) = (0x1234_5678_9ABC_DEF0, step)
        return settings
    }

    // 1/(1 − 0.5) and 1/(1 − 0.75) are exact, so equality is.
    @Test("zeroes what the mask drops and scales the rest, forward and backward", arguments: Engine.all, MapCase.all)
    @EngineActor func masks(engine: Engine, test: MapCase) throws {
        let network = Network(input: test.input) {
            Dropout(0.5)
            Dropout(0.75)
        }
        let data = try NetworkData(for: network, batchSize: test.batchSize, seed: 1) { Samples.integers($0, seed: $1) }
        let run = try engine.run(network, data, settings: settings())
        let factors = data.input.scalars.indices.map { index in
            let kept = [Float(0.5), 0.75].enumerated().map { stream, rate in
                DropoutMask.isKept(index, rate: rate, seed: settings().dropoutSeed, step: 4, stream: stream)
            }
            return kept == [true, true] ? 8.0 : 0
        }
        #expect(run.output.scalars == zip(data.input.scalars, factors).map(*))
        #expect(run.inputGradient?.scalars == zip(data.outputGradient.scalars, factors).map(*))
    }

    @Test("draws another mask in another step and none in inference", arguments: Engine.all) @EngineActor
    func modes(engine: Engine) throws {
        let network = Network(input: [3, 5, 5]) { Dropout(0.3) }
        let data = try NetworkData(for: network, batchSize: 2, seed: 1) { Samples.distinct($0, seed: $1) }
        let first = try engine.run(network, data, settings: settings()).output
        #expect(try engine.run(network, data, settings: settings()).output == first)
        #expect(try engine.run(network, data, settings: settings(step: 5)).output != first)
        #expect(try engine.infer(network, data) == data.input)
    }
}
