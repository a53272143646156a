// SPDX-License-Identifier: Apache-2.0

package import OcellusGraph
package import OcellusModel
import OcellusPlan
import OcellusTensor

/// How many images of a large batch are computed at once, so that what a layer writes is still in the caches when the next
/// one reads it.
///
/// A rule of the sizes alone, because the number decides the bits of a result. Measured on Zen 4 (1 MB of its own for each
/// core, 32 MB for all): in parts of 64 images the reference CNN trains a quarter faster than in batches of 256 in float32, a
/// twentieth in bfloat16, and predicts a third faster. Where parameters are more than a few MB, each part reads them anew, and
/// wide convolutions are bound by their sums anyway: both were slower in parts.
package enum CacheRule {
    /// Bytes of activations of a part.
    static let activationBytes = 16 << 20
    /// Bytes of the parameters of networks that it pays for.
    private static let parameterBytes = 4 << 20

    static func suits(_ graph: Graph) -> Bool {
        let parameters = graph.parameters.reduce(0) { $0 + $1.shape.count }
        return parameters * MemoryLayout<Float>.size <= parameterBytes
    }

    /// Images of each part of a training batch: a divisor of the batch, or all of it.
    ///
    /// - Parameters:
    ///   - graph: One in whose training no image sees another.
    ///   - precision: What activations are kept in.
    package static func trainingPart(
        ofBatch batchSize: Int, _ graph: Graph, precision: Precision
    ) throws(ModelError) -> Int {
        guard batchSize >= 2 * smallestPart, suits(graph) else { return batchSize }
        let program = try ProgramBuilder.program(for: graph, mode: .gradients, batchSize: 1, fusions: EpilogueFusions())
        let written = program.operations.flatMap(\.outputs).filter { program[$0].role == .activation }
        let elements = Set(written + [program.input]).reduce(0) { $0 + program[$1].shape.count }
        let bytes = elements * (precision == .bfloat16 ? 2 : MemoryLayout<Float>.size)
        guard batchSize * bytes > activationBytes else { return batchSize }
        let part = stride(from: activationBytes / bytes / 4 * 4, through: smallestPart, by: -4).first {
            batchSize.isMultiple(of: $0)
        }
        return part ?? batchSize
    }

    /// Of fewer images, what a part costs besides its sums is felt. A multiple of 4, like every part
    /// (``StepSettings/firstImage``).
    private static let smallestPart = 32

    /// Images that inference should take at once so that the caches hold what a layer writes: the largest of some sizes, or
    /// `nil` where none of at least 64 does, or where parameters are too many.
    ///
    /// - Parameters:
    ///   - sizes: To choose from, ascending.
    ///   - imageBytes: Activations of one image that are alive at once.
    static func inferenceBatch(of graph: Graph, among sizes: [Int], imageBytes: Double) -> Int? {
        // Of fewer images, what a batch costs besides its sums is felt.
        let cached = Double(activationBytes) / imageBytes
        guard let batch = sizes.last(where: { Double($0) <= cached }), batch >= 64, suits(graph) else { return nil }
        return batch
    }
}
