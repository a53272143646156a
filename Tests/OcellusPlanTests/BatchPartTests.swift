// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

/// Batches that come in parts, with one update behind them.
@Suite("Parts of a batch", .serialized) @EngineActor struct BatchPartTests {
    private static let labels: [Int32] = [0, 1, 1, 0, 1, 0, 0, 1, 1, 0, 1, 0]
    /// The last image does not count.
    private static let weights: [Float] = [1, 1, 0.5, 1, 1, 1, 2, 1, 1, 1, 1, 0]

    private static var mixture: LabelMixture {
        var mixture = LabelMixture(batchSize: 12)
        for n in 0..<12 { (mixture.others[n], mixture.shares[n]) = (Int32(n % 2), n % 3 == 0 ? 0.75 : 1) }
        return mixture
    }

    private struct Outcome {
        var statistics: LossStatistics
        var tensors: [Tensor<Double>]
    }

    /// Two updates on one batch of 12 in parts of `part`: what became of parameters and states.
    private func train(
        _ engine: Engine, _ network: Network, part: Int, _ optimizer: Optimizer, maximumNorm: Double?
    ) throws -> Outcome {
        let data = try NetworkData(for: network, batchSize: 12, seed: 5, Samples.uniform)
        var own = data
        own.input = Tensor(network.input.batched(part), Array(data.input.scalars[0..<part * network.input.count]))
        let classes = try network.classes()
        let loss = Loss(labelSmoothing: 0.125, classWeights: (0..<classes).map { $0 == 1 ? 3 : 1 })
        let plan = try engine.plan(
            network, own,
            mode: .training(loss, optimizer, maximumGradientNorm: maximumNorm, sumsGradients: part < 12))
        let executable = plan.executable
        var settings = StepSettings()
        (settings.learningRate, settings.dropoutSeed) = (0.25, 77)
        var statistics = LossStatistics()
        for update in 0..<2 {
            (settings.updateNumber, settings.dropoutStep) = (update + 1, update)
            for first in stride(from: 0, to: 12, by: part) {
                let image = network.input.count
                for (index, element) in data.input.scalars[first * image..<(first + part) * image].enumerated() {
                    executable.withInput { $0.images[index] = Float(element) }
                }
                for n in 0..<part {
                    executable.withInput { $0.labels[n] = Self.labels[first + n] }
                    executable.withInput { $0.sampleWeights[n] = Self.weights[first + n] }
                }
                var mixture = LabelMixture(batchSize: part)
                mixture.others = Array(Self.mixture.others[first..<first + part])
                mixture.shares = Array(Self.mixture.shares[first..<first + part])
                (settings.mixture, settings.firstImage) = (mixture, first)
                executable.settings = settings
                statistics += try plan.forwardAndLoss()
                try plan.backward()
            }
            try plan.update()
        }
        let ids = plan.program.parameters + plan.program.optimizerStates.joined()
        return Outcome(statistics: statistics, tensors: try ids.map { try engine.tensor(plan, $0) })
    }

    /// Those in which no image sees another.
    nonisolated private static let networks = ExampleNetwork.all.filter {
        ["convolution, ReLU, pool", "residual with a projection, dropout behind it", "nested composites"]
            .contains($0.description)
    }

    @Test("give the update of the whole, whatever the samples weigh", arguments: Engine.all, networks)
    func wholeBatch(engine: Engine, example: ExampleNetwork) throws {
        let optimizer = Optimizer.sgd(momentum: 0.5, weightDecay: 0.125)
        // Below the norm, so that the clip works on both sides.
        for maximumNorm in [nil, 0.01] {
            let found = try train(engine, example.network, part: 4, optimizer, maximumNorm: maximumNorm)
            let expected = try train(.reference, example.network, part: 12, optimizer, maximumNorm: maximumNorm)
            #expect(found.statistics.count == expected.statistics.count)
            #expect(abs(found.statistics.weightSum - expected.statistics.weightSum) < 1e-9)
            #expect(abs(found.statistics.lossSum - expected.statistics.lossSum) < 1e-3)
            #expect(found.tensors.count == expected.tensors.count)
            for (actual, expected) in zip(found.tensors, expected.tensors) {
                // Two steps through ten operations with sums of up to 300 terms, on numbers of about 1.
                #expect(difference(actual, expected, within: 4000 * engine.epsilon * engine.sumFactor) == nil)
            }
        }
    }

