// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

/// Every direction of a convolution by every algorithm, mixed.
@Suite("Algorithms of convolutions", .serialized) struct AlgorithmTests {
    /// One algorithm for each direction.
    struct Mix: Sendable, CustomStringConvertible {
        let algorithms: [ConvolutionAlgorithm]
        var description: String { algorithms.map(\.rawValue).joined(separator: ", ") }

        var book: AlgorithmBook {
            PlantedTimer(fastest: Dictionary(uniqueKeysWithValues: zip(ConvolutionDirection.allCases, algorithms)))
                .book()
        }

        static func all(_ algorithms: [ConvolutionAlgorithm]) -> [Mix] {
            algorithms.flatMap { first in
                algorithms.flatMap { second in algorithms.map { Mix(algorithms: [first, second, $0]) } }
            }
        }
    }

    /// As ``expectAgreement(_:_:batchSize:terms:isExact:sourceLocation:)``, bounded by the largest sum of each tensor:
    /// Winograd's tiles mix their elements.
    @Test("any mix agrees with the reference") @EngineActor func float() throws {
        let wide = Padding2D.explicit(top: 4, left: 3, bottom: 1, right: 0)
        let cases: [(Shape, Int, Padding2D)] = [
            ([32, 6, 5], 16, .valid), ([16, 5, 6], 32, .same), ([16, 4, 3], 16, wide), ([20, 5, 6], 16, .same),
        ]
        for (input, outputs, padding) in cases {
            let network = Network.single(Conv2D(outputs, kernelSize: 3, padding: padding), input: input)
            let data = try NetworkData(for: network, batchSize: 2, seed: 6) { Samples.uniform($0, seed: $1) }
            let exact = try Engine.reference.run(network, data)
            var bounds = try Engine("onednn", OneDNNBackend(threads: 1)).bounds(network, data, terms: 9 * 32)
            func largest(_ bounds: [Double]) -> [Double] { Array(repeating: bounds.max() ?? 0, count: bounds.count) }
            bounds.output = largest(bounds.output)
            bounds.inputGradient = largest(bounds.inputGradient)
            bounds.parameterGradients = bounds.parameterGradients.mapValues(largest)
            for mix in Mix.all([.direct, .winograd, .matrix]) {
                let engine = Engine("onednn", OneDNNBackend(threads: 1, algorithms: mix.book))
                let choices = try Plan(network, mode: .gradients, batchSize: 2, backend: engine.backend).executable
                    .choices
                for (direction, algorithm) in zip(ConvolutionDirection.allCases, mix.algorithms) {
                    let key = try #require(choices.keys.first { $0.hasSuffix(": \(direction.rawValue)") })
                    #expect(choices[key] == algorithm.rawValue)
                }
                #expect(difference(try engine.run(network, data), exact, bounds) == nil, "\(mix), padding \(padding)")
            }
        }
    }

    @Test("few channels: any mix agrees with the reference", arguments: [16, 33]) @EngineActor
    func fewChannels(batchSize: Int) throws {
        let wide = Padding2D.explicit(top: 2, left: 0, bottom: 1, right: 2)
        let cases: [(Shape, Int, Size2D, Padding2D)] = [
            ([3, 9, 8], 6, 5, .valid), ([6, 6, 7], 16, Size2D(5, 3), .same), ([5, 4, 6], 11, 3, wide),
            ([20, 5, 4], 1, 3, .same), ([1, 6, 6], 7, 2, .same),
        ]
        for (input, outputs, kernel, padding) in cases {
            let network = Network.single(Conv2D(outputs, kernelSize: kernel, padding: padding), input: input)
            let data = try NetworkData(for: network, batchSize: batchSize, seed: 8) { Samples.uniform($0, seed: $1) }
            let exact = try Engine.reference.run(network, data)
            for mix in Mix.all([.direct, .chwn]) {
                let backend = OneDNNBackend(threads: 2, algorithms: mix.book)
                let plan = try Plan(network, mode: .gradients, batchSize: batchSize, backend: backend)
                #expect(plan.executable.choices.values.sorted() == mix.algorithms.map(\.rawValue).sorted())
                let engine = Engine("onednn", backend)
                let bounds = try engine.bounds(network, data, terms: max(batchSize * 72, 20 * 15))
                #expect(difference(try engine.run(network, data), exact, bounds) == nil, "\(mix), \(outputs) outputs")
            }
        }
    }

