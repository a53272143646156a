// SPDX-License-Identifier: Apache-2.0

import OcellusGraph
import OcellusModel
import OcellusPlan
import OcellusTensor
import OcellusTestSupport
import Testing

@Suite("Batch norm folded into convolutions") struct BatchNormFoldingTests {
    /// Behind a convolution with and without bias, in both branches of a block, behind something else, and first.
    private static let network = Network(input: [3, 8, 8]) {
        BatchNorm2D()
        Conv2D(6, kernelSize: 3, hasBias: false)
        BatchNorm2D(epsilon: 0.1)
        ReLU()
        BatchNorm2D()
        Residual {
            Conv2D(8, kernelSize: 3, stride: 2)
            BatchNorm2D()
            ReLU()
            Conv2D(8, kernelSize: 3, groups: 2, hasBias: false)
            BatchNorm2D()
        } shortcut: {
            Conv2D(8, kernelSize: 1, stride: 2, hasBias: false)
            BatchNorm2D()
        }
        Concatenate {
            Branch {
                Conv2D(2, kernelSize: 1)
                BatchNorm2D()
            }
            Branch { MaxPool2D(1) }
        }
        Flatten()
        Dense(4)
    }

    /// Weights of a trained network's kind: no tensor is as it starts.
    private static func weights() throws -> Weights {
        var weights = try network.initialWeights(seed: 3)
        for index in weights.parameters.indices {
            let shape = weights.parameters[index].shape
            weights.parameters[index] = Tensor(shape, Samples.uniform(shape, seed: index).scalars.map { Float($0) })
        }
        for index in weights.buffers.indices {
            let shape = weights.buffers[index].shape
            let isVariance = index % 2 == 1
            weights.buffers[index] = Tensor(
                shape, Samples.uniform(shape, seed: 100 + index).scalars.map { Float(isVariance ? 1.5 + $0 : $0) })
        }
        return weights
    }

    @Test("keeps only the batch norms that follow no convolution, and their names") func structure() throws {
        let folded = try BatchNormFolding(try Self.network.graph()).graph
        #expect(
            folded.buffers.map(\.name) == ["0.running_mean", "0.running_var", "4.running_mean", "4.running_var"])
        #expect(folded.parameters.count == 2 + 2 + 2 + 6 + 2 + 2)
        let plain = Network(input: [1, 4, 4]) {
            Conv2D(2, kernelSize: 3)
            ReLU()
            BatchNorm2D()
            Flatten()
            Dense(2)
        }
        #expect(try BatchNormFolding(try plain.graph()).graph == plain.graph())
    }

    @Test("a network without its batch norms has the folded tensors, layer by layer") func layers() throws {
        var network = Self.network
        // What follows no convolution cannot be folded, and is said.
        let error = #expect(throws: ModelError.self) { try network.foldingBatchNorms() }
        #expect(error?.kind == .wrongOperands)
        network.layers.removeFirst()
        network.layers.remove(at: 3)
        let layers = try network.foldingBatchNorms()
        let folding = try BatchNormFolding(try network.graph())
        #expect(try layers.buffers().isEmpty && folding.graph.buffers.isEmpty)
        #expect(try layers.parameters().map(\.shape) == folding.graph.parameters.map(\.shape))
        #expect(try layers.graph().operations.count == folding.graph.operations.count)
        try layers.validate(folding.fold(try network.initialWeights(seed: 1)))
    }

    @Test("gives the same logits", arguments: Engine.all) @EngineActor func logits(engine: Engine) throws {
        let weights = try Self.weights()
        let images = Samples.uniform(Self.network.input.batched(3), seed: 9)
        let plan = try Plan(Self.network, mode: .inference, batchSize: 3, backend: engine.backend)
        try plan.load(weights)
        _ = plan.executable.withInput { $0.images.update(fromContentsOf: images.scalars.map { Float($0) }) }
        try plan.forward()
        let expected = try plan.tensor(plan.program.output)
        let predictor = try Predictor(Self.network, batchSize: 2, backend: engine.backend)
        try predictor.load(weights)
        let size = Self.network.input.count
        let logits = try predictor.logits(count: 3) { range, target in
            for (i, scalar) in images.scalars[range.lowerBound * size..<range.upperBound * size].enumerated() {
                target[i] = Float(scalar)
            }
        }
        let largest = expected.scalars.map(abs).max() ?? 0
        #expect(largest > 0.1)
        // Weights are rounded once more; a dozen layers of up to a hundred terms follow.
        for (a, b) in zip(logits.scalars, expected.scalars) { #expect(abs(a - b) < 2000 * 0x1p-24 * max(1, largest)) }
    }

    @Test("refuses the weights of another network") @EngineActor func mismatch() throws {
        let predictor = try Predictor(Self.network, batchSize: 1, backend: Engine.reference.backend)
        var weights = try Self.weights()
        weights.parameters.removeLast()
        #expect(throws: ModelError.self) { try predictor.load(weights) }
    }
}
