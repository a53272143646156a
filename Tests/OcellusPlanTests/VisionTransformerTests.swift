// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Vision transformers") struct VisionTransformerTests {
    private static let small = Network.visionTransformer(
        input: [3, 9, 8], classes: 3, .init(patch: 3, width: 12, depth: 2, heads: 3))

    /// Weights after steps on images that follow from the step.
    @EngineActor private func trained(
        _ network: Network, _ backend: any Backend, batchSize: Int, steps: Int, rate: Double = 1e-3
    ) throws -> (losses: [Double], weights: [Tensor<Float>]) {
        let plan = try Plan(network, mode: .training(Loss(), .adam()), batchSize: batchSize, backend: backend)
        try plan.load(network.initialWeights(seed: 8))
        let classes = try network.classes()
        var losses: [Double] = []
        for step in 1...steps {
            let images = Samples.uniform(network.input.batched(batchSize), seed: 1)
            _ = plan.executable.withInput { $0.images.update(fromContentsOf: images.scalars.map { Float($0) }) }
            _ = plan.executable.withInput {
                $0.labels.update(fromContentsOf: (0..<batchSize).map { Int32($0 % classes) })
            }
            plan.executable.settings.learningRate = rate
            plan.executable.settings.updateNumber = step
            let statistics = try plan.forwardAndLoss()
            losses.append(statistics.lossSum / statistics.weightSum)
            try plan.backwardAndUpdate()
        }
        return (losses, try plan.weights().parameters)
    }

    @Test("agrees with the reference", arguments: Engine.all) @EngineActor func agreement(engine: Engine) throws {
        try TokenTests.expectAgreement(engine, Self.small, batchSize: 3, units: 4000)
    }

    @Test("gradients match central differences") func gradients() throws {
        try expectGradients(Self.small, batchSize: 2, limit: 6)
    }

    /// Adam divides by gradients near nothing, so losses are compared, and not weights.
    @Test("trains as the reference does") @EngineActor func training() throws {
        let expected = try trained(Self.small, Engine.reference.backend, batchSize: 3, steps: 4)
        let found = try trained(Self.small, OneDNNBackend(threads: 1), batchSize: 3, steps: 4)
        for (a, b) in zip(found.losses, expected.losses) { #expect(abs(a - b) < 1e-4) }
        #expect(expected.losses[3] < expected.losses[0])
    }

    @Test("vit-tiny learns a batch as the reference pair does", arguments: ["ann", "cnn", "vit-tiny"]) @EngineActor
    func learns(name: String) throws {
        let network = try Network.named(name, input: [3, 32, 32], classes: 10)
        var backends: [any Backend] = [OneDNNBackend(threads: 2)]
        if let engine = Engine.bfloat16 { backends.append(engine.backend) }
        for backend in backends {
            let losses = try trained(network, backend, batchSize: 10, steps: 3).losses
            #expect(losses.allSatisfy { $0.isFinite })
            #expect(losses[2] < losses[0], "\(backend.precision)")
        }
    }

    @Test("the same seed gives the same bits", arguments: [1, 2]) @EngineActor func determinism(threads: Int) throws {
        let backend = OneDNNBackend(threads: threads)
        let first = try trained(Self.small, backend, batchSize: 3, steps: 2).weights
        #expect(try trained(Self.small, backend, batchSize: 3, steps: 2).weights == first)
    }
}
