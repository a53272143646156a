// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("LayerNorm on every engine") struct LayerNormTests {
    // x = 1, 3 in the two channels of one position: mean 2, variance 1, x̂ = ∓1 at ε → 0. γ = 2, 3 and β = 10, 20 give 8 and 23.
    // dy = 1, 2: g = 2, 6, mean 4, mean(g·x̂) = 2, dx = 2 − 4 + 2 = 0 and 6 − 4 − 2 = 0: two numbers have no direction to move.
    // Four numbers 1, 1, 3, 3 with dy = 1, 0, 0, 0 and γ = 1: x̂ = −1, −1, 1, 1, mean ¼, mean(g·x̂) = −¼,
    // dx = 1 − ¼ − ¼ = ½, −½, 0, 0.
    @Test("matches worked examples", arguments: Engine.all) @EngineActor func worked(engine: Engine) throws {
        let layer = LayerNorm(epsilon: 1e-12)
        func run(_ x: [Double], _ scale: [Double], _ shift: [Double], _ dy: [Double]) throws -> NetworkRun {
            let sizes: Shape = [x.count]
            return try engine.run(
                Network(input: [x.count, 1, 1]) { layer },
                NetworkData(
                    input: Tensor([1, x.count, 1, 1], x), parameters: [Tensor(sizes, scale), Tensor(sizes, shift)],
                    outputGradient: Tensor([1, x.count, 1, 1], dy)))
        }
        let bound = 1e-11 + 40 * engine.epsilon
        let two = try run([1, 3], [2, 3], [10, 20], [1, 2])
        #expect(difference(two.output, Tensor([1, 2, 1, 1], [8, 23]), within: bound) == nil)
        #expect(difference(try #require(two.inputGradient), Tensor([1, 2, 1, 1], [0, 0]), within: bound) == nil)
        #expect(two.parameterGradients["0.bias"]?.scalars == [1, 2])
        let four = try run([1, 1, 3, 3], [1, 1, 1, 1], [0, 0, 0, 0], [1, 0, 0, 0])
        #expect(
            difference(try #require(four.inputGradient), Tensor([1, 4, 1, 1], [0.5, -0.5, 0, 0]), within: bound) == nil)
    }

    /// As in a ConvNeXt block.
    private static func block(_ channels: Int) -> Network {
        Network(input: [3, 9, 8]) {
            Conv2D(channels, kernelSize: 3)
            Conv2D(channels, kernelSize: 7, groups: channels)
            LayerNorm()
            Conv2D(2 * channels, kernelSize: 1)
            GELU()
            Conv2D(channels, kernelSize: 1)
            LayerNorm()
            GlobalAveragePool2D()
            Dense(3)
        }
    }

    @Test("maps between convolutions are normalised as they lie", arguments: [16, 20]) @EngineActor
    func blocks(channels: Int) throws {
        let network = Self.block(channels)
        let engine = try #require(Engine.all.last)
        let data = try NetworkData(for: network, batchSize: 3, seed: 7) { Samples.uniform($0, seed: $1) }
        let (found, expected) = (try engine.run(network, data), try Engine.reference.run(network, data))
        let largest = expected.parameterGradients.values.flatMap(\.scalars).map(abs).max() ?? 0
        let bounds = engine.bounds(like: expected, units: 4000 * engine.sumFactor, scale: max(1, largest))
        #expect(difference(found, expected, bounds) == nil)
        guard engine.backend.details.contains(", avx512") else { return }
        let plan = try Plan(network, mode: .training(Loss(), .adam()), batchSize: 3, backend: engine.backend)
        let norms = plan.executable.steps.filter { $0.name.hasPrefix("layer norm") }
        #expect(norms.count == 4 && norms.allSatisfy { $0.implementation.contains("aBcd16b") })
        // Features behind maps that do not fill their blocks are copied once, a few numbers for each image.
        let copies = plan.executable.steps.filter { $0.phase == .forward && $0.name.hasPrefix("reorder") }
        #expect(copies.count == (channels % 16 == 0 ? 0 : 1))
    }

    /// Tokens are maps in another shape; layer norm of them is what a graph can say.
    private static func tokens(_ count: Int, _ features: Int) throws -> Network {
        var builder = try GraphBuilder(image: [1, count, features])
        let x = try builder.apply(Op.Reshape([count, features]), builder.input)
        let y = try builder.apply(
            Op.LayerNorm(epsilon: 1e-5), x, try builder.parameter("weight", [features], .ones),
            try builder.parameter("bias", [features], .zeros))
        return try Network(try builder.finished(y))
    }

    private static func networks() throws -> [Network] {
        let maps: [Shape] = [[1, 1, 1], [3, 5, 7], [20, 3, 3], [5, 1, 17], [192, 2, 2]]
        return maps.map { .single(LayerNorm(), input: $0) }
            + [1, 7, 16, 33].map { .single(LayerNorm(), input: [$0]) }
            + [try tokens(1, 5), try tokens(65, 20), try tokens(7, 192)]
    }

    @Test("agrees with the reference", arguments: Engine.all, [1, 3]) @EngineActor
    func agreement(engine: Engine, batchSize: Int) throws {
        for network in try Self.networks() {
            let data = try NetworkData(for: network, batchSize: batchSize, seed: 2) { Samples.uniform($0, seed: $1) }
            let expected = try Engine.reference.run(network, data)
            // Sums of up to 200 numbers below 1 and their squares; one group of equal numbers would divide by √ε, and with a
            // random draw none is.
            let bounds = engine.bounds(like: expected, units: 2000, scale: 10)
            #expect(difference(try engine.run(network, data), expected, bounds) == nil, "\(network.input)")
            let output = difference(
                try engine.infer(network, data), try Engine.reference.infer(network, data), bounds.output)
            #expect(output == nil, "inference of \(network.input)")
        }
    }

    @Test("gradients match central differences") func gradients() throws {
        for network in try Self.networks() { try expectGradients(network, batchSize: 3, limit: 15) }
    }

    @Test("the result has mean β and variance γ² over the channels, whatever other images hold", arguments: Engine.all)
    @EngineActor func property(engine: Engine) throws {
        let network = Network(input: [40, 3, 3]) { LayerNorm() }
        var data = try NetworkData(for: network, batchSize: 2, seed: 3) { Samples.uniform($0, seed: $1) }
        data.parameters = [Tensor(repeating: 3, [40]), Tensor(repeating: 5, [40])]
        let y = try engine.infer(network, data).scalars
        for position in 0..<9 {
            let group = (0..<40).map { y[$0 * 9 + position] }
            let mean = group.reduce(0, +) / 40
            #expect(abs(mean - 5) < 1e-4)
            #expect(abs(group.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 40 - 9) < 1e-2)
        }
        for index in 360..<720 { data.input.scalars[index] *= 7 }
        #expect(try Array(engine.infer(network, data).scalars[..<360]) == Array(y[..<360]))
    }
}