    @Test("few positions: reading every weight once agrees with the reference", arguments: [1, 3]) @EngineActor
    func fewPositions(batchSize: Int) throws {
        let streamed = PlantedTimer { _, algorithm in algorithm == .streamed ? 1 : 4 }
        let engine = Engine("onednn", OneDNNBackend(threads: 2, algorithms: streamed.book()))
        let wide = Padding2D.explicit(top: 4, left: 3, bottom: 1, right: 0)
        let cases: [(Shape, Conv2D)] = [
            ([64, 4, 4], Conv2D(32, kernelSize: 3, padding: .same)),
            ([20, 7, 5], Conv2D(48, kernelSize: Size2D(5, 3), stride: 2, padding: .same)),
            ([16, 5, 6], Conv2D(16, kernelSize: 5, padding: wide)),
            ([33, 9, 9], Conv2D(16, kernelSize: 1, stride: 2, hasBias: false)),
        ]
        for (input, layer) in cases {
            let networks = [
                Network(input: input) {
                    layer
                    ReLU()
                },
                // What is added to the sum comes before the ReLU.
                Network(input: input) {
                    layer
                    Residual { Conv2D(layer.outputChannels, kernelSize: 3, padding: .same) }
                    ReLU()
                },
            ]
            for network in networks {
                let data = try NetworkData(for: network, batchSize: batchSize, seed: 9) {
                    Samples.uniform($0, seed: $1)
                }
                let plan = try engine.plan(network, data, mode: .inference)
                #expect(Set(plan.executable.choices.values) == ["streamed"])
                let bounds = try engine.bounds(network, data, terms: 2 * 64 * 25)
                let found = difference(
                    try engine.infer(network, data), try Engine.reference.infer(network, data), bounds.output)
                #expect(found == nil, "\(layer)")
            }
        }
    }

    @Test(
        "the rule has samples fill vectors where channels do not",
        .enabled(if: OneDNNBackend.details.contains(", avx512")),
        arguments: [(5, 13, 32, "chwn"), (5, 13, 31, "direct"), (8, 16, 32, "direct")])
    @EngineActor func acrossSamples(first: Int, second: Int, batchSize: Int, algorithm: String) throws {
        let network = Network(input: [3, 14, 14]) {
            Conv2D(first, kernelSize: 5)
            Tanh()
            AveragePool2D(2)
            Conv2D(second, kernelSize: 3)
        }
        let plan = try Plan(network, mode: .gradients, batchSize: batchSize, backend: OneDNNBackend(threads: 2))
        #expect(Set(plan.executable.choices.values) == [algorithm])
        #expect(plan.executable.choices.count == 6)
    }

