// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Pooling on every engine") struct PoolingTests {
    private func run(
        _ engine: Engine, _ layer: some Layer, _ input: [Double], _ size: Size2D, _ outputGradient: [Double]
    ) throws -> NetworkRun {
        let network = Network.single(layer, input: [1, size.height, size.width])
        return try engine.run(
            network,
            NetworkData(
                input: Tensor([1, 1, size.height, size.width], input),
                outputGradient: Tensor(try network.outputShape(), outputGradient)))
    }

    // MARK: Maximum

    // The 4 at (1,0) wins both windows on the left, so it gets 1 + 3.
    @Test("MaxPool2D matches a worked example", arguments: Engine.all) @EngineActor
    func maximum(engine: Engine) throws {
        let run = try run(
            engine, MaxPool2D(2, stride: 1), [1, 3, 2, 4, 2, 5, 0, 1, 6], 3, [1, 2, 3, 4])
        #expect(run.output.scalars == [4, 5, 4, 6])
        #expect(run.inputGradient?.scalars == [0, 0, 0, 4, 0, 2, 0, 0, 4])
    }

    @Test("ties go to the first position and padding never wins", arguments: Engine.all) @EngineActor
    func ties(engine: Engine) throws {
        let run = try run(
            engine, MaxPool2D(2, stride: 2, padding: .all(1)), [-7, -7, -7, -7, -7, -7, -7, -7, -7], 3, [1, 2, 3, 4])
        #expect(run.output.scalars == [-7, -7, -7, -7])
        #expect(run.inputGradient?.scalars == [1, 2, 0, 3, 4, 0, 0, 0, 0])
    }

    static let maxima: [MaxPool2D] = [
        MaxPool2D(2), MaxPool2D(3, stride: 2, padding: .same), MaxPool2D(Size2D(1, 2), stride: 1),
        MaxPool2D(3, stride: Size2D(1, 2), padding: .explicit(top: 2, left: 0, bottom: 1, right: 2)), MaxPool2D(5),
    ]

    @Test("MaxPool2D agrees with the reference", arguments: Engine.all, maxima) @EngineActor
    func maximumAgreement(engine: Engine, layer: MaxPool2D) throws {
        for (network, test) in networks(of: layer) {
            // Small integers make many ties. A maximum is exact; its gradient sums up to 9 terms.
            for sample in [{ Samples.integers($0, seed: $1) }, Samples.uniform] {
                let data = try NetworkData(for: network, batchSize: test.batchSize, seed: 1, sample)
                let expected = try Engine.reference.run(network, data)
                let actual = try engine.run(network, data)
                #expect(actual.output == expected.output, "\(test)")
                #expect(difference(actual, expected, engine.bounds(like: expected, units: 18, scale: 9)) == nil)
                #expect(try engine.infer(network, data) == expected.output, "\(test)")
            }
        }
    }

    @Test("MaxPool2D gradients match central differences", arguments: maxima)
    func maximumGradients(layer: MaxPool2D) throws {
        try expectGradients(.single(layer, input: [3, 5, 7]), batchSize: 3, awayFromKinks: true)
    }

    // MARK: Average

    // The window at the right sees two positions, the one in the corner one: padding does not count.
    @Test("AveragePool2D matches a worked example", arguments: Engine.all) @EngineActor
    func average(engine: Engine) throws {
        let run = try run(
            engine, AveragePool2D(2, padding: .same), [1, 2, 3, 4, 5, 6, 7, 8, 9], 3, [1, 2, 3, 4])
        #expect(run.output.scalars == [3, 4.5, 7.5, 9])
        #expect(run.inputGradient?.scalars == [0.25, 0.25, 1, 0.25, 0.25, 1, 1.5, 1.5, 4])
    }

    static let averages: [AveragePool2D] = [
        AveragePool2D(2), AveragePool2D(3, stride: 2, padding: .same), AveragePool2D(Size2D(1, 2), stride: 1),
        AveragePool2D(3, stride: Size2D(1, 2), padding: .explicit(top: 2, left: 0, bottom: 1, right: 2)),
        AveragePool2D(5),
    ]

    @Test("AveragePool2D agrees with the reference", arguments: Engine.all, averages) @EngineActor
    func averageAgreement(engine: Engine, layer: AveragePool2D) throws {
        for (network, test) in networks(of: layer) {
            try expectAgreement(engine, network, batchSize: test.batchSize, terms: 26, isExact: false)
        }
    }

    @Test("AveragePool2D gradients match central differences", arguments: averages)
    func averageGradients(layer: AveragePool2D) throws {
        try expectGradients(.single(layer, input: [3, 5, 7]), batchSize: 3)
    }

    // MARK: Blur

    // Reflected borders give rows and columns weights ½ and ½, so each output is the mean of a 2×2 corner.
    @Test("BlurPool2D matches a worked example", arguments: Engine.all) @EngineActor func blur(engine: Engine) throws {
        let run = try run(engine, BlurPool2D(3, stride: 2), [1, 2, 3, 4, 5, 6, 7, 8, 9], 3, [1, 2, 3, 4])
        #expect(run.output.scalars == [3, 4, 6, 7])
        #expect(run.inputGradient?.scalars == [0.25, 0.75, 0.5, 1, 2.5, 1.5, 0.75, 1.75, 1])
    }

    static let blurs = (2...7).flatMap { size in (1...3).map { BlurPool2D(size, stride: $0) } }

    @Test("BlurPool2D agrees with the reference", arguments: Engine.all, blurs) @EngineActor
    func blurAgreement(engine: Engine, layer: BlurPool2D) throws {
        for (network, test) in networks(of: layer) {
            // One step of each sum is a product of two taps; a border element is reached up to four times by each.
            try expectAgreement(engine, network, batchSize: test.batchSize, terms: 4 * 49 + 1, isExact: false)
        }
    }

    @Test("BlurPool2D gradients match central differences", arguments: blurs)
    func blurGradients(layer: BlurPool2D) throws {
        try expectGradients(.single(layer, input: [2, 5, 7]), batchSize: 2, limit: 20)
    }

    @Test("BlurPool2D keeps a constant image", arguments: Engine.all, blurs) @EngineActor
    func constant(engine: Engine, layer: BlurPool2D) throws {
        let network = Network.single(layer, input: [2, 6, 5])
        let data = NetworkData(
            input: Tensor(repeating: 3, [1, 2, 6, 5]), outputGradient: Tensor(repeating: 0, try network.outputShape()))
        #expect(try engine.run(network, data).output.scalars.allSatisfy { $0 == 3 })
    }

    // MARK: Whole maps

    @Test("global pools match worked examples", arguments: Engine.all) @EngineActor func global(engine: Engine) throws {
        let average = try run(engine, GlobalAveragePool2D(), [1, 2, 3, 4], 2, [2])
        #expect(average.output.scalars == [2.5])
        #expect(average.inputGradient?.scalars == [0.5, 0.5, 0.5, 0.5])
        let maximum = try run(engine, GlobalMaxPool2D(), [1, 4, 3, 4], 2, [2])
        #expect(maximum.output.scalars == [4])
        #expect(maximum.inputGradient?.scalars == [0, 2, 0, 0])
    }

    @Test("global pools agree with the reference", arguments: Engine.all, MapCase.all) @EngineActor
    func globalAgreement(engine: Engine, test: MapCase) throws {
        try expectAgreement(
            engine, .single(GlobalAveragePool2D(), input: test.input), batchSize: test.batchSize, terms: 170,
            isExact: false)
        let network = Network.single(GlobalMaxPool2D(), input: test.input)
        let data = try NetworkData(for: network, batchSize: test.batchSize, seed: 1, Samples.uniform)
        #expect(difference(try engine.run(network, data), try Engine.reference.run(network, data)) == nil)
    }

    @Test("global pools' gradients match central differences", arguments: MapCase.all)
    func globalGradients(test: MapCase) throws {
        try expectGradients(.single(GlobalAveragePool2D(), input: test.input), batchSize: test.batchSize)
        try expectGradients(
            .single(GlobalMaxPool2D(), input: test.input), batchSize: test.batchSize, awayFromKinks: true)
    }

    /// A network of the layer alone for every size that it accepts.
    private func networks(of layer: some Layer) -> [(Network, MapCase)] {
        let accepted = MapCase.all.filter { (try? layer.outputShape(for: $0.input.batched(1))) != nil }
        #expect(!accepted.isEmpty)
        return accepted.map { (.single(layer, input: $0.input), $0) }
    }
}
