// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

/// What the engine does beyond the conformance suite: layouts kept between layers, algorithms, determinism.
@Suite("oneDNN engine", .serialized) struct OneDNNTests {
    private static let engine = Engine("onednn", OneDNNBackend(threads: 1))

    /// The networks of these tests by name, so that a test case prints.
    static let networks: [String: Network] = [
        "padded blocks": Network(input: [3, 11, 10]) {
            Conv2D(20, kernelSize: 3)
            ReLU()
            MaxPool2D(2)
            Conv2D(7, kernelSize: 2, padding: .valid)
            Flatten()
            Dense(5)
        },
        "blocked dense": Network(input: [3, 9, 8]) {
            Conv2D(32, kernelSize: 3)
            ReLU()
            MaxPool2D(2)
            Flatten()
            Dense(17)
            ReLU()
            Dense(4)
        },
        "functions of padding": Network(input: [3, 6, 5]) {
            Conv2D(5, kernelSize: 3)
            Sigmoid()
            Conv2D(6, kernelSize: 3)
            Tanh()
            Flatten()
            GELU()
            Dense(3)
        },
        "relu6 of padded blocks": Network(input: [3, 6, 5]) {
            Conv2D(5, kernelSize: 3)
            ReLU6()
            Conv2D(20, kernelSize: 3)
            ReLU6()
            Flatten()
            Dense(3)
        },
        "silu of padded blocks": Network(input: [3, 6, 5]) {
            Conv2D(5, kernelSize: 3)
            SiLU()
            Conv2D(20, kernelSize: 3)
            SiLU()
            Flatten()
            Dense(3)
        },
        "hard swish of padded blocks": Network(input: [3, 6, 5]) {
            Conv2D(5, kernelSize: 3)
            HardSwish()
            Conv2D(20, kernelSize: 3)
            HardSwish()
            Flatten()
            Dense(3)
        },
        "hard sigmoid of padded blocks": Network(input: [3, 6, 5]) {
            Conv2D(5, kernelSize: 3)
            HardSigmoid()
            Conv2D(20, kernelSize: 3)
            HardSigmoid()
            Flatten()
            Dense(3)
        },
        "depthwise": Network(input: [3, 9, 8]) {
            Conv2D(20, kernelSize: 1)
            ReLU()
            Conv2D(20, kernelSize: 3, stride: 2, groups: 20)
            BatchNorm2D()
            ReLU()
            Conv2D(12, kernelSize: 3, dilation: 2, groups: 4)
            GlobalAveragePool2D()
            Dense(3)
        },
        "branches": Network(input: [3, 7, 6]) {
            Conv2D(16, kernelSize: 3)
            Concatenate {
                Branch { Conv2D(16, kernelSize: 1) }
                Branch {
                    Conv2D(5, kernelSize: 3)
                    ReLU()
                }
            }
            Residual {
                Conv2D(21, kernelSize: 3)
                ReLU()
                Conv2D(21, kernelSize: 3)
            }
            AveragePool2D(3, stride: 2, padding: .same)
            LocallyConnected2D(4, kernelSize: 2)
            BlurPool2D(3, stride: 2)
            Flatten()
            Dense(3)
            Softmax()
        },
        "squeeze-and-excite": Network(input: [3, 7, 6]) {
            Conv2D(20, kernelSize: 3)
            BatchNorm2D()
            ReLU()
            Gate {
                GlobalAveragePool2D()
                Dense(6)
                ReLU()
                Dense(20)
                Sigmoid()
            }
            Conv2D(16, kernelSize: 1)
            Flatten()
            Dense(3)
        },
        "layer norm of maps and features": Network(input: [3, 7, 6]) {
            Conv2D(20, kernelSize: 3)
            LayerNorm()
            Conv2D(16, kernelSize: 1)
            GELU()
            LayerNorm()
            GlobalAveragePool2D()
            LayerNorm()
            Dense(3)
        },
        "in place": Network(input: [3, 6, 5]) {
            Conv2D(16, kernelSize: 3)
            Residual { LeakyReLU(0.1) }
            Dropout(0.25)
            Residual {
                Scale(0.5)
                Tanh()
            }
            Flatten()
            Residual { GELU() }
            Dense(3)
        },
        "frozen": Network(
            input: [3, 6, 6],
            layers: Network(input: [3, 6, 6]) {
                Conv2D(4, kernelSize: 3)
                ReLU()
                Conv2D(5, kernelSize: 3)
                BatchNorm2D()
                Flatten()
                Dense(3)
            }.layers, frozen: ["0.weight", "2.bias", "3.weight"]),
    ]

