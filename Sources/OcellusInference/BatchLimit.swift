// SPDX-License-Identifier: Apache-2.0

import OcellusData
import OcellusFiles
import OcellusGraph
import OcellusModel
import OcellusPixels
import OcellusPlan
import OcellusTensor

/// How many images a network takes at once on this machine.
struct BatchLimit {
    /// 1 … 256
    let images: Int

    /// - Throws: ``InferenceError/Code/noMemory`` when not even one image fits. A file of a few bytes can describe a
    ///   network over images of gigabytes, and asking the system for that much would end the process.
    init(_ graph: Graph, _ backend: any Backend, memory: UInt64 = AvailableMemory.bytes) throws {
        let input = graph.shape(graph.input)
        let pixels = input.rank == 4 ? Double(input[2]) * Double(input[3]) : 1
        let limit = ImageLimits().pixels
        guard pixels <= Double(limit) else {
            throw InferenceError(
                .tooLarge, "the model needs larger images than any that is read.", needs: "at most \(limit) pixels",
                received: "\(input.dropFirst()) (C, H, W)", advice: "a model for smaller images")
        }
        // The least that any plan holds.
        let needed = try Predictor.activationBytes(of: graph) + 4 * Double(NetworkSummary(graph).parameters)
        guard needed <= Double(memory) else {
            throw InferenceError(
                .noMemory, "the model needs more memory than this process may take.",
                needs: "at least \(Self.gigabytes(needed))", received: Self.gigabytes(Double(memory)),
                advice: "a model for smaller images")
        }
        images = try Predictor.largestBatch(of: graph, backend: backend, memory: memory)
    }

    private static func gigabytes(_ bytes: Double) -> String { "\((bytes / 1e8).rounded(.up) / 10) GB" }

    /// Images of the next batch when so many are left: the smallest that holds them all, or else the largest.
    func batchSize(for count: Int) -> Int {
        min(images, Predictor.batchSizes.first { $0 >= count } ?? images)
    }
}
