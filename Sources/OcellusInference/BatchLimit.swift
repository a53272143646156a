// SPDX-License-Identifier: Apache-2.0

import Foundation
import OcellusModel
import OcellusTensor

/// How many images a network takes at once on this machine.
struct BatchLimit {
    /// 1 … 256
    let images: Int

    /// Bytes of activations that one batch should not exceed: more images at once gain nothing.
    private static let target = 1 << 30

    /// - Throws: ``InferenceError/Code/tooLarge`` when not even one image fits. A file of a few bytes can describe a
    ///   network over images of gigabytes, and asking the system for that much would end the process.
    init(_ network: Network, memory: UInt64 = ProcessInfo.processInfo.physicalMemory) throws {
        let summary = try NetworkSummary(network)
        // The least that any plan holds: the weights, and one layer's input and output.
        let outputs = [4 * Double(summary.input.count)] + summary.rows.map { Double($0.activationBytes) }
        let image = zip(outputs, outputs.dropFirst()).map { $0 + $1 }.max() ?? 0
        let needed = image + 4 * Double(summary.parameters)
        guard needed <= Double(memory) else {
            throw InferenceError(
                .tooLarge, "the model needs more memory than this machine has.",
                needs: "at least \(Int((needed / 1e9).rounded(.up))) GB", received: "\(Double(memory) / 1e9) GB",
                advice: "a model for smaller images")
        }
        images = Int(min(256, max(1, (Double(Self.target) / image).rounded(.down))))
    }
}
