// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

/// Functions at the end of operations: the same numbers as by themselves, and no step of their own where a product or a batch norm
/// takes them.
@Suite("Functions at the end of operations", .serialized) struct EpilogueTests {
    struct Example: Sendable, CustomStringConvertible {
        let function: any Layer
        /// As steps name it.
        let name: String
        /// Whether the gradient is one of the result, so that a product may end in it in training too.
        var trains = false
        var description: String { name }
    }

    static let examples = [
        Example(function: ReLU(), name: "relu", trains: true),
        Example(function: ReLU6(), name: "relu6", trains: true),
        Example(function: LeakyReLU(0.1), name: "leaky relu", trains: true),
        Example(function: Sigmoid(), name: "sigmoid"), Example(function: Tanh(), name: "tanh"),
        Example(function: GELU(), name: "gelu"), Example(function: SiLU(), name: "silu"),
        Example(function: HardSwish(), name: "hard swish"), Example(function: HardSigmoid(), name: "hard sigmoid"),
    ]

    /// Images, Winograd, vectors of samples, one position, depthwise with one-sided padding, a residual, dense layers.
    private static func products(_ function: any Layer, width: Int) -> Network {
        func with(_ layer: any Layer) -> [NamedLayer] { [NamedLayer(layer), NamedLayer(function)] }
        let depthwise = Conv2D(
            width, kernelSize: 5, stride: 2, padding: .explicit(top: 1, left: 1, bottom: 2, right: 2), groups: width)
        let layers =
            with(Conv2D(width, kernelSize: 3)) + with(Conv2D(32, kernelSize: 3)) + with(Conv2D(width, kernelSize: 1))
            + with(depthwise)
            + [NamedLayer(Residual { Conv2D(width, kernelSize: 1) })] + with(Conv2D(7, kernelSize: 3))
            + with(Conv2D(5, kernelSize: 3, padding: .valid)) + [NamedLayer(Flatten())] + with(Dense(9))
            + [NamedLayer(Dense(3))]
        return Network(input: [3, 11, 12], layers: layers)
    }

    private static func norms(_ function: any Layer, width: Int) -> Network {
        let named = NamedLayer(function)
        return Network(
            input: [3, 9, 8],
            layers: [
                NamedLayer(Conv2D(width, kernelSize: 3, hasBias: false)), NamedLayer(BatchNorm2D()), named,
                NamedLayer(Conv2D(width, kernelSize: 3, stride: 2, hasBias: false)), NamedLayer(BatchNorm2D()), named,
                NamedLayer(GlobalAveragePool2D()), NamedLayer(Dense(3)),
            ])
    }

    private static func data(_ network: Network, _ batchSize: Int) throws -> NetworkData {
        try NetworkData(for: network, batchSize: batchSize, seed: 11) { Samples.uniform($0, seed: $1) }
    }

    /// Relative to the largest element.
    private func distance(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
        let largest = b.scalars.map(abs).max() ?? 0
        return (zip(a.scalars, b.scalars).map { abs($0 - $1) }.max() ?? .infinity) / max(largest, 1e-3)
    }

    @Test("inference agrees with the reference", arguments: examples, [16, 20]) @EngineActor
    func inference(example: Example, width: Int) throws {
        for network in [Self.products(example.function, width: width), Self.norms(example.function, width: width)] {
            for batchSize in [1, 17] {
                let data = try Self.data(network, batchSize)
                let expected = try Engine.reference.infer(network, data)
                #expect(distance(try Engine.joinedReference.infer(network, data), expected) < 1e-12)
                let engine = Engine("onednn", OneDNNBackend(threads: 1))
                #expect(distance(try engine.infer(network, data), expected) < 2e-5, "batch \(batchSize)")
                guard let engine = Engine.bfloat16 else { continue }
                // Eight layers of factors that are rounded by 2⁻⁹ of themselves.
                let rounded = try Engine.bfloat16Reference.infer(network, data)
                #expect(distance(try engine.infer(network, data), rounded) < 0.2, "bfloat16, batch \(batchSize)")
            }
        }
    }

    @Test("gradients agree with the reference", arguments: examples, [16, 20]) @EngineActor
    func training(example: Example, width: Int) throws {
        for network in [Self.products(example.function, width: width), Self.norms(example.function, width: width)] {
            let data = try Self.data(network, 3)
            let expected = try Engine.reference.run(network, data)
            let engines = [Engine.joinedReference, Engine("onednn", OneDNNBackend(threads: 1))]
            for engine in engines {
                let found = try engine.run(network, data)
                let bound = engine.isDouble ? 1e-9 : 2e-4
                #expect(distance(found.output, expected.output) < bound, "\(engine)")
                for (name, gradient) in expected.parameterGradients {
                    let other = try #require(found.parameterGradients[name])
                    #expect(distance(other, gradient) < bound, "\(engine), \(name)")
                }
                let (input, other) = (try #require(found.inputGradient), try #require(expected.inputGradient))
                #expect(distance(input, other) < bound, "\(engine), input")
            }
        }
    }

    /// Rounding makes other elements pass a kink, so gradients are compared by their norms.
    @Test("gradients in bfloat16 agree with the reference", arguments: examples) @EngineActor
    func bfloat16(example: Example) throws {
        guard let engine = Engine.bfloat16 else { return }
        let network = Self.norms(example.function, width: 16)
        let data = try Self.data(network, 3)
        let (found, expected) = (try engine.run(network, data), try Engine.bfloat16Reference.run(network, data))
        func norm(_ tensor: Tensor<Double>) -> Double { tensor.scalars.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        for (name, gradient) in expected.parameterGradients {
            let other = try #require(found.parameterGradients[name])
            let difference = Tensor(gradient.shape, zip(other.scalars, gradient.scalars).map { $0 - $1 })
            #expect(norm(difference) < norm(gradient) / 4, "\(name)")
        }
    }

    @Test("products and norms take the functions behind them", arguments: examples) @EngineActor
    func joined(example: Example) throws {
        let backend = OneDNNBackend(threads: 1)
        func alone(_ network: Network, _ mode: PlanMode) throws -> Int {
            let plan = try Plan(network, mode: mode, batchSize: 2, backend: backend)
            return plan.executable.steps.count { $0.name == example.name || $0.name == "\(example.name) gradient" }
        }
        // Seven and five maps do not fill their blocks, which a function of f(0) ≠ 0 must leave alone.
        let moves = ["sigmoid", "hard sigmoid"].contains(example.name)
        #expect(try alone(Self.products(example.function, width: 16), .inference) == (moves ? 2 : 0))
        #expect(try alone(Self.norms(example.function, width: 16), .inference) == 0)
        #expect(try alone(Self.norms(example.function, width: 16), .training(Loss(), .adam())) == 0)
        let trained = try ProgramBuilder.program(
            for: Self.products(example.function, width: 16), mode: .gradients, batchSize: 2, fusions: backend.fusions)
        #expect(trained.operations.contains { $0.kind is Op.Unary } == !example.trains)
    }
}