    @Test("a new batch begins at 0: nothing is left of the last one") func beginsAnew() throws {
        let example = try #require(Self.networks.first)
        for engine in Engine.all {
            let data = try example.data(batchSize: 4, seed: 9)
            func gradientSums(after batches: Int) throws -> [Tensor<Double>] {
                let plan = try engine.plan(
                    example.network, data, mode: .training(Loss(), .sgd(), sumsGradients: true))
                for _ in 0..<batches {
                    for part in 0..<2 {
                        plan.executable.settings.firstImage = 4 * part
                        _ = try plan.forwardAndLoss()
                        try plan.backward()
                    }
                }
                return try plan.program.parameterGradients.compactMap(\.self).map { try engine.tensor(plan, $0) }
            }
            let (once, thrice) = (try gradientSums(after: 1), try gradientSums(after: 3))
            #expect(once == thrice && once.contains { $0.scalars.contains { $0 != 0 } }, "\(engine)")
        }
    }

    @Test("large dense layers wait for the last part with their update") func largeDense() throws {
        let network = Network(input: [1, 32, 32]) {
            Flatten()
            Dense(1024)
            ReLU()
            Dense(2)
        }
        let backend = Engine.all[2].backend
        func names(_ sumsGradients: Bool) throws -> [String] {
            let mode = PlanMode.training(Loss(), .sgd(), sumsGradients: sumsGradients)
            return try Plan(network, mode: mode, batchSize: 4, backend: backend).executable.steps.map(\.name)
        }
        // With narrower vectors weights lie in a layout that the joined step does not know.
        if backend.details.contains(", avx512") {
            #expect(try names(false).contains("dense weight gradient and update"))
        }
        #expect(try !names(true).contains("dense weight gradient and update"))
        #expect(try names(true).count(where: { $0 == "gradient sums" }) == 1)
    }

    @Test("the rule divides large batches of light networks and leaves others whole") func rule() throws {
        let cnn = OneDNNTests.referenceCNN
        #expect(try CacheRule.trainingPart(ofBatch: 256, try cnn.graph(), precision: .float32) == 64)
        #expect(try CacheRule.trainingPart(ofBatch: 256, try cnn.graph(), precision: .bfloat16) == 128)
        #expect(try CacheRule.trainingPart(ofBatch: 64, try cnn.graph(), precision: .float32) == 64)
        #expect(try CacheRule.trainingPart(ofBatch: 144, try cnn.graph(), precision: .float32) == 72)
        // 50 divides it, but a part begins at a multiple of 4.
        #expect(try CacheRule.trainingPart(ofBatch: 150, try cnn.graph(), precision: .float32) == 150)
        #expect(try CacheRule.trainingPart(ofBatch: 251, try cnn.graph(), precision: .float32) == 251)
        let wide = Network(input: [1, 64, 64]) {
            Flatten()
            Dense(1024)
            Dense(2)
        }
        #expect(try CacheRule.trainingPart(ofBatch: 4096, try wide.graph(), precision: .float32) == 4096)
        #expect(try Predictor.largestBatch(of: cnn, backend: OneDNNBackend(threads: 1)) == 64)
        #expect(try Predictor.largestBatch(of: wide, backend: OneDNNBackend(threads: 1)) == 256)
        // 64 maps of 112×112 in and out are 6.4 MB: 64 photos at once would take 400.
        let photos = Network(input: [3, 224, 224]) {
            Conv2D(64, kernelSize: 3, stride: 2)
            ReLU()
            GlobalAveragePool2D()
            Dense(2)
        }
        #expect((16...32).contains(try Predictor.largestBatch(of: photos, backend: OneDNNBackend(threads: 1))))
    }
}
