// SPDX-License-Identifier: Apache-2.0

import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Elementwise layers on every engine") struct ElementwiseTests {
    /// Inputs, outputs and derivatives worked by hand or from tables.
    struct Example: Sendable, CustomStringConvertible {
        let layer: any Layer
        let x: [Double]
        let y: [Double]
        let derivative: [Double]
        var description: String { layer.description }
    }
    // Φ(1) = 0.841344746068543 and φ(1) = 0.241970724519143 (Abramowitz and Stegun 1964, table 26.1).
    static let examples: [Example] = [
        Example(layer: ReLU(), x: [-1, 0, 2], y: [0, 0, 2], derivative: [0, 0, 1]),
        Example(layer: LeakyReLU(0.25), x: [-1, 0, 2], y: [-0.25, 0, 2], derivative: [0.25, 0.25, 1]),
        Example(
            layer: Sigmoid(), x: [0, 1.0986122886681098, -40], y: [0.5, 0.75, 4.248354255291589e-18],
            derivative: [0.25, 0.1875, 4.248354255291589e-18]),
        Example(layer: Tanh(), x: [0, 0.5493061443340549, 30], y: [0, 0.5, 1], derivative: [1, 0.75, 0]),
        Example(
            layer: GELU(), x: [0, 1, -1], y: [0, 0.841344746068543, -0.158655253931457],
            derivative: [0.5, 1.083315470587686, -0.083315470587686]),
        Example(layer: ReLU6(), x: [-1, 2, 7], y: [0, 2, 6], derivative: [0, 1, 0]),
        // σ(ln 3) = 3/4, and the derivative σ·(1 + x·(1 − σ)).
        Example(
            layer: SiLU(), x: [0, 1.0986122886681098, -1.0986122886681098],
            y: [0, 0.8239592165010823, -0.2746530721670274], derivative: [0.5, 0.9559898041252706, 0.0440101958747294]),
        Example(layer: HardSwish(), x: [-4, 1.5, 5], y: [0, 1.125, 5], derivative: [0, 1, 1]),
        Example(layer: HardSigmoid(), x: [-4, 1.5, 5], y: [0, 0.75, 1], derivative: [0, 1.0 / 6, 0]),
        Example(layer: Scale(-0.5), x: [2, 0, -3], y: [-1, 0, 1.5], derivative: [-0.5, -0.5, -0.5]),
        Example(layer: Flatten(), x: [2, 0, -3], y: [2, 0, -3], derivative: [1, 1, 1]),
    ]

    @Test("match worked examples", arguments: Engine.all, examples) @EngineActor
    func worked(engine: Engine, example: Example) throws {
        let network = Network(input: [1, 1, 3], layers: [NamedLayer(example.layer)])
        let run = try engine.run(
            network,
            NetworkData(
                input: Tensor([1, 1, 1, 3], example.x),
                outputGradient: Tensor(try network.outputShape(), [4, 5, 6])))
        // 10⁻¹⁵ for the digits of the tables, the rest for the engine; the gradients carry factors up to 6.
        let bound = 1e-15 + engine.functionUnits * engine.epsilon
        #expect(difference(run.output, Tensor(run.output.shape, example.y), within: bound) == nil)
        let gradient = zip(example.derivative, [4.0, 5, 6]).map(*)
        let input = try #require(run.inputGradient)
        #expect(difference(input, Tensor([1, 1, 1, 3], gradient), within: 20 * bound) == nil)
    }

    @Test("agree with the reference", arguments: Engine.all, MapCase.all) @EngineActor
    func agreement(engine: Engine, test: MapCase) throws {
        for layer in Self.examples.map(\.layer) {
            let network = Network(input: test.input, layers: [NamedLayer(layer)])
            var data = try NetworkData(for: network, batchSize: test.batchSize, seed: 4, Samples.uniform)
            data.input = data.input.mapped { 8 * $0 }
            let expected = try Engine.reference.run(network, data)
            // Inputs reach ±8, so outputs do too; derivatives stay below 1.2 and their errors grow with x at most.
            let bounds = engine.bounds(like: expected, units: 4 * engine.functionUnits, scale: 8)
            #expect(difference(try engine.run(network, data), expected, bounds) == nil, "\(layer)")
        }
    }

    @Test("gradients match central differences", arguments: examples) func gradients(example: Example) throws {
        try expectGradients(
            Network(input: [3, 5, 2], layers: [NamedLayer(example.layer)]), batchSize: 3, awayFromKinks: true)
    }

    // MARK: Softmax

    // exp gives 1, 2, 5 of 8; Σ dy·y = (1 + 4 + 15)/8 = 2.5.
    @Test("Softmax matches a worked example", arguments: Engine.all) @EngineActor func softmax(engine: Engine) throws {
        let run = try engine.run(
            .single(Softmax(), input: [3]),
            NetworkData(
                input: Tensor([1, 3, 1, 1], [0, 0.6931471805599453, 1.6094379124341003]),
                outputGradient: Samples.counting([1, 3])))
        let bound = 1e-15 + 4 * engine.functionUnits * engine.epsilon
        #expect(difference(run.output, Tensor([1, 3], [0.125, 0.25, 0.625]), within: bound) == nil)
        let input = try #require(run.inputGradient)
        #expect(difference(input, Tensor([1, 3, 1, 1], [-0.1875, -0.125, 0.3125]), within: 3 * bound) == nil)
    }

    @Test("Softmax agrees with the reference and survives large inputs", arguments: Engine.all, [1, 2, 5, 13, 100])
    @EngineActor func softmaxAgreement(engine: Engine, classes: Int) throws {
        let network = Network.single(Softmax(), input: [classes])
        var data = try NetworkData(for: network, batchSize: 3, seed: 5, Samples.uniform)
        for scale in [1.0, 1000] {
            data.input = data.input.mapped { $0 * scale }
            let expected = try Engine.reference.run(network, data)
            // Relative errors of exp, of a sum of positive terms and of a division; outputs and dy are at most 1.
            let units = 4 * (engine.functionUnits + Double(classes))
            let bounds = engine.bounds(like: expected, units: units, scale: 1)
            #expect(difference(try engine.run(network, data), expected, bounds) == nil)
            #expect(expected.output.scalars.allSatisfy { $0 >= 0 && $0 <= 1 })
        }
    }

    @Test("Softmax gradients match central differences") func softmaxGradients() throws {
        try expectGradients(.single(Softmax(), input: [5]), batchSize: 3)
    }
}