    /// Every number near 1 passes through at most a dozen layers of at most a few hundred terms: 4,000 roundings of
    /// numbers up to 4 bound what a wrong index or layout would exceed by orders of magnitude.
    @Test("agrees with the reference through chains of layers", arguments: networks.keys.sorted(), [1, 3])
    @EngineActor func chains(name: String, batchSize: Int) throws {
        let network = try #require(Self.networks[name])
        let data = try NetworkData(for: network, batchSize: batchSize, seed: 7) { shape, seed in
            Samples.distinct(shape, spacing: 2 / Double(shape.count), seed: seed)
        }
        let expected = try Engine.reference.run(network, data)
        let bounds = Self.engine.bounds(like: expected, units: 4000, scale: 4)
        for joins in [true, false] {
            let actual = try Self.engine.run(network, data, joins: joins)
            #expect(difference(actual, expected, bounds) == nil, "joined ReLU: \(joins)")
        }
        let inferred = difference(
            try Self.engine.infer(network, data), try Engine.reference.infer(network, data), bounds.output)
        #expect(inferred == nil, "inference")
    }

    /// What multiplies padding has weights of 0 there, so numbers show nothing of what a function leaves.
    @Test("the padding of maps in blocks is cleared where f(0) is not 0") @EngineActor func padding() throws {
        let backends = [Self.engine.backend] + (Engine.bfloat16.map { [$0.backend] } ?? [])
        let layers: [(any Layer, Bool)] = [(Sigmoid(), true), (HardSigmoid(), true), (HardSwish(), false)]
        for backend in backends {
            for (layer, clears) in layers {
                let network = Network(input: [3, 6, 5]) {
                    Conv2D(5, kernelSize: 3)
                    NamedLayer(layer)
                    Conv2D(6, kernelSize: 3)
                    Flatten()
                    Dense(3)
                }
                let plan = try Plan(network, mode: .inference, batchSize: 2, backend: backend)
                let found = plan.executable.steps.contains { $0.name == "clear padding" }
                #expect(found == clears, "\(layer), \(backend.precision)")
            }
        }
    }

    /// Memory is shared and overwritten only here: the other tests keep every gradient.
    @Test("trains as the reference does", arguments: networks.keys.sorted()) @EngineActor
    func training(name: String) throws {
        try trains(
            try #require(Self.networks[name]), .sgd(momentum: 0.9, nesterov: true, weightDecay: 0.01),
            maximumGradientNorm: 0.7)
    }

    /// More than a million weights behind images, maps in blocks and features: kernels of their own compute them, and the
    /// step of their gradient updates them.
    static let largeDense = [
        "large dense on images": Network(input: [4, 16, 16]) {
            Flatten()
            Dense(1030)
            ReLU()
            Dense(3)
        },
        "large dense on maps": Network(input: [3, 33, 32]) {
            Conv2D(16, kernelSize: 3)
            ReLU()
            Flatten()
            Dense(64)
            Dense(3)
        },
        "large dense on features": Network(input: [2, 8, 8]) {
            Flatten()
            Dense(1030)
            ReLU()
            Dense(1025)
            Dense(3)
        },
    ]

    @Test(
        "updates large dense layers with their gradient", arguments: largeDense.keys.sorted(),
        [Optimizer.sgd(), .sgd(momentum: 0.9, weightDecay: 0.01)]) @EngineActor
    func earlyUpdates(name: String, optimizer: Optimizer) throws {
        let network = try #require(Self.largeDense[name])
        let plan = try Plan(
            network, mode: .training(Loss(), optimizer), batchSize: 3, backend: Self.engine.backend)
        if Self.engine.backend.details.contains(", avx512") {
            #expect(plan.executable.steps.contains { $0.name == "dense weight gradient and update" })
            let large = plan.executable.steps.filter { $0.name == "dense input gradient" && $0.multiplyAdds >= 3 << 20 }
            #expect(large.allSatisfy { $0.implementation.hasPrefix("kernel:dense") })
            #expect(large.isEmpty == (name == "large dense on images"))
        }
        try trains(network, optimizer)
        // Not where the norm of all gradients comes first, nor where gradients are read.
        for mode in [PlanMode.training(Loss(), optimizer, maximumGradientNorm: 1), .gradients] {
            let plan = try Plan(network, mode: mode, batchSize: 3, backend: Self.engine.backend)
            #expect(plan.executable.steps.allSatisfy { !$0.name.contains("and update") })
        }
    }

