// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Tokens on every engine") struct TokenTests {
    /// Tokens `[N, T, F]`, which are the image in another shape, through layers.
    static func network(_ count: Int, _ features: Int, @NetworkBuilder _ layers: () -> [NamedLayer]) throws -> Network {
        var builder = try GraphBuilder(image: [1, count, features])
        let x = try builder.apply(Op.Reshape([count, features]), builder.input)
        let y = try builder.build(layers(), from: x)
        return try Network(try builder.finished(y))
    }

    static func expectAgreement(
        _ engine: Engine, _ network: Network, batchSize: Int, units: Double = 2000,
        settings: StepSettings = StepSettings(), location: SourceLocation = #_sourceLocation
    ) throws {
        let data = try NetworkData(for: network, batchSize: batchSize, seed: 6) { Samples.uniform($0, seed: $1) }
        let expected = try Engine.reference.run(network, data, settings: settings)
        let largest =
            ([expected.output, expected.inputGradient].compactMap(\.self) + expected.parameterGradients.values)
            .flatMap(\.scalars).map(abs).max() ?? 1
        let bounds = engine.bounds(like: expected, units: units * engine.sumFactor, scale: max(1, largest))
        let found = difference(try engine.run(network, data, settings: settings), expected, bounds)
        #expect(found == nil, sourceLocation: location)
        let inferred = difference(
            try engine.infer(network, data), try Engine.reference.infer(network, data), bounds.output)
        #expect(inferred == nil, "inference", sourceLocation: location)
    }

    // Two tokens [1, 2] and [3, 4] of one image by the weight [1 −1] and bias 10: 9 and 9; dy = 1, 2 gives dw = [1 + 6, 2 + 8].
    @Test("a dense layer matches a worked example", arguments: Engine.all) @EngineActor
    func worked(engine: Engine) throws {
        let network = try Self.network(2, 2) { Dense(1) }
        let run = try engine.run(
            network,
            NetworkData(
                input: Tensor([1, 1, 2, 2], [1, 2, 3, 4]), parameters: [Tensor([1, 2], [1, -1]), Tensor([1], [10])],
                outputGradient: Tensor([1, 2, 1], [1, 2])))
        #expect(run.output == Tensor([1, 2, 1], [9, 9]))
        #expect(run.inputGradient?.scalars == [1, -1, 2, -2])
        #expect(run.parameterGradients["0.weight"]?.scalars == [7, 10])
        #expect(run.parameterGradients["0.bias"]?.scalars == [3])
    }

    // Two patches of 1×1 of a row [1, 2] with the weights 10 and 100: tokens [10, 100] and [20, 200].
    @Test("patches match a worked example", arguments: Engine.all) @EngineActor func patches(engine: Engine) throws {
        let run = try engine.run(
            Network(input: [1, 1, 2]) { PatchEmbedding(2, patch: 1) },
            NetworkData(
                input: Tensor([1, 1, 1, 2], [1, 2]),
                parameters: [Tensor([2, 1, 1, 1], [10, 100]), Tensor([2], [0, 0])],
                outputGradient: Tensor([1, 2, 2], [1, 2, 3, 4])))
        #expect(run.output == Tensor([1, 2, 2], [10, 100, 20, 200]))
        #expect(run.inputGradient?.scalars == [210, 430])
        #expect(run.parameterGradients["0.weight"]?.scalars == [7, 10])
        #expect(run.parameterGradients["0.bias"]?.scalars == [4, 6])
    }

    @Test("patches agree with the reference", arguments: Engine.all) @EngineActor
    func patchAgreement(engine: Engine) throws {
        for (input, features, patch) in [([3, 7, 9], 5, 3), ([1, 2, 2], 1, 2), ([3, 16, 16], 48, 4)]
            as [(Shape, Int, Int)]
        {
            try Self.expectAgreement(
                engine, .single(PatchEmbedding(features, patch: patch), input: input), batchSize: 3)
        }
        try expectGradients(.single(PatchEmbedding(4, patch: 2), input: [3, 5, 4]), batchSize: 2)
    }

    @Test("a class's token comes first, and sums the gradients of all images", arguments: Engine.all) @EngineActor
    func classToken(engine: Engine) throws {
        let network = try Self.network(1, 2) { ClassToken() }
        let run = try engine.run(
            network,
            NetworkData(
                input: Tensor([2, 1, 1, 2], [1, 2, 3, 4]), parameters: [Tensor([1, 1, 2], [8, 9])],
                outputGradient: Samples.counting([2, 2, 2])))
        #expect(run.output == Tensor([2, 2, 2], [8, 9, 1, 2, 8, 9, 3, 4]))
        #expect(run.inputGradient?.scalars == [3, 4, 7, 8])
        #expect(run.parameterGradients["0"]?.scalars == [6, 8])
        try Self.expectAgreement(engine, try Self.network(65, 20) { ClassToken() }, batchSize: 3)
        try expectGradients(try Self.network(3, 5) { ClassToken() }, batchSize: 2)
    }

    @Test("a position table is added to every image", arguments: Engine.all) @EngineActor
    func positions(engine: Engine) throws {
        let network = try Self.network(2, 1) { PositionTable() }
        let run = try engine.run(
            network,
            NetworkData(
                input: Tensor([2, 1, 2, 1], [1, 2, 3, 4]), parameters: [Tensor([1, 2, 1], [10, 20])],
                outputGradient: Samples.counting([2, 2, 1])))
        #expect(run.output == Tensor([2, 2, 1], [11, 22, 13, 24]))
        #expect(run.inputGradient?.scalars == [1, 2, 3, 4])
        #expect(run.parameterGradients["0"]?.scalars == [4, 6])
        try Self.expectAgreement(engine, try Self.network(65, 20) { PositionTable() }, batchSize: 3)
        try expectGradients(try Self.network(3, 5) { PositionTable() }, batchSize: 2)
    }

    @Test("a selected token alone has a gradient", arguments: Engine.all) @EngineActor
    func selection(engine: Engine) throws {
        let network = try Self.network(3, 2) { SelectToken(1) }
        let run = try engine.run(
            network,
            NetworkData(
                input: Tensor([1, 1, 3, 2], [1, 2, 3, 4, 5, 6]), outputGradient: Tensor([1, 2], [7, 8])))
        #expect(run.output == Tensor([1, 2], [3, 4]))
        #expect(run.inputGradient?.scalars == [0, 0, 7, 8, 0, 0])
        try Self.expectAgreement(engine, try Self.network(65, 20) { SelectToken(64) }, batchSize: 3)
        try expectGradients(try Self.network(3, 5) { SelectToken() }, batchSize: 2)
    }

    private static func chain(_ count: Int, _ features: Int) throws -> Network {
        try network(count, features) {
            LayerNorm()
            Dense(17)
            GELU()
            Dropout(0.25)
            LayerScale(start: 0.5)
            Dense(8)
            ReLU()
            Residual {
                Dense(8, hasBias: false)
                DropPath(0.5)
            }
            Flatten()
            Dense(3)
        }
    }

    @Test("layers of tokens agree with the reference", arguments: Engine.all, [1, 2, 65]) @EngineActor
    func agreement(engine: Engine, count: Int) throws {
        var settings = StepSettings()
        (settings.dropoutSeed, settings.firstImage) = (3, 8)
        try Self.expectAgreement(engine, try Self.chain(count, 20), batchSize: 3, settings: settings)
    }

    @Test("gradients match central differences") func gradients() throws {
        let network = try Self.chain(3, 5)
        let data = try NetworkData(for: network, batchSize: 2, seed: 3) { Samples.uniform($0, seed: $1) }
        var settings = StepSettings()
        settings.dropoutSeed = 5
        #expect(try GradientCheck(network, data, settings: settings, limit: 20).failures == [])
    }

    @Test("softmax is over the last axis of any number", arguments: Engine.all) @EngineActor
    func softmax(engine: Engine) throws {
        for sizes in [[7], [3, 5], [2, 3, 65]] as [Shape] {
            var builder = try GraphBuilder(image: [1, 1, sizes.count])
            let x = try builder.apply(Op.Reshape(sizes), builder.input)
            let network = try Network(try builder.finished(try builder.apply(Op.Softmax(), x)))
            try Self.expectAgreement(engine, network, batchSize: 3, units: 400)
            let data = try NetworkData(for: network, batchSize: 2, seed: 1) { Samples.uniform($0, seed: $1) }
            let y = try engine.infer(network, data)
            let last = sizes[sizes.rank - 1]
            for row in 0..<y.shape.count / last {
                #expect(abs(y.scalars[row * last..<(row + 1) * last].reduce(0, +) - 1) < 1e-5)
            }
        }
    }

    /// Rounded factors of three products, one behind the other.
    @Test(
        "dense layers of tokens compute in bfloat16",
        .enabled(if: OneDNNBackend.hasBfloat16, "this processor does not compute in bfloat16 (AVX512-BF16 or AMX)"))
    @EngineActor func bfloat16() throws {
        let engine = try #require(Engine.bfloat16)
        let network = try Self.network(9, 20) {
            Dense(32)
            GELU()
            Dense(16)
            Flatten()
            Dense(3)
        }
        let data = try NetworkData(for: network, batchSize: 3, seed: 2) { Samples.uniform($0, seed: $1) }
        let (found, expected) = (try engine.run(network, data), try Engine.bfloat16Reference.run(network, data))
        let largest = expected.output.scalars.map(abs).max() ?? 0
        for (a, b) in zip(found.output.scalars, expected.output.scalars) { #expect(abs(a - b) < largest / 32) }
        for (name, gradient) in found.parameterGradients {
            let other = try #require(expected.parameterGradients[name])
            let largest = other.scalars.map(abs).max() ?? 0
            for (a, b) in zip(gradient.scalars, other.scalars) { #expect(abs(a - b) < largest / 16, "\(name)") }
        }
    }
}
