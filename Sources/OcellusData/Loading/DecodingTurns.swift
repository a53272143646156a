// SPDX-License-Identifier: Apache-2.0

import OcellusFiles
package import OcellusModel
package import OcellusPixels
import OcellusTensor

#if canImport(FoundationEssentials)
    package import FoundationEssentials
#else
    package import Foundation
#endif

/// Shares memory out to the pictures that are decoded at the same time: small ones side by side, very large ones one after
/// another, however many threads decode.
///
/// A thread that waits here sleeps; those that it waits for need nothing from it, so they end.
final class DecodingTurns: Sendable {
    /// Of the process: what keeps each processor busy with pictures of the usual sizes, 128 MiB (a photo of 22 megapixels,
    /// turned), and an eighth of its memory at most.
    static let shared = DecodingTurns(
        bytes: min(Int(clamping: AvailableMemory.bytes / 8), ProcessInfo.processInfo.activeProcessorCount << 27))

    private let condition = Condition()
    private let total: Int
    /// Guarded by the condition.
    nonisolated(unsafe) private var free: Int

    /// - Parameter bytes: What pictures may take together. One that needs more comes alone.
    init(bytes: Int) { (total, free) = (max(1, bytes), max(1, bytes)) }

    /// Waits until a picture that takes that many bytes may be decoded, and does it.
    func decode<Result, Failure: Error>(
        bytes: Int, _ body: () throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let needed = min(bytes, total)
        condition.lock()
        while free < needed { condition.wait() }
        free -= needed
        condition.unlock()
        defer {
            condition.lock()
            free += needed
            condition.broadcast()
            condition.unlock()
        }
        return try body()
    }
}

/// A picture as networks take it; the decoded one, which may be a thousand times larger, is gone.
package struct FittedImage: Sendable {
    package let header: ImageHeader
    /// Planar bytes `[C, H, W]` for each preprocessing that was asked for.
    package let pixels: [[UInt8]]

    /// Decodes and fits, in turn with others.
    init(
        _ data: Data, to preprocessings: [Preprocessing], limits: ImageLimits
    ) throws(ImageFailure) {
        let (header, info) = try ImageDecoder.readHeader(data, limits: limits)
        self.header = header
        pixels = try DecodingTurns.shared.decode(bytes: ImageDecoder.bytes(for: info)) { () throws(ImageFailure) in
            let image = try ImageDecoder.decodePixels(data, header: info)
            do {
                return try preprocessings.map { try $0.apply(image) }
            } catch {
                throw ImageFailure(.noMemory, "it does not fit into memory")
            }
        }
    }

    /// As above, for bytes that have a name.
    ///
    /// - Throws: ``DataError`` naming them.
    package init(
        _ data: Data, name: String, to preprocessings: [Preprocessing], limits: ImageLimits = ImageLimits()
    ) throws(DataError) {
        do {
            try self.init(data, to: preprocessings, limits: limits)
        } catch {
            throw error.error(name)
        }
    }
}