    @Test("any mix in bfloat16 is as near as bfloat16 is", .enabled(if: OneDNNBackend.hasBfloat16))
    @EngineActor func narrow() throws {
        // Maps between layers are bfloat16, those at the ends float32. Without a ReLU, whose gradient rounding can switch.
        let network = Network(input: [16, 5, 6]) {
            Conv2D(32, kernelSize: 3)
            Conv2D(16, kernelSize: 3, hasBias: false)
            Conv2D(16, kernelSize: 3)
        }
        let data = try NetworkData(for: network, batchSize: 2, seed: 7) { Samples.uniform($0, seed: $1) }
        let exact = try Engine.reference.run(network, data)
        for mix in Mix.all([.bfloat16, .winograd]) {
            let engine = Engine("mixed", try OneDNNBackend(threads: 1, precision: .bfloat16, algorithms: mix.book))
            let plan = try Plan(network, mode: .gradients, batchSize: 2, backend: engine.backend)
            #expect(Set(plan.executable.choices.values) == Set(mix.algorithms.map(\.rawValue)))
            let found = try engine.run(network, data)
            func compare(_ found: Tensor<Double>, _ exact: Tensor<Double>, _ name: String) {
                // Every factor of three layers is rounded by up to 2⁻⁹ of itself, and sums of random signs by much less.
                let scale = exact.scalars.map(abs).max() ?? 0
                let worst = zip(found.scalars, exact.scalars).map { abs($0 - $1) }.max() ?? .infinity
                #expect(worst < 0.02 * scale, "\(mix), \(name): \(worst) of \(scale)")
            }
            compare(found.output, exact.output, "output")
            compare(try #require(found.inputGradient), try #require(exact.inputGradient), "input gradient")
            for (name, gradient) in exact.parameterGradients {
                compare(try #require(found.parameterGradients[name]), gradient, name)
            }
        }
    }

    @Test("other kernels than 3×3 have no Winograd; what has one algorithm is not measured") @EngineActor
    func candidates() throws {
        // Winograd would win wherever it can be made, else the matrix product.
        let planted = PlantedTimer { _, algorithm in algorithm == .winograd ? 1 : algorithm == .matrix ? 2 : 4 }
        let network = Network(input: [3, 12, 12]) {
            Conv2D(16, kernelSize: 3)
            Conv2D(32, kernelSize: 3, stride: 2)
            Conv2D(32, kernelSize: 3, groups: 4)
            Conv2D(32, kernelSize: 1)
            Conv2D(32, kernelSize: 3)
        }
        let backend = OneDNNBackend(threads: 1, algorithms: planted.book())
        let steps = try Plan(network, mode: .gradients, batchSize: 2, backend: backend).executable.steps
        let forward = steps.filter { $0.phase == .forward }.compactMap(\.choice)
        #expect(
            forward == [
                AlgorithmChoice(.direct, .fixed), AlgorithmChoice(.matrix, .measured), AlgorithmChoice(.direct, .fixed),
                AlgorithmChoice(.matrix, .measured), AlgorithmChoice(.winograd, .measured),
            ])
        #expect(steps.filter { $0.phase == .backward }.compactMap(\.choice).count == 10)
        #expect(steps.allSatisfy { !$0.implementation.contains("ref") })
        // Three directions of the three layers that have a choice.
        #expect(planted.asked == 9)
        _ = try Plan(network, mode: .gradients, batchSize: 2, backend: backend)
        #expect(planted.asked == 9)
        // Chosen without a plan, for inference, whose forward convolutions are those of training.
        try Predictor.chooseAlgorithms(for: try network.graph(), backend: backend)
        #expect(planted.asked == 9 + 3 * 4)
    }

    @Test("the engine's own timer measures what can be made", arguments: [Precision.float32, .bfloat16]) @EngineActor
    func timer(precision: Precision) throws {
        guard precision == .float32 || OneDNNBackend.hasBfloat16 else { return }
        let book = AlgorithmBook(.measured, machine: "test")
        let tracking = book.tracking(nil)
        let backend = try OneDNNBackend(threads: 1, precision: precision, algorithms: tracking)
        let network = Network(input: [16, 6, 6]) { Conv2D(16, kernelSize: 3) }
        let choices = try Plan(network, mode: .gradients, batchSize: 2, backend: backend).executable.steps
            .compactMap(\.choice)
        #expect(choices.map(\.origin) == [.measured, .measured, .measured])
        #expect(tracking.table?.choices.count == 3)
        #expect(book.takeNotices().first?.hasPrefix("measured the algorithms of 3 convolutions") == true)
    }
}

extension StepInfo {
    /// The algorithm and how it was chosen.
    fileprivate var choice: AlgorithmChoice? {
        guard let algorithm = algorithm.map(ConvolutionAlgorithm.init), let origin else { return nil }
        return AlgorithmChoice(algorithm, origin)
    }
}
