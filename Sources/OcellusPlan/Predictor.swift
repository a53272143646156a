// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
package import OcellusTensor

/// Runs a network forward over any number of images, one fixed batch at a time.
///
/// The last batch is padded with zeros; in inference no image sees another, so padding changes nothing. Batch norms are
/// folded into the convolutions before them.
package final class Predictor {
    private let original: Network
    private let folding: BatchNormFolding
    private let plan: Plan
    package let classes: Int

    package var batchSize: Int { plan.batchSize }
    package var memory: PlanMemory { plan.executable.memory }
    package var choices: [String: String] { plan.executable.choices }

    package init(_ network: Network, batchSize: Int, backend: any Backend) throws {
        classes = try network.classes()
        original = network
        folding = try BatchNormFolding(network)
        plan = try Plan(folding.network, mode: .inference, batchSize: batchSize, backend: backend)
    }

    /// - Throws: ``ModelError/Code/weightsMismatch``.
    package func load(_ weights: Weights) throws(ModelError) {
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
        let image = plan.network.input.count
        let input = plan.executable.input
        for start in stride(from: 0, to: count, by: batchSize) {
            let range = start..<min(count, start + batchSize)
            try fill(range, UnsafeMutableBufferPointer(rebasing: input[0..<range.count * image]))
            if range.count < batchSize { input[(range.count * image)...].update(repeating: 0) }
            plan.forward()
            scalars += plan.tensor(plan.program.output).scalars[0..<range.count * classes]
        }
        return Tensor([count, classes], scalars)
    }
}
