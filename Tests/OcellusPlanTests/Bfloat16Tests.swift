// SPDX-License-Identifier: Apache-2.0

import COcellusInstructionSet
import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import Testing

/// Products of factors with 8 significant bits, summed in float32.
@Suite(
    "oneDNN engine in bfloat16", .serialized,
    .enabled(if: OneDNNBackend.hasBfloat16, "this processor does not compute in bfloat16 (AVX512-BF16 or AMX)"))
struct Bfloat16Tests {
    /// A network of one layer: exact on small integers, within `(2u + u²)·Σ|x·w|` with u = 2⁻⁸ on random numbers, and
    /// within the bound of a float32 sum on factors that bfloat16 represents.
    @EngineActor private func agrees(_ network: Network, batchSize: Int, terms: Int) throws {
        let engine = try #require(Engine.bfloat16)
        try expectAgreement(engine, network, batchSize: batchSize, terms: terms)
        let data = try NetworkData(for: network, batchSize: batchSize, seed: 5) {
            Samples.uniform($0, seed: $1).mapped(rounded)
        }
        let float = Engine("onednn float32", engine.backend)
        let found = difference(
            try engine.run(network, data), try Engine.reference.run(network, data),
            try float.bounds(network, data, terms: terms))
        #expect(found == nil, "on factors that bfloat16 represents")
    }

    /// The nearest number of 8 significant bits.
    private func rounded(_ x: Double) -> Double { (x * 128).rounded() / 128 }

    @Test("convolutions agree with the reference", arguments: ConvolutionCase.all) @EngineActor
    func convolution(test: ConvolutionCase) throws {
        try agrees(.single(test.layer, input: test.input), batchSize: test.batchSize, terms: test.terms)
    }

    @Test("convolutions of whole blocks agree with the reference", arguments: [(1, 2), (3, 2), (5, 1)]) @EngineActor
    func blocks(kernel: Int, stride: Int) throws {
        let layer = Conv2D(64, kernelSize: Size2D(kernel, kernel), stride: Size2D(stride, stride))
        try agrees(.single(layer, input: [32, 9, 8]), batchSize: 3, terms: 64 * 25)
    }

    @Test("dense layers agree with the reference", arguments: DenseTests.sizes) @EngineActor
    func dense(size: (inputs: Int, outputs: Int)) throws {
        for (batchSize, hasBias) in [(1, true), (3, false), (70, true)] {
            try agrees(
                .single(Dense(size.outputs, hasBias: hasBias), input: [size.inputs]), batchSize: batchSize,
                terms: max(size.inputs + 1, size.outputs, batchSize))
        }
    }

    @Test("the reference CNN computes in bfloat16 from float32 weights", arguments: [4, 64]) @EngineActor
    func referenceCNN(batchSize: Int) throws {
        let engine = try #require(Engine.bfloat16)
        let plan = try Plan(
            OneDNNTests.referenceCNN, mode: .training(Loss(), .adam()), batchSize: batchSize, backend: engine.backend)
        // The images need no gradient: 11 products in 4 layers, 3 of them by Winograd's algorithm on maps in bfloat16, one
        // through the pool behind it.
        let choices = plan.executable.choices.values.sorted()
        let own = ["pooled"] + Array(repeating: "winograd", count: 3)
        #expect(choices == Array(repeating: "bfloat16", count: 7) + own)
        let products = plan.executable.steps.filter { $0.multiplyAdds > 0 && $0.phase != .update }
        #expect(products.allSatisfy { $0.implementation.contains(":bf16") && !$0.implementation.contains("ref") })
        let weights = try OneDNNTests.referenceCNN.initialWeights(seed: 3)
        try plan.load(weights)
        #expect(try plan.weights() == weights)
    }

    private static let gated = Network(input: [3, 12, 12]) {
        Conv2D(32, kernelSize: 3)
        BatchNorm2D()
        SiLU()
        Gate {
            GlobalAveragePool2D()
            Dense(8)
            SiLU()
            Dense(32)
            Sigmoid()
        }
        DropPath(0.2)
        Conv2D(16, kernelSize: 1)
        LayerNorm()
        Conv2D(32, kernelSize: 1)
        GELU()
        Conv2D(16, kernelSize: 1)
        GlobalAveragePool2D()
        Dense(3)
    }

