// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel
package import OcellusTensor

/// Runs a graph forward over any number of images, one fixed batch at a time.
///
/// The last batch is padded with zeros; in inference no image sees another, so padding changes nothing. Batch norms are
/// folded into the convolutions before them.
package final class Predictor {
    private let original: Graph
    private let folding: BatchNormFolding
    private let plan: Plan
    package let classes: Int

    package var batchSize: Int { plan.batchSize }
    package var memory: PlanMemory { plan.executable.memory }
    package var choices: [String: String] { plan.executable.choices }

    /// Few sizes of batches, so that few plans are compiled: the last of many images takes the smallest that holds it.
    package static let batchSizes = [1, 16, 64, 256]

    /// Bytes of one layer's input and output that a batch should not exceed: more images at once gain nothing, and photos
    /// would take a gigabyte.
    private static let targetBytes = Double(1 << 27)

    /// Bytes of one layer's input and output for one image, where they are most: any plan holds as many.
    package static func activationBytes(of graph: Graph) throws(ModelError) -> Double {
        let summary = try NetworkSummary(graph)
        let outputs = [4 * Double(summary.input.count)] + summary.rows.map { Double($0.activationBytes) }
        return zip(outputs, outputs.dropFirst()).map { $0 + $1 }.max() ?? 0
    }

    /// Images that a network should take at once, 1 … 256.
    ///
    /// - Parameter memory: Bytes that the process may take. An eighth is for one batch: plans of several sizes are kept, and
    ///   images are read for the next ones meanwhile.
    package static func largestBatch(
        of graph: Graph, backend: any Backend, memory: UInt64 = .max
    ) throws(ModelError) -> Int {
        let image = max(1, try activationBytes(of: graph))
        if let batch = backend.inferenceBatch(of: graph, among: batchSizes, imageBytes: image) { return batch }
        return min(batchSizes.last ?? 1, max(1, Int(min(256, min(targetBytes, Double(memory / 8)) / image))))
    }

    /// Chooses the algorithms of inference in batches of every size, as ``init(_:batchSize:backend:)`` would.
    ///
    /// - Parameter memory: As ``largestBatch(of:backend:memory:)``.
    package static func chooseAlgorithms(for graph: Graph, backend: any Backend, memory: UInt64 = .max) throws {
        guard backend.choosesAlgorithms else { return }
        let folded = try BatchNormFolding(graph).graph
        let largest = try largestBatch(of: graph, backend: backend, memory: memory)
        for batchSize in Set(batchSizes.map { min($0, largest) }).sorted() {
            try backend.chooseAlgorithms(
                for: try ProgramBuilder.program(
                    for: folded, mode: .inference, batchSize: batchSize, fusions: backend.fusions))
        }
    }

    /// - Parameter weights: Of predictors of the same network for other batch sizes.
    package init(
        _ graph: Graph, batchSize: Int, backend: any Backend, sharing weights: SharedWeights? = nil
    ) throws {
        classes = try graph.classes()
        original = graph
        folding = try BatchNormFolding(graph)
        plan = try Plan(folding.graph, mode: .inference, batchSize: batchSize, backend: backend, sharing: weights)
    }

    /// - Throws: ``ModelError/Code/weightsMismatch``, ``PlanError``.
    package func load(_ weights: Weights) throws {
        try original.validate(weights)
        try plan.load(folding.fold(weights))
    }

    /// Logits `[count, classes]` of images that `fill` writes into the input.
    ///
    /// - Parameter fill: Gets the positions of the images and room for exactly that many, `[n, C, H, W]` row-major.
    package func logits(
        count: Int, fill: (Range<Int>, UnsafeMutableBufferPointer<Float>) throws -> Void
    ) throws -> Tensor<Float> {
        var scalars: [Float] = []
        scalars.reserveCapacity(count * classes)
        let image = plan.graph.shape(plan.graph.input).count
        for start in stride(from: 0, to: count, by: batchSize) {
            let range = start..<min(count, start + batchSize)
            try plan.executable.withInput { input in
                try fill(range, UnsafeMutableBufferPointer(rebasing: input.images[0..<range.count * image]))
                if range.count < batchSize { input.images[(range.count * image)...].update(repeating: 0) }
            }
            try plan.forward()
            scalars += try plan.tensor(plan.program.output).scalars[0..<range.count * classes]
        }
        return Tensor([count, classes], scalars)
    }
}

extension Predictor {
    /// As ``largestBatch(of:backend:memory:)`` for the network's graph.
    package static func largestBatch(
        of network: Network, backend: any Backend, memory: UInt64 = .max
    ) throws(ModelError) -> Int {
        try largestBatch(of: try network.graph(), backend: backend, memory: memory)
    }

    /// As the initialiser with the network's graph.
    package convenience init(
        _ network: Network, batchSize: Int, backend: any Backend, sharing weights: SharedWeights? = nil
    ) throws {
        try self.init(try network.graph(), batchSize: batchSize, backend: backend, sharing: weights)
    }
}
