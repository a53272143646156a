// SPDX-License-Identifier: Apache-2.0

import OcellusArchive
import OcellusData
import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusReference
import OcellusTensor
import OcellusTestSupport
import Synchronization
import Testing

@testable import OcellusTraining

@Suite("Training step by step") struct TrainingStepsTests {
    private static let backends: [any Backend] = [
        ReferenceBackend(), OneDNNBackend(threads: 1), OneDNNBackend(threads: 2, thread: DeviceThread()),
    ]

    private static func images() throws -> ImageDataset {
        try ImageDataset(
            name: "small", train: SmallData.images(22), validation: SmallData.images(9, seed: 2),
            test: SmallData.images(3, seed: 3))
    }

    private static func trainer(
        _ backend: any Backend, network: Network = SmallData.network, clip: Double? = nil, batchSize: Int = 4
    ) -> Trainer {
        Trainer(
            network,
            configuration: TrainingConfiguration(
                epochs: 3, batchSize: batchSize, optimizer: .adam(learningRate: 0.01), maximumGradientNorm: clip,
                seed: 3),
            backend: backend)
    }

    @Test("steps give the bits of a training that nobody drives", arguments: [0, 1, 2]) func sameBits(index: Int)
        async throws
    {
        let trainer = Self.trainer(Self.backends[index])
        let whole = try await trainer.fit(Self.images())
        let training = try trainer.steps(on: Self.images())
        var steps: [TrainingSteps.Step] = []
        while let step = try await training.step() { steps.append(step) }
        #expect(try await training.step() == nil, "an end stays an end")
        let run = try await training.run()
        #expect(run.weights == whole.weights && run.lastWeights == whole.lastWeights && run.epoch == whole.epoch)
        // 22 images in batches of 4: 6 steps an epoch, the last with 2 images.
        #expect(steps.map(\.updates) == Array(1...18))
        #expect(steps.map(\.epoch) == [1, 2, 3].flatMap { Array(repeating: $0, count: 6) })
        #expect(steps.prefix(6).map(\.count) == [4, 4, 4, 4, 4, 2])
        for (record, epoch) in zip(run.history, 1...3) {
            let own = steps.filter { $0.epoch == epoch }
            let loss = own.reduce(0) { $0 + $1.loss * Double($1.count) } / 22
            #expect(abs(record.trainLoss - loss) < 1e-12)
        }
    }

    @Test("reading gradients changes no bit", arguments: [0, 1, 2]) func reading(index: Int) async throws {
        let trainer = Self.trainer(Self.backends[index])
        let whole = try await trainer.fit(Self.images())
        let seen = Mutex([[String]]())
        let training = try trainer.steps(on: Self.images()) { gradients in
            for name in gradients.names { _ = try gradients.gradient(of: name) }
            seen.withLock { $0.append(gradients.names) }
        }
        while try await training.step() != nil {}
        #expect(try await training.run().lastWeights == whole.lastWeights)
        #expect(seen.withLock { $0 } == Array(repeating: ["0.weight", "0.bias", "4.weight", "4.bias"], count: 18))
    }

    // A layer's dense weights are updated with their gradient where nobody looks at it: here somebody does.
    @Test("gradients are those of the batch's mean loss", arguments: [0, 1, 2]) func values(index: Int) async throws {
        let backend = Self.backends[index]
        let network = Network(input: [1, 6, 6]) {
            Flatten()
            Dense(3)
        }
        var trainer = Self.trainer(backend, network: network, batchSize: 22)
        trainer.configuration.optimizer = .sgd(learningRate: 0.5)
        let first = try network.initialWeights(seed: 3)
        let found = Mutex([String: Tensor<Float>]())
        let training = try trainer.steps(on: Self.images()) { gradients in
            for name in gradients.names {
                let gradient = try gradients.gradient(of: name)
                found.withLock { $0[name] = gradient }
            }
        }
        _ = try await training.step()
        let weights = try await training.run().lastWeights
        for (index, spec) in try network.parameters().enumerated() {
            let gradient = try #require(found.withLock { $0[spec.name] })
            #expect(gradient.scalars.contains { abs($0) > 1e-3 })
            for (position, start) in first.parameters[index].scalars.enumerated() {
                let expected = start - 0.5 * gradient.scalars[position]
                #expect(abs(weights.parameters[index].scalars[position] - expected) < 1e-6)
            }
        }
    }

    @Test("what stands in a gradient's place makes the update, after clipping", arguments: [0, 1, 2])
    func replacing(index: Int) async throws {
        let network = SmallData.network
        var trainer = Self.trainer(Self.backends[index], network: network, clip: 0.5)
        trainer.configuration.optimizer = .sgd(learningRate: 1)
        let training = try trainer.steps(on: Self.images()) { gradients in
            for name in gradients.names {
                let shape = try gradients.gradient(of: name).shape
                let all = Array(repeating: Float(name == "4.bias" ? 2 : 0), count: shape.count)
                try gradients.replace(gradientOf: name, with: Tensor(shape, all))
            }
        }
        _ = try await training.step()
        let (first, after) = (try network.initialWeights(seed: 3), try await training.run().lastWeights)
        #expect(after.parameters.dropLast() == first.parameters.dropLast())
        // The gradient (2, 2, 2) has the norm 2·√3; clipped to 0.5 each part is 0.5/√3.
        for (before, now) in zip(first.parameters[3].scalars, after.parameters[3].scalars) {
            #expect(abs(before - now - 0.5 / Float(3).squareRoot()) < 1e-6)
        }
    }

    @Test("wrong names and shapes are errors, and an error ends the step before the update") func errors() async throws
    {
        let trainer = Self.trainer(Self.backends[1])
        let unknown = try trainer.steps(on: Self.images()) { _ = try $0.gradient(of: "4.wieght") }
        let error = await #expect(throws: ModelError.self) { try await unknown.step() }
        #expect(error?.kind == .unknownParameter && error?.advice == "did you mean \"4.weight\"?")
        let shape = try trainer.steps(on: Self.images()) {
            try $0.replace(gradientOf: "4.bias", with: Tensor([2], [0, 0]))
        }
        let mismatch = await #expect(throws: ModelError.self) { try await shape.step() }
        #expect(mismatch?.kind == .weightsMismatch && mismatch?.needs == "[3]" && mismatch?.received == "[2]")
        #expect(try await shape.run().lastWeights.parameters == SmallData.network.initialWeights(seed: 3).parameters)
    }
}