    /// Channels that do not fill a block, odd sizes, a stride, padding on one side; the second chain follows on the first.
    private static let separable = Network(input: [3, 9, 8]) {
        Conv2D(20, kernelSize: 1, hasBias: false)
        BatchNorm2D()
        ReLU()
        Conv2D(20, kernelSize: 3, groups: 20, hasBias: false)
        BatchNorm2D()
        ReLU()
        Conv2D(32, kernelSize: 1, hasBias: false)
        BatchNorm2D()
        ReLU()
        Conv2D(
            32, kernelSize: 3, stride: 2, padding: .explicit(top: 2, left: 0, bottom: 1, right: 1), groups: 32,
            hasBias: false)
        BatchNorm2D()
        ReLU()
        Flatten()
        Dense(3)
    }

    @Test("depthwise convolutions take the batch norms around them along")
    @EngineActor func depthwiseChains() throws {
        func steps(_ network: Network, _ mode: PlanMode = .training(Loss(), .adam())) throws -> [StepInfo] {
            let plan = try Plan(network, mode: mode, batchSize: 3, backend: Self.engine.backend)
            return plan.executable.steps.filter { $0.algorithm == "depthwise" }
        }
        if Self.engine.backend.details.contains(", avx512") {
            let found = try steps(Self.separable)
            #expect(found.map(\.phase) == [.forward, .forward, .backward, .backward])
            #expect(found.allSatisfy { $0.multiplyAdds > 0 && $0.outputs.count >= 1 })
        }
        try trains(Self.separable, .sgd(momentum: 0.9, nesterov: true, weightDecay: 0.01))
        // Of two in a row the first takes the batch norm between them.
        let twice = Network(input: [3, 9, 8]) {
            Conv2D(16, kernelSize: 1, hasBias: false)
            for _ in 0..<2 {
                BatchNorm2D()
                ReLU()
                Conv2D(16, kernelSize: 3, groups: 16, hasBias: false)
            }
            BatchNorm2D()
            ReLU()
            Flatten()
            Dense(3)
        }
        if Self.engine.backend.details.contains(", avx512") { #expect(try steps(twice).count == 2) }
        try trains(twice, .sgd())
        // Not where something is between them, where something else reads what is between, or the weights are frozen.
        let others: [Network] = [
            Network(input: [3, 9, 8]) {
                Conv2D(16, kernelSize: 1, hasBias: false)
                BatchNorm2D()
                ReLU()
                Conv2D(16, kernelSize: 3, groups: 16, hasBias: false)
                BatchNorm2D()
                GELU()
                Flatten()
                Dense(3)
            },
            Network(input: [3, 9, 8]) {
                Conv2D(16, kernelSize: 1, hasBias: false)
                BatchNorm2D()
                ReLU()
                Residual {
                    Conv2D(16, kernelSize: 3, groups: 16, hasBias: false)
                    BatchNorm2D()
                    ReLU()
                }
                Flatten()
                Dense(3)
            },
            Network(input: [3, 9, 8], layers: Self.separable.layers, frozen: ["3.weight", "9.weight"]),
        ]
        for network in others {
            #expect(try steps(network).isEmpty)
            try trains(network, .sgd())
        }
    }

    /// The gradient that a max pool would spread over the first convolution's output is a quarter of it at most.
    @Test(
        "the weight gradient of images goes through the max pool behind",
        arguments: [
            (3, Padding2D.valid, true), (1, .same, false), (2, .explicit(top: 2, left: 1, bottom: 0, right: 2), true),
        ])
    @EngineActor func pooledGradient(channels: Int, padding: Padding2D, hasReLU: Bool) throws {
        let network = Network(input: [channels, 11, 14]) {
            Conv2D(32, kernelSize: 3, padding: padding, hasBias: hasReLU)
            if hasReLU { ReLU() }
            MaxPool2D(2)
            Conv2D(16, kernelSize: 3)
            MaxPool2D(2)
            Flatten()
            Dense(3)
        }
        func pooled(_ mode: PlanMode) throws -> [StepInfo] {
            let plan = try Plan(network, mode: mode, batchSize: 3, backend: Self.engine.backend)
            return plan.executable.steps.filter { $0.algorithm == "pooled" }
        }
        if Self.engine.backend.details.contains(", avx512") {
            #expect(try pooled(.training(Loss(), .adam())).count == 1)
        }
        // Not where the host reads the gradient of the images, which is made of that of all positions.
        #expect(try pooled(.gradients).isEmpty)
        try trains(network, .adam())
    }

    @Test(
        "the weight gradient of a large depthwise kernel is summed plane by plane", arguments: [(5, 1), (5, 2), (7, 1)])
    @EngineActor func planes(kernel: Int, stride: Int) throws {
        for hasBias in [false, true] {
            let network = Network(input: [3, 9, 8]) {
                Conv2D(20, kernelSize: 1)
                Conv2D(
                    20, kernelSize: Size2D(kernel, kernel), stride: Size2D(stride, stride), groups: 20,
                    hasBias: hasBias)
                ReLU()
                Flatten()
                Dense(3)
            }
            if Self.engine.backend.details.contains(", avx512") {
                let plan = try Plan(
                    network, mode: .training(Loss(), .sgd()), batchSize: 3, backend: Self.engine.backend)
                #expect(plan.executable.steps.count { $0.algorithm == "planes" } == 1)
            }
            try trains(network, .sgd(momentum: 0.9))
        }
    }

    @EngineActor private func trains(
        _ network: Network, _ optimizer: Optimizer, maximumGradientNorm: Double? = nil
    ) throws {
        func train(_ engine: Engine) throws -> [Tensor<Float>] {
            let plan = try Plan(
                network, mode: .training(Loss(), optimizer, maximumGradientNorm: maximumGradientNorm), batchSize: 3,
                backend: engine.backend)
            try plan.load(network.initialWeights(seed: 8))
            for step in 1...4 {
                let images = Samples.uniform(network.input.batched(3), seed: step)
                _ = plan.executable.withInput { $0.images.update(fromContentsOf: images.scalars.map { Float($0) }) }
                _ = plan.executable.withInput { $0.labels.update(fromContentsOf: [Int32(step % 3), 1, 2]) }
                plan.executable.settings.learningRate = 0.1
                plan.executable.settings.updateNumber = step
                plan.executable.settings.dropoutStep = step
                _ = try plan.forwardAndLoss()
                try plan.backwardAndUpdate()
            }
            let weights = try plan.weights()
            return weights.parameters + weights.buffers + (try plan.optimizerStates().flatMap(\.self))
        }
        let (actual, expected) = (try train(Self.engine), try train(.reference))
        #expect(actual.count == expected.count)
        for (index, (tensor, other)) in zip(actual, expected).enumerated() {
            func doubles(_ tensor: Tensor<Float>) -> Tensor<Double> {
                Tensor(tensor.shape, tensor.scalars.map(Double.init))
            }
            // Four steps of numbers below 1, each a few dozen roundings from exact.
            let found = difference(doubles(tensor), doubles(other), within: 300 * 0x1p-24)
            #expect(found == nil, "tensor \(index)")
        }
    }

    /// The engine, told to update each dense weight with its gradient.
    private struct UpdatingBackend: Backend {
        let inner: OneDNNBackend
        struct Rules: Fusions {
            func takesUpdate(ofDense weight: Shape, batchSize: Int) -> Bool { true }
        }
        var fusions: any Fusions { Rules() }
        var name: String { inner.name }
        var details: String { inner.details }
        var thread: DeviceThread { inner.thread }
        var threads: Int { inner.threads }
        var precision: Precision { inner.precision }
        func compile(_ program: Program) throws(PlanError) -> any Executable { try inner.compile(program) }
    }

    /// Where the weights lie as no kernel knows them, two steps do it.
    @Test(
        "a small weight is updated with its gradient too", arguments: [Precision.float32, .bfloat16],
        [Optimizer.sgd(), .adam()])
    @EngineActor func updatesSmallWeights(precision: Precision, optimizer: Optimizer) throws {
        guard precision == .float32 || OneDNNBackend.hasBfloat16 else { return }
        let network = Network(input: [2, 3, 4]) {
            Flatten()
            Dense(20)
            Tanh()
            Dense(3)
        }
        let engine = try OneDNNBackend(threads: 1, precision: precision)
        func train(_ backend: any Backend, joins: Bool) throws -> ([Tensor<Float>], [String]) {
            let plan = try Plan(
                network, mode: .training(Loss(), optimizer), batchSize: 3, backend: backend, joins: joins)
            try plan.load(network.initialWeights(seed: 8))
            let images = Samples.uniform(network.input.batched(3), seed: 1)
            _ = plan.executable.withInput { $0.images.update(fromContentsOf: images.scalars.map { Float($0) }) }
            _ = plan.executable.withInput { $0.labels.update(fromContentsOf: [0, 1, 2]) }
            plan.executable.settings.learningRate = 0.1
            for step in 1...3 {
                plan.executable.settings.updateNumber = step
                _ = try plan.forwardAndLoss()
                try plan.backwardAndUpdate()
            }
            let tensors = try plan.weights().parameters + (try plan.optimizerStates().flatMap(\.self))
            return (tensors, plan.executable.steps.filter { $0.name == "update" }.map(\.phase.rawValue))
        }
        let (joined, steps) = try train(UpdatingBackend(inner: engine), joins: true)
        let (apart, others) = try train(engine, joins: false)
        #expect(joined == apart)
        #expect(steps == ["backward", "backward", "update"] && others == ["update"])
    }

    static let referenceCNN = Network(input: [3, 32, 32]) {
        Conv2D(32, kernelSize: 3, padding: .valid)
        ReLU()
        MaxPool2D(2)
        Conv2D(64, kernelSize: 3, padding: .valid)
        ReLU()
        MaxPool2D(2)
        Flatten()
        Dense(64)
        ReLU()
        Dense(10)
    }

    @Test("keeps layouts between the layers of the reference CNN") @EngineActor func layouts() throws {
        let plan = try Plan(
            Self.referenceCNN, mode: .training(Loss(), .adam()), batchSize: 4, backend: Self.engine.backend)
        let reorders = plan.executable.steps.filter { $0.name.hasPrefix("reorder") }
        // Direct convolution on AVX2 wants the weights transposed for the input gradient; no map is ever copied.
        #expect(reorders.allSatisfy { $0.name == "reorder 3.weight" }, "\(reorders.map(\.name))")
        #expect(plan.executable.steps.count { $0.phase == .update } == 1)
        #expect(plan.executable.steps.allSatisfy { !$0.implementation.contains("ref") })
        let weights = try Self.referenceCNN.initialWeights(seed: 3)
        try plan.load(weights)
        #expect(try plan.weights() == weights)
    }

    /// F(4×4, 3×3) works on whole tiles, so its error is bounded by the largest `Σ|x·w|` of the map and not by each
    /// output's own.
    @Test(
        "Winograd stays within the bound of a direct sum",
        arguments: [[32, 48, 9], [48, 32, 8], [128, 128, 4], [24, 64, 7], [35, 32, 5]])
    @EngineActor func winograd(sizes: [Int]) throws {
        let network = Network(input: [sizes[0], sizes[2], sizes[2]]) {
            Conv2D(sizes[1], kernelSize: 3, padding: .valid)
        }
        let data = try NetworkData(for: network, batchSize: 2, seed: 4) { Samples.uniform($0, seed: $1) }
        let winograd = PlantedTimer { _, algorithm in algorithm == .winograd ? 1 : 4 }
        let engine = Engine("onednn", OneDNNBackend(threads: 1, algorithms: winograd.book()))
        let choices = try Plan(network, mode: .gradients, batchSize: 2, backend: engine.backend).executable.choices
        #expect(choices.values.sorted() == ["winograd", "winograd", "winograd"])
        let terms = max(sizes[0], sizes[1], 2 * sizes[2] * sizes[2] / 9) * 9
        var bounds = try engine.bounds(network, data, terms: terms)
        func largest(_ bounds: [Double]) -> [Double] {
            Array(repeating: bounds.max() ?? 0, count: bounds.count)
        }
        bounds.output = largest(bounds.output)
        bounds.inputGradient = largest(bounds.inputGradient)
        bounds.parameterGradients = bounds.parameterGradients.mapValues(largest)
        let found = difference(try engine.run(network, data), try Engine.reference.run(network, data), bounds)
        #expect(found == nil)
    }

    /// The transforms of many filters cost more than few outputs save, unless the plan keeps them.
    @Test(
        "the rule weighs filters against the outputs that share them",
        .enabled(if: OneDNNBackend.details.contains(", avx512")),
        arguments: [
            (64, 32, 1, "winograd"), (128, 8, 1, "winograd"), (128, 6, 1, "direct"), (256, 8, 1, "streamed"),
            (256, 8, 4, "winograd"), (512, 4, 8, "streamed"), (512, 4, 16, "direct"), (512, 4, 32, "winograd"),
        ])
    @EngineActor func rule(channels: Int, side: Int, batchSize: Int, algorithm: String) throws {
        let network = Network(input: [channels, side, side]) { Conv2D(channels, kernelSize: 3) }
        let plan = try Plan(network, mode: .inference, batchSize: batchSize, backend: Self.engine.backend)
        #expect(plan.executable.choices.values.first == algorithm)
    }

    @Test("maps of few channels lie in small blocks") @EngineActor func smallBlocks() throws {
        let network = Network(input: [3, 16, 16]) {
            Conv2D(6, kernelSize: 5)
            Tanh()
            AveragePool2D(2)
            Conv2D(16, kernelSize: 5)
            ReLU()
            Conv2D(20, kernelSize: 3)
        }
        let plan = try Plan(network, mode: .inference, batchSize: 2, backend: Self.engine.backend)
        let first = plan.executable.steps.first { $0.multiplyAdds > 0 }
        if Self.engine.backend.details.contains(", avx512") {
            #expect(first?.implementation.hasSuffix("aBcd8b") == true)
        }
    }

    @Test("the same seed gives the same bits", arguments: [1, 2]) @EngineActor func determinism(threads: Int) throws {
        try Self.expectSameBits(OneDNNBackend(threads: threads))
    }

    /// Trains twice from one seed, with everything that draws or sums.
    @EngineActor static func expectSameBits(_ backend: OneDNNBackend) throws {
        func train() throws -> Weights {
            let network = Network(input: [3, 16, 16]) {
                Conv2D(32, kernelSize: 3)
                BatchNorm2D()
                ReLU()
                Conv2D(32, kernelSize: 3)
                ReLU()
                MaxPool2D(2)
                Dropout(0.3)
                Flatten()
                Dense(10)
            }
            let plan = try Plan(
                network, mode: .training(Loss(), .adam(), maximumGradientNorm: 0.5), batchSize: 8,
                backend: backend)
            try plan.load(network.initialWeights(seed: 5))
            let executable = plan.executable
            for step in 1...4 {
                let images = Samples.uniform([8, 3, 16, 16], seed: step)
                _ = executable.withInput { $0.images.update(fromContentsOf: images.scalars.map { Float($0) }) }
                executable.withInput {
                    for index in $0.labels.indices { $0.labels[index] = Int32((index * step) % 10) }
                }
                executable.settings.learningRate = 0.001
                executable.settings.updateNumber = step
                executable.settings.dropoutSeed = 5
                executable.settings.dropoutStep = step
                _ = try plan.forwardAndLoss()
                try plan.backwardAndUpdate()
            }
            return try plan.weights()
        }
        let first = try train()
        #expect(try train() == first)
        #expect(first.parameters.allSatisfy { $0.scalars.allSatisfy(\.isFinite) })
    }

    @Test("a plan beyond all memory is an error that names what helps") @EngineActor func outOfMemory() throws {
        let network = Network(input: [3, 4096, 4096]) {
            ReLU()
            Flatten()
        }
        let error = #expect(throws: PlanError.self) {
            _ = try Plan(network, mode: .inference, batchSize: 1 << 20, backend: Self.engine.backend)
        }
        #expect(error?.kind == .outOfMemory)
        #expect(error?.advice == "a smaller batch or smaller images")
    }

    @Test("says what it computes with") func details() {
        #expect(Self.engine.backend.name == "onednn")
        #expect(Self.engine.backend.threads == 1)
        #expect(OneDNNBackend().threads >= 1)
        #expect(Self.engine.backend.details.contains(#/^oneDNN \d+\.\d+\.\d+, \w+; kernels \w+$/#))
    }
}
