// SPDX-License-Identifier: Apache-2.0

package import OcellusModel
package import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Everything that a training needs to go on: tensors, and what the trainer knows besides as text.
///
/// It is a safetensors file whose tensors are numbered in the network's order; the network itself is in the metadata
/// that the trainer gives.
package struct Checkpoint: Sendable, Equatable {
    package var weights: Weights
    /// `[parameter][slot]`, empty for frozen parameters.
    package var optimizerState: [[Tensor<Float>]]
    /// The weights of the best epoch so far.
    package var bestWeights: Weights?
    /// The slow weights of a lookahead.
    package var slowWeights: Weights?
    /// The weights averaged over the updates.
    package var averagedWeights: Weights?
    package var metadata: [String: String]

    package init(
        weights: Weights, optimizerState: [[Tensor<Float>]], bestWeights: Weights? = nil,
        slowWeights: Weights? = nil, averagedWeights: Weights? = nil, metadata: [String: String] = [:]
    ) {
        self.weights = weights
        self.optimizerState = optimizerState
        self.bestWeights = bestWeights
        self.slowWeights = slowWeights
        self.averagedWeights = averagedWeights
        self.metadata = metadata
    }

    /// Read before the rest, whose form depends on it.
    private struct Version: Codable {
        var version: Int
    }

    /// How many tensors of each kind the file holds.
    private struct Layout: Codable {
        struct Part: Codable {
            var parameters: Int
            var buffers: Int
            var batchesTracked: Int
        }
        var version = 1
        var weights: Part
        var best: Part?
        var slow: Part?
        var average: Part?
        /// States of each parameter.
        var slots: [Int]
    }

    /// Keys of the caller get this prefix in the file, so that they cannot collide with the file's own.
    private static let prefix = "checkpoint."

    /// Writes atomically: a crash leaves the previous checkpoint whole.
    package func write(to url: URL) throws {
        func part(_ weights: Weights) -> Layout.Part {
            Layout.Part(
                parameters: weights.parameters.count, buffers: weights.buffers.count,
                batchesTracked: weights.batchesTracked)
        }
        let layout = Layout(
            weights: part(weights), best: bestWeights.map(part), slow: slowWeights.map(part),
            average: averagedWeights.map(part),
            slots: optimizerState.map(\.count))
        var writer = SafetensorsWriter(
            metadata: Dictionary(uniqueKeysWithValues: metadata.map { (Self.prefix + $0.key, $0.value) }))
        writer.metadata["checkpoint"] = try CanonicalJSON.encode(layout)
        for (name, weights) in [
            ("weights", weights), ("best", bestWeights), ("slow", slowWeights), ("average", averagedWeights),
        ] {
            guard let weights else { continue }
            for (index, tensor) in weights.parameters.enumerated() { writer.add("\(name).parameters.\(index)", tensor) }
            for (index, tensor) in weights.buffers.enumerated() { writer.add("\(name).buffers.\(index)", tensor) }
        }
        for (index, states) in optimizerState.enumerated() {
            for (slot, tensor) in states.enumerated() { writer.add("optimizer.\(index).\(slot)", tensor) }
        }
        try writer.write(to: url)
    }

    /// - Throws: ``ArchiveError``, as for any safetensors file, and ``ArchiveError/Code/foreignFormat`` for one that is
    ///   no checkpoint, ``ArchiveError/Code/newerFormat`` for one of a newer version.
    package init(contentsOf url: URL) throws {
        let file = try Safetensors(contentsOf: url)
        guard let text = file.metadata["checkpoint"] else {
            throw ArchiveError(
                .foreignFormat, "\(file.path) is not a checkpoint.", needs: "a file that training wrote",
                received: "a safetensors file of another kind")
        }
        let what = "the layout in \(file.path)"
        let version = try CanonicalJSON.decode(Version.self, from: text, what: what).version
        guard version == 1 else {
            throw ArchiveError(
                .newerFormat, "\(file.path) was written by a newer Ocellus.", needs: "version 1",
                received: "version \(version)", advice: "update Ocellus")
        }
        let layout = try CanonicalJSON.decode(Layout.self, from: text, what: what)
        let parts = [layout.weights] + [layout.best, layout.slow, layout.average].compactMap { $0 }
        let counts = parts.flatMap { [$0.parameters, $0.buffers] } + layout.slots
        // Bounded first, so that a false layout costs nothing.
        guard counts.allSatisfy({ (0...file.entries.count).contains($0) }),
            parts.allSatisfy({ $0.batchesTracked >= 0 }),
            counts.reduce(0, +) == file.entries.count
        else {
            throw ArchiveError(
                .corrupt, "\(file.path) does not hold the tensors that its layout names.",
                needs: "\(counts) tensors", received: "\(file.entries.count) tensors")
        }
        func weights(_ name: String, _ part: Layout.Part) throws -> Weights {
            Weights(
                parameters: try (0..<part.parameters).map { try file.floats("\(name).parameters.\($0)") },
                buffers: try (0..<part.buffers).map { try file.floats("\(name).buffers.\($0)") },
                batchesTracked: part.batchesTracked)
        }
        self.weights = try weights("weights", layout.weights)
        bestWeights = try layout.best.map { try weights("best", $0) }
        slowWeights = try layout.slow.map { try weights("slow", $0) }
        averagedWeights = try layout.average.map { try weights("average", $0) }
        optimizerState = try layout.slots.enumerated().map { index, count in
            try (0..<count).map { try file.floats("optimizer.\(index).\($0)") }
        }
        metadata = Dictionary(
            uniqueKeysWithValues: file.metadata.compactMap { key, value in
                key.hasPrefix(Self.prefix) ? (String(key.dropFirst(Self.prefix.count)), value) : nil
            })
    }
}