    @Test("maps that are gated, dropped or normalised stay in bfloat16, and so do tokens between products") @EngineActor
    func keptMaps() throws {
        let engine = try #require(Engine.bfloat16)
        let transformer = Network.visionTransformer(
            input: [3, 8, 8], classes: 3, .init(patch: 2, width: 32, depth: 2, heads: 2))
        func steps(_ network: Network, _ name: String) throws -> [StepInfo] {
            try Plan(network, mode: .training(Loss(), .adam()), batchSize: 4, backend: engine.backend)
                .executable.steps.filter { $0.name == name }
        }
        for name in ["multiply", "multiply gradient", "drop path", "layer norm"] {
            let found = try steps(Self.gated, name)
            #expect(found.contains { $0.implementation.contains("aBcd16b:bf16") }, "\(name)")
        }
        let norms = try steps(transformer, "layer norm")
        // The last one's token is selected of what it gives.
        #expect(norms.count == 5 && norms.dropLast().allSatisfy { $0.implementation.contains(":bf16") })
        #expect(try steps(transformer, "gelu").allSatisfy { $0.implementation.contains(":bf16") })
        for network in [Self.gated, transformer] {
            let data = try NetworkData(for: network, batchSize: 4, seed: 7) { Samples.uniform($0, seed: $1) }
            let (found, expected) = (try engine.run(network, data), try Engine.bfloat16Reference.run(network, data))
            let exact = try Engine.reference.run(network, data)
            #expect(distance(found.output, expected.output) < 1 / 32)
            for (name, gradient) in found.parameterGradients {
                let other = try #require(expected.parameterGradients[name])
                // The bias of keys, and one before a batch norm, has none.
                guard norm(try #require(exact.parameterGradients[name])) > 1e-9 else { continue }
                #expect(distance(gradient, other) < 1 / 4, "\(name)")
            }
        }
    }

    /// Few images and many weights: a copy of the weights would cost more than it saves.
    @Test("large dense layers have kernels that round their weights where the batch is small") @EngineActor
    func largeDense() throws {
        let engine = try #require(Engine.bfloat16)
        let network = try #require(OneDNNTests.largeDense["large dense on images"])
        func implementations(_ batchSize: Int) throws -> [String] {
            let plan = try Plan(
                network, mode: .training(Loss(), .sgd()), batchSize: batchSize, backend: engine.backend)
            return plan.executable.steps.filter { $0.layer.contains("1030") }.map(\.implementation)
        }
        let own = "kernel:dense\(ocellus_kernels_have_bfloat16() ? ":bf16" : "")"
        #expect(try implementations(8).count { $0.hasPrefix(own) } == 2)
        #expect(try implementations(64).allSatisfy { !$0.hasPrefix("kernel:dense") })
    }

    /// Rounding makes other elements win a max pool or pass a ReLU, so gradients are compared by their norm: a wrong index
    /// or layout would make the difference as large as the tensor.
    @Test("agrees with the reference through chains of layers", arguments: OneDNNTests.networks.keys.sorted(), [1, 3])
    @EngineActor func chains(name: String, batchSize: Int) throws {
        let engine = try #require(Engine.bfloat16)
        let network = try #require(OneDNNTests.networks[name])
        let data = try NetworkData(for: network, batchSize: batchSize, seed: 7) { shape, seed in
            Samples.distinct(shape, spacing: 2 / Double(shape.count), seed: seed)
        }
        let (actual, expected) = (try engine.run(network, data), try Engine.bfloat16Reference.run(network, data))
        let exact = try Engine.reference.run(network, data)
        #expect(distance(actual.output, expected.output) < 1 / 64, "output")
        if let gradient = actual.inputGradient, let other = expected.inputGradient {
            #expect(distance(gradient, other) < 1 / 4, "input gradient")
        }
        for (name, gradient) in actual.parameterGradients {
            let other = try #require(expected.parameterGradients[name])
            // A bias before a batch norm has none.
            guard norm(try #require(exact.parameterGradients[name])) > 1e-9 else { continue }
            #expect(distance(gradient, other) < 1 / 4, "gradient of \(name)")
        }
        let inferred = try Engine.bfloat16Reference.infer(network, data)
        #expect(distance(try engine.infer(network, data), inferred) < 1 / 64, "inference")
    }

    private func norm(_ tensor: Tensor<Double>) -> Double {
        tensor.scalars.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }

    /// Of the second, relative to its norm.
    private func distance(_ a: Tensor<Double>, _ b: Tensor<Double>) -> Double {
        let difference = Tensor(a.shape, zip(a.scalars, b.scalars).map { $0 - $1 })
        return norm(difference) / max(norm(b), 1e-9)
    }

    /// Memory is shared and overwritten, and maps are kept in bfloat16, only here.
    @Test(
        "trains as the reference does",
        arguments: OneDNNTests.networks.keys.sorted() + OneDNNTests.largeDense.keys.sorted() + ["reference CNN"])
    @EngineActor func training(name: String) throws {
        let network = OneDNNTests.networks[name] ?? OneDNNTests.largeDense[name] ?? OneDNNTests.referenceCNN
        // Layers that are updated with their gradient cannot wait for its norm.
        let maximumNorm = OneDNNTests.largeDense[name] == nil ? 0.7 : nil
        func train(_ engine: Engine) throws -> [Tensor<Double>] {
            let plan = try Plan(
                network, mode: .training(Loss(), .sgd(momentum: 0.9), maximumGradientNorm: maximumNorm), batchSize: 3,
                backend: engine.backend)
            try plan.load(network.initialWeights(seed: 8))
            for step in 1...2 {
                let images = Samples.uniform(network.input.batched(3), seed: step)
                _ = plan.executable.withInput { $0.images.update(fromContentsOf: images.scalars.map { Float($0) }) }
                _ = plan.executable.withInput { $0.labels.update(fromContentsOf: [Int32(step % 3), 1, 2]) }
                plan.executable.settings.learningRate = 0.1
                plan.executable.settings.updateNumber = step
                plan.executable.settings.dropoutStep = step
                _ = try plan.forwardAndLoss()
                try plan.backwardAndUpdate()
            }
            return try plan.optimizerStates().flatMap(\.self).map { Tensor($0.shape, $0.scalars.map(Double.init)) }
        }
        let backend = ReferenceBackend(precision: .bfloat16)
        let expected = try train(Engine("reference bfloat16", backend))
        let all = expected.map(norm).reduce(0, +)
        for (index, (state, other)) in zip(try train(try #require(Engine.bfloat16)), expected).enumerated() {
            // The sums of gradients; those that hold almost nothing are mostly rounding.
            guard norm(other) > all / 1000 else { continue }
            #expect(distance(state, other) < 1 / 8, "state \(index)")
        }
    }

    @Test("the same seed gives the same bits", arguments: [1, 2]) @EngineActor func determinism(threads: Int) throws {
        try OneDNNTests.expectSameBits(OneDNNBackend(threads: threads, precision: .bfloat16))
    }
}
