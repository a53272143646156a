// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusOneDNN
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

/// In inference the sum of a residual is part of the convolution before it, in place where nothing else reads what is added.
@Suite("Sums of residuals in inference", .serialized) struct ResidualSumTests {
    struct Example: Sendable, CustomStringConvertible {
        let description: String
        let network: Network
        /// Steps of the engine that add, in order.
        let sums: [String]
    }

    static func residual(
        _ channels: Int, @NetworkBuilder shortcut: () -> [NamedLayer] = { [] }
    ) -> Residual {
        Residual {
            Conv2D(channels, kernelSize: 3)
            ReLU()
            Conv2D(channels, kernelSize: 3)
        } shortcut: {
            shortcut()
        }
    }

    static let examples = [
        Example(
            description: "whole blocks: Winograd",
            network: Network(input: [3, 13, 14]) {
                Conv2D(32, kernelSize: 3)
                residual(32)
                ReLU()
                residual(32)
                GlobalAveragePool2D()
            }, sums: ["convolution, sum and relu", "convolution and sum"]),
        Example(
            description: "part of a block: direct",
            network: Network(input: [3, 5, 6]) {
                Conv2D(19, kernelSize: 3)
                residual(19)
                ReLU()
                residual(19)
                GlobalAveragePool2D()
            }, sums: ["convolution, sum and relu", "convolution and sum"]),
        Example(
            description: "a projection with a stride comes last",
            network: Network(input: [16, 7, 6]) {
                Residual {
                    Conv2D(32, kernelSize: 3, stride: 2)
                    BatchNorm2D()
                    ReLU()
                    Conv2D(32, kernelSize: 3, hasBias: false)
                    BatchNorm2D()
                } shortcut: {
                    Conv2D(32, kernelSize: 1, stride: 2, hasBias: false)
                    BatchNorm2D()
                }
                ReLU()
                GlobalAveragePool2D()
            }, sums: ["convolution, sum and relu"]),
        Example(
            description: "the convolution reads what is added to it",
            network: Network(input: [3, 13, 13]) {
                Conv2D(32, kernelSize: 1)
                Residual { Conv2D(32, kernelSize: 3) }
                ReLU()
                Residual { Conv2D(32, kernelSize: 1) }
                GlobalAveragePool2D()
            }, sums: ["convolution, sum and relu", "add"]),
        Example(
            description: "what is added is read later too",
            network: Network(input: [3, 13, 13]) {
                Conv2D(32, kernelSize: 3)
                Concatenate {
                    Branch { residual(32) }
                    Branch { MaxPool2D(1) }
                }
                Conv2D(20, kernelSize: 1)
                Concatenate {
                    Branch { residual(20) }
                    Branch { MaxPool2D(1) }
                }
                GlobalAveragePool2D()
            }, sums: ["convolution and sum", "add"]),
        Example(
            description: "the images are added, in another layout than the convolution's",
            network: Network(input: [5, 4, 5]) {
                residual(5)
                ReLU()
                Residual {
                    Conv2D(5, kernelSize: 3)
                    Sigmoid()
                }
                GlobalAveragePool2D()
            }, sums: ["convolution, sum and relu", "add"]),
    ]

    @Test("the engine adds in place where it may, and gives the reference's numbers", arguments: examples) @EngineActor
    func agrees(example: Example) throws {
        let engines = [Engine("onednn", OneDNNBackend(threads: 1)), Engine.bfloat16].compactMap(\.self)
        for engine in engines {
            for batchSize in [1, 3] {
                let network = try Network(BatchNormFolding(try example.network.graph()).graph)
                let data = try NetworkData(for: network, batchSize: batchSize, seed: 3) {
                    Samples.uniform($0, seed: $1)
                }
                let expected = try Engine.reference.infer(network, data)
                let plan = try engine.plan(network, data, mode: .inference)
                try plan.executable.run(.forward)
                let found = try engine.tensor(plan, plan.program.output)
                let scale = expected.scalars.map(abs).max() ?? 0
                let worst = zip(found.scalars, expected.scalars).map { abs($0 - $1) }.max() ?? .infinity
                // Factors of up to five layers are rounded by 2⁻⁹ of themselves in bfloat16, by nothing in float32.
                #expect(worst < (engine.factorEpsilon > 0 ? 0.03 : 1e-5) * scale, "\(engine), batch \(batchSize)")
                // A second run finds the memory as the first left it.
                try plan.executable.run(.forward)
                #expect(try engine.tensor(plan, plan.program.output) == found)
                // In bfloat16 copies and other algorithms make places of their own.
                guard engine.factorEpsilon == 0 else { continue }
                let names = plan.executable.steps.map(\.name).filter { $0.contains("sum") || $0 == "add" }
                #expect(names == example.sums, "\(engine)")
            }
        }
    }

    @Test(
        "both backends compute the joined sum; ReLUs apart have none", arguments: Engine.all + [.joinedReference])
    @EngineActor
    func joined(engine: Engine) throws {
        for example in Self.examples {
            let network = try Network(BatchNormFolding(try example.network.graph()).graph)
            let data = try NetworkData(for: network, batchSize: 2, seed: 4) { Samples.uniform($0, seed: $1) }
            let joined = try engine.infer(network, data)
            let plan = try engine.plan(network, data, mode: .inference, joins: false)
            try plan.executable.run(.forward)
            let apart = try engine.tensor(plan, plan.program.output)
            let scale = apart.scalars.map(abs).max() ?? 0
            let worst = zip(joined.scalars, apart.scalars).map { abs($0 - $1) }.max() ?? .infinity
            #expect(worst <= 1000 * engine.epsilon * engine.sumFactor * scale, "\(example)")
        }
    }

    @Test("a residual network needs less memory and no sum of its own") @EngineActor func memory() throws {
        let resNet = Network.resNet18(input: [3, 32, 32], classes: 10)
        let network = try Network(BatchNormFolding(try resNet.graph()).graph)
        let backend = OneDNNBackend(threads: 1)
        let joined = try Plan(network, mode: .inference, batchSize: 2, backend: backend).executable
        let apart = try Plan(network, mode: .inference, batchSize: 2, backend: backend, joins: false).executable
        #expect(joined.steps.count { $0.name.contains("sum and relu") } == 8)
        #expect(!joined.steps.contains { $0.name.hasPrefix("add") || $0.name.hasPrefix("reorder") })
        #expect(joined.memory.arena <= apart.memory.arena)
    }
}
